#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets: the sample that one draws; and a batch in which very many cases stop the VM.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
printf 'few\tgood\tgroup+mnemonic+form group+mode\tgroup\ta sample\nbad\tgood\tgroup+colour\tgroup\tno such property\n' >>"$VMPROOF_SETS"
FAKE_CASES=60
export FAKE_CASES

drawn() { # SET OPTION...
	s=$1
	shift
	vmproof run --set "$s" --reference good --out "$tmp/out" --no-report "$@"
	jq -r .test "$tmp/out/results.jsonl" | sort >"$tmp/drawn"
}
strata() { # PROPERTY...: of the cases in a file of ids
	"$VMPROOF_CASES" list | jq -r "select(.id as \$i | \$ids | index(\$i)) | [$1] | join(\" \")" \
		--argjson ids "$(jq -R . "$2" | jq -s .)" | sort -u
}
"$VMPROOF_CASES" list | jq -r .id | sort >"$tmp/all"
drawn quick
is "$(cmp "$tmp/drawn" "$tmp/all" && echo same)" same "a set of all cases"
drawn few
is "$status" 0 "a sample runs"
for p in .group,.mnemonic,.form .group,.mode; do
	is "$(strata $p "$tmp/drawn")" "$(strata $p "$tmp/all")" "each of $p is in the sample"
done
[ "$(wc -l <"$tmp/drawn")" -lt 30 ]
ok $? "a sample is small"
cp "$tmp/drawn" "$tmp/first"
drawn few --shuffle=7
is "$(cat "$tmp/drawn")" "$(cat "$tmp/first")" "the same sample each time, in any order"
FAKE_CASES=24
"$VMPROOF_CASES" list | jq -r .id | sort >"$tmp/all24"
comm -12 "$tmp/first" "$tmp/all24" >"$tmp/of24"
drawn few
is "$(comm -23 "$tmp/of24" "$tmp/drawn")" "" "what is drawn of more cases is drawn of fewer"
drawn few --group alu
is "$(wc -l <"$tmp/drawn")" 8 "a named group is run as a whole"
vmproof run --set bad --reference good --out "$tmp/out" --no-report
is $status 3 "a set that names no property of a case"
vmproof run --set none --reference good --out "$tmp/out"
is $status 2 "no such set"

# Each case that stops the VM costs itself, and only itself, however many there are.
FAKE_CASES=60
i=17
while [ $i -le 60 ]; do
	[ $((i % 8)) -eq 0 ] || echo "$i crash"
	i=$((i + 1))
done | fake frail
run_fakes frail --group string --rerun-max 0
is "$(jq -r .verdict "$tmp/out/results.jsonl" | sort | uniq -c | awk '{ print $1, $2 }' | paste -s -d ,)" \
	"39 CRASH,5 PASS" "39 cases of a batch stop the VM: the others pass, none is lost"
finish

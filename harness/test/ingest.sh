#!/bin/sh
# SPDX-License-Identifier: MIT
# Logs of real PCs, as `vmproof ingest` takes and refuses them.  refvmm answers in
# place of a PC.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
cases=$VMPROOF_BUILD/conformance/cases
printf '5\n77\n90\n' >"$tmp/select"
"$cases" image --media iso --select "$tmp/select" --out "$tmp/image" 2>/dev/null &&
	"$harness/vmm.d/refvmm" run "iso:$tmp/image" "$tmp/run" 120 >/dev/null 2>&1
if ! grep -a -q '^END 3 ' "$tmp/run/e9.raw" 2>/dev/null; then
	skip ingest "refvmm does not run here"
	finish
fi
pc() { # SED-SCRIPT NAME: a log as a PC would have sent it
	sed -e 's/^INFO machine .*/INFO machine bare/' -e 's/$/\r/' -e "$1" "$tmp/run/e9.raw" >"$tmp/$2"
}
ingest() { # LOG
	vmproof ingest --store "$tmp/store" "$tmp/$1"
}
refused() { # LOG TEXT
	ingest "$1"
	is "$status $(wc -l <"$tmp/stderr") $(grep -c "$2" "$tmp/stderr")" "1 1 1" "refused: $2"
}
pc '' good
ingest good
is "$status $(grep -c '3 cases' "$tmp/stdout")" "0 1" "a whole log of a PC is taken"
witness=$(find "$tmp/store" -name '*.log')
is "$("$cases" compare "$witness" "$tmp/run/e9.raw" | wc -l)" 0 "the witness reads as a log"
is "$(jq -r '.cases, (.vendor | length > 0)' "$tmp/store"/*.json | paste -s -d ' ')" "3 true" "it has its chip"
sum=$(cat "$tmp/store"/* | cksum)
refused good 'says the same already'
pc 's/^\(INFO cpuid [0-9a-f]* \)[0-9a-f]*/\100000633/' other
ingest other
is "$status $(find "$tmp/store" -name '*.log' | wc -l)" "0 2" "another chip is another witness"
find "$tmp/store" -name '*00000633*' -delete
is "$(cat "$tmp/store"/* | cksum)" "$sum" "the first is as before"
pc '/^END/d' noend
refused noend 'not whole'
pc 's/^R 77 0/R 77 1/' flipped
refused flipped 'not whole'
pc 's/^\(PLAN 3\) [0-9a-f]*/\1 00000001/' table
refused table 'other cases'
pc 's/^INFO machine bare/INFO machine hypervisor 4b4d564b564b4d564d000000/' guest
refused guest 'hypervisor was below it: KVMKVMKVM'
pc '/^INFO machine/d' silent
refused silent 'does not say whether'
pc '/^INFO cpuid/d' nochip
refused nochip 'which processor'
: >"$tmp/empty"
refused empty 'not whole'
is "$(find "$tmp/store" -type f | wc -l)" 2 "nothing of them is left"
vmproof ingest
is $status 2 "a log must be named"
finish

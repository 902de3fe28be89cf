#!/bin/sh
# SPDX-License-Identifier: MIT
# Every conformance case on refvmm against Bochs, in each configuration of the
# engine: guest page 0 mapped or all bases shifted (host rule 13), firmware boot
# from floppy and disk, and multiboot.  A difference must be adjudicated in
# conformance/adjudicated.tsv as Bochs' fault; what the manual's rules predict of a
# system case must be so on refvmm, and on Bochs unless adjudicated.
#
#   refvmm/test_cases.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0
cases=$build/conformance/cases

skip() {
	echo "SKIP $1: $2"
	skipped=$((skipped + 1))
}

fail() {
	echo "FAIL $1: $2"
	failed=$((failed + 1))
}

# Is the case known to differ because Bochs is wrong?
adjudicated() {
	while read -r pattern; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in $pattern) return 0 ;; esac
	done <"$tmp/patterns"
	return 1
}

# one NAME OPTION...: run, check the log, compare
one() {
	name=$1
	shift
	timeout 1200 "$build/refvmm" -m 32 --no-reboot --debugcon "file:$tmp/$name.e9" \
		--limit-time 1000 "$@" 2>"$tmp/$name.err"
	status=$?
	if [ $status -eq 6 ]; then
		skip "$name" "$(cat "$tmp/$name.err")"
		return
	fi
	if [ $status -ne 1 ] || ! "$cases" check "$tmp/$name.e9" >"$tmp/$name.check"; then
		fail "$name" "exit $status $(cat "$tmp/$name.err" "$tmp/$name.check" 2>/dev/null)"
		return
	fi
	"$cases" compare "$tmp/bochs.log" "$tmp/$name.e9" >"$tmp/$name.diff"
	unexplained=0
	jq -r .id "$tmp/$name.diff" >"$tmp/ids"
	while read -r id; do
		adjudicated "$id" && continue
		unexplained=$((unexplained + 1))
		grep -F "\"$id\"" "$tmp/$name.diff"
	done <"$tmp/ids"
	"$cases" model "$tmp/$name.e9" >"$tmp/$name.model"
	broken=$(jq -c 'select(.verdict == "broken")' "$tmp/$name.model" | tee -a /dev/stderr | wc -l)
	unexplained=$((unexplained + broken))
	n=$(grep -c '^R ' "$tmp/$name.e9")
	echo "$name: $n cases, $(wc -l <"$tmp/ids") differ from Bochs, $unexplained unexplained"
	passed=$((passed + n - unexplained))
	failed=$((failed + unexplained))
}

# A floppy holds a part of them, cases of two tasks being the largest. Device cases are judged by data sheets: check-devices.
"$cases" list >"$tmp/list"
jq -r 'select((.system or .by) | not) | .num' "$tmp/list" >"$tmp/instructions"
jq -r 'select(.system) | .num' "$tmp/list" >"$tmp/system"
split -l 9000 "$tmp/system" "$tmp/system-"
parts="instructions $(cd "$tmp" && echo system-*)"
for part in $parts; do
	"$cases" image --media floppy --select "$tmp/$part" --out "$tmp/$part.img" || exit 1
done
for medium in disk multiboot; do
	"$cases" image --media $medium --out "$tmp/$medium" || exit 1
done
if ! command -v bochs >/dev/null; then
	skip cases "bochs is not installed"
	echo "0 passed, 0 failed, $skipped skipped"
	exit 0
fi
"$here/conformance/run-raw.sh" bochs disk "$tmp/disk" "$tmp/bochs.log" 1800 || {
	echo "Bochs did not finish the cases"
	exit 1
}
awk -F '\t' '!/^#/ && $2 == "bochs" { print $1 }' "$here/conformance/adjudicated.tsv" \
	>"$tmp/patterns"
for page0 in map shift; do
	for part in $parts; do
		one "floppy-$part-page0-$page0" --boot a --page0 $page0 --floppy "$tmp/$part.img,ro"
	done
done
one disk --disk "$tmp/disk,snapshot" --boot c
"$cases" model "$tmp/bochs.log" | jq -r 'select(.verdict == "broken") | .id' >"$tmp/ids"
while read -r id; do
	adjudicated "$id" && continue
	fail bochs "breaks a rule of the manual: $id"
done <"$tmp/ids"
one multiboot --kernel "$tmp/multiboot"
one multiboot-counting --kernel "$tmp/multiboot" --count --stats "json:$tmp/stats"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

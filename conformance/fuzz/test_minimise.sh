#!/bin/sh
# SPDX-License-Identifier: MIT
# Is a wrong translator found and made small?  A mutant (conformance/mutate) that drops
# XADD runs a seed whose program has one: the small image must be that instruction
# alone, and differ on the mutant only.
#
# usage: test_minimise.sh BUILD(fuzzgen) VMM MUTANTS(refvmm of MODE=mutate)
set -u
here=$(dirname "$0")
FUZZ_BUILD=$1 FUZZ_VMM=$3 FUZZ_UNITS=500000000
export FUZZ_BUILD FUZZ_VMM FUZZ_UNITS
good=$2
seed=6002
if ! command -v "${BOCHS:-bochs}" >/dev/null; then
	echo "SKIP minimise: ${BOCHS:-bochs} is not installed"
	exit 77
fi
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
fail() {
	echo "FAIL minimise: $1"
	exit 1
}
number=$(BT_MUTANT=list "$FUZZ_VMM" | awk -F '\t' '$5 == "XADD" && $6 == "dropped" { print $1 }')
[ -n "$number" ] || fail 'no mutant drops XADD'
BT_MUTANT=$number "$here/minimise.sh" $seed "$work" >"$work/said"
status=$?
[ $status -eq 0 ] || fail "status $status: $(tail -n 3 "$work/said")"
bytes=$(sed -n 's/^bytes: //p' "$work/report.txt")
case $bytes in
'0f c0 '* | '0f c1 '* | '66 0f c1 '*) ;;
*) fail "not an XADD: $bytes" ;;
esac
[ "$(echo "$bytes" | wc -w)" -le 8 ] || fail "more than 8 bytes: $bytes"
[ "$(stat -c %s "$work/case.img")" -le 2048 ] || fail 'the image is not small'
mkdir "$work/again" && cp "$work/case.asm" "$work/again/program.inc" || exit 3
differs=$(BT_MUTANT=$number "$here/small.sh" --expected "$work/case.expected" "$work/again") || exit 3
[ -n "$differs" ] || fail 'the case does not catch the mutant'
differs=$(FUZZ_VMM=$good "$here/small.sh" --expected "$work/case.expected" "$work/again") || exit 3
[ -z "$differs" ] || fail "the case fails on the real translator: $differs"
echo "mutant $number (XADD left out), seed $seed: $(sed -n 's/^small image, //p' "$work/report.txt"); bytes $bytes"
echo "1 passed, 0 failed, 0 skipped"

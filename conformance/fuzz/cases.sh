#!/bin/sh
# SPDX-License-Identifier: MIT
# The small images in cases/ on refvmm, each as users run it, with page 0 shifted, with
# the smallest cache and counting: what they say is what cases/NAME.expected says.  Ends
# with `N passed, N failed, N skipped`.
#
# usage: cases.sh BUILD(layout.inc) VMM
set -u
here=$(dirname "$0")
FUZZ_BUILD=$1 FUZZ_VMM=$2
export FUZZ_BUILD FUZZ_VMM
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
if ! "$FUZZ_VMM" --check-host >/dev/null 2>&1; then
	n=$(find "$here/cases" -name '*.asm' | wc -l)
	echo "SKIP small images: $FUZZ_VMM --check-host: $("$FUZZ_VMM" --check-host 2>&1 | grep -m 1 -E 'MISSING|refvmm:')"
	echo "0 passed, 0 failed, $n skipped"
	exit 77
fi
passed=0 failed=0
for case in "$here"/cases/*.asm; do
	cp "$case" "$work/program.inc" || exit 3
	for options in '' '--page0 shift' '--cache 16' '--count'; do
		# shellcheck disable=SC2086 # words
		differs=$("$here/small.sh" --expected "${case%.asm}.expected" "$work" $options) ||
			differs='not assembled'
		if [ -z "$differs" ]; then
			passed=$((passed + 1))
		else
			echo "FAIL $case $options: $differs"
			failed=$((failed + 1))
		fi
	done
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]

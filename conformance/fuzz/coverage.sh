#!/bin/sh
# SPDX-License-Identifier: MIT
# Line coverage of bt/ in a MODE=cov build, by gcov.
# usage: coverage.sh BUILD(build-cov) [SOURCE...]
set -u
build=$1
shift
[ $# -gt 0 ] || set -- bt/*.c
for source in "$@"; do
	case $source in
	*/test_*) continue ;;
	esac
	[ -f "$build/${source%.c}.gcda" ] || continue
	gcov -n -o "$build/${source%.c}.o" "$source" 2>/dev/null |
		awk -v f="$source" '/^File/ { mine = index($0, f) } mine && /^Lines executed/ {
			split($0, v, /[:% ]+/); print f, v[3], v[5]; mine = 0 }'
done | awk '{ printf "%-26s %6.1f %% of %d lines\n", $1, $2, $3; l += $3; e += $2 * $3 / 100 }
	END { if (!l) { print "coverage.sh: no counts: build with MODE=cov and run images"; exit 1 }
		printf "%-26s %6.1f %% of %d lines\n", "together", 100 * e / l, l }'

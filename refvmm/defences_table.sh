#!/bin/sh
# SPDX-License-Identifier: MIT
# The given page with the table between its two comment lines written anew from
# refvmm/defences.def, on stdout.
set -eu
[ $# -eq 1 ] || {
	echo "usage: $0 PAGE" >&2
	exit 2
}
awk -v def="$(dirname "$0")/defences.def" '
function table(  line, f, test) {
	while ((getline line < def) > 0) {
		if (line ~ /^\/\* (SPDX|clang-format)/ || line !~ /^(\/\* |DEFENCE\()/)
			continue
		if (line ~ /^\/\* /) {
			gsub(/^\/\* |\.? \*\/$/, "", line)
			print "\n**" line "**\n\n| defence | without it | where | test |\n|---|---|---|---|"
			continue
		}
		split(line, f, /", "|, "|"\)$/)
		sub(/^DEFENCE\(/, "", f[1])
		gsub(/ /, ", ", f[3])
		split(f[4], test, " ")
		print "| " f[1] " | " f[5] " | " f[3] " | " \
			(test[1] == "isolation" ? "guest " test[2] : "test_" test[1]) " |"
	}
	print ""
}
/^<!-- end of defences/ { inside = 0 }
!inside { print }
/^<!-- defences/ { inside = 1; table() }
' "$1"

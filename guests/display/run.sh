#!/bin/sh
# SPDX-License-Identifier: MIT
# Run the display and keyboard programs on refvmm, QEMU and Bochs and compare
# line by line: the others must say what refvmm says, or explained.tsv must say
# why not.  An explanation that explains nothing fails too.
#
#   guests/display/run.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")" && pwd)
raw=$here/../../conformance/run-raw.sh
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0
tab=$(printf '\t')

# The program's lines; Bochs' debugger writes around them.
lines() {
	tr -d '\r\000' <"$1" | grep -a -E "^[a-z0-9/ ',-]+:( [0-9a-f]+)*\$"
}

# The reason of PROGRAM VMM LINE; fails when there is none.
explained() {
	grep -v '^#' "$here/explained.tsv" | awk -F "$tab" -v p="$1" -v v="$2" -v l="$3" \
		'$1 == p && $2 == v && $3 == l { print $4; found = 1 } END { exit !found }'
}

fail() {
	failed=$((failed + 1))
	echo "FAIL $*"
}

for image in "$build"/guests/display/*.img; do
	program=$(basename "$image" .img)
	[ -e "$here/$program.c" ] || continue
	if ! "$raw" refvmm floppy "$image" "$tmp/raw" 120 2>"$tmp/err"; then
		fail "refvmm $program: $(cat "$tmp/err")"
		continue
	fi
	lines "$tmp/raw" >"$tmp/ours"
	for vmm in qemu bochs; do
		case $vmm in
		qemu) command -v qemu-system-i386 >/dev/null ;;
		*) command -v "$vmm" >/dev/null ;;
		esac || {
			echo "SKIP $vmm $program: $vmm is not here"
			skipped=$((skipped + 1))
			continue
		}
		if why=$(explained "$program" "$vmm" "-"); then
			echo "SKIP $vmm $program: $why"
			skipped=$((skipped + 1))
			continue
		fi
		if ! "$raw" "$vmm" floppy "$image" "$tmp/raw" 300 2>"$tmp/err"; then
			fail "$vmm $program: $(cat "$tmp/err")"
			continue
		fi
		lines "$tmp/raw" >"$tmp/theirs"
		grep -v '^#' "$here/explained.tsv" |
			awk -F "$tab" -v p="$program" -v v="$vmm" \
				'$1 == p && ($2 == v || $2 == "*") { print $3 }' >"$tmp/known"
		awk -F : -v vmm="$vmm" -v program="$program" '
			FILENAME == ARGV[1] { known[$0] = 1; next }
			FILENAME == ARGV[2] { ours[$1] = $0; order[n++] = $1; next }
			{ theirs[$1] = $0 }
			END {
				for (i = 0; i < n; i++) {
					l = order[i]
					if (ours[l] == theirs[l]) {
						if (l in known) {
							bad = 1
							print "FAIL " vmm " " program ": \"" l "\" is explained but equal"
						}
					} else if (l in known) {
						delete theirs[l]
					} else {
						bad = 1
						print "FAIL " vmm " " program ": refvmm says " ours[l]
						print "     and " vmm " " theirs[l]
					}
					delete known[l]
				}
				for (l in known) {
					bad = 1
					print "FAIL " vmm " " program ": no line \"" l "\""
				}
				exit bad
			}' "$tmp/known" "$tmp/ours" "$tmp/theirs" &&
			passed=$((passed + 1)) || failed=$((failed + 1))
	done
done
echo "check-display: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]

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
# shellcheck source=guests/lib/compare.sh
. "$here/../lib/compare.sh"

# The reason of PROGRAM VMM LINE; fails when there is none.
explained() {
	grep -v '^#' "$here/explained.tsv" | awk -F "$tab" -v p="$1" -v v="$2" -v l="$3" \
		'$1 == p && $2 == v && $3 == l { print $4; found = 1 } END { exit !found }'
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
		compare "$program" "$vmm"
	done
done
summary check-display

#!/bin/sh
# SPDX-License-Identifier: MIT
# Boot the programs of this folder from floppy and disk on the VMMs that are
# here and compare what they say with their manifests.
#
#   guests/bootsect/run.sh BUILD [VMM...]     default: qemu bochs refvmm
set -u
build=${1-build}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- qemu bochs refvmm
here=$(cd "$(dirname "$0")" && pwd)
raw=$here/../../conformance/run-raw.sh
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0

key() { sed -n "s/^$2=//p" "$1"; }

for vmm; do
	case $vmm in
	qemu) program=$(command -v qemu-system-i386) ;;
	refvmm) program=$build/refvmm ;;
	*) program=$(command -v "$vmm") ;;
	esac
	for m in "$here"/*.manifest; do
		name=$(key "$m" name)
		key "$m" expect >"$tmp/want"
		for media in floppy disk; do
			if [ ! -x "${program:-/nonexistent}" ]; then
				echo "SKIP $vmm $name $media: $vmm is not here"
				skipped=$((skipped + 1))
				continue
			fi
			# No END line here: the exit status of run-raw.sh is about cases.
			"$raw" "$vmm" $media "$build/guests/$(key "$m" $media)" "$tmp/raw" \
				"$(key "$m" seconds)" >"$tmp/err" 2>&1
			# Only the expected lines, in order; foreign text may stand around.
			tr -d '\r' <"$tmp/raw" | grep -a -x -F -f "$tmp/want" >"$tmp/got"
			if cmp -s "$tmp/want" "$tmp/got"; then
				passed=$((passed + 1))
			else
				failed=$((failed + 1))
				echo "FAIL $vmm $name $media: expected and got:"
				cat "$tmp/want"
				echo "---"
				tr -d '\r\000' <"$tmp/raw" | head -n 20
				tail -n 3 "$tmp/err"
			fi
		done
	done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

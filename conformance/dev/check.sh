#!/bin/sh
# SPDX-License-Identifier: MIT
# The device cases on refvmm, by its driver, from a floppy and from a disk: each value
# that a data sheet gives must be that one.
#
#   conformance/dev/check.sh BUILD
set -u
build=$(realpath "${1-build}")
here=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0

"$build/conformance/cases" list | jq -r 'select(.by == "rules") | "\(.num) \(.group)"' >"$tmp/list"
export VMPROOF_BUILD="$build" VMPROOF_DEVICES=yes VMPROOF_IDLE=20
for medium in floppy disk; do
	# What depends on the medium a second time.
	[ $medium = floppy ] || sed -i -n "/dev-ide\|dev-reset/p" "$tmp/list"
	cut -d " " -f 1 "$tmp/list" >"$tmp/cases"
	"$build/conformance/cases" image --media $medium --select "$tmp/cases" --out "$tmp/image" || exit 1
	"$here/harness/vmm.d/refvmm" run "$medium:$tmp/image" "$tmp/run" 200
	status=$?
	if [ $status -eq 77 ]; then
		echo "SKIP devices-$medium: refvmm does not run here"
		skipped=$((skipped + 1))
		continue
	fi
	if [ $status -ne 0 ] || ! "$build/conformance/cases" check "$tmp/run/e9.raw" >"$tmp/check"; then
		echo "FAIL devices-$medium: $(cat "$tmp/check" "$tmp/run/stderr")"
		failed=$((failed + 1))
		continue
	fi
	"$build/conformance/cases" model "$tmp/run/e9.raw" >"$tmp/model"
	jq -r 'select(.verdict == "broken") | "FAIL \(.id)\n   rule \(.rule)\n   got  \(.record)"' "$tmp/model"
	jq -r 'select(.verdict == "unmet") | "SKIP \(.id): it has not \(.missing)"' "$tmp/model"
	count() {
		jq -s --arg v "$1" 'map(select(.verdict == $v)) | length' "$tmp/model"
	}
	passed=$((passed + $(count rule)))
	failed=$((failed + $(count broken)))
	skipped=$((skipped + $(count unmet)))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

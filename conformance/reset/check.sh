#!/bin/sh
# SPDX-License-Identifier: MIT
# The state behind power-on and four ways to reset, seen by a firmware of our own
# (reset.asm), against the manual's table (reset.tsv), on refvmm, Bochs and QEMU. What the
# other two have wrong is in known.tsv, and must still be wrong. Ends with `N passed, N
# failed, N skipped`.
#
#   conformance/reset/check.sh BUILD
set -u
build=$(realpath "${1-build}")
here=$(cd "$(dirname "$0")" && pwd)
rom=$build/conformance/reset/reset.rom
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0

run_refvmm() {
	timeout 120 "$build/refvmm" --bios "$rom" --vgabios none -m 16 --limit-time 100 \
		--debugcon "file:$tmp/refvmm" 2>"$tmp/err"
	status=$?
	if [ $status -eq 6 ]; then # a host that it does not run on
		rm -f "$tmp/refvmm"
		head -n 1 "$tmp/err" >"$tmp/why"
	else
		: >>"$tmp/refvmm" # nothing said is a failure
	fi
}

run_qemu_tcg() {
	command -v qemu-system-i386 >/dev/null || return
	: >"$tmp/qemu-tcg"
	timeout 120 qemu-system-i386 -accel tcg -bios "$rom" -m 16 -display none -nic none \
		-monitor none -debugcon "file:$tmp/qemu-tcg" \
		-device isa-debug-exit,iobase=0xf4,iosize=1 >"$tmp/err" 2>&1
}

run_bochs() {
	command -v bochs >/dev/null || return
	cat >"$tmp/bochsrc" <<-EOT
		plugin_ctrl: unmapped=1, extfpuirq=1, gameport=0, parallel=0, speaker=0
		megs: 16
		cpu: model=p3_katmai, count=1, ips=50000000, reset_on_triple_fault=1
		clock: sync=none, time0=946684800
		romimage: file="$rom", address=0xffff0000
		display_library: rfb, options="timeout=0"
		sound: driver=dummy
		port_e9_hack: enabled=1
		log: "$tmp/bochs.log"
	EOT
	yes c | head -n 20 >"$tmp/cmd"
	timeout 120 bochs -q -f "$tmp/bochsrc" -rc "$tmp/cmd" 2>"$tmp/err" </dev/null |
		grep -a -E '^([0-9] [a-z_0-9]+ [0-9a-f]+|END)$' >"$tmp/bochs"
}

for vmm in refvmm bochs qemu-tcg; do
	echo 'it is not installed' >"$tmp/why"
	case $vmm in
	refvmm) run_refvmm ;;
	bochs) run_bochs ;;
	qemu-tcg) run_qemu_tcg ;;
	esac
	if [ ! -e "$tmp/$vmm" ]; then
		echo "SKIP reset-$vmm: $(cat "$tmp/why")"
		skipped=$((skipped + 1))
		continue
	fi
	awk -v vmm="$vmm" -f "$here/judge.awk" "$here/known.tsv" "$here/reset.tsv" "$tmp/$vmm" >"$tmp/verdict"
	grep -E '^(FAIL|XFAIL)' "$tmp/verdict"
	passed=$((passed + $(grep -c '^ok' "$tmp/verdict")))
	failed=$((failed + $(grep -c '^FAIL' "$tmp/verdict")))
	skipped=$((skipped + $(grep -c -E '^(XFAIL|SKIP)' "$tmp/verdict")))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

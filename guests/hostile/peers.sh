#!/bin/sh
# SPDX-License-Identifier: MIT
# The hostile guests on Bochs and QEMU TCG, to keep their expectations honest: what
# they call right must be right on Bochs, which checks segment limits.  QEMU does
# not check them, gives 0 for absent memory (the guests are told) and stops when
# code leaves RAM: its differences are printed and do not count.
#
# usage: peers.sh BUILD [GUEST...]
set -u
build=$1
shift
[ $# -gt 0 ] || set -- selectors syscalls monitor jumps segments selfmod flags ring3 real \
	timer dma pages low alias paging
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0

on_bochs() { # GUEST: its lines in $tmp/bochs
	"$here/floppy.sh" "$build/guests/boot/boot.bin" "$build/guests/hostile/$1.bin" "$tmp/f.img"
	echo c >"$tmp/commands"
	cat >"$tmp/bochsrc" <<-EOT
		plugin_ctrl: extfpuirq=0, gameport=0, parallel=0, speaker=0
		megs: 320
		cpu: model=p4_willamette, count=1, ips=50000000, reset_on_triple_fault=0
		clock: sync=none, time0=946684800
		romimage: file="/usr/share/bochs/BIOS-bochs-latest"
		vgaromimage: file="/usr/share/bochs/VGABIOS-lgpl-latest"
		display_library: rfb, options="timeout=0"
		sound: driver=dummy
		mouse: enabled=0
		port_e9_hack: enabled=1
		floppya: 1_44="$tmp/f.img", status=inserted
		boot: floppy
		log: "$tmp/log"
	EOT
	timeout 300 bochs -q -f "$tmp/bochsrc" -rc "$tmp/commands" >"$tmp/bochs" 2>&1 </dev/null
}

on_qemu() { # GUEST: its lines in $tmp/qemu
	: >"$tmp/qemu"
	if [ "$1" = dma ]; then
		set -- -drive "if=floppy,format=raw,readonly=on,file=$build/guests/hostile/$1.img" -boot a
	else
		set -- -kernel "$build/guests/hostile/$1.bin" -append void=0
	fi
	timeout 60 qemu-system-i386 -m 320 -display none -net none -no-reboot \
		-debugcon "file:$tmp/qemu" -device isa-debug-exit,iobase=0xf4 "$@" >/dev/null 2>&1
}

for guest; do
	if command -v bochs >/dev/null; then
		on_bochs "$guest"
		if grep -aq '^END [0-9A-F]* 00000000' "$tmp/bochs"; then
			passed=$((passed + 1))
			echo "ok   $guest on Bochs: $(grep -ac '^PASS' "$tmp/bochs") tests"
		else
			failed=$((failed + 1))
			echo "FAIL $guest on Bochs after $(grep -ac '^PASS' "$tmp/bochs") tests"
			grep -a '^FAIL' "$tmp/bochs"
		fi
	else
		skipped=$((skipped + 1))
		echo "SKIP $guest on Bochs: bochs is not installed"
	fi
	command -v qemu-system-i386 >/dev/null || continue
	on_qemu "$guest"
	end='not finished'
	! grep -aq '^END' "$tmp/qemu" || end='finished'
	echo "     $guest on QEMU: $(grep -ac '^PASS' "$tmp/qemu") as expected, $end"
	grep -a '^FAIL' "$tmp/qemu" | sed 's/ vec=.*//; s/^FAIL/       differs:/'
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

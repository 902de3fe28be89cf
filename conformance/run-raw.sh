#!/bin/sh
# SPDX-License-Identifier: MIT
# Boot an image on one VMM and leave the raw result channel: the smallest
# possible driver, for working on the cases themselves.  The harness has the
# real ones (harness/vmm.d).
#
#   conformance/run-raw.sh VMM MEDIUM IMAGE OUT [SECONDS]
#
# VMM: qemu (0xE9), qemu-com1 (COM1 only), bochs, refvmm.  Exit: 0 when the
# guest said END, else 1 (2: usage, 3: VMM missing).
set -u
[ $# -ge 4 ] || {
	echo "usage: $0 qemu|qemu-com1|bochs|refvmm floppy|disk|multiboot IMAGE OUT [SECONDS]" >&2
	exit 2
}
vmm=$1 medium=$2 image=$(realpath "$3") out=$(realpath -m "$4") limit=${5-120}
here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM

need() {
	command -v "$1" >/dev/null || {
		echo "$0: $1 is not installed" >&2
		exit 3
	}
}

case $vmm in
qemu | qemu-com1)
	need qemu-system-i386
	case $medium in
	floppy) set -- -drive "file=$image,format=raw,if=floppy,readonly=on" -boot a ;;
	disk) set -- -drive "file=$image,format=raw,if=ide,snapshot=on" -boot c ;;
	multiboot) set -- -kernel "$image" ;;
	esac
	if [ "$vmm" = qemu ]; then
		set -- "$@" -debugcon "file:$out" -device isa-debug-exit,iobase=0xf4,iosize=1
	else
		set -- "$@" -serial "file:$out"
	fi
	timeout "$limit" qemu-system-i386 -accel tcg -m 16 -display none -vga std -nic none \
		-monitor none -no-reboot "$@" >"$tmp/err" 2>&1 &
	pid=$!
	# Without the exit port the guest ends in HLT: stop it once END is there.
	if [ "$vmm" = qemu-com1 ]; then
		while kill -0 $pid 2>/dev/null; do
			if tail -c 200 "$out" 2>/dev/null | grep -a -q '^END '; then
				kill $pid
			fi
			sleep 0.2
		done
	fi
	wait $pid
	;;
bochs)
	need bochs
	{
		echo "megs: 16"
		echo "romimage: file=/usr/share/bochs/BIOS-bochs-latest"
		echo "vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest"
		case $medium in
		floppy)
			echo "floppya: 1_44=$image, status=inserted, write_protected=1"
			echo "boot: floppy"
			;;
		disk)
			sectors=$(($(stat -c %s "$image") / 512))
			cp "$image" "$tmp/disk"
			echo "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14"
			echo "ata0-master: type=disk, path=$tmp/disk, mode=flat, cylinders=$((sectors / 1008)), heads=16, spt=63"
			echo "boot: disk"
			;;
		*)
			echo "$0: bochs cannot load $medium" >&2
			exit 2
			;;
		esac
		echo "display_library: rfb, options=\"timeout=0\""
		echo "sound: driver=dummy"
		echo "port_e9_hack: enabled=1"
		echo "clock: sync=none"
		echo "log: $tmp/log"
		echo "panic: action=fatal"
	} >"$tmp/bochsrc"
	echo c >"$tmp/rc"
	(cd "$tmp" && timeout "$limit" bochs -q -f bochsrc -rc rc) >"$out" 2>"$tmp/err" </dev/null
	;;
refvmm)
	case $medium in
	floppy) set -- --floppy "$image" ;;
	disk) set -- --disk "$image,snapshot" ;;
	multiboot) set -- --kernel "$image" ;;
	esac
	timeout "$limit" "$here/build/refvmm" -m 16M "$@" --debugcon "file:$out" --serial null \
		--display none >"$tmp/err" 2>&1
	;;
*)
	echo "$0: unknown VMM '$vmm'" >&2
	exit 2
	;;
esac
if grep -a -q '^END ' "$out"; then
	exit 0
fi
echo "$0: no END from $vmm; its last words:" >&2
tail -n 3 "$tmp/err" "$tmp/log" 2>/dev/null >&2
exit 1

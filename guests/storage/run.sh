#!/bin/sh
# SPDX-License-Identifier: MIT
# Run the storage programs on refvmm, QEMU and Bochs and compare line by line:
# the others must say what refvmm says, or explained.tsv must say why not.  An
# explanation that explains nothing fails too.
#
#   guests/storage/run.sh BUILD [PROGRAM...]
set -u
build=$(realpath "${1-build}")
[ $# -gt 0 ] && shift
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
# shellcheck source=guests/lib/compare.sh
. "$here/../lib/compare.sh"

# A disk of 16 cylinders, 16 heads, 63 sectors; a disc of 64 numbered blocks.
awk 'BEGIN { for (i = 0; i < 64; i++) printf "%-2047d\n", i }' >"$tmp/disc.iso"
fresh_disk() {
	rm -f "$tmp/disk" && truncate -s $((16 * 16 * 63 * 512)) "$tmp/disk"
}

# Run IMAGE on VMM; the result channel goes to OUT.
run() {
	vmm=$1 image=$2 out=$3
	fresh_disk
	cp "$image" "$tmp/floppy"
	case $vmm in
	refvmm)
		timeout 120 "$build/refvmm" -m 16M --floppy "$tmp/floppy" --disk "$tmp/disk" \
			--cdrom "$tmp/disc.iso" --boot a --debugcon "file:$out" >"$tmp/err" 2>&1
		;;
	qemu)
		timeout 120 qemu-system-i386 -accel tcg -m 16 -display none -nic none -monitor none \
			-no-reboot -boot a -debugcon "file:$out" \
			-device isa-debug-exit,iobase=0xf4,iosize=1 \
			-drive "file=$tmp/floppy,format=raw,if=floppy" \
			-drive "file=$tmp/disk,format=raw,if=ide,index=0" \
			-drive "file=$tmp/disc.iso,format=raw,if=ide,index=2,media=cdrom" >"$tmp/err" 2>&1
		;;
	bochs)
		cat >"$tmp/bochsrc" <<-RC
			megs: 16
			romimage: file=/usr/share/bochs/BIOS-bochs-latest
			vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
			floppya: 1_44=$tmp/floppy, status=inserted
			ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
			ata0-master: type=disk, path=$tmp/disk, mode=flat, cylinders=16, heads=16, spt=63
			ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
			ata1-master: type=cdrom, path=$tmp/disc.iso, status=inserted
			boot: floppy
			display_library: rfb, options="timeout=0"
			sound: driver=dummy
			port_e9_hack: enabled=1
			clock: sync=none
			log: $tmp/log
			panic: action=fatal
		RC
		echo c >"$tmp/rc"
		(cd "$tmp" && timeout 300 bochs -q -f bochsrc -rc rc) >"$out" 2>"$tmp/err" </dev/null
		;;
	esac
	grep -a -q '^END ' "$out"
}

[ $# -gt 0 ] || set -- ata atapi floppy
for program; do
	image=$build/guests/storage/$program.img
	if ! run refvmm "$image" "$tmp/raw"; then
		fail "refvmm $program: no END: $(tail -n 2 "$tmp/err")"
		continue
	fi
	lines "$tmp/raw" >"$tmp/ours"
	if [ -n "$(cut -d : -f 1 "$tmp/ours" | sort | uniq -d)" ]; then
		fail "$program: two lines of one name: $(cut -d : -f 1 "$tmp/ours" | sort | uniq -d | head -n 1)"
		continue
	fi
	for other in qemu bochs; do
		case $other in
		qemu) tool=qemu-system-i386 ;;
		*) tool=$other ;;
		esac
		if ! command -v "$tool" >/dev/null; then
			echo "SKIP $other $program: $tool is not here"
			skipped=$((skipped + 1))
		elif ! run "$other" "$image" "$tmp/raw"; then
			fail "$other $program: no END: $(tail -n 2 "$tmp/err")"
		else
			lines "$tmp/raw" >"$tmp/theirs"
			[ -z "${KEEP-}" ] || cp "$tmp/ours" "$KEEP/$program.refvmm"
			[ -z "${KEEP-}" ] || cp "$tmp/theirs" "$KEEP/$program.$other"
			compare "$program" "$other"
		fi
	done
done
summary check-storage

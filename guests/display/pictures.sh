#!/bin/sh
# SPDX-License-Identifier: MIT
# Draw every picture on refvmm (both places of guest address 0) and on QEMU and
# compare the pixels.  Without QEMU the sums of pictures.sum, which are QEMU's,
# take its place.  Where QEMU is wrong by the manual, pictures.ours has the right
# sum and the reason.
#
#   guests/display/pictures.sh BUILD [--record]
set -u
build=${1-build}
here=$(cd "$(dirname "$0")" && pwd)
sum=$build/guests/display/pngsum
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0
qemu=$(command -v qemu-system-i386)

# Ask QEMU's monitor for the picture once the program has said END.
on_qemu() { # IMAGE OUT
	: >"$tmp/e9"
	{
		i=0
		while [ $i -lt 1200 ] && ! grep -q -a '^END ' "$tmp/e9"; do
			sleep 0.1
			i=$((i + 1))
		done
		echo "screendump $2 -f png"
		echo quit
	} | timeout 180 "$qemu" -accel tcg -m 32 -vga std -display none -nic none -no-reboot \
		-drive "file=$1,format=raw,if=floppy,readonly=on" -boot a \
		-debugcon "file:$tmp/e9" -serial null -monitor stdio >"$tmp/err" 2>&1
	[ -s "$2" ]
}

if [ "${2-}" = --record ]; then
	: >"$here/pictures.sum.new"
fi
for image in "$build"/guests/display/picture-*.img; do
	[ -e "$image" ] || continue
	name=$(basename "$image" .img)
	name=${name#picture-}
	want=$(sed -n "s/^$name //p" "$here/pictures.sum")
	mine=$(sed -n "s/^$name //p" "$here/pictures.ours")
	mine=${mine%% #*}
	if [ -n "$qemu" ]; then
		if on_qemu "$image" "$tmp/$name.png"; then
			theirs=$("$sum" "$tmp/$name.png")
		else
			theirs="no picture"
		fi
		if [ "${2-}" = --record ]; then
			echo "$name $theirs" >>"$here/pictures.sum.new"
			want=$theirs
		fi
		if [ "$theirs" = "$want" ]; then
			passed=$((passed + 1))
		else
			echo "FAIL qemu $name: $theirs, recorded $want"
			failed=$((failed + 1))
		fi
	else
		echo "SKIP qemu $name: QEMU is not here"
		skipped=$((skipped + 1))
	fi
	for page0 in map shift; do
		if [ $page0 = map ] && ! "$build/refvmm" --check-host 2>&1 | grep -q 'auto will map page 0'; then
			echo "SKIP refvmm-map $name: this host does not let page 0 be mapped"
			skipped=$((skipped + 1))
			continue
		fi
		timeout 180 "$build/refvmm" -m 32M --page0 $page0 --floppy "$image,ro" --limit-time 120 \
			--screenshot "$tmp/ours.png" >"$tmp/err" 2>&1
		ours=$("$sum" "$tmp/ours.png")
		if [ "$ours" = "${mine:-$want}" ]; then
			passed=$((passed + 1))
		else
			echo "FAIL refvmm-$page0 $name: $ours, not ${mine:-$want}"
			[ -z "${KEEP-}" ] || cp "$tmp/ours.png" "$KEEP/$name-refvmm.png"
			[ -z "${KEEP-}" ] || cp "$tmp/$name.png" "$KEEP/$name-qemu.png"
			failed=$((failed + 1))
		fi
	done
done
[ "${2-}" != --record ] || mv "$here/pictures.sum.new" "$here/pictures.sum"
echo "check-pictures: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]

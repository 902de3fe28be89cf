#!/bin/sh
# SPDX-License-Identifier: MIT
# Type at a guest by --type and by the control channel, on two BIOSes, and read
# what it got.
#
#   guests/display/typing.sh BUILD
set -u
build=${1-build}
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0
image=$build/guests/display/echo.img

verdict() { # NAME
	tr -d '\r\000' <"$tmp/e9" | grep -a -x -F -f "$tmp/want" >"$tmp/got"
	if cmp -s "$tmp/want" "$tmp/got"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1: wanted and got"
		cat "$tmp/want"
		echo ---
		tr -d '\r\000' <"$tmp/e9" | tail -n 12
	fi
}

guest() { # BIOS VGABIOS OPTIONS...
	bios=$1 vga=$2
	shift 2
	timeout 120 "$build/refvmm" -m 16M --bios "$bios" --vgabios "$vga" --floppy "$image,ro" \
		--debugcon "file:$tmp/e9" --limit-time 100 "$@" >"$tmp/out" 2>"$tmp/err"
}

while read -r bios vga; do
	if [ ! -e "$bios" ] || [ ! -e "$vga" ]; then
		echo "SKIP $(basename "$bios"): it is not here"
		skipped=$((skipped + 2))
		continue
	fi
	printf '%s\n' 'ready for keys' 2368 1749 0231 0221 3B00 4800 8500 1C0D 011B 'done' >"$tmp/want"
	guest "$bios" "$vga" --type '{wait ready for keys}hI1!{f1}{up}{f11}{enter}{esc}'
	verdict "--type on $(basename "$bios")"

	# The same machine, given orders: typing, a picture, the end.
	printf '%s\n' 'ready for keys' 1E61 1E01 >"$tmp/want"
	rm -f "$tmp/orders" "$tmp/picture.png"
	mkfifo "$tmp/orders"
	{
		echo 'type {wait ready for keys}a'
		echo 'key ctrl-a'
		echo 'no such order'
		echo 'type {wait 1E01}'
		echo "screendump $tmp/picture.png"
		echo quit
	} >"$tmp/orders" &
	guest "$bios" "$vga" --control "fifo:$tmp/orders"
	code=$?
	wait
	verdict "--control on $(basename "$bios")"
	picture=$("$build/guests/display/pngsum" "$tmp/picture.png" 2>&1)
	if [ $code -eq 0 ] && [ "${picture%% *}" = 720x400 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL screendump and quit: exit $code, picture $picture, $(cat "$tmp/err")"
	fi
done <<-END
	/usr/share/seabios/bios.bin /usr/share/seabios/vgabios-stdvga.bin
	/usr/share/bochs/BIOS-bochs-latest /usr/share/bochs/VGABIOS-lgpl-latest
END

# SeaBIOS' boot menu: the second device instead of the first.
if [ -e /usr/share/seabios/bios.bin ]; then
	echo 'hello from a boot sector' >"$tmp/want"
	guest /usr/share/seabios/bios.bin /usr/share/seabios/vgabios-stdvga.bin --boot-menu \
		--disk "$build/guests/bootsect/hello.disk,snapshot" \
		--type '{wait ESC for boot menu}{esc}{wait Select boot device}{sleep 0.2}2'
	verdict "boot menu"
fi
echo "check-typing: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]

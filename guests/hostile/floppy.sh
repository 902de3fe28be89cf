#!/bin/sh
# SPDX-License-Identifier: MIT
# A 1.44 MB floppy image of a hostile guest for any VMM with a BIOS.
# usage: floppy.sh BOOT-LOADER GUEST IMAGE
set -eu
boot=$1 guest=$2 image=$3
sectors=$((($(wc -c <"$guest") + 511) / 512))
cat "$boot" "$guest" >"$image.new"
truncate -s 1474560 "$image.new"
# The loader's parameter block: mark, number of sectors (32 bits).
mark=$(grep -obUaF VMPL "$image.new" | head -n 1 | cut -d : -f 1)
# shellcheck disable=SC2059 # the octal digits are the format
printf "$(printf '\\%03o\\%03o' $((sectors & 255)) $((sectors >> 8)))" |
	dd of="$image.new" bs=1 seek=$((mark + 4)) conv=notrunc 2>/dev/null
mv "$image.new" "$image"

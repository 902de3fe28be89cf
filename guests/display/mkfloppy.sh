#!/bin/sh
# SPDX-License-Identifier: MIT
# A bootable 1.44 MB floppy from the loader and a blob of whole sectors.
#
#   guests/display/mkfloppy.sh BOOT.BIN BLOB OUT
set -eu
cat "$1" "$2" >"$3.new"
# The loader's parameter block: "VMPL", then the number of sectors to load.
at=$(grep -obUa VMPL "$1" | cut -d: -f1)
n=$(($(stat -c %s "$2") / 512))
# shellcheck disable=SC2059 # the escapes are the point
printf "$(printf '\\%03o\\%03o\\0\\0' $((n % 256)) $((n / 256)))" |
	dd of="$3.new" bs=1 seek=$((at + 4)) conv=notrunc status=none
truncate -s 1474560 "$3.new"
mv "$3.new" "$3"

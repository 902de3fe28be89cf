#!/bin/sh
# SPDX-License-Identifier: MIT
# What Bochs prints for a system test: the image is its firmware.
#
#   refvmm/test_engine/bochs.sh IMAGE.rom > refvmm/test_engine/NAME.expect
set -u
[ $# -eq 1 ] || {
	echo "usage: $0 IMAGE.rom" >&2
	exit 2
}
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
cat >"$tmp/bochsrc" <<-EOT
	plugin_ctrl: extfpuirq=1, gameport=0, parallel=0, speaker=0
	megs: 32
	cpu: model=${BOCHS_CPU:-atom_n270}, count=1, ips=50000000, reset_on_triple_fault=0
	clock: sync=none, time0=946684800
	romimage: file="$(realpath "$1")", address=0xffff0000
	display_library: rfb, options="timeout=0"
	sound: driver=dummy
	port_e9_hack: enabled=1
	log: "$tmp/bochs.log"
EOT
echo c >"$tmp/cmd"
timeout "${SECONDS_MAX:-30}" bochs -q -f "$tmp/bochsrc" -rc "$tmp/cmd" 2>"$tmp/err" | head -c 1000000 >"$tmp/out"
# The debugger talks on the same channel until it continues, and after the end.
sed '1,/^(0) \[0x0000fffffff0\]/d;/^END$/q' "$tmp/out"
if ! grep -aq '^END$' "$tmp/out"; then
	tail -n 5 "$tmp/out" "$tmp/err" "$tmp/bochs.log" | cut -c 1-200 >&2
	[ -z "${KEEP:-}" ] || cp "$tmp/out" "$KEEP"
	exit 1
fi

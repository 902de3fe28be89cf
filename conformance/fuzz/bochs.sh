#!/bin/sh
# SPDX-License-Identifier: MIT
# Bochs' answer to DIR/image: what the guest says from FUZZ to END, in DIR/bochs.
# Exit: 0 it ended, 1 it did not.
#
# usage: bochs.sh DIR
set -u
dir=$1
bxshare=${BXSHARE:-/usr/share/bochs}
cat >"$dir/bochsrc" <<-EOT
	plugin_ctrl: extfpuirq=0, gameport=0, parallel=0, speaker=0
	megs: 32
	cpu: model=p4_willamette, count=1, ips=1000000, ignore_bad_msrs=0, reset_on_triple_fault=0
	clock: sync=none, time0=946684800
	romimage: file="$bxshare/BIOS-bochs-latest"
	vgaromimage: file="$bxshare/VGABIOS-lgpl-latest"
	display_library: rfb, options="timeout=0"
	sound: driver=dummy
	mouse: enabled=0
	port_e9_hack: enabled=1
	com1: enabled=1, mode=null
	floppya: 1_44="$dir/image", status=inserted, write_protected=1
	boot: floppy
	log: "$dir/bochs.log"
EOT
echo c >"$dir/bochs.cmd"
timeout -k 5 $((${FUZZ_TIME:-60} * 2)) "${BOCHS:-bochs}" -q -f "$dir/bochsrc" -rc "$dir/bochs.cmd" \
	>"$dir/bochs.stdout" 2>&1 </dev/null
# The guest's lines come between those of the debugger.
sed -n '/FUZZ/,/^END/p' "$dir/bochs.stdout" | sed 's/.*FUZZ/FUZZ/' >"$dir/bochs"
grep -q '^END' "$dir/bochs"

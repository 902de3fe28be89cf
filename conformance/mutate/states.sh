#!/bin/sh
# SPDX-License-Identifier: MIT
# The boot programs NAME.asm on Bochs and on refvmm, guest page 0 mapped and shifted
# (host rule 13) and counting: every output must be NAME.expected.
#
#   states.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")" && pwd)
bxshare=${BXSHARE:-/usr/share/bochs}
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0

judge() { # NAME: output in $tmp/e9
	if cmp -s "$tmp/e9" "$here/$name.expected"; then
		passed=$((passed + 1))
	else
		echo "FAIL $name on $1:"
		diff "$here/$name.expected" "$tmp/e9" | head -n 10
		failed=$((failed + 1))
	fi
}

program() { # NAME
	name=$1
	cp "$build/conformance/mutate/$name.bin" "$tmp/image" || exit 3
	truncate -s 1474560 "$tmp/image" || exit 3
	if command -v "${BOCHS:-bochs}" >/dev/null; then
		cat >"$tmp/bochsrc" <<-EOT
			megs: 32
			cpu: model=p4_willamette, count=1, ips=1000000, ignore_bad_msrs=0
			clock: sync=none
			romimage: file="$bxshare/BIOS-bochs-latest"
			vgaromimage: file="$bxshare/VGABIOS-lgpl-latest"
			display_library: rfb, options="timeout=0"
			sound: driver=dummy
			port_e9_hack: enabled=1
			floppya: 1_44="$tmp/image", status=inserted, write_protected=1
			boot: floppy
			log: "$tmp/log"
		EOT
		echo c >"$tmp/rc"
		timeout 100 "${BOCHS:-bochs}" -q -f "$tmp/bochsrc" -rc "$tmp/rc" >"$tmp/out" 2>&1 </dev/null
		# The guest's lines come between those of the debugger.
		sed -n "/^$(head -n 1 "$here/$name.expected")/,/^END/p" "$tmp/out" >"$tmp/e9"
		judge Bochs
	else
		echo "SKIP $name on Bochs: it is not installed"
		skipped=$((skipped + 1))
	fi
	for config in '--page0 map' '--page0 shift' "--count --stats json:$tmp/stats"; do
		# shellcheck disable=SC2086 # an option and its value
		timeout 100 "$build/refvmm" $config --floppy "$tmp/image,ro" --boot a --no-reboot \
			--debugcon "file:$tmp/e9" --limit-time 80 2>"$tmp/err"
		status=$?
		if [ $status -eq 6 ]; then
			echo "SKIP $name on refvmm $config: $(cat "$tmp/err")"
			skipped=$((skipped + 1))
		else
			judge "refvmm $config (exit $status)"
		fi
		rm -f "$tmp/e9"
	done
}
for expected in "$here"/*.expected; do
	name=${expected##*/}
	program "${name%.expected}"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

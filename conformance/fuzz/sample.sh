#!/bin/sh
# SPDX-License-Identifier: MIT
# Exact figures for some seeds: the distinct instructions of the program that
# refvmm executed (its --trace exec, one line per instruction) and the rows of
# bt/insn.def among them; and the line coverage of bt/ if the build counts it.
#
# usage: sample.sh BUILD(fuzzgen) VMM OUT SEED...
set -u
build=$1 vmm=$2 out=$3
shift 3
mkdir -p "$out" || exit 3
: >"$out/rows"
: >"$out/counts"
for seed in "$@"; do
	timer=''
	[ $((seed % 2)) -eq 0 ] || timer=--timer
	# shellcheck disable=SC2086 # empty or one word
	"$build/fuzzgen" --seed "$seed" $timer --boot "$build/boot.bin" \
		--runtime "$build/runtime.bin" --image "$out/image" || exit 3
	rm -f "$out/trace"
	mkfifo "$out/trace" || exit 3
	awk '/^X/ && !($2 in seen) { seen[$2]; print $2 }' <"$out/trace" >"$out/points" &
	reader=$!
	# Bochs' BIOS gets to the boot sector in a quarter of SeaBIOS' instructions.
	"$vmm" --floppy "$out/image,ro" --boot a --memory 32M --cpu pentium4 --no-reboot --limit-time 300 \
		--bios "${BXSHARE:-/usr/share/bochs}/BIOS-bochs-latest" \
		--trace "exec=$out/trace" >"$out/stdout" 2>&1 </dev/null
	rc=$?
	wait "$reader"
	if [ $rc -ne 0 ]; then
		echo "sample.sh: seed $seed: status $rc: $(tail -n 1 "$out/stdout")" >&2
		exit 1
	fi
	# shellcheck disable=SC2086
	"$build/fuzzgen" --seed "$seed" $timer --executed "$out/points" >"$out/ran"
	sed -n 's/^insns //p' "$out/ran" >>"$out/counts"
	sed -n 's/^row //p' "$out/ran" >>"$out/rows"
done
rm -f "$out/trace" "$out/image"
sort -n "$out/counts" | awk '{ v[NR] = $1 } END {
	print "executed: distinct instructions of", NR, "traced images: median", v[int((NR + 1) / 2)] \
		", least", v[1] }'
"$build/fuzzgen" --seed 0 --classes | cut -f2 | sort >"$out/all"
sort -u "$out/rows" >"$out/hit"
awk -v a="$(wc -l <"$out/all")" -v h="$(comm -12 "$out/all" "$out/hit" | wc -l)" \
	'BEGIN { printf "executed: %d of %d rows of bt/insn.def (%.1f %%)\n", h, a, 100 * h / a }'

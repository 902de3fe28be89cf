#!/bin/sh
# SPDX-License-Identifier: MIT
# Make a difference small.  Delta debugging with the verdict of image.sh as the test:
# blocks begun, elements, elements inside elements, instructions; what is left out
# becomes NOPs, so that all else stays where it is.  Then, if it still shows there,
# the rest moves to a boot image of its own (small.asm), with the registers that
# Bochs had where the block began, and loses bytes, values and registers as long as
# the same registers differ.
#
# usage: minimise.sh SEED OUT    with FUZZ_BUILD, FUZZ_VMM, FUZZ_UNITS as for image.sh
# OUT gets report.txt; blank and places (fuzzgen options of the reduced program); if
# the small image shows it: case.asm, case.expected, case.img.  Exit: 0 a small image,
# 1 a reduced program only, 2 the seed passes, 3 it cannot run.
set -u
seed=$1
out=$2
here=$(dirname "$0")
timer=''
[ $((seed % 2)) -eq 0 ] || timer=--timer
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$out" "$work/images" "$work/oracle" "$work/small" || exit 3
FUZZ_OUT=$work/images FUZZ_ORACLE=$work/oracle FUZZ_KEEP=1
export FUZZ_OUT FUZZ_ORACLE FUZZ_KEEP
runs=0
places=0

# verdict BLANKED [GENERATOR-OPTION]...: in $verdict
verdict() {
	blank=$1
	shift
	runs=$((runs + 1))
	rm -rf "$work/images" "$work/oracle"
	mkdir -p "$work/images" "$work/oracle"
	verdict=$(FUZZ_GEN="--places $places --blank $blank $*" "$here/image.sh" "$seed" | cut -f3)
}

# reduce LIST TEST: leave lines out of LIST as long as `TEST FILE` says yes.
reduce() {
	n=$(wc -l <"$1")
	chunk=$(((n + 1) / 2))
	while [ "$n" -gt 0 ]; do
		at=1
		while [ $at -le "$n" ]; do
			sed "$at,$((at + chunk - 1))d" "$1" >"$work/less"
			if $2 "$work/less"; then
				mv "$work/less" "$1"
				n=$(wc -l <"$1")
			else
				at=$((at + chunk))
			fi
		done
		[ $chunk -gt 1 ] || break
		chunk=$(((chunk + 1) / 2))
	done
}

# The atoms in $work/all that are not in FILE are blanked, with those of before.
fails_with() {
	{
		cat "$out/blank"
		grep -vxFf "$1" "$work/all"
		[ -s "$1" ] || cat "$work/all"
	} >"$work/blank"
	verdict "$work/blank"
	[ "$verdict" = "$wanted" ]
}

# stage KIND: atoms of this kind that are not blanked yet
stage() {
	awk -v kind="$1" '
		FILENAME == ARGV[1] { region[NR] = $3; start[NR] = $4; end[NR] = $5; n = NR; next }
		$1 == kind {
			for (k = 1; k <= n; k++)
				if (region[k] == $3 && start[k] <= $4 && end[k] >= $5) next
			print
		}' "$out/blank" "$work/atoms" >"$work/all"
	[ -s "$work/all" ] || return
	cp "$work/all" "$work/keep"
	# All of it in one block?
	if [ "$1" = e ]; then
		for only in $suspects; do
			awk -v b="$only" '$2 == b' "$work/all" >"$work/one"
			if [ -s "$work/one" ] && fails_with "$work/one"; then
				cp "$work/one" "$work/keep"
				break
			fi
		done
	fi
	reduce "$work/keep" fails_with
	{ grep -vxFf "$work/keep" "$work/all"; [ -s "$work/keep" ] || cat "$work/all"; } >>"$out/blank"
}

: >"$out/blank"
: >"$work/none"
# shellcheck disable=SC2086 # empty or one word
"$FUZZ_BUILD/fuzzgen" --seed "$seed" $timer --atoms >"$work/atoms" || exit 3
verdict "$work/none" --verbose 1
wanted=$verdict
case $wanted in
SAME | ENDED) echo "minimise: seed $seed passes"; exit 2 ;;
ORACLE | '') echo "minimise: seed $seed: no verdict to go by ($wanted)" >&2; exit 3 ;;
esac
# The block before the first line that differs, those before it, and how many began.
if [ "$wanted" = DIFFERENT ]; then
	line=$(cmp "$work/images/$seed/bochs" "$work/images/$seed/refvmm" | sed 's/.*line //')
else
	line=$(wc -l <"$work/images/$seed/refvmm")
	line=$((line + 1))
fi
begun() { # FILE
	head -n "$line" "$1" | sed -n 's/^B \([0-9a-f]*\) .*/\1/p' | while read -r hex; do echo $((0x$hex)); done
}
begun "$work/images/$seed/refvmm" >"$work/begun"
suspects=$(tail -n 3 "$work/begun" | tac | tr '\n' ' ')
places=$(($(wc -l <"$work/begun") + 1))
verdict "$work/none"
[ "$verdict" = "$wanted" ] || places=0
for kind in e n i; do
	stage $kind
done
echo "$places" >"$out/places"

# What is left.
awk '
	FILENAME == ARGV[1] { region[NR] = $3; start[NR] = $4; end[NR] = $5; n = NR; next }
	{ for (k = 1; k <= n; k++) if (region[k] == $3 && start[k] <= $4 && end[k] >= $5) next; print }' \
	"$out/blank" "$work/atoms" >"$work/left"
awk '$1 == "e" { print $2, $3 }' "$work/left" | sort -u >"$work/blocks"
verdict "$out/blank" --verbose 1
cp "$work/images/$seed/bochs" "$work/images/$seed/refvmm" "$out/" 2>/dev/null
{
	echo "seed $seed: $wanted"
	tail -n 1 "$work/images/$seed/stderr" 2>/dev/null
	echo "options of refvmm: $("$here/image.sh" "$seed" options)"
	echo "reduced program: $(grep -c '^e' "$work/left") elements in $(wc -l <"$work/blocks") blocks, $runs runs; again with"
	echo "    FUZZ_GEN='--places $places --blank $out/blank' conformance/fuzz/image.sh $seed"
	# shellcheck disable=SC2086
	"$FUZZ_BUILD/fuzzgen" --seed "$seed" $timer --blank "$out/blank" --list |
		awk 'FILENAME == ARGV[1] { want[$1]; next }
			/^block/ { on = $2 in want; if (on) print; next }
			on && $NF != "nop" { print }' "$work/blocks" - | head -n 60
} >"$out/report.txt"

# ---- the small image ----

unsuited() {
	echo "no small image: $1" >>"$out/report.txt"
	cat "$out/report.txt"
	exit 1
}

# A difference in a program with the clock or with paging mostly needs them.
[ -z "$timer" ] || unsuited 'IRQ0 takes part'
[ "$(wc -l <"$work/blocks")" -eq 1 ] || unsuited 'more than one block takes part'
read -r block region <"$work/blocks"
[ "$region" = 16 ] && base=33280 || base=49664
# shellcheck disable=SC2086
"$FUZZ_BUILD/fuzzgen" --seed "$seed" --blank "$out/blank" --boot "$FUZZ_BUILD/boot.bin" \
	--runtime "$FUZZ_BUILD/runtime.bin" --image "$work/image" || exit 3
first=$(awk '$1 == "e" { print $4 }' "$work/left" | sort -n | head -n 1)
last=$(awk '$1 == "e" { print $5 }' "$work/left" | sort -n | tail -n 1)
od -An -v -tx1 -w1 -j $((base + first)) -N $((last - first)) "$work/image" | tr -d ' ' >"$work/spaced"
# Without the NOPs that fill the gaps: elements (their inner gaps stay when they jump).
awk -v first="$first" '
	FILENAME == ARGV[1] { if ($3 == region || !region) for (k = $4; k < $5; k++) gone[k]; next }
	!((first + FNR - 1) in gone)' region="$region" "$out/blank" "$work/spaced" >"$work/dense"
options=$("$here/image.sh" "$seed" options)

# program BYTES: program.inc from $work/registers and a file of bytes
program() {
	{
		cat "$work/registers"
		echo "%define AT $first"
		echo '%macro PROGRAM 0'
		sed 's/^/	db 0x/' "$1"
		echo '%endmacro'
	} >"$work/small/program.inc"
}

small() {
	runs=$((runs + 1))
	program "$1"
	# shellcheck disable=SC2086 # words
	signature=$("$here/small.sh" "$work/small" $options) || signature=''
}

same_signature() {
	small "$1"
	[ -n "$signature" ] && [ "$signature" = "$seen" ]
}

registers_at() { # the words of a line B
	"$FUZZ_BUILD/fuzzgen" --seed "$seed" --describe "$block" >"$work/registers"
	shift 2
	for name in EAX ECX EDX EBX EBP ESI EDI; do
		echo "%define $name 0x$1"
		shift
	done >>"$work/registers"
	flags=$(sed -n 's/^%define EFLAGS //p' "$work/registers")
	sed -i "s/^%define EFLAGS.*/%define EFLAGS $(printf '0x%x' $((flags | 0x$1)))/" "$work/registers"
}

seen=''
line=$(cmp "$out/bochs" "$out/refvmm" 2>/dev/null | sed 's/.*line //')
[ -n "$line" ] || line=$(wc -l <"$out/refvmm")
hex=$(printf '%08x' "$block")
head -n "$line" "$out/refvmm" | grep "^B $hex" | tail -n 1 >"$work/last"
grep "^B $hex" "$out/refvmm" | head -n 1 >>"$work/last"
while read -r words; do
	# shellcheck disable=SC2086
	registers_at $words
	for bytes in dense spaced; do
		small "$work/$bytes"
		[ -z "$signature" ] || break 2
	done
done <"$work/last"
[ -n "$signature" ] || unsuited 'without its surroundings it does not show'
seen=$signature
cp "$work/$bytes" "$work/bytes"
reduce "$work/bytes" same_signature
n=$(wc -l <"$work/bytes")
k=1
while [ $k -le "$n" ]; do
	sed "${k}s/.*/00/" "$work/bytes" >"$work/zero"
	if ! cmp -s "$work/zero" "$work/bytes" && same_signature "$work/zero"; then
		cp "$work/zero" "$work/bytes"
	fi
	k=$((k + 1))
done
for name in EAX ECX EDX EBX EBP ESI EDI FILL EFLAGS CR4; do
	cp "$work/registers" "$work/before"
	case $name in
	FILL) sed -i '/ FILL /d' "$work/registers" ;;
	EFLAGS) sed -i 's/^%define EFLAGS .*/%define EFLAGS 0x2/' "$work/registers" ;;
	*) sed -i "s/^%define $name .*/%define $name 0/" "$work/registers" ;;
	esac
	cmp -s "$work/before" "$work/registers" || same_signature "$work/bytes" || cp "$work/before" "$work/registers"
done
small "$work/bytes"
[ "$signature" = "$seen" ] || unsuited 'it does not show every time'
bits=32
grep -q '^%define MODE [24]$' "$work/registers" || bits=16
while read -r byte; do
	# shellcheck disable=SC2059 # an octal escape
	printf "\\$(printf '%03o' "0x$byte")"
done <"$work/bytes" >"$work/flat"
{
	echo '; SPDX-License-Identifier: MIT'
	echo "; Found by make soak, seed $seed: refvmm differed from Bochs in: $seen"
	ndisasm -b $bits -o "$first" "$work/flat" | sed 's/^/;   /'
	cat "$work/small/program.inc"
} >"$out/case.asm"
cp "$work/small/bochs" "$out/case.expected"
cp "$work/small/image" "$out/case.img"
truncate -s 2048 "$out/case.img"
{
	echo "small image, $n bytes of program: differs in $seen ($runs runs in all)"
	echo "bytes: $(tr '\n' ' ' <"$work/bytes")"
	cat "$out/case.asm"
	echo 'Bochs:'
	cat "$work/small/bochs"
	echo 'refvmm:'
	cat "$work/small/refvmm" "$work/small/stderr"
	echo 'image:'
	od -A x -t x1 "$out/case.img"
} >>"$out/report.txt"
cat "$out/report.txt"

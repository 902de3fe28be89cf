#!/bin/sh
# SPDX-License-Identifier: MIT
# A small image on refvmm and on Bochs: assemble DIR/program.inc (see small.asm),
# run it, and print what differs: names of registers, `exit N` of refvmm, or
# nothing.  DIR keeps image, refvmm and bochs.
#
# usage: small.sh [--expected FILE] DIR [OPTION OF REFVMM]...
#        with FUZZ_BUILD (layout.inc) and FUZZ_VMM set
# --expected: Bochs' lines from before.  Exit: 0, 3 it cannot be assembled, or
# Bochs does not end.
set -u
here=$(dirname "$0")
expected=''
if [ "$1" = --expected ]; then
	expected=$2
	shift 2
fi
dir=$1
shift
nasm -w-all -I"$dir/" -I"$FUZZ_BUILD/" -I"$here/" -f bin -o "$dir/image" "$here/small.asm" 2>"$dir/nasm" || exit 3
truncate -s 1474560 "$dir/image"
rm -f "$dir/refvmm"
timeout -k 5 60 "$FUZZ_VMM" --floppy "$dir/image,ro" --boot a --memory 32M --cpu pentium4 --no-reboot \
	--debugcon "file:$dir/refvmm" --limit-time 30 "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null
rc=$?
if [ -n "$expected" ]; then
	cp "$expected" "$dir/bochs" || exit 3
else
	"$here/bochs.sh" "$dir" || exit 3
fi
if [ $rc -ne 0 ]; then
	echo "exit $rc"
	exit 0
fi
awk '
	function named(letter, list,   n, k, word) {
		n = split(list, word)
		for (k = 1; k <= n; k++)
			name[letter, k] = word[k]
	}
	BEGIN {
		named("T", "vector error EIP CS EFLAGS EAX ECX EDX EBX ESP EBP ESI EDI")
		named("F", "FCW FSW FTW ST XMM")
		named("H", "code16 data extra stack code32 private")
	}
	NR == FNR { want[FNR] = $0; lines = FNR; next }
	{ split(want[FNR], w); for (k = 2; k <= NF; k++) if ($k != w[k]) out = out " " name[$1, k - 1] }
	$1 == "END" { ended = 1 }
	END { if (!ended || lines != FNR) out = out " END"; print substr(out, 2) }' "$dir/bochs" "$dir/refvmm" || exit 3

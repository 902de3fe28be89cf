#!/bin/sh
# SPDX-License-Identifier: MIT
# One fuzz image: make it, run it on refvmm and, unless it is of the timer half,
# on Bochs; print one line, fields separated by tabs:
#     seed half verdict instructions detail
# Verdicts: SAME, DIFFERENT (from Bochs), ENDED (timer half), LIMIT, UNSUPPORTED,
# TRIPLE-FAULT, INTERNAL, SANITIZER, HOST-CRASH, HANG, ORACLE (Bochs did not end),
# EXIT.  What is needed to look into a verdict stays in OUT/SEED.
#
# usage: image.sh SEED [options]    (options: print those of refvmm that the seed means) with FUZZ_BUILD (fuzzgen and runtime), FUZZ_VMM, FUZZ_OUT,
# FUZZ_ORACLE (folder of Bochs' answers), FUZZ_UNITS set; FUZZ_TIME: seconds for
# refvmm (60), and twice that for Bochs
set -u
seed=$1
: "${FUZZ_TIME:=60}"
export FUZZ_TIME
dir=$FUZZ_OUT/$seed
half=same
timer=''
if [ $((seed % 2)) -eq 1 ]; then
	half=timer
	timer=--timer
fi
gen=$FUZZ_BUILD/fuzzgen
# The processor is the one Bochs is told to model below.
# Both configurations of the base, each in both halves.
page0=auto
[ $((seed / 2 % 2)) -eq 0 ] || page0='shift'
# A cache of 16 KiB: units leave it and come back thousands of times.
cache=''
[ $((seed / 8 % 2)) -eq 0 ] || cache="--cache 16"
# As users run it, without counting; then only time ends a program that does not.
units="--limit-units $FUZZ_UNITS"
[ $((seed / 16 % 2)) -eq 0 ] || units=''

if [ "${2-}" = options ]; then
	echo "--page0 $page0 $cache"
	exit 0
fi

say() { # VERDICT DETAIL
	printf '%s\t%s\t%s\t%s\t%s\n' "$seed" "$half" "$1" "${insns:-0}" "$2"
	case $1 in
	SAME | ENDED) rm -rf "$dir" ;;
	*) [ "${FUZZ_KEEP:-1}" = 1 ] || rm -rf "$dir" ;;
	esac
	exit 0
}

mkdir -p "$dir" || exit 3
# shellcheck disable=SC2086 # empty or one word
"$gen" --seed "$seed" $timer ${FUZZ_GEN-} --boot "$FUZZ_BUILD/boot.bin" \
	--runtime "$FUZZ_BUILD/runtime.bin" --image "$dir/image" || exit 3

# A sanitizer's report must not look like an exit code of refvmm.
UBSAN_OPTIONS=print_stacktrace=1:exitcode=99
ASAN_OPTIONS=exitcode=99:detect_leaks=0:detect_stack_use_after_return=0
export UBSAN_OPTIONS ASAN_OPTIONS
# shellcheck disable=SC2086 # empty or two words
timeout -k 5 $((FUZZ_TIME + 30)) "$FUZZ_VMM" --floppy "$dir/image,ro" --boot a --memory 32M --cpu pentium4 --no-reboot --page0 $page0 \
	--debugcon "file:$dir/refvmm" $cache $units --limit-time "$FUZZ_TIME" \
	--stats "json:$dir/stats.json" >"$dir/stdout" 2>"$dir/stderr" </dev/null
rc=$?
text=$(tail -n 1 "$dir/stderr" | tr '\t' ' ' | cut -c1-160)
bits=$(sed -n 's/^C //p' "$dir/refvmm" 2>/dev/null)
if [ -n "$bits" ]; then
	# shellcheck disable=SC2086 # visited blocks, ended blocks; empty or one word
	set -- $bits
	# shellcheck disable=SC2086
	"$gen" --seed "$seed" $timer --ended "$2" >"$dir/rows"
	insns=$(sed -n 's/^insns //p' "$dir/rows")
	sed -n 's/^row //p' "$dir/rows" >"$FUZZ_OUT/rows.$seed"
fi
case $rc in
0) ;;
8) say UNSUPPORTED "$text" ;;
10) say TRIPLE-FAULT "$text" ;;
12) say LIMIT "$text" ;;
14) say INTERNAL "$text" ;;
99) say SANITIZER "$(grep -m 1 -E 'runtime error|ERROR: ' "$dir/stderr" | cut -c1-160)" ;;
124 | 137) say HANG "no end within $((FUZZ_TIME + 30)) s" ;;
*) [ "$rc" -gt 128 ] && say HOST-CRASH "signal $((rc - 128))"
	say EXIT "status $rc $text" ;;
esac
grep -q '^END' "$dir/refvmm" || say EXIT "status 0 without END"
[ $half = same ] || say ENDED "$(sed -n 's/^Q 0*/interrupts 0x/p' "$dir/refvmm")"

# Bochs' answer depends on the image only: keep it for the other builds.  Few
# instructions per second make the waits of its BIOS short (0.1 s a run, not 1 s).
key=$(head -c 131584 "$dir/image" | sha256sum | cut -c1-32)
answer=$FUZZ_ORACLE/$key
if [ ! -s "$answer" ]; then
	"$(dirname "$0")/bochs.sh" "$dir" || say ORACLE "Bochs did not end: $(tail -n 1 "$dir/bochs.log" | cut -c1-120)"
	mv "$dir/bochs" "$answer.$$" && mv "$answer.$$" "$answer"
fi
cmp -s "$answer" "$dir/refvmm" && say SAME ''
cp "$answer" "$dir/bochs"
say DIFFERENT "in $(diff "$dir/bochs" "$dir/refvmm" | sed -n 's/^> \(.\).*/\1/p' | tr -d '\n'), see $dir"

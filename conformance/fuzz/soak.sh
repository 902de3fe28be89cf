#!/bin/sh
# SPDX-License-Identifier: MIT
# Generate, run on refvmm and on Bochs, compare, for a given time; minimise every
# difference.  Goes on where the last run in the same folder ended, however it ended.
#
# usage: soak.sh [--minutes N] [--jobs N] [--seed N] [--minimise N]
#                --build DIR --vmm PROGRAM --out DIR
# --seed: start there.  --minimise: this many differences at most (20), the others
# are only run once more.  OUT: verdicts.tsv (a line for each image of all runs), next
# (the seed to go on with), soak.json, differences/SEED (what minimise.sh leaves).
# Exit: 0 no difference in this run, 1 there were, 2 usage, 77 Bochs or the VMM cannot
# run here, 130 interrupted.
set -u
minutes=60 jobs=2 minimise=20 seed='' build='' vmm='' out=''
FUZZ_UNITS=500000000
while [ $# -gt 1 ]; do
	case $1 in
	--minutes) minutes=$2 ;;
	--jobs) jobs=$2 ;;
	--seed) seed=$2 ;;
	--minimise) minimise=$2 ;;
	--build) build=$2 ;;
	--vmm) vmm=$2 ;;
	--out) out=$2 ;;
	*) break ;;
	esac
	shift 2
done
case $minutes$jobs$seed$minimise in
*[!0-9]*) build='' ;;
esac
if [ $# -gt 0 ] || [ -z "$build" ] || [ -z "$vmm" ] || [ -z "$out" ]; then
	echo 'soak.sh: usage: soak.sh [--minutes N] [--jobs N] [--seed N] [--minimise N] --build DIR --vmm PROGRAM --out DIR' >&2
	exit 2
fi
here=$(dirname "$0")
if ! command -v "${BOCHS:-bochs}" >/dev/null; then
	echo "SKIP soak: ${BOCHS:-bochs} is not installed"
	exit 77
fi
if ! "$vmm" --check-host >/dev/null 2>&1; then
	echo "SKIP soak: $vmm --check-host: $("$vmm" --check-host 2>&1 | grep -m 1 -E 'MISSING|refvmm:')"
	exit 77
fi
mkdir -p "$out/differences" || exit 3
work=$(mktemp -d) || exit 3
# Another build may replace the programs meanwhile, an editor the scripts.
mkdir "$work/build" "$work/images" "$work/oracle" "$work/scripts" || exit 3
cp "$here"/*.sh "$here/small.asm" "$here/tables.inc" "$work/scripts/" || exit 3
here=$work/scripts
cp "$build/fuzzgen" "$build/boot.bin" "$build/runtime.bin" "$build/layout.inc" "$work/build/" &&
	cp "$vmm" "$work/refvmm" || exit 3
FUZZ_BUILD=$work/build FUZZ_VMM=$work/refvmm FUZZ_OUT=$work/images FUZZ_ORACLE=$work/oracle
export FUZZ_BUILD FUZZ_VMM FUZZ_OUT FUZZ_ORACLE FUZZ_UNITS
begin=$(date +%s)
started=$begin images=0 bad=0 slow=0

ended() { # STATUS
	[ "$1" -ne 130 ] || echo "soak: interrupted; run again to go on with seed $(cat "$out/next")"
	seconds=$(($(date +%s) - begin))
	[ $images -eq 0 ] || tail -n "$images" "$out/verdicts.tsv" | cut -f2,3 | sort | uniq -c |
		jq -Rn --arg vmm "$("$FUZZ_VMM" --version | head -n 1)" --argjson seed "${started:-0}" \
			--argjson seconds "$seconds" --argjson images "$images" --argjson failed "$bad" --argjson slow "$slow" \
			'{vmm: $vmm, seed: $seed, seconds: $seconds, images: $images, failed: $failed, slow: $slow,
			verdicts: [inputs | [splits(" +")] | map(select(. != "")) | . as $w
				| {half: ($w[1] / "\t")[0], verdict: ($w[1] / "\t")[1], images: ($w[0] | tonumber)}]}' \
			>"$out/soak.json"
	[ ! -s "$out/soak.json" ] || jq -r '.verdicts[] | "\(.half) \(.verdict) \(.images)"' "$out/soak.json"
	for report in $(find "$out/differences" -name report.txt -newer "$work/build/fuzzgen" | sort); do
		echo "$report: $(grep -m 1 -E '^(small image|no small image)' "$report"): $(sed -n 's/^bytes: //p' "$report")"
	done
	echo "soak: seeds $started to $(($(cat "$out/next") - 1)) in $seconds s: $((images - bad)) passed ($slow only with more time), $bad failed"
	rm -rf "$work"
	exit "$1"
}
trap 'ended 130' INT TERM

[ -n "$seed" ] || seed=$(cat "$out/next" 2>/dev/null) || seed=''
[ -n "$seed" ] || seed=$((begin % 1000000 * 10000))
started=$seed
echo "$seed" >"$out/next" || exit 3
echo "soak: $minutes minutes from seed $seed on $("$vmm" --version | head -n 1)"
while [ $(($(date +%s) - begin)) -lt $((minutes * 60)) ]; do
	n=$((20 * jobs))
	seq "$seed" $((seed + n - 1)) |
		parallel --will-cite -j "$jobs" "$here/image.sh" >"$work/verdicts" || true
	if [ "$(wc -l <"$work/verdicts")" -ne $n ]; then
		echo "soak: an image has no verdict: is the disk full?" >&2
		ended 3
	fi
	sort -n "$work/verdicts" >>"$out/verdicts.tsv" || ended 3
	grep -vP '\t(SAME|ENDED)\t' "$work/verdicts" | cut -f1 >"$work/failed"
	images=$((images + n))
	while read -r failed; do
		verdict=$(sed -n "s/^$failed	[a-z]*	\([A-Z-]*\)	.*/\1/p" "$work/verdicts")
		rm -rf "$out/differences/$failed"
		cp -r "$work/images/$failed" "$out/differences/$failed" || ended 3
		rm -f "$out/differences/$failed/bochs.stdout"
		# Once more, alone and with time: a busy host is no difference.
		again=$(FUZZ_TIME=300 "$here/image.sh" "$failed" | cut -f3)
		case $verdict:$again in
		LIMIT:SAME | LIMIT:ENDED | HANG:SAME | HANG:ENDED | ORACLE:SAME | ORACLE:ENDED)
			echo "$failed: $verdict, $again with more time"
			rm -rf "$out/differences/$failed"
			slow=$((slow + 1))
			continue
			;;
		esac
		echo "$failed: $verdict, once more $again"
		bad=$((bad + 1))
		[ $bad -gt "$minimise" ] || echo "$failed" >>"$work/bad"
	done <"$work/failed"
	if [ -s "$work/bad" ]; then
		parallel --will-cite -j "$jobs" \
			"timeout 900 $here/minimise.sh {} $out/differences/{} >/dev/null" <"$work/bad"
		rm -f "$work/bad"
	fi
	seed=$((seed + n))
	echo "$seed" >"$out/next"
	rm -rf "$work/images" "$work/oracle"
	mkdir "$work/images" "$work/oracle"
done
[ $bad -eq 0 ] || ended 1
ended 0

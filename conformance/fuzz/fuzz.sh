#!/bin/sh
# SPDX-License-Identifier: MIT
# Run many fuzz images and count the verdicts.  Even seeds are compared with
# Bochs, odd ones have the timer on (image.sh).  Ends with
# `N passed, N failed, N skipped`.
#
# usage: fuzz.sh [--count N] [--seed FIRST] [--jobs N] [--units N] --build DIR
#                --vmm PROGRAM --out DIR [--oracle DIR] [--results NAME]
# --units: limit in translation units.  --results: leave NAME.tsv (a line for each
# image) and NAME.json (the figures).  Exit: 0 all passed and the programs are as
# varied as they should be, 1 not, 2 usage, 77 Bochs or the VMM cannot run here.
set -u
count=100 seed='' jobs=2 build='' vmm='' out='' oracle='' results=''
FUZZ_UNITS=500000000
while [ $# -gt 1 ]; do
	case $1 in
	--count) count=$2 ;;
	--seed) seed=$2 ;;
	--jobs) jobs=$2 ;;
	--units) FUZZ_UNITS=$2 ;;
	--build) build=$2 ;;
	--vmm) vmm=$2 ;;
	--out) out=$2 ;;
	--oracle) oracle=$2 ;;
	--results) results=$2 ;;
	*) break ;;
	esac
	shift 2
done
if [ $# -gt 0 ] || [ -z "$build" ] || [ -z "$vmm" ] || [ -z "$out" ]; then
	echo 'fuzz.sh: usage: fuzz.sh [--count N] [--seed N] [--jobs N] [--units N] --build DIR --vmm PROGRAM --out DIR [--oracle DIR] [--results NAME]' >&2
	exit 2
fi
[ -n "$seed" ] || seed=$(($(date +%s) % 1000000 * 10000))
: "${oracle:=$out/oracle}"
if ! command -v "${BOCHS:-bochs}" >/dev/null; then
	echo "SKIP fuzz: ${BOCHS:-bochs} is not installed"
	echo "0 passed, 0 failed, $count skipped"
	exit 77
fi
if ! "$vmm" --check-host >/dev/null 2>&1; then
	echo "SKIP fuzz: $vmm --check-host: $("$vmm" --check-host 2>&1 | grep -m 1 -E 'MISSING|refvmm:')"
	echo "0 passed, 0 failed, $count skipped"
	exit 77
fi
rm -rf "$out/images"
mkdir -p "$out/images" "$oracle" || exit 3
# A copy: the build may go on meanwhile.
cp "$vmm" "$out/refvmm" || exit 3
FUZZ_BUILD=$build FUZZ_VMM=$out/refvmm FUZZ_OUT=$out/images FUZZ_ORACLE=$oracle
export FUZZ_BUILD FUZZ_VMM FUZZ_OUT FUZZ_ORACLE FUZZ_UNITS
echo "fuzz: $count images from seed $seed on $vmm ($("$vmm" --version | head -n 1))"
seq "$seed" $((seed + count - 1)) |
	parallel --will-cite -j "$jobs" "$(dirname "$0")/image.sh" >"$out/verdicts.tsv"

echo 'verdict          images'
cut -f2,3 "$out/verdicts.tsv" | sort | uniq -c | awk '{ printf "%-6s %-14s %d\n", $2, $3, $1 }'
grep -vP '\t(SAME|ENDED)\t' "$out/verdicts.tsv" | head -n 40
cut -f4 "$out/verdicts.tsv" | sort -n >"$out/insns"
median=$(awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }' "$out/insns")
awk '
	NR == 1 { least = $1 }
	{ b = int($1 / 250); h[b]++; if (b > top) top = b; most = $1 }
	END {
		print "instructions in blocks that ran to their end, per image: median", m \
			", least", least ", most", most
		for (b = 0; b <= top; b++) {
			bar = sprintf("%" int(h[b] * 50 / NR + 0.5) "s", ""); gsub(/ /, "#", bar)
			printf "%6d-%-6d %5d %s\n", b * 250, b * 250 + 249, h[b], bar
		}
	}' m="$median" "$out/insns"
# Rows of bt/insn.def: in the table, and met in blocks that ran to their end.
"$build/fuzzgen" --seed 0 --classes | cut -f2 | sort >"$out/rows.all"
find "$FUZZ_OUT" -name 'rows.*' -exec cat {} + | sort -u >"$out/rows.hit"
rm -f "$FUZZ_OUT"/rows.*
all=$(wc -l <"$out/rows.all") hit=$(comm -12 "$out/rows.all" "$out/rows.hit" | wc -l)
awk -v a="$all" -v h="$hit" 'BEGIN { printf "rows of bt/insn.def: %d of %d met (%.1f %%)", h, a, 100 * h / a }'
comm -23 "$out/rows.all" "$out/rows.hit" | tr '\n' ' ' | sed 's/^/; not met: /'
echo
good=$(grep -cP '\t(SAME|ENDED)\t' "$out/verdicts.tsv")
ran=$(wc -l <"$out/verdicts.tsv")
if [ -n "$results" ]; then
	mkdir -p "$(dirname "$results")" || exit 3
	cp "$out/verdicts.tsv" "$results.tsv" || exit 3
	cut -f2,3 "$out/verdicts.tsv" | sort | uniq -c | jq -Rn --arg vmm "$("$vmm" --version | head -n 1)" \
		--argjson figures "{\"count\":$count,\"seed\":$seed,\"passed\":$good,\"failed\":$((ran - good)),
			\"skipped\":$((count - ran)),\"median_instructions\":$median,\"rows\":$all,\"rows_met\":$hit}" '
		{vmm: $vmm} + $figures + {verdicts: [inputs | [splits(" +|\t")] | map(select(. != ""))
			| {half: .[1], verdict: .[2], images: (.[0] | tonumber)}]}' >"$results.json" || exit 3
fi
# Programs that die early or leave instructions out would pass anything.
status=0
[ "$median" -ge 200 ] || { echo "fuzz: FAIL: median of $median instructions, at least 200 wanted"; status=1; }
[ $((hit * 100)) -ge $((all * 95)) ] || { echo "fuzz: FAIL: $hit of $all rows met, 95 % wanted"; status=1; }
[ "$good" -eq "$count" ] || status=1
echo "fuzz: first seed $seed, $out/verdicts.tsv"
echo "$good passed, $((ran - good)) failed, $((count - ran)) skipped"
exit $status

#!/bin/sh
# SPDX-License-Identifier: MIT
# One complete microbenchmark run: measure, table, chart.
#   bench.sh RUNNER OUTDIR [options of the runner]
# writes microbench.{jsonl,meta.json,txt,svg,png} into OUTDIR and prints the
# table.  Exit code: the runner's; 3 if the chart could not be drawn.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: bench.sh RUNNER OUTDIR [options]" >&2
	exit 2
fi
here=$(dirname "$0")
run=$1
out=$2
shift 2

mkdir -p "$out"
rc=0
"$run" "$@" --out "$out/microbench.jsonl" >"$out/microbench.txt" || rc=$?
cat "$out/microbench.txt"
case $rc in
0 | 1 | 130) ;;
*) exit "$rc" ;;
esac
"$here/plot.sh" "$out/microbench.jsonl" "$out/microbench" || exit 3
echo "microbench: $out/microbench.jsonl, .meta.json, .txt, .svg, .png"
exit "$rc"

#!/bin/sh
# SPDX-License-Identifier: MIT
# Draw the chart of a microbenchmark run: plot.sh FILE.jsonl OUTBASE
# writes OUTBASE.svg and OUTBASE.png.  Needs jq and gnuplot.
# Exit: 0 drawn, 2 bad usage or input, 3 a tool is missing or failed.
set -eu

here=$(dirname "$0")

fail() {
	code=$1
	shift
	echo "plot.sh: $*" >&2
	exit "$code"
}

[ $# -eq 2 ] || fail 2 "usage: plot.sh FILE.jsonl OUTBASE"
[ -r "$1" ] || fail 2 "cannot read '$1'"
for tool in jq gnuplot; do
	command -v "$tool" >/dev/null || fail 3 "no $tool"
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

rows=0
for panel in ring3 ring0 system; do
	jq -rs --arg panel "$panel" -f "$here/plot.jq" "$1" >"$scratch/$panel" 2>/dev/null ||
		fail 2 "'$1' is not a microbenchmark record"
	rows=$((rows + $(wc -l <"$scratch/$panel")))
done
[ "$rows" -gt 0 ] || fail 2 "'$1' has no figures to draw"

for kind in svg png; do
	gnuplot -e "dir='$scratch'; kind='$kind'; out='$scratch/$kind'" "$here/plot.gp" ||
		fail 3 "gnuplot failed"
	cp "$scratch/$kind" "$2.$kind" || fail 3 "cannot write '$2.$kind'"
done

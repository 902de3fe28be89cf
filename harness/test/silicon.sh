#!/bin/sh
# SPDX-License-Identifier: MIT
# Witnesses that `vmproof ingest` has left: `vmproof run` asks them, names them and
# follows them where nothing else than emulators has been asked.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
VMPROOF_SILICON=$tmp/store
export VMPROOF_SILICON
mkdir "$VMPROOF_SILICON"

run_fakes good --keep-artifacts always
is "$(grep -c '^witnesses' "$tmp/stdout")" 0 "without witnesses none is named"
# What the good VMM said, as if a PC had.
find "$tmp/out" -name '*.raw' -exec sed -n 's/^\(R [0-9]* [0-9a-f]*\).*/\1/p' {} + | sort -u >"$tmp/said"
is "$(wc -l <"$tmp/said")" 24 "the answers of all cases"

witness() { # NAME CHIP DIGEST SED-SCRIPT
	{
		echo "PLAN 24 $3"
		sed -e "$4" -e 's/$/ 00000000/' "$tmp/said"
		echo 'END 24 00000000'
	} >"$VMPROOF_SILICON/$1.log"
	jq -n --arg chip "$2" --arg digest "$3" '{v: 1, chip: $chip, vendor: "x", signature: "00000633", digest: $digest,
		crc: "00000000", cases: 24, ingested: "2026-01-01", from: "pc.log"}' >"$VMPROOF_SILICON/$1.json"
}
silicon() { # NUM: the witnesses of the bad VMM's case that are PCs
	jq -r --argjson n "$1" 'select(.vmm == "bad" and .num == $n) | .witness[] | select(contains("PC"))' \
		"$tmp/out/results.jsonl" | paste -s -d '|'
}
# One chip that says what the good VMM says and has no case 7, one that differs in 2 and
# 3, in 3 only where nothing is defined; one of another table.
witness one 'PC one' fa4ecafe 's/^\(R 7\) .*/\1 ff00008000/'
witness two 'PC two' fa4ecafe 's/^R 2 ..../R 2 0000/; s/^\(R 3 ....\)..../\1ffff/'
witness other 'PC other' 00000001 ''
sum=$(cat "$VMPROOF_SILICON"/* | cksum)

printf '2 wrong\n24 wrong\n' | fake bad
run_fakes good,bad --rerun-max 0
is "$(grep '^witnesses' "$tmp/stdout")" "witnesses: PC one (24 cases), PC two (24 cases)" "those of this table are named"
is "$(silicon 1)" "silicon: PC one (00000633)|silicon: PC two (00000633)" "both say what is expected"
is "$(silicon 2)" "silicon: PC one (00000633) (differs)|silicon: PC two (00000633) (differs)" "both say otherwise"
is "$(silicon 3)" "silicon: PC one (00000633)|silicon: PC two (00000633)" "undefined bits do not count"
is "$(silicon 7)" "silicon: PC two (00000633)" "a case that a chip has not run has no word of it"
# Case 24 is one that only emulators were asked about: silicon makes it a failure.
is "$(verdict bad 24)" "FAIL not rerun (--rerun-max) differs from good" "where silicon differs, report-only is over"
is "$(jq -c '[.[] | select(.chip) | .chip, (.said[] | [.vmm, .n.agree, .n.differs])]' "$tmp/out/witness.json")" \
	'["PC one (00000633)",["good",23,null],["bad",21,2],"PC two (00000633)",["good",23,1],["bad",22,2]]' "agreement by VMM"
vmproof report --out "$tmp/out"
is "$(grep -c 'A real PC with PC one (00000633) answered 24 cases (pc.log, 2026-01-01)' "$tmp/out/report.html")" 1 "the report names them"
is "$(cat "$VMPROOF_SILICON"/* | cksum)" "$sum" "nothing was written there"

# One chip agrees with the VMM, the other does not: no failure by silicon.
got=$(jq -r 'select(.vmm == "bad" and .num == 24) | .diff[0].got' "$tmp/out/results.jsonl")
witness two 'PC two' fa4ecafe "s/^R 24 .*/R 24 $got/"
run_fakes good,bad --rerun-max 0
is "$(verdict bad 24 | cut -d ' ' -f 1)" REPORT "where chips are divided, the case is reported"

sed -i '/^END/d' "$VMPROOF_SILICON/two.log"
run_fakes good
is "$status $(grep -c 'is not whole' "$tmp/stderr")" "3 1" "a witness that was cut ends the run in one line"
finish

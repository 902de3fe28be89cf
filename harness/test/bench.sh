#!/bin/sh
# SPDX-License-Identifier: MIT
# `vmproof bench-guests` with scripted VMMs: pairs in turn, medians, goals, counters.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
fake second </dev/null
VMPROOF_LOCAL=$tmp/local VMPROOF_GUESTS=$tmp/cache VMPROOF_GOALS=$tmp/goals ORDER=$tmp/order
export VMPROOF_LOCAL VMPROOF_GUESTS VMPROOF_GOALS ORDER
mkdir -p "$VMPROOF_LOCAL"
cat >"$VMPROOF_LOCAL/t-bench.manifest" <<'X'
name=t-bench
floppy=t-bench.sh
seconds=20
milestone=shell serial ^SHELL
milestone=part.begin serial ^B
milestone=part.end serial ^E
end=exit
work=WORK
X
cat >"$VMPROOF_LOCAL/t-bench.sh" <<'X'
echo "$1" | sed 's/.*t-bench.//' >>"$ORDER"
{
	echo SHELL
	sleep 0.1
	echo B
	sleep 0.2
	echo "WORK $(cat "$ORDER.work" 2>/dev/null)"
	echo E
	sleep 0.1
} >"$1/serial.raw"
X
bench() {
	vmproof bench-guests --vmm good,second --guest t-bench --out "$tmp/bench" "$@"
}
row() { # PHASE FILTER
	jq -r --arg p "$1" ".rows[] | select(.phase == \$p) | $2" "$tmp/bench/bench.json"
}

printf 't-bench\tpart\t10000\t-\n' >"$tmp/goals"
bench --pairs 3
is "$status" 0 "a goal that is met"
is "$(tr '\n' ' ' <"$tmp/order")" "good/1 second/1 second/2 good/2 good/3 second/3 " "pairs in turn"
is "$(jq -r '[.rows[].phase] | join(" ")' "$tmp/bench/bench.json")" "boot part all" "phases"
is "$(row part '.wall[0].n, .wall[1].n, (.ratio.wall == .wall[0].median / .wall[1].median), .met' | tr '\n' ' ')" "3 3 true true " \
	"medians of three, their ratio, the goal"
is "$(row boot .met)" null "no goal, no verdict"
is "$(grep -c 't-bench *part .* met$' "$tmp/stdout") $(head -c 4 "$tmp/bench/bench.png" | tail -c 3)" "1 PNG" "table and chart"
is "$(jq -s 'map(.others | type) | unique | join(" ")' "$tmp/bench/load.jsonl")" '"number"' "how busy the machine was otherwise"
printf 't-bench\tpart\t0.0001\t-\n' >"$tmp/goals"
bench --again
is "$status $(grep -c MISSED "$tmp/stdout")" "1 1" "--again: a goal that is missed"
is "$(wc -l <"$tmp/order")" 6 "... without a boot"
printf 't-bench\tpart\t10000\t-\n' >"$tmp/goals"
# shellcheck disable=SC2016 # expanded by the guest
sed -i '1i date +%s%N >"$ORDER.work"' "$VMPROOF_LOCAL/t-bench.sh"
bench --pairs 1
is "$status $(grep -c '^FAILED t-bench' "$tmp/stdout")" "1 1" "work that differs is a failure"

# Counters: what was counted between the samples at the marks.
cat >"$tmp/samples" <<'X'
{"ns":10,"at":["shell"],"user_ns":5,"system_ns":2,"stats":{"counters":{"hidden_faults":100,"alarm_tc":1,"alarm_monitor":1,"alarm_wait":2}}}
{"ns":20,"at":["x.end","part.begin"],"user_ns":6,"system_ns":3,"stats":{"counters":{"hidden_faults":130,"alarm_tc":2,"alarm_monitor":2,"alarm_wait":2}}}
{"ns":40,"at":["part.end"],"user_ns":16,"system_ns":4,"stats":{"counters":{"hidden_faults":135,"alarm_tc":5,"alarm_monitor":3,"alarm_wait":2}}}
X
echo '{"guest":"g","vmm":"v","attempt":1,"verdict":"PASS","ns":50,"cpu_ns":30,"milestones":[{"name":"shell","ns":9,"cpu_ns":7},
	{"name":"part.begin","ns":19,"cpu_ns":9},{"name":"part.end","ns":39,"cpu_ns":20}]}' |
	jq -c --slurpfile s "$tmp/samples" -f "$harness/lib/benchphases.jq" >"$tmp/phases"
is "$(jq -r '.phases[] | "\(.name) \(.ns) \(.cpu_ns) \(.user_ns) \(.counters.hidden_faults) \(.share.tc)"' "$tmp/phases" | tr '\n' ',')" \
	"boot 9 7 5 100 0.25,part 20 11 10 5 0.75,all 50 30 null null null," "counters by phase"

refused() { # TEXT WORD...
	text=$1
	shift
	vmproof bench-guests --out "$tmp/bench" "$@"
	is "$status $(wc -l <"$tmp/stderr") $(grep -c -F -e "$text" "$tmp/stderr")" "2 1 1" "refused: bench-guests $* ($text)"
}
refused "--vmm 'good' is not two names" --vmm good
refused "no driver 'gone'" --vmm good,gone
refused "no guest 'nothing'" --vmm good,second --guest nothing
refused "--pairs 'x' is not a positive number" --pairs x
finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# `vmproof stress`: the judge with made-up samples, each of which breaks one bound.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"

# A run of 600 seconds that begins at 10 and ticks at 1193182 / 4773 Hz; the filter
# changes its samples (.n counts them from 0).
judge() { # FILTER [MARKS-FILTER]
	jq -n '{milestones: [{name: "stress.begin", ns: 10e9, seen: "STRESS-BEGIN irq0=1000"},
		{name: "stress.end", ns: 610e9, seen: "STRESS-END irq0=150991 laps=9"}]} | '"${2-.}" >"$tmp/driver.json"
	jq -n -c '[range(0; 62) | . as $n | ($n * 10.01 + 3) as $s | {n: $n, ns: ($s * 1e9), at: [], user_ns: 1, system_ns: 1,
		rss_kb: (200000 - $n % 7 * 9000), pss_kb: (175000 - $n % 7 * 700), maps: (300 + $n % 5 * 400),
		stats: {live: {ldt_slots: 64, units: 5, cache_bytes: 9}, counters: {cache_flushes: 1, window_drops: 1},
			timer: {mode: 2, divisor: 4773, clocks: ($s * 1193182 | floor),
				delivered: (($s * 1193182 / 4773 | floor) - $n % 3), waiting: ($n % 3), dropped: 0}}}
		| if $n % 6 == 0 then .settled = {rss_kb: 170000, mappings: 50} else . end][] | '"$1" >"$tmp/samples.jsonl"
	vmproof stress --judge "$tmp" --out "$tmp/out"
}
bad() { # CHECK FILTER [MARKS-FILTER]
	judge "$2" "${3-.}"
	is "$status $(grep -c '^BAD' "$tmp/stdout") $(grep -c "^BAD $1" "$tmp/stdout")" "1 1 1" "seen: $1, $2"
}
good() { # NAME FILTER
	judge "$2"
	is "$status $(grep -c '^ok' "$tmp/stdout") $(grep -c '^BAD' "$tmp/stdout")" "0 7 0" "$1"
}

good "a run without leaks" .
is "$(wc -l <"$tmp/out/stress.tsv") $(head -c 4 "$tmp/out/stress.png" | tail -c 3)" "63 PNG" "a table and a chart"
good "memory may grow in the first quarter" 'if .n < 14 and .settled then .settled.rss_kb = 90000 else . end'
good "two per cent may be" 'if .n > 40 and .settled then .settled.rss_kb = 173000 else . end'
bad 'RSS, window dropped' 'if .n > 40 and .settled then .settled.rss_kb = 174000 else . end'
bad 'RSS, window dropped' 'if .settled then .settled.rss_kb += .n * 100 else . end'
bad 'RSS, window dropped' 'if .n == 48 then .settled.rss_kb = 160000 else . end'
bad 'mappings' 'if .n == 60 then .settled.mappings = 52 else . end'
bad 'LDT slots' 'if .n > 50 then .stats.live.ldt_slots = 66 else . end'
good "the window may swing" 'if .n == 50 then .rss_kb = 250000 else . end'
bad 'peak of Pss' 'if .n == 50 then .pss_kb = 179000 else . end'
good "a tick may be under way" 'if .n == 30 then .stats.timer.delivered -= 1 else . end'
bad 'ticks of the 8254' 'if .n > 30 then .stats.timer.delivered -= 2 else . end'
bad 'ticks of the 8254' 'if .n > 30 then .stats.timer.delivered += 2 else . end'
bad 'ticks of the 8254' 'if .n > 30 then .stats.timer.dropped = 1 else . end'
bad 'ticks of the 8254' 'if .n == 30 then .stats.timer.mode = 4 else . end'
bad '8254 against' '.stats.timer.clocks |= (. * 0.99 | floor) | .stats.timer.delivered = (.stats.timer.clocks / 4773 | floor) - .stats.timer.waiting'
bad 'ticks that the guest' . '.milestones[1].seen = "STRESS-END irq0=150000 laps=9"'
judge 'select(.n < 3)'
is "$status $(grep -c '^BAD.*only [0-9]* samples' "$tmp/stdout")" "1 5" "too few samples are no success"
judge . 'del(.milestones[1])'
is "$status" 1 "nor is a run that did not end"

refused() { # TEXT WORD...
	text=$1
	shift
	vmproof stress --out "$tmp/out" "$@"
	is "$status $(wc -l <"$tmp/stderr") $(grep -c -F -e "$text" "$tmp/stderr")" "2 1 1" "refused: stress $* ($text)"
}
refused "--minutes '0' is not a positive number" --minutes 0
refused "no driver.json in '/nowhere'" --judge /nowhere
refused "unknown option '--x'" --x
finish

# SPDX-License-Identifier: MIT
# Judge a stress run: $r driver.json, stdin (-n) the samples of bootwatch.  Result:
# {begin, stop, samples, checks: [{name, ok, text}], rows: [[...]]}.  Bounds hold from a
# quarter of the run to its end; `percent` and `slack` are those of docs/guests.md.
def percent: 2;      # RSS, mappings, LDT slots
def slack: 1;        # ticks
def guest_slack: 1;  # seconds: a mark on the serial line is seen late
def r2: . * 100 | round / 100;
def mark($n): first($r[0].milestones[] | select(.name == $n)) // error("no milestone \($n)");
def irq0: .seen | capture("irq0=(?<n>[0-9]+)").n | tonumber;
def check($name; $ok; $text): {name: $name, ok: $ok, text: $text};

# How far do values go away from the first of them?
def within($name; $values):
	if ($values | length) < 4 then check($name; false; "only \($values | length) samples")
	else ($values | min) as $low | ($values | max) as $high | $values[0] as $first
	| ([$high - $first, $first - $low] | max | . * 100 / $first) as $off
	| check($name; $off <= percent; "\($low) to \($high), at most \($off | r2) % from \($first), bound \(percent) %, \($values | length) samples") end;

# Ticks due since the control word, and those that the processor has or will get.
def due: .stats.timer | .clocks / .divisor | floor;
def got: .stats.timer | .delivered + .waiting;

[inputs] as $all
| mark("stress.begin").ns as $begin | mark("stress.end").ns as $stop
| [$all[] | select(.stats and .ns >= $begin and .ns <= $stop)] as $run
| ($begin + ($stop - $begin) / 4) as $from
| [$run[] | select(.ns >= $from)] as $late
| [$late[] | .settled | select(.)] as $settled
| [$late[] | .pss_kb | select(.)] as $pss
| $run[0] as $f
| [
	within("RSS, window dropped (KiB)"; [$settled[].rss_kb]),
	within("mappings, window dropped"; [$settled[].mappings]),
	within("LDT slots"; [$late[].stats.live.ldt_slots]),
	(if ($pss | length) < 8 then check("peak of Pss (KiB)"; false; "only \($pss | length) samples")
	 else ($pss[:($pss | length) / 2 | floor] | max) as $one | ($pss[($pss | length) / 2 | floor:] | max) as $two
	 | check("peak of Pss (KiB)"; $two <= $one * (1 + percent / 100); "\($one), later \($two), may grow by \(percent) %") end),
	(if ($run | length) < 4 then check("ticks of the 8254"; false; "only \($run | length) samples")
	 elif any($run[]; .stats.timer.mode != 2 or .stats.timer.divisor != $f.stats.timer.divisor)
	 then check("ticks of the 8254"; false; "the guest does not let it tick at one rate")
	 else [$run[] | (due - ($f | due)) - (got - ($f | got))] as $off
	 | ($off | map(if . < 0 then -. else . end) | max) as $most
	 | check("ticks of the 8254"; $most <= slack and $run[-1].stats.timer.dropped == $f.stats.timer.dropped;
		"\($run[-1] | due - ($f | due)) due, \($run[-1].stats.timer.delivered - $f.stats.timer.delivered) delivered, \($run[-1].stats.timer.waiting) to follow, at most \($most) off, bound \(slack), \($run[-1].stats.timer.dropped - $f.stats.timer.dropped) dropped") end),
	(if ($run | length) < 4 then empty
	 else ((($run[-1].stats.timer.clocks - $f.stats.timer.clocks) / 1193182) - ($run[-1].ns - $f.ns) / 1e9) as $off
	 | check("8254 against the host's clock"; ($off | if . < 0 then -. else . end) <= guest_slack; "\($off | r2) s apart after \(($run[-1].ns - $f.ns) / 1e9 | r2) s") end),
	(if ($run | length) < 4 then empty
	 else (1193182 / $f.stats.timer.divisor) as $rate | ((mark("stress.end") | irq0) - (mark("stress.begin") | irq0)) as $n
	 | ($n - ($stop - $begin) / 1e9 * $rate) as $off
	 | check("ticks that the guest has counted"; ($off | if . < 0 then -. else . end) <= guest_slack * $rate;
		"\($n), \($off | r2) more than \($rate | r2) Hz for \(($stop - $begin) / 1e9 | r2) s, bound \(guest_slack * $rate | r2)") end)
  ] as $checks
| {begin: ($begin / 1e9), stop: ($stop / 1e9), from: ($from / 1e9), samples: ($run | length), checks: $checks,
   rows: [$all[] | select(.stats) | [(.ns / 1e9 | r2), .rss_kb, .pss_kb, .maps, .settled.rss_kb, .settled.mappings,
	.stats.live.ldt_slots, .stats.live.units, .stats.live.cache_bytes, .stats.counters.cache_flushes, .stats.counters.window_drops,
	due, .stats.timer.delivered, .stats.timer.waiting, .stats.timer.dropped, (.user_ns / 1e9), (.system_ns / 1e9)]]}

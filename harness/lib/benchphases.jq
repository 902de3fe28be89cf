# SPDX-License-Identifier: MIT
# Phases of one boot: stdin its line of boot.jsonl, $s its samples.  "boot" lasts from
# the start of the VMM to the milestone "shell", others from NAME.begin to NAME.end,
# "all" to the end.  The counters are those of a few milliseconds after the marks.
def at($n): first($s[] | select(.at | index($n)));
def share($d): ($d.alarm_tc + $d.alarm_monitor + $d.alarm_wait) as $n
	| if $n == 0 then {} else {tc: ($d.alarm_tc / $n), monitor: ($d.alarm_monitor / $n), wait: ($d.alarm_wait / $n)} end;
def less($a): . as $b | with_entries(.value -= ($a[.key] // 0));
def spent($from; $to): {user_ns: ($to.user_ns - ($from.user_ns // 0)), system_ns: ($to.system_ns - ($from.system_ns // 0))}
	+ (if $to.stats then ($to.stats.counters | less($from.stats.counters // {})) as $d | {counters: $d, share: share($d)} else {} end);
. as $boot | .milestones as $m
| {guest, vmm, attempt, verdict, ns, cpu_ns, load: .load,
   phases: ([$m[] | select(.name == "shell") | {name: "boot", ns, cpu_ns} + (at("shell") as $t | if $t then spent({}; $t) else {} end)]
	+ [$m[] | select(.name | endswith(".begin")) | . as $a | (.name | rtrimstr(".begin")) as $n
	   | $m[] | select(.name == $n + ".end") | {name: $n, ns: (.ns - $a.ns), cpu_ns: (.cpu_ns - $a.cpu_ns)}
	   + ({f: (at($n + ".begin") // null), t: (at($n + ".end") // null)} | if .f and .t then spent(.f; .t) else {} end)]
	+ [{name: "all", ns: $boot.ns, cpu_ns: $boot.cpu_ns}])}

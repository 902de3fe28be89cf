# SPDX-License-Identifier: MIT
# Medians of interleaved boots: stdin (-s) lines of benchphases.jq, $goals rows of
# benchgoals.tsv ($g[0]), $a and $b the VMMs, $h[0] what ran where.
def median: sort | length as $n | if $n == 0 then null elif $n % 2 == 1 then .[($n - 1) / 2] else (.[$n / 2 - 1] + .[$n / 2]) / 2 end;
def summary: {n: length, median: median, min: min, max: max};
def maps(f): map(f | select(. != null));
. as $boots | $g[0] as $goals | [$a, $b] as $vmms | $h[0] as $host
| {v: 1, vmms: $vmms, host: $host, failed: [$boots[] | select(.verdict != "PASS") | {guest, vmm, attempt, verdict}],
   rows: [$boots | group_by(.guest)[] | . as $g
	| [.[0].phases[].name][] as $p
	| ($vmms | map(. as $v | [$g[] | select(.vmm == $v and .verdict == "PASS") | .phases[] | select(.name == $p)])) as $x
	| ($goals | map(select(.guest == $g[0].guest and .phase == $p))[0] // {}) as $goal
	| {guest: $g[0].guest, phase: $p,
	   wall: ($x | map(maps(.ns) | summary)), cpu: ($x | map(maps(.cpu_ns) | summary)),
	   user: ($x | map(maps(.user_ns) | median)), system: ($x | map(maps(.system_ns) | median)),
	   counters: (($x[0] | maps(.counters)) as $c | if ($c | length) == 0 then null else [$c[0] | keys_unsorted[]] | map(. as $k | {key: $k, value: ($c | map(.[$k]) | median)}) | from_entries end),
	   share: (($x[0] | maps(.share) | map(select(.tc != null))) as $c | if ($c | length) == 0 then null else {tc: ($c | map(.tc) | median), monitor: ($c | map(.monitor) | median), wait: ($c | map(.wait) | median)} end),
	   goal: {wall: $goal.wall, cpu: $goal.cpu}}
	| .ratio = (if .wall[0].n > 0 and .wall[1].n > 0 then {wall: (.wall[0].median / .wall[1].median), cpu: (if .cpu[1].median > 0 then .cpu[0].median / .cpu[1].median else null end)} else {wall: null, cpu: null} end)
	| .met = (if .goal.wall == null then null else
	     .ratio.wall != null and .ratio.wall <= .goal.wall and (.goal.cpu == null or (.ratio.cpu != null and .ratio.cpu <= .goal.cpu)) end)]}

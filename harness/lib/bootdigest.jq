# SPDX-License-Identifier: MIT
# One cell per guest and VMM: verdict, medians over the attempts that passed of
# the times to each milestone and of what passed between NAME.begin and NAME.end.
def median: sort | if length == 0 then null else .[(length / 2 | floor)] end;
def parts: .milestones as $m | [$m[] | select(.name | endswith(".begin")) | . as $b | (.name | rtrimstr(".begin")) as $n
	| ($m[] | select(.name == $n + ".end")) | {name: $n, ns: (.ns - $b.ns), cpu_ns: (.cpu_ns - $b.cpu_ns)}];
def medians(f): map(f[]) | group_by(.name) | map({name: .[0].name, n: length, ns: (map(.ns) | median), cpu_ns: (map(.cpu_ns) | median)});
($b | group_by([.guest, .vmm]) | map(
	. as $all | (map(.verdict) | unique) as $words | map(select(.verdict == "PASS")) as $good
	| {guest: .[0].guest, title: (.[0].title // .[0].guest), vmm: .[0].vmm, version: .[0].version, media: .[0].media, attempts: length,
	   verdict: (if ($words | length) > 1 then "FLAKY" else $words[0] end),
	   reason: (if ($words | length) > 1 then (map(.verdict) | join(", ")) + ": " + (map(.reason // empty)[0]) else (map(.reason // empty)[0]) end),
	   ns: ($good | map(.ns) | median), cpu_ns: ($good | map(.cpu_ns) | median),
	   order: [$good[0].milestones // [] | .[] | .name],
	   milestones: ($good | medians(.milestones | map(select(.name | test("\\.(begin|end)$") | not)))),
	   parts: ($good | medians(parts)), dir: .[0].dir}
	| .outcome = (if .verdict == "PASS" then "passed" elif .verdict == "SKIP" then "skipped" else "failed" end))) as $cells
| {cells: $cells, counts: {passed: ($cells | map(select(.outcome == "passed")) | length),
   failed: ($cells | map(select(.outcome == "failed")) | length), skipped: ($cells | map(select(.outcome == "skipped")) | length)}}

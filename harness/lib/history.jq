# SPDX-License-Identifier: MIT
# One line of results/history/runs.jsonl: what a whole run came to.  Input:
# digest.json; $run: run.json; $ns: time by VMM; $seconds: of the whole run.
.cells as $c | $run[0] as $r
| def n(f): map(select(f) | .n) | add // 0;
{v: 1, date: $r.date, commit: $r.commit, set: $r.set, cases: $r.cases, seconds: ($seconds | tonumber),
 machine: ($r.machine | "\(.cpu), \(.cores) processors"),
 vmms: ([$c[].vmm] | unique | map(. as $v | ($c | map(select(.vmm == $v))) as $m
   | {key: $v, value: {version: ($r.versions[$v] // null), passed: ($m | n(.outcome == "passed")),
        failed: ($m | n(.outcome == "failed")), known: ($m | n(.verdict == "XFAIL")),
        skipped: ($m | n(.outcome == "skipped" and .verdict != "XFAIL")),
        seconds: (($ns[0][$v] // 0) / 1000000000 | floor)}}) | from_entries)}

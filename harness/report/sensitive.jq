# SPDX-License-Identifier: MIT
# The 17 sensitive unprivileged instructions, gathered: for each row and place (ring 0 to
# 3, virtual-8086, real) what the bare architecture does, what each VMM shows, and what a
# process at CPL 3 meets.  $rows, $naive: `naive --rows` and `naive`; $run: run.json;
# input: results of group sensitive.
def place: if . == "v86" then "v86" elif startswith("real") then "real" else "ring " + (split(".")[1]) end;
def example: {test, verdict, reason, diff: (.diff // [])};
(["ring 0", "ring 1", "ring 2", "ring 3", "v86", "real"]) as $places
| [inputs] as $results
| ($results | map(.vmm) | unique) as $seen
| ($run[0].vmms | map(select(. as $v | $seen | index($v)))) as $vmms
| {run: ($run[0] | {date, commit, versions, machine}), places: $places, vmms: $vmms,
   umip: ($naive | any(.by == "umip")),
   rows: [$rows[] | . as $row | (.mnemonics | split(" ")) as $m
     | ($results | map(select(.mnemonic as $x | $m | index($x)))) as $r
     | ($naive | map(select(.mnemonic as $x | $m | index($x)))) as $nv
     | $row + {cells: [$places[] as $p
         | ($r | map(select((.mode | place) == $p))) as $c
         | ($nv | map(select((.mode | place) == $p))) as $k
         | {place: $p,
            bare: (if $p == "ring 0" then $row.ring0 elif $p == "v86" then $row.v86
                   elif $p == "real" then $row.real else $row.outer end),
            vmms: [$vmms[] as $v | ($c | map(select(.vmm == $v))) as $x
              | {vmm: $v, n: ($x | length), passed: ($x | map(select(.outcome == "passed")) | length),
                 failed: ($x | map(select(.outcome == "failed")) | length),
                 known: ($x | map(select(.verdict == "XFAIL")) | length),
                 examples: ($x | map(select(.outcome == "failed" or .verdict == "XFAIL") | example)[:3])}],
            naive: {right: ($k | map(select(.verdict == "right")) | length),
              wrong: ($k | map(select(.verdict == "wrong")) | length),
              traps: ($k | map(select(.verdict == "traps")) | length),
              umip: ($k | map(select(.by == "umip")) | length),
              why: ([$k[] | select(.verdict == "na") | .reason][0]),
              example: ([$k[] | select(.verdict == "wrong") | {id, expected, got}][0])}}]}]}

# SPDX-License-Identifier: MIT
# Rows for plot/heat.gp: column, row, VMM, group, colour, label.
[inputs | select(.test != "*")] as $r | $run[0] as $run
| ($run.vmms | map(select(. as $v | any($r[]; .vmm == $v)))) as $vmms
| ($r | group_by(.group)) as $groups
| range($groups | length) as $y | range($vmms | length) as $x
| $groups[$y] as $g | ($g | map(select(.vmm == $vmms[$x]))) as $c | ($c | length) as $n
| ($c | map(select(.outcome == "failed")) | length) as $bad
| ($c | map(select(.outcome == "passed")) | length) as $good
| ($c | map(select(.verdict == "XFAIL")) | length) as $known
| [$x, $y, $vmms[$x], $g[0].group,
   (if $n == 0 or ($bad + $good + $known) == 0 then "0xe4e8ee"
    elif $bad == 0 then (if $known > 0 then "0xcdd8f8" else "0xbfe6cf" end)
    elif $bad * 100 <= $n then "0xfde0b0" elif $bad * 10 <= $n then "0xf7bd8f"
    elif $bad * 2 <= $n then "0xee8d81" else "0xd4574d" end),
   (if $n == 0 then "-" elif $bad == 0 then "\($good) of \($n)" else "\($bad) of \($n) fail" end)]
| @tsv

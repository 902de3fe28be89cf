# SPDX-License-Identifier: MIT
# Rows for plot/heat.gp: column, row, VMM, group, colour, label.
include "lib";
$run[0] as $run | $digest[0].cells as $cells | ($cells | ran($run)) as $vmms
| ($cells | groups) as $groups
| range($groups | length) as $y | range($vmms | length) as $x
| ($cells | map(select(.group == $groups[$y] and .vmm == $vmms[$x]))) as $c
| ($c | total(true)) as $n | ($c | total(.outcome == "failed")) as $bad
| ($c | total(.outcome == "passed")) as $good | ($c | total(.verdict == "XFAIL")) as $known
| [$x, $y, $vmms[$x], $groups[$y],
   (if $n == 0 or ($bad + $good + $known) == 0 then "0xe4e8ee"
    elif $bad == 0 then (if $known > 0 then "0xcdd8f8" else "0xbfe6cf" end)
    elif $bad * 100 <= $n then "0xfde0b0" elif $bad * 10 <= $n then "0xf7bd8f"
    elif $bad * 2 <= $n then "0xee8d81" else "0xd4574d" end),
   (if $n == 0 then "-" elif $bad == 0 then "\($good) of \($n)" else "\($bad) of \($n) fail" end)]
| @tsv

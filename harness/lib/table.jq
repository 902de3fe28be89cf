# SPDX-License-Identifier: MIT
# The summary table: groups by VMMs, then verdicts by VMMs.
include "lib";
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
.cells as $cells | ($cells | ran($run[0])) as $vmms
| if $vmms == [] then empty else
  ("group" | pad(14)) + ($vmms | map(lpad(24)) | join(""))
    + (if $run[0].classes then "    required  choice  report" else "" end),
  ($cells | groups[]) as $g
  | ($cells | map(select(.group == $g))) as $row
  | ($g | pad(14))
    + ($vmms | map(. as $v | ($row | map(select(.vmm == $v))) as $c
       | ($c | total(.outcome == "failed")) as $bad
       | "\($c | total(.outcome == "passed"))/\($c | total(true))"
         + (if $bad > 0 then " \($bad) bad" else "" end) | lpad(24)) | join(""))
    + (classes($run[0]; $g) | if . == null then "" else
        (.required | lpad(12)) + (.implementation | lpad(8)) + (.report | lpad(8)) end)
  end,
  "",
  (verdicts[] as $w | select($w == "PASS" or any($cells[]; .verdict == $w))
   | ($w | pad(14)) + ($vmms | map(. as $v | $cells | total(.verdict == $w and .vmm == $v) | lpad(24)) | join("")))

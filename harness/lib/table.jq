# SPDX-License-Identifier: MIT
# The summary table: groups by VMMs, then verdicts by VMMs.
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
[inputs | select(.test != "*")] as $r
| ($run[0].vmms | map(select(. as $v | any($r[]; .vmm == $v)))) as $vmms
| if $vmms == [] then empty else
  ("group" | pad(18)) + ($vmms | map(lpad(18)) | join("")),
  ($r | group_by(.group)[] | . as $g
   | ($g[0].group | pad(18))
     + ($vmms | map(. as $v | ($g | map(select(.vmm == $v))) as $c
        | "\($c | map(select(.outcome == "passed")) | length)/\($c | length)"
          + (($c | map(select(.outcome == "failed")) | length) as $f
             | if $f > 0 then " \($f) bad" else "" end) | lpad(18)) | join(""))),
  "",
  ("PASS FAIL ORDER LOST TIMEOUT CRASH UNSUPPORTED FLAKY XFAIL SKIP" | split(" ")[]) as $w
  | ($r | map(select(.verdict == $w))) as $c
  | select(($c | length) > 0 or $w == "PASS")
  | ($w | pad(18)) + ($vmms | map(. as $v | $c | map(select(.vmm == $v)) | length | lpad(18)) | join(""))
  end

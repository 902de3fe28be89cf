# SPDX-License-Identifier: MIT
# Shared by the report's sections and the printed table.  $digest: digest.json.
def esc: tostring | @html;
def word: "<span class=\"word \(.)\">\(.)</span>";
def failed: select(.outcome == "failed");
# A stable anchor for a VMM and a group.
def anchor($vmm; $group): "f-\($vmm)-\($group)" | gsub("[^A-Za-z0-9-]"; "_");
def verdicts: "PASS FAIL XPASS ORDER LOST TIMEOUT CRASH UNSUPPORTED FLAKY XFAIL REPORT SUMMARY SKIP" | split(" ");
# Sum over cells that fulfil f.
def total(f): map(select(f) | .n) | add // 0;
# VMMs that ran, in the order of the command line; groups in table order.
def ran($run): . as $cells | $run.vmms | map(select(. as $v | any($cells[]; .vmm == $v)));
def groups: reduce .[].group as $g ([]; if index($g) then . else . + [$g] end);
# Of a group: its cases by the class of their expectation, or null (docs/oracle.md).
def classes($run; $group): ($run.classes // {})[$group] | if . == null then null
  else {required: (.required // 0), implementation: (.implementation // 0), report: (.report // 0)} end;
# The command that runs a result's case alone as it was run.
def again($run): if .group == "summary" then "harness/vmproof run \($run.args // "")" else
  "harness/vmproof run --vmm \(.vmm)"
  + (if (.ref // "bochs") != "bochs" then " --reference \(.ref)" else "" end)
  + ([$run.args // "" | capture("--media[ =](?<m>[a-z0-9-]+)").m] | if . == [] then "" else " --media \(.[0])" end)
  + " --filter \u0027\(.test)\u0027" end;

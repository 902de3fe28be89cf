# SPDX-License-Identifier: MIT
# Shared by the report's sections.
def esc: tostring | @html;
def word: "<span class=\"word \(.)\">\(.)</span>";
def failed: select(.outcome == "failed");
def count(f): map(select(f)) | length;
# A stable anchor for a VMM and a group.
def anchor($vmm; $group): "f-\($vmm)-\($group)" | gsub("[^A-Za-z0-9-]"; "_");
def verdicts: "PASS FAIL ORDER LOST TIMEOUT CRASH UNSUPPORTED FLAKY XFAIL SKIP" | split(" ");

# SPDX-License-Identifier: MIT
# How a boot ended: "VERDICT reason".  $r driver.json, $caps of the driver, $err
# what the VMM wrote to stderr, $limit seconds.
def last_words: $err | split("\n") | map(select(test("\\S"))) | .[-1] // "" | .[0:200];
def behind: if . == "" then "" else ": \(.)" end;
$r[0] as $r | ($caps[0].exits // {}) as $exits | ($caps[0].boot.failures // []) as $failures
| if $r.stop == "success" and $r.signal == null and ($r.exit == null or ($failures | index($r.exit) == null)) then "PASS"
  elif $r.stop == "success" and $r.signal != null then "CRASH signal \($r.signal) at the end\(last_words | behind)"
  elif $r.stop == "success" then "CRASH left with status \($r.exit) at the end\(last_words | behind)"
  elif $r.stop == "fail" then "FAIL \($r.where) says: \($r.seen)"
  elif $r.stop == "limit" and $r.missing then "TIMEOUT no \($r.missing) within \($limit) s"
  elif $r.stop == "limit" then "TIMEOUT all milestones reached, but the VMM does not leave"
  elif $r.signal != null then "CRASH signal \($r.signal) before \($r.missing)\(last_words | behind)"
  elif $exits[$r.exit | tostring] == "refused" then "LOST the VMM refuses to start\(last_words | behind)"
  elif $exits[$r.exit | tostring] == "unsupported" then "UNSUPPORTED before \($r.missing)\(last_words | behind)"
  elif $exits[$r.exit | tostring] == "limit" then "TIMEOUT no \($r.missing)\(last_words | behind)"
  else "CRASH the VMM left with status \($r.exit) before \($r.missing)\(last_words | behind)" end

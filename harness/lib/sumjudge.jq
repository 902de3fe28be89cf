# SPDX-License-Identifier: MIT
# The verdicts of a VMM that answers on its screen alone (docs/harness.md): one line for
# each batch, PASS when its summary is what the records of the reference come to; for each case
# SUMMARY, which counts as skipped: of a single case nothing was heard.
# Input: nothing; $states (lib/screenjob.sh), $expected ({batch, cases, crc, unknown}), $left
# ({num, why}: cases in no batch), $plan ({batch, num}), $cases.
def outcome: if . == "PASS" then "passed" elif . == "SUMMARY" or . == "SKIP" then "skipped" else "failed" end;
(reduce $states[] as $s ({}; .[$s.batch] = $s)) as $states
| (reduce $expected[] as $e ({}; .[$e.batch] = $e)) as $expected
| (reduce $cases[] as $c ({}; .[$c.num | tostring] = $c)) as $case
| (reduce $left[] as $l ({}; .[$l.num | tostring] = $l.why)) as $left
| ($plan | group_by(.batch) | map({batch: .[0].batch, cases: map(.num)})) as $plan
| {v: 1, vmm: $vmm, vmm_ver: $ver, media: $media, ref: $ref, attempt: $attempt} as $head
| ($plan[]
   | .batch as $b | ($b | ltrimstr("summary-\($vmm)-") | "summary/\(.)") as $test
   | $states[$b] as $s | $expected[$b] as $e
   | (if $s == null then ["SKIP", "not run: interrupted"]
      elif $s.verdict != "OK" then [$s.verdict, $s.why]
      elif $e == null then ["LOST", "nobody worked out what the summary must be"]
      elif $e.cases != $s.cases then ["LOST", "the summary was worked out for \($e.cases) cases in place of \($s.cases)"]
      elif $e.unknown > 0 then
        ["LOST", "no summary to expect: the reference \($ref) has no record of \($e.unknown) cases, the first is \($e.first_unknown)"]
      elif $e.crc != $s.crc then
        ["FAIL", "the summary differs: CRC \($s.crc) over \($s.cases) cases, by the records of \($ref) \($e.crc)"]
      else ["PASS", null] end) as $v
   | $head + {test: $test, group: "summary", verdict: $v[0], outcome: ($v[0] | outcome), reason: $v[1], ns: ($s.ns // null)},
     ((if $v[0] == "PASS" then "equal: CRC \($s.crc) over \($s.cases) cases, as by the records of \($ref)"
       elif $v[0] == "FAIL" then "differs" else $v[0] end) as $said
      | .cases[] | $case[tostring]
      | $head + {test: .id, num, group, mnemonic, form, mode, cpl, class, ns: null}
        + (if $v[0] == "SKIP" then {verdict: "SKIP", outcome: "skipped", reason: $v[1]}
           else {verdict: "SUMMARY", outcome: "skipped", reason: "only in a summary: \($test) \($said)"} end))),
  ($cases[] | $left[.num | tostring] as $why | select($why)
   | $head + {test: .id, num, group, mnemonic, form, mode, cpl, class, ns: null, verdict: "SKIP", outcome: "skipped", reason: $why})

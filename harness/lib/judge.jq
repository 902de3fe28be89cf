# SPDX-License-Identifier: MIT
# The verdict of one VMM on every selected case, one results.jsonl line each
# (docs/results-schema.json).  `vmproof help verdicts` says what the words mean.
include "adjudicate";
def by_num: reduce .[] as $x ({}; .[$x.num | tostring] = $x);
def outcome:
  if . == "PASS" then "passed" elif . == "XFAIL" or . == "SKIP" or . == "REPORT" then "skipped" else "failed" end;
($states | by_num) as $states | ($native | by_num) as $native | ($diff | by_num) as $diff
| ($alone | by_num) as $alone | ($alonediff | by_num) as $alonediff
| ($order | by_num) as $order | ($refstates | by_num) as $refstates
| ($reforder | by_num) as $reforder
| ($model | by_num) as $model | ($refmodel | by_num) as $refmodel
| (reduce $silicon[] as $x ({}; .[$x.num | tostring] += [$x])) as $silicon
| ($capped | split("\n") | map(select(startswith($vmm + "\t")) | split("\t")[1])
   | reduce .[] as $n ({}; .[$n] = true)) as $capped
| ($adj | map(select(of_ref($ref; $refengine))) | prepare) as $adjref | ($adj | prepare) as $adj
| ($xfail | split("\n") | map(select(. != "" and (startswith("#") | not)))
   | reduce .[] as $i ({}; .[$i] = true)) as $listed
| ($apart | reduce .[] as $x ({}; .[$x.num | tostring] += [$x.vmm])) as $apart
| ($here | split(" ") | map(select(. != ""))) as $here
| $cases[]
| . as $case | (.num | tostring) as $n
| $states[$n] as $s | $alone[$n] as $a | $diff[$n].diff as $d
# Where nothing differs only what is said of the reference matters: most of the time goes here.
| (if $s.verdict == "OK" and $d == null and $a == null and ($model[$n].verdict == "broken" | not)
   then (if $vmm == $ref then .id | said($adjref) else [] end) else .id | said($adj) end) as $said
| ($said | map(select(of_ref($ref; $refengine)))) as $other
| ($said | map(select((.wrong == $vmm or .wrong == $engine) and (of_ref($ref; $refengine) | not)))) as $own
| $native[$n].verdict as $host
# Processors of real PCs that `vmproof ingest` took; one device is no witness of another.
| (if .by == "rules" then [] else $silicon[$n] // [] end) as $pcs
| ([$host] + ($pcs | map(.verdict)) | if index("agree") then "agree" elif index("undefined") then "undefined"
   elif index("differs") then "differs" else null end) as $chips
| ($model[$n].verdict == "broken") as $broken
# The first look: [verdict, reason].
| (if $s == null then ["SKIP", "not run: interrupted"]
   elif $s.verdict != "OK" then [$s.verdict, $s.why]
   elif $model[$n].verdict == "unmet" then
     ["SKIP", (if .by == "rules" then "it has not " else "its CPUID lacks " end) + $model[$n].missing]
   elif $vmm == $ref and $broken then ["FAIL", "breaks a rule of the \(if .by == "rules" then "data sheet" else "manual" end)"]
   elif $vmm == $ref then ["PASS", null]
   # A device case needs no reference: the data sheet alone judges it.
   elif .by == "rules" then (if $d then ["FAIL", "breaks a rule of the data sheet"] else ["PASS", null] end)
   elif $refmodel[$n].verdict == "unmet" then
     ["SKIP", "CPUID of the reference \($ref) lacks \($refmodel[$n].missing)"]
   elif $refstates[$n] == null then ["SKIP", "the reference was not run: interrupted"]
   elif ($refstates[$n].verdict // "LOST") != "OK" then ["LOST", "the reference \($ref) has no record"]
   elif $d then ["FAIL", if $broken then "breaks a rule of the manual" else "differs from \($ref)" end]
   else ["PASS", null] end) as $first
# Alone in a fresh VM.
| (if $a == null then null
   elif $a.verdict != "OK" then [$a.verdict, $a.why]
   elif $alonediff[$n] then ["FAIL", "differs from \($ref)"]
   else ["PASS", null] end) as $again
| ($a != null and $s != null
   and (($a.verdict != $s.verdict) or ($order[$n] != null))) as $moved
| (if $first[0] == "SKIP" or $first[0] == "LOST" or $again == null then $first
   elif $moved then ["ORDER", "alone: \($again[0])" + (if $again[1] then " (\($again[1]))" else "" end)
     + ", among others: " + (if $s.verdict == "OK" then
         (if $d then "differs from \($ref)" elif $vmm == $ref then "another record" else "as \($ref)" end)
       else "\($s.verdict) (\($s.why))" end)]
   # The reference depended on order here: what it says alone counts.
   elif $reforder[$n] and $first[0] == "FAIL" then $again
   else $first end) as $second
# What has been settled in writing.
# The reference that dies is wrong in writing as any other VMM.
| (if $vmm == $ref and ($second[0] | . == "CRASH" or . == "TIMEOUT") then $other else $own end) as $own
| ((if $alonediff[$n] then $alonediff[$n].diff else $d end) // []) as $d2
| ($d2 | map(.field)) as $fields
| ($fields | map(select(. as $f | ($other | any(covers($f))) | not))) as $left
| ({verdict: $second[0], $fields} | settled($own; $other)) as $settled
| (if $settled == "own" then
     ["XFAIL", "\($vmm) is wrong here \($own | naming(if $second[0] == "FAIL" and $vmm != $ref then $left else [] end))"]
   elif $settled == "other" and $vmm == $ref then
     ["XFAIL", "\($ref) is wrong here \($other | naming($fields))"]
   elif $settled == "other" and $broken and ($own | any(covers("vector") and covers("error") or .fields == [])) then
     ["XFAIL", "\($vmm) is wrong here \($own | naming([]))"]
   elif $settled == "other" and $broken then
     ["FAIL", "breaks a rule of the manual, as \($ref) does, which is wrong here"]
   elif $settled == "other" and $chips == "differs" then
     ["FAIL", "differs from \($ref), which is wrong here, and from \(if $host == "differs" then "the host CPU" else $pcs[0].chip end)"]
   elif $settled == "other" then
     ["PASS", "\($ref) is wrong here \($other | naming($fields))"]
   # Is the reference wrong in this very case?  The host CPU or the rules say, if they can.
   elif $vmm == $ref and $other != [] and $second[0] == "PASS" and (.rules // 0) == 0 and $chips != "agree" and $chips != "undefined" then
     ["XFAIL", "\($ref) is wrong here \($other | naming($fields))"]
   elif $second[0] == "FAIL" and $said != [] then
     ["FAIL", $second[1] + " beyond what has been adjudicated"]
   else $second end) as $third
# The policy (docs/oracle.md): what only emulators agree on is reported, and a fault
# in writing must go on showing where it is listed.
| (if $third[0] == "FAIL" and .oracle == "report" and ($broken | not) and $chips != "differs" then
     ["REPORT", $third[1] + "; neither the manual nor silicon has been asked"]
   elif $third[0] == "PASS" and $listed[.id] then
     ["XPASS", "passes, but conformance/xfail/\($engine).list has it"]
   else $third end) as $v
| {v: 1, test: .id, num, group, mnemonic, form, mode, cpl, class, vmm: $vmm, vmm_ver: $ver,
   media: $media, ref: $ref, verdict: $v[0], outcome: ($v[0] | outcome), reason: $v[1], attempt: $attempt,
   ns: ($s.ns // null)}
  + (if $d2 != [] then {diff: $d2} else {} end)
  + (if .oracle == null then {} else {oracle, witness:
       (["manual: \(.cite // "")" + (if (.rules // 0) > 0 then " (rule)" else "" end)]
        + (if $host == null then [] else ["silicon: \($chip)" + (if $host == "differs" then " (differs)" else "" end)] end)
        + ($pcs | map("silicon: \(.chip)" + (if .verdict == "differs" then " (differs)" else "" end)))
        + ($here - ($apart[$n] // []) | if . == [] then [] else ["agree: " + join(" ")] end))} end)
  + (if $model[$n].took == null then {} else {choice, took: $model[$n].took} end)
  + (if $host == "differs" then {host: $host} else {} end)
  + (if $again then {alone: $again[0]} elif $capped[$n] then {alone: "not rerun (--rerun-max)"} else {} end)

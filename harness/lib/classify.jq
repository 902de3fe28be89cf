# SPDX-License-Identifier: MIT
# From the reader's states and the driver's description of how the VM ended to
# one line per case: {num, verdict, why, run, ns}.  Verdicts here are OK (a whole
# record), LOST, TIMEOUT, CRASH, UNSUPPORTED, and REST: to be run again because
# the VM stopped before the case began.
def signame: {"4":"SIGILL","6":"SIGABRT","7":"SIGBUS","8":"SIGFPE","9":"SIGKILL",
  "11":"SIGSEGV","13":"SIGPIPE","15":"SIGTERM"}[tostring] // "signal \(.)";
($driver[0]) as $d | ($log[0]) as $l
| (($caps[0].exits // {})[($d.exit // "none") | tostring]) as $meaning
| (if $message != "" then ": " + $message else "" end) as $said
# How the VM stopped: [verdict for the case that was running, text].
| (if $l.gave_up != null and ($l.end | not) then ["LOST", "the guest gave up:\($l.gave_up)"]
   elif $l.reboot then ["CRASH", "the guest started again"]
   elif $d.timeout == "idle" then ["TIMEOUT", "the VM said nothing more and was killed"]
   elif $d.timeout == "limit" then ["TIMEOUT", "the VM ran into the limit of the batch"]
   elif $d.signal != null then ["CRASH", "the VMM died of \($d.signal | signame)" + $said]
   elif $meaning == "unsupported" then ["UNSUPPORTED", "unsupported" + $said]
   elif $meaning == "limit" then ["TIMEOUT", "the VMM's own limit" + $said]
   else ["CRASH", "the VMM left with status \($d.exit)" + $said] end) as $stop
| map(.num) as $nums
# The case that damaged the runtime: the one the guest names, else the last.
| (if $l.corrupt == null then null
   else ([$l.corrupt | capture("^ *(?<num>[0-9]+) ").num | tonumber][0] // -1) as $x
     | if $nums | index($x) then $x else $l.last end end) as $culprit
| (length | if . == 0 then 1 else . end) as $n
| .[]
| . as $c
| (if $l.plan_why != null and $l.plan then ["LOST", $l.plan_why]
   elif .state == "rest" then ["REST", $stop[1]]
   elif $culprit != null and .num == $culprit then
     ["CRASH", "the guest's runtime was damaged:\($l.corrupt)"]
   elif .state == "ok" and .num == $l.last and ($l.end | not) and $culprit == null then
     [$stop[0], "after its record: " + $stop[1]]
   elif .state == "ok" then ["OK", null]
   elif .state == "lost" then ["LOST", .why]
   else $stop end) as $v
| {num: $c.num, verdict: $v[0], why: $v[1], run: $run, ns: (($d.ns / $n) | floor)}

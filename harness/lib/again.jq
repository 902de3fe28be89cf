# SPDX-License-Identifier: MIT
# Numbers of the cases to run again alone: every failing one that is not settled
# by an adjudication; stopped VMs and lost records before differences.
include "adjudicate";
($adj | map(select(.wrong == $vmm or .wrong == $engine or .wrong == $ref)) | prepare) as $a
| (reduce $cases[] as $c ({}; .[$c.num | tostring] = $c.id)) as $id
| [($states[] | select(.verdict != "OK") | {num, verdict, fields: []}),
   ($diff[] | {num, verdict: "FAIL", fields: (.diff | map(.field))})]
| reduce .[] as $x ([{}, []]; ($x.num | tostring) as $n
    | if .[0][$n] then . else .[0][$n] = true | .[1] += [$x] end)
| .[1][]
| ($id[.num | tostring] | said($a)) as $said
| select(settled($said | map(select(.wrong != $ref)); $said | map(select(.wrong == $ref))) == null)
| .num

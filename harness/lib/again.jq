# SPDX-License-Identifier: MIT
# Numbers of the cases to run again alone: every failing one that is not settled
# by an adjudication; stopped VMs and lost records before differences.
include "adjudicate";
($adj | map(select(.wrong == $vmm or .wrong == $ref)) | prepare) as $a
| (reduce $cases[] as $c ({}; .[$c.num | tostring] = $c.id)) as $id
| [($states[] | select(.verdict != "OK") | .num)] + ($diff | map(.num))
| reduce .[] as $n ([{}, []]; if .[0][$n | tostring] then . else .[0][$n | tostring] = true | .[1] += [$n] end)
| .[1][] | select($id[tostring] | said($a) | length == 0)

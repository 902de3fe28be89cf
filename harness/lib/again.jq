# SPDX-License-Identifier: MIT
# Numbers of the cases to run again alone: every failing one that is not settled
# by an adjudication; stopped VMs and lost records before differences.
include "adjudicate";
($adj | map(select(.wrong == $vmm or .wrong == $engine or of_ref($ref; $refengine))) | prepare) as $a
| (reduce $cases[] as $c ({}; .[$c.num | tostring] = $c.id)) as $id
| [$states[] | select(.verdict != "OK") | {num, verdict, fields: []}] as $stopped
| (reduce $stopped[] as $s ({}; .[$s.num | tostring] = true)) as $has
| ($stopped[], ($diff[] | select($has[.num | tostring] | not) | {num, verdict: "FAIL", fields: (.diff | map(.field))}))
| ($id[.num | tostring] | said($a)) as $said
| select(settled($said | map(select(of_ref($ref; $refengine) | not)); $said | map(select(of_ref($ref; $refengine)))) == null)
| .num

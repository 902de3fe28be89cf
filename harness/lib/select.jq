# SPDX-License-Identifier: MIT
# Select cases by group and by shell pattern on their id.
include "adjudicate";
def words: split(",") | map(select(. != ""));
[inputs] as $all
| ($groups | words) as $g | ($not | words) as $n
| ($globs | split("\n") | map(select(. != ""))) as $p
| ($all | map(.group) | unique) as $known
| (($g + $n) - $known) as $bad
| if $bad | length > 0 then error("no group '\($bad[0])': one of \($known | join(", "))") else . end
| ($p | map(glob)) as $re
| ($p | to_entries | map(select(.key as $i | all($all[]; .id | test($re[$i]) | not)))) as $stale
| if $stale | length > 0 then error("no case matches '\($stale[0].value)'") else . end
| $all[]
| select(.group as $x | ($g | length == 0 or index($x)) and ($n | index($x) | not))
| select(.id as $x | $re | length == 0 or any(.[]; . as $r | $x | test($r)))

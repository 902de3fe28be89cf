# SPDX-License-Identifier: MIT
# Differences from the reference joined with those from the rules of the manual
# (`cases model`), so that a VMM is judged by both and the reference by the rules.
# Input: nothing; $diff and $model as read; output one object per differing case.
def rules: (.rule // "") as $rule | (.record // "") as $record
  | .fields | map({field: ., expected: "by the manual: \($rule)", got: $record});
($diff | reduce .[] as $d ({}; .[$d.num | tostring] = $d)) as $known
| ($model | map(select(.verdict == "broken"))
   | reduce .[] as $m ($known; ($m.num | tostring) as $n
       | .[$n] = ((.[$n] // {num: $m.num, id: $m.id, diff: []})
           | (.diff | map(.field)) as $have
           | .diff += ($m | rules | map(select(.field as $f | $have | index($f) | not))))))
| to_entries | sort_by(.key | tonumber)[] | .value

# SPDX-License-Identifier: MIT
# Differences from the reference joined with those from the rules of the manual
# (`cases model`), so that a VMM is judged by both and the reference by the rules.
# Input: nothing; $diff and $model as read; output one object per differing case.
def rules: (.rule // "") as $rule | (.record // "") as $record
  | .fields | map({field: ., expected: "by the manual: \($rule)", got: $record});
($diff | map({num, d: .})) + ($model | map(select(.verdict == "broken") | {num, m: .}))
| group_by(.num)[]
| (map(.m | values)[0]) as $m
| (map(.d | values)[0] // {num: $m.num, id: $m.id, diff: []})
| if $m == null then . else
    (.diff | map(.field)) as $have
    | .diff += ($m | rules | map(select(.field as $f | $have | index($f) | not))) end

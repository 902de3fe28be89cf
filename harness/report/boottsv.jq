# SPDX-License-Identifier: MIT
# Rows for plot/boot.gp: guest and seconds on each VMM to the last milestone that
# all of them have.
.cells as $c | ($c | map(select(.ns) | .vmm) | unique) as $v
| (["guest"] + $v | @tsv),
  ($c | group_by(.guest)[] | map(select(.ns)) | select(length > 0) | . as $g
   | ([.[0].order[] | select(. as $n | all($g[]; any(.milestones[]; .name == $n)))] | .[-1]) as $last
   | [$v[] | . as $vmm | $g | map(select(.vmm == $vmm))[0] // {milestones: []} | .milestones | map(select(.name == $last))[0].ns]
   | [$g[0].guest] + map(if . == null then "?" else . / 1e9 end) | @tsv)

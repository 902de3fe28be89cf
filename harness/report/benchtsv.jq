# SPDX-License-Identifier: MIT
# Rows for plot/bench.gp: phase, and for the clock and the processor the median, least
# and most of each VMM as multiples of the second VMM's median; then the goal.
["phase", "wall", "low", "high", "cpu", "low", "high", "low of theirs", "high", "goal"],
(.rows[] | select(.ratio.wall) | .wall[1].median as $w | .cpu[1].median as $c
 | [(.guest + " " + .phase), (.wall[0] | .median / $w, .min / $w, .max / $w),
    (if ($c // 0) > 0 then (.cpu[0] | .median / $c, .min / $c, .max / $c) else "", "", "" end),
    (.wall[1] | .min / $w, .max / $w), (.goal.wall // "")])
| @tsv

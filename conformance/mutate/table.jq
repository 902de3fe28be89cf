# SPDX-License-Identifier: MIT
# mutants.json as text: single mutants (of long runs only what was not caught), the
# table by class, the rate, the survivors.
def pad($n): tostring | . + (" " * ([$n - length, 0] | max) // "");
def lpad($n): tostring | (" " * ([$n - length, 0] | max) // "") + .;
def count(f): map(select(f)) | length;
def percent($of): if $of == 0 then "-" else "\(. * 1000 / $of | round / 10) %" end;
def line: "\(.verdict | pad(8)) \(.class | pad(12)) \("\(.place) \(.site)" | pad(66)) "
  + "\(.operator | pad(18)) \(if .verdict == "caught" then "\(.by): \(.how)"
     elif .equivalent then "equivalent, see survivors.md" else "A HOLE IN THE TESTS" end)";
"seed \(.seed): \(.drawn) of \(.mutants) mutants, besides \(.equivalent) proved equivalent and \(.idle) without effect",
(if .list | length <= 60 then .list[] | line else empty end),
"",
"\("class" | pad(22))\("drawn" | lpad(7))\("caught" | lpad(8))\("survived" | lpad(10))\("equivalent" | lpad(12))\("rate" | lpad(9))",
(.list | group_by([.stratum, .class])[] | map(select(.equivalent | not)) as $m
 | "\("\(.[0].stratum) \(.[0].class)" | pad(22))\($m | length | lpad(7))\($m | count(.verdict == "caught") | lpad(8))"
   + "\($m | count(.verdict == "survived") | lpad(10))\(map(select(.equivalent)) | count(.verdict == "survived") | lpad(12))"
   + "\($m | count(.verdict == "caught") | percent($m | length) | lpad(9))"),
"\("all" | pad(22))\(.drawn | lpad(7))\(.caught | lpad(8))\(.survived | lpad(10))\(.equivalent | lpad(12))\(.drawn as $n | .caught | percent($n) | lpad(9))",
"",
"never executed: \(.never | map(select(.stratum == "table")) | length) rows, " +
	"\(.never | map(select(.stratum == "emit")) | length) calls (run --never names them)",
(.never | map(select(.stratum == "table") | .site | split(" ")[1:] | join(" ")) | "rows: " + join(" ")),
(.never | map(select(.stratum == "emit") | .site | split(" ")[1] | rtrimstr(":")) | group_by(.)[] |
	"calls: \(length) in \(.[0])"),
"",
"survivors:\(if .survived == 0 then " none" else "" end)",
(.list[] | select(.verdict == "survived" and (.equivalent | not)) | line),
"of the first \(.drawn) with any effect, \(.first_caught) are caught",
"kill rate \(.drawn as $n | .caught | percent($n)); proved equivalent \((.drawn + .equivalent) as $n | .equivalent | percent($n)) of those drawn",
"\(.caught) passed, \(.drawn - .caught) failed, 0 skipped"

# SPDX-License-Identifier: MIT
# mutants.json as text.
def pad($n): . + (" " * ([$n - length, 0] | max) // "");
"seed \(.seed): \(.drawn) of \(.mutants) mutants, besides \(.equivalent) proved equivalent and \(.idle) without effect",
(.list[] | "\(.verdict | pad(8)) \(.class | pad(12)) \("\(.place) \(.site)" | pad(66)) " +
	"\(.operator | pad(18)) \(if .verdict == "caught" then "\(.by): \(.how)"
	elif .equivalent then "equivalent, see survivors.md"
	else "A HOLE IN THE TESTS" end)"),
"",
"never executed: \(.never | map(select(.stratum == "table")) | length) rows, " +
	"\(.never | map(select(.stratum == "emit")) | length) calls (run --never names them)",
(.never | map(select(.stratum == "table") | .site | split(" ")[1:] | join(" ")) | "rows: " + join(" ")),
(.never | map(select(.stratum == "emit") | .site | split(" ")[1] | rtrimstr(":")) | group_by(.)[] |
	"calls: \(length) in \(.[0])"),
"",
"of the first \(.drawn) with any effect, \(.first_caught) are caught",
"\(.caught) passed, \(.drawn - .caught) failed, 0 skipped"

# SPDX-License-Identifier: MIT
# Mutants and verdicts to one JSON object (results/latest/mutants.json).
def lines: split("\n") | map(select(. != "") | split("\t"));
def count(f): map(select(f)) | length;
($verdicts | lines | map({key: .[0], value: .}) | from_entries) as $of |
($drawn | lines | map(select($of[.[0]] != null) | . as $m | $of[$m[0]] as $v |
	{number: ($m[0] | tonumber), stratum: $m[1], class: $m[2], place: $m[3], site: $m[4],
	operator: $m[5], equivalent: ($m[6] == "equivalent"), verdict: $v[1], by: $v[2],
	how: $v[3]})) as $all |
($all | map(select(.verdict != "idle"))) as $ran |
($ran | map(select(.equivalent | not))) as $m |
{
	seed: ($seed | tonumber),
	mutants: ($list | lines | length),
	drawn: ($m | length),
	caught: ($m | count(.verdict == "caught")),
	survived: ($m | count(.verdict == "survived")),
	equivalent: ($ran | count(.equivalent and .verdict == "survived")),
	stale: ($ran | count(.equivalent and .verdict == "caught")),
	# The drawing as it came, equivalent ones included.
	first_caught: ($ran[:($m | length)] | count(.verdict == "caught")),
	idle: ($all | count(.verdict == "idle")),
	list: $ran,
	never: ($never | lines | map({stratum: .[0], place: .[1], site: .[2]}))
}

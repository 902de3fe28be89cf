# SPDX-License-Identifier: MIT
# Mutants and verdicts to one JSON object (results/latest/mutants.json).
def lines: split("\n") | map(select(. != "") | split("\t"));
($verdicts | lines | map({key: .[0], value: .}) | from_entries) as $of |
($drawn | lines | map(select($of[.[0]] != null) | . as $m | $of[$m[0]] as $v |
	{number: ($m[0] | tonumber), stratum: $m[1], class: $m[2], place: $m[3], site: $m[4],
	operator: $m[5], verdict: $v[1], by: $v[2], how: $v[3]} |
	if .verdict == "survived" then
		# the row of survivors.md
		.explained = (("| `" + .site + "` | " + .operator + " |") as $row |
			$explained | contains($row))
	else . end)) as $all |
($all | map(select(.verdict != "idle"))) as $m |
{
	seed: ($seed | tonumber),
	mutants: ($list | lines | length),
	drawn: ($m | length),
	caught: ($m | map(select(.verdict == "caught")) | length),
	survived: ($m | map(select(.verdict == "survived")) | length),
	unexplained: ($m | map(select(.explained == false)) | length),
	idle: ($all - $m | length),
	list: $m,
	never: ($never | lines | map({stratum: .[0], place: .[1], site: .[2]}))
}

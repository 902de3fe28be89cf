# SPDX-License-Identifier: MIT
# Draw a stratified sample of cases (docs/harness.md, Sets).  Input: lines "num id group
# mnemonic form mode class by" between tabs; strata: "group+mnemonic+form group+mode ...",
# device: the same for device cases (by rules).  In each stratum of the first kind the case
# with the lowest key is taken, then one in each stratum of the next kind that has none yet.
# The key is made from the id alone: more cases do not change which of the old ones are
# drawn, unless one of them has a lower key.  Prints the numbers.
function key(id,	n, h) {
	h = 5381
	for (n = 1; n <= length(id); n++)
		h = (h * 33 + code[substr(id, n, 1)]) % 4294967291
	# The last characters differ most: spread them over all of the key.
	return (h % 65521) * 65536 + int(h / 65521) % 65536
}
function stratum(kind,	n, k, part) {
	k = kind
	n = split(kind, part, "+")
	for (; n > 0; n--) {
		if (!(part[n] in column)) {
			print "sample: no such property of a case: " part[n] >"/dev/stderr"
			exit bad = 1
		}
		k = k "\t" $column[part[n]]
	}
	return k
}
BEGIN {
	FS = "\t"
	for (n = 32; n < 127; n++)
		code[sprintf("%c", n)] = n
	split("num id group mnemonic form mode class by", name, " ")
	for (n in name)
		column[name[n]] = n
	kinds = split(strata, kind, " ")
	split(device, dkind, " ")
}
{
	k = key($2)
	for (n = 1; n <= kinds; n++) {
		s = n " " stratum($8 == "rules" ? dkind[n] : kind[n])
		in_[n, NR] = s
		if (!(s in low) || k < low[s]) {
			low[s] = k
			first[s] = NR
		}
	}
	num[NR] = $1
}
END {
	if (bad)
		exit 2
	for (n = 1; n <= kinds; n++) {
		for (r = 1; r <= NR; r++)
			if (first[in_[n, r]] == r && !(in_[n, r] in has))
				draw[r]
		# What has been drawn stands for its strata of the following kinds.
		for (r = 1; r <= NR; r++)
			if (r in draw)
				for (m = n; m <= kinds; m++)
					has[in_[m, r]]
	}
	for (r = 1; r <= NR; r++)
		if (r in draw)
			print num[r]
}

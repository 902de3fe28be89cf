# SPDX-License-Identifier: MIT
# known.tsv, reset.tsv and the output of reset.rom on one VMM: a line for each value.

BEGIN { FS = "\t"; passes = 5; split("power-on,8042 FEh,port 92h,CF9h,triple fault", way, ",") }
FNR == 1 { file++ }
/^#/ { next }
file == 1 { if ($1 == vmm) known[$2] = $3; next }
file == 2 { name[++names] = $1; always[$1] = $2 == "always"; hard[$1] = $3; soft[$1] = $4; cite[$1] = $5; next }
/^END$/ { over = 1; next }
{
	split($0, word, " ")
	got[word[1], word[2]] = word[3]
}

function verdict(p, n,    what, want) {
	what = vmm "/" n "/" way[p + 1]
	if (!((p, n) in got)) {
		if (always[n])
			print "FAIL " what ": no value"
		return
	}
	if (n == "cs_base" && got[p, n] == "00000000") {
		print "SKIP " what ": no memory appears at F0000"
		return
	}
	want = p == 0 || p == 3 ? hard[n] : soft[n]
	if (substr(want, 1, 1) == "@")
		want = got[p, substr(want, 2)]
	if (got[p, n] ~ "^(" want ")$")
		print n in known ? "FAIL " what ": " got[p, n] " is right: take it out of known.tsv" : "ok " what
	else if (n in known)
		print "XFAIL " what ": " got[p, n] ", not " want ": " known[n]
	else
		print "FAIL " what ": " got[p, n] ", not " want " (SDM 3A " cite[n] ")"
}

END {
	if (!over)
		print "FAIL " vmm ": it did not come to the end"
	for (p = 0; p < passes; p++)
		for (i = 1; i <= names; i++)
			verdict(p, name[i])
}

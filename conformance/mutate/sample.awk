# SPDX-License-Identifier: MIT
# Draw mutants: reads "hit NUMBER TIMES" lines (mutants whose site the workload
# runs), then the list; prints `count` lines of the list in the order of
# drawing.  Table and emitter take turns, and within each its classes or
# primitives do.  What comes first in a class is decided by a hash of the seed
# and the mutant's own text, so that unrelated edits draw the same mutants.
#
#   awk -v seed=S -v count=N -f sample.awk HITS LIST

function hash(text, h, k) {
	h = (seed % 2147483646) + 1
	for (k = 1; k <= length(text); k++)
		h = (h * 16807 + ord[substr(text, k, 1)] * 65599) % 2147483647
	for (k = 0; k < 3; k++)
		h = h * 48271 % 2147483647
	return h
}

# Index of the smallest value of v[1..n].
function smallest(v, n, k, best) {
	for (k = 1; k <= n; k++)
		if (k in v && (!best || v[k] < v[best]))
			best = k
	return best
}

# Order the classes of a stratum and the mutants of each.
function prepare(s, c, k, m, rank) {
	for (turns[s] = 0; (c = smallest_class(s)) != ""; turns[s]++) {
		turn[s, turns[s]] = c
		taken[s, c] = 1
		delete rank
		for (k = 1; k <= size[s, c]; k++)
			rank[k] = order[member[s, c, k]]
		for (k = 1; (m = smallest(rank, size[s, c])); k++) {
			sorted[s, c, k] = member[s, c, m]
			delete rank[m]
		}
	}
}

function smallest_class(s, k, best, h, low) {
	for (k = 1; k <= classes[s]; k++) {
		if ((s, class[s, k]) in taken)
			continue
		h = hash(s " " class[s, k])
		if (best == "" || h < low) {
			best = class[s, k]
			low = h
		}
	}
	return best
}

# The next mutant of a stratum, or nothing.
function draw(s, tries, c, n) {
	for (tries = 0; tries < turns[s]; tries++) {
		c = turn[s, at[s]++ % turns[s]]
		n = ++used[s, c]
		if (n <= size[s, c])
			return sorted[s, c, n]
	}
	return 0
}

BEGIN {
	FS = "\t"
	for (k = 32; k < 127; k++)
		ord[sprintf("%c", k)] = k
}

NR == FNR {
	split($0, part, " ")
	if (part[1] == "hit")
		hit[part[2]] = 1
	next
}

$1 in hit {
	if (!size[$2, $3])
		class[$2, ++classes[$2]] = $3
	member[$2, $3, ++size[$2, $3]] = $1
	key = $2 " " $3 " " $5 " " $6
	order[$1] = hash(key " " same[key]++)
	line[$1] = $0
}

END {
	prepare("table")
	prepare("emit")
	for (n = 0; n < count; n++) {
		m = draw(n % 2 ? "emit" : "table")
		if (!m)
			m = draw(n % 2 ? "table" : "emit")
		if (!m)
			break
		print line[m]
	}
}

# SPDX-License-Identifier: MIT
# For runners that boot a program on refvmm and on others and compare what it says
# line by line (guests/display, guests/storage).  A line is "name: hex..."; the others
# must say what refvmm says, or explained.tsv beside the runner must say why not.  An
# explanation that explains nothing is a failure, too.
#
# The runner sets $here (its folder) and $tmp (scratch), and counts in these.
# shellcheck shell=sh
# shellcheck disable=SC2154 # here, tmp
passed=0 failed=0 skipped=0
tab=$(printf '\t')

fail() {
	failed=$((failed + 1))
	echo "FAIL $*"
}

# The program's lines in FILE; Bochs' debugger writes around them.
lines() {
	tr -d '\r\000' <"$1" | grep -a -E "^[a-z0-9/ ',-]+:( [0-9a-f]+)*\$"
}

# compare PROGRAM VMM: the lines in $tmp/ours against those in $tmp/theirs.
compare() {
	grep -v '^#' "$here/explained.tsv" |
		awk -F "$tab" -v p="$1" -v v="$2" \
			'$1 == p && ($2 == v || $2 == "*") { print $3 }' >"$tmp/known"
	if awk -F : -v vmm="$2" -v program="$1" '
		function bad(text) {
			failed = 1
			print "FAIL " vmm " " program ": " text
		}
		FILENAME == ARGV[1] { known[$0] = 1; next }
		FILENAME == ARGV[2] { ours[$1] = $0; order[n++] = $1; next }
		{ theirs[$1] = $0 }
		END {
			for (i = 0; i < n; i++) {
				l = order[i]
				if (ours[l] == theirs[l]) {
					if (l in known)
						bad("\"" l "\" is explained but equal")
				} else if (!(l in known)) {
					bad("refvmm says " ours[l])
					print "     and " vmm " " theirs[l]
				}
				delete known[l]
			}
			for (l in known)
				bad("no line \"" l "\"")
			if (!n)
				bad("no lines")
			exit failed
		}' "$tmp/known" "$tmp/ours" "$tmp/theirs"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# The last line of the runner NAME, and whether all is well.
summary() {
	echo "$1: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
}

#!/bin/sh
# SPDX-License-Identifier: MIT
# A change of class or mask names who says so (docs/oracle.md): each commit since the
# one that added this file which changes or removes a line that makes a class or a mask
# must name a manual's section, a data sheet or silicon, in its message or among the
# lines that it adds there.  What has been forgotten a later commit may add, in a line
# "Witness of HASH: ..." of its message (HASH: seven digits or more).
#
#   conformance/test/policy.sh [REPOSITORY]
set -u
repo=${1-$(dirname "$0")/../..}
git -C "$repo" rev-parse --git-dir >/dev/null 2>&1 || {
	echo "SKIP policy: no git history here"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
first=$(git -C "$repo" log --diff-filter=A --format=%H -- conformance/test/policy.sh | tail -n 1)
[ -n "$first" ] || {
	echo "SKIP policy: the history is too short, or this file is not committed yet"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

# What makes a class or a mask.
token='undef|ign_(mask|reg|regs|lin|len|fields)|no_native|sees_ring|expect_or|CHOICE\(|[^A-Z_]U_[A-Z]+'
witness='SDM|APM|AMD64|[Dd]ata ?sheet|[Ss]ilicon|[Hh]ost CPU|Zen|Intel|AMD |80(86|186|286|386|486)|8259|8253|8254|[Ss]ection [0-9]|[Mm]anual'

# The lines of a commit that count, with their sign.  Tests and this file are not expectations.
counted() { # COMMIT
	git -C "$repo" show --format= -U0 --no-renames "$1" -- conformance \
		':(exclude)conformance/test*' ':(exclude)conformance/*/test*' ':(exclude)*.md' \
		':(exclude)conformance/xfail' |
		awk -v token="$token" '
		/^diff --git/ { tsv = /adjudicated\.tsv/; next }
		/^(---|\+\+\+|@@|index|new|deleted|similarity|rename)/ { next }
		/^[-+]/ && (tsv ? !/^.#/ : $0 ~ token)'
}

# Lines that only moved say nothing: those removed that are not added again.
changed() { # FILE
	sed -n 's/^+//p' "$1" | sed 's/[[:space:]]//g' | sort -u >"$1.added"
	sed -n 's/^-//p' "$1" | sed 's/[[:space:]]//g' | sort -u | comm -23 - "$1.added"
}

tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
good=0 bad=0
git -C "$repo" rev-list --no-merges "$first..HEAD" -- conformance >"$tmp/commits"
git -C "$repo" log --format=%B "$first..HEAD" | grep '^Witness of ' >"$tmp/later"
while read -r commit; do
	counted "$commit" >"$tmp/lines"
	[ -n "$(changed "$tmp/lines")" ] || continue
	if {
		git -C "$repo" log -1 --format=%B "$commit"
		grep '^+' "$tmp/lines"
		grep "^Witness of $(echo "$commit" | cut -c 1-7)" "$tmp/later"
	} | grep -q -E "$witness"; then
		good=$((good + 1))
	else
		bad=$((bad + 1))
		git -C "$repo" log -1 --format='%h %s: changes a class or a mask and names no manual, no silicon:' "$commit"
		grep '^-' "$tmp/lines" | head -n 5
	fi
done <"$tmp/commits"
echo "$((good + 1)) passed, $bad failed, 0 skipped"
[ $bad -eq 0 ]

#!/bin/sh
# SPDX-License-Identifier: MIT
# The two witnesses against each other: every case on Bochs, every case the host
# CPU can run natively, and no difference in a defined bit that is not
# adjudicated in conformance/adjudicated.tsv (wrong: bochs or host).
#
#   conformance/test/oracle.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM

skip() {
	echo "SKIP oracle: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

command -v bochs >/dev/null || skip "bochs is not installed"
command -v jq >/dev/null || skip "jq is not installed"
"$build/conformance/cases" image --media disk --out "$tmp/all.img" || exit 1
"$here/run-raw.sh" bochs disk "$tmp/all.img" "$tmp/bochs.log" 1800 || {
	echo "Bochs did not finish the cases"
	exit 1
}
"$build/conformance/cases" check "$tmp/bochs.log" >"$tmp/check.json" || {
	echo "the log of Bochs is not whole:"
	cat "$tmp/check.json"
	exit 1
}
"$build/conformance/native/native" against "$tmp/bochs.log" >"$tmp/native.jsonl" 2>"$tmp/err"
status=$?
[ $status -ne 77 ] || skip "$(cat "$tmp/err")"
[ $status -le 1 ] || {
	cat "$tmp/err"
	exit 1
}

# Case patterns that a difference between these two may have.
awk -F '\t' '!/^#/ && ($2 == "bochs" || $2 == "host") { print $1 }' \
	"$here/adjudicated.tsv" >"$tmp/patterns"
explained=0 unexplained=0
jq -r 'select(.verdict == "differs") | .id' "$tmp/native.jsonl" >"$tmp/differs"
while read -r id; do
	known=no
	while read -r p; do
		# shellcheck disable=SC2254 # a pattern
		case $id in $p) known=yes ;; esac
	done <"$tmp/patterns"
	if [ $known = yes ]; then
		explained=$((explained + 1))
	else
		unexplained=$((unexplained + 1))
		grep -F "\"$id\"" "$tmp/native.jsonl"
	fi
done <"$tmp/differs"
jq -r .verdict "$tmp/native.jsonl" | sort | uniq -c
echo "$explained differences are adjudicated"
agree=$(jq -r 'select(.verdict == "agree" or .verdict == "undefined") | .num' "$tmp/native.jsonl" |
	wc -l)
[ "$agree" -ge 10000 ] || {
	echo "only $agree cases were run by both"
	exit 1
}
echo "$((agree + explained)) passed, $unexplained failed, 0 skipped"
[ $unexplained -eq 0 ]

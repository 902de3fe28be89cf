#!/bin/sh
# SPDX-License-Identifier: MIT
# The lists of expected failures (docs/oracle.md): each id is a case or a vector, and an
# adjudication of that VMM says why; refvmm has no list.
#
#   conformance/test/xfail.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")/.." && pwd)
lib=$here/../harness/lib
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
good=0 bad=0 skipped=0
"$build/conformance/cases" list | jq -r .id | LC_ALL=C sort >"$tmp/ids"
"$lib/adjudications" "$here/adjudicated.tsv" >"$tmp/adjudicated" || exit 1
if ls "$here"/xfail/refvmm*.list >"$tmp/own" 2>/dev/null; then
	echo "not ok: refvmm has no list of expected failures: $(cat "$tmp/own")"
	bad=1
else
	good=1
fi
for list in "$here"/xfail/*.list; do
	[ -f "$list" ] || {
		echo "skip: no list yet: \`make xfail\` makes them from a whole run"
		skipped=1
		continue
	}
	vmm=$(basename "$list" .list)
	grep -v '^#' "$list" | LC_ALL=C sort >"$tmp/listed"
	LC_ALL=C comm -23 "$tmp/listed" "$tmp/ids" >"$tmp/gone"
	jq -n -R -r -L "$lib" --arg vmm "$vmm" --slurpfile adj "$tmp/adjudicated" '
		include "adjudicate";
		($adj | map(select(.wrong == $vmm)) | prepare) as $a | inputs | select(said($a) == [])' "$tmp/listed" >"$tmp/why"
	for f in gone why; do
		if [ -s "$tmp/$f" ]; then
			[ $f = gone ] && echo "not ok: $vmm: no such case:" || echo "not ok: $vmm: nobody says why:"
			head -n 5 "$tmp/$f"
			bad=$((bad + 1))
		else
			good=$((good + 1))
		fi
	done
done
# Lists of vectors: rules that can be read, tests that exist.
for list in "$here"/vectors/*/xfail/*.list; do
	[ -f "$list" ] || continue
	set=$(dirname "$(dirname "$list")")
	if "$build/conformance/vectors/invec" judge --rules "$here/vectors/adjudicated.tsv" \
		--vmm "$(basename "$list" .list)" "$set" >"$tmp/said" 2>&1; then
		good=$((good + 1))
	else
		echo "not ok: $list: $(grep -E '^(FAIL|invec)' "$tmp/said" | head -n 1)"
		bad=$((bad + 1))
	fi
done
echo "$good passed, $bad failed, $skipped skipped"
[ $bad -eq 0 ]

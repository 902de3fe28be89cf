#!/bin/sh
# SPDX-License-Identifier: MIT
# Does refvmm do what docs/implementation-defined.md says where there is a choice?
#
#   conformance/test/choices.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
cases=$build/conformance/cases

"$here/../docs/choices.sh" "$cases" | cmp - "$here/../docs/implementation-defined.md" || {
	echo "docs/implementation-defined.md is stale: run make docs-choices"
	exit 1
}
"$cases" list | jq -r 'select(.choice) | .num' >"$tmp/select"
"$cases" list | jq -c 'select(.choice) | {num, choice}' >"$tmp/which"
"$cases" image --media disk --out "$tmp/img" --select "$tmp/select" || exit 1
"$here/run-raw.sh" refvmm disk "$tmp/img" "$tmp/log" 300 || exit 1
"$cases" model "$tmp/log" >"$tmp/model"
"$cases" choices >"$tmp/choices"
jq -n -r --slurpfile which "$tmp/which" --slurpfile choices "$tmp/choices" --slurpfile model "$tmp/model" '
	($choices | reduce .[] as $c ({}; .[$c.id] = if $c.refvmm == "first" then 0 else 1 end)) as $says
	| ($which | reduce .[] as $w ({}; .[$w.num | tostring] = $w.choice)) as $of
	| $model[] | select(.verdict != "unmet") | $of[.num | tostring] as $id
	| "\(if .took == $says[$id] then "ok" else "bad" end) \($id) \(.id)"' >"$tmp/result"
grep '^bad' "$tmp/result"
good=$(grep -c '^ok' "$tmp/result")
bad=$(grep -c '^bad' "$tmp/result")
[ "$good" -gt 0 ] || bad=1
echo "$good passed, $bad failed, 0 skipped"
[ "$bad" -eq 0 ]

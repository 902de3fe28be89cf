#!/bin/sh
# SPDX-License-Identifier: MIT
# Results of two runs in two orders: what counts as the same.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir -p "$tmp/1" "$tmp/2" "$tmp/out"

result() { # TEST VERDICT REASON DIFF
	jq -n -c --arg test "$1" --arg verdict "$2" --arg reason "$3" --arg got "${4-}" --arg ns "$$" '
		{v: 1, test: $test, group: ($test | split("/")[0]), vmm: "q", verdict: $verdict, reason: $reason, ns: ($ns | tonumber)}
		+ if $got == "" then {} else {diff: [{field: "port", expected: "58: in 42 = 34; 59: in 43 = 12", got: $got}]} end'
}
# Prints "SAME MOVED" of these two results beside one that never changes.
same() { # RESULT RESULT
	fixed=$(result alu/add/a/b/c PASS "")
	printf '%s\n' "$fixed" "$1" >"$tmp/1/results.jsonl"
	printf '%s\n' "$2" "$fixed" | jq -c '.ns = 7' >"$tmp/2/results.jsonl"
	n=$("$harness/lib/sameresults" "$tmp/1" "$tmp/2" "$tmp/out")
	echo "$n $(wc -l <"$tmp/out/moved")"
}
pit=dev-pit/mode0/gate_stops/port/required
d9='q is wrong here (data sheet): D9: GATE'
one='58: in 42 = 76 (wrong); 59: in 43 = 12; 1 wrong'
other='58: in 42 = 0d (wrong); 59: in 43 = 12; 1 wrong'
elsewhere='58: in 42 = 34; 59: in 43 = 13 (wrong); 1 wrong'

is "$(same "$(result $pit XFAIL "$d9" "$one")" "$(result $pit XFAIL "$d9" "$other")")" "2 0" \
	"a counter that ran on to another value, in writing"
is "$(same "$(result $pit FAIL x "$one")" "$(result $pit FAIL x "$other")")" "2 0" "... and not in writing"
is "$(same "$(result $pit FAIL x "$one")" "$(result $pit FAIL x "$elsewhere")")" "1 1" "another line of the script"
is "$(cat "$tmp/out/moved")" "q $pit" "... is named"
is "$(same "$(result $pit XFAIL "$d9" "$one")" "$(result $pit FAIL x "$one")")" "1 1" "another verdict"
is "$(same "$(result $pit XFAIL "$d9" "$one")" "$(result $pit XFAIL "q is wrong here: D10" "$one")")" "1 1" "another finding"
is "$(same "$(result $pit PASS "" "$one")" "$(result $pit PASS "" "$other")")" "1 1" "what passes is the same in every value"
is "$(same "$(result alu/add/x/y/z XFAIL "$d9" "$one")" "$(result alu/add/x/y/z XFAIL "$d9" "$other")")" "1 1" \
	"values count in all other cases"
tsc=counters/wrmsr_tsc/rdtsc/flat32.0/5_1
q112='q is wrong here: Q112: WRMSR is ignored'
is "$(same "$(result $tsc XFAIL "$q112" EBX=1)" "$(result $tsc XFAIL "$q112" EBX=2)")" "2 0" "a time stamp counter that runs on"
is "$(same "$(result $tsc FAIL x EBX=1)" "$(result $tsc FAIL x EBX=2)")" "1 1" "... not in writing: a value like any other"
early='stopped by vector fd in line 60;'
is "$(same "$(result $pit FAIL x "$early$one")" "$(result $pit FAIL x "$early$other")")" "2 0" "stopped early, another value before"
is "$(same "$(result $pit FAIL x "$early$one")" "$(result $pit FAIL x "stopped by vector fd in line 61;$one")")" "1 1" \
	"stopped in another line"
is "$(same "$(result $pit FAIL x "$early$one")" "$(result $pit FAIL x "$one")")" "1 1" "only one of them stopped early"
rm "$tmp/2/results.jsonl"
"$harness/lib/sameresults" "$tmp/1" "$tmp/2" "$tmp/out" >/dev/null 2>&1
is "$?" 3 "no results"
finish

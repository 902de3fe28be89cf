#!/bin/sh
# SPDX-License-Identifier: MIT
# Two shuffled runs give the same results; a run that SIGINT or a full disk ends
# leaves what had been run, usable, and says so.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
printf '3 wrong\n9 crash\n14 undef\n20 drop\n' | fake mixed

# Times apart, of course.
results() { # SEED
	run_fakes mixed,good --shuffle="$1" --jobs 3 --batch 7
	jq -S -c 'del(.ns)' "$tmp/out/results.jsonl" | sort >"$tmp/shuffle$1"
}
results 1
results 2
is "$(wc -l <"$tmp/shuffle1")" 48 "a shuffled run has a result for each case and VMM"
diff "$tmp/shuffle1" "$tmp/shuffle2" >"$tmp/diff"
ok $? "another order gives the same results"
is "$(jq -r 'select(.outcome == "failed") | .num' "$tmp/shuffle2" | sort -n | paste -s -d ' ')" \
	"3 9 20" "among them the failures"

# SIGINT while a VM hangs.  A shell lets background commands ignore it: undo that.
printf '9 hang\n' | fake slow
# shellcheck disable=SC2016 # of the inner shell
env --default-signal=INT sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$tmp/pid" "$harness/vmproof" run \
	--vmm slow --reference good --out "$tmp/int" --jobs 4 --no-report --timeout-scale 1000 \
	>"$tmp/stdout" 2>"$tmp/stderr" &
job=$!
while ! grep -q -s 'START 9' "$tmp/int/work/jobs/slow/stack-1/run1/e9.raw" ||
	[ "$(find "$tmp/int/work/jobs" -maxdepth 3 -name states.jsonl 2>/dev/null | wc -l)" -lt 5 ]; do
	kill -0 $job 2>/dev/null || break
	sleep 0.1
done
kill -INT "$(cat "$tmp/pid")"
wait $job
is $? 130 "SIGINT: exit status 130"
is "$(tail -n 1 "$tmp/stdout")" "16 passed, 0 failed, 8 skipped" "SIGINT: what had been run counts"
is "$(grep -c '^interrupted: ' "$tmp/stdout")" 1 "SIGINT: it says so"
is "$(jq -s length "$tmp/int/results.jsonl")" 24 "SIGINT: the results are whole JSON"

# A disk that a babbling VM fills.
small=$tmp/small
mkdir "$small"
trap 'umount "$small" 2>/dev/null; rm -rf "$tmp"' EXIT
if mount -t tmpfs -o size=6m none "$small" 2>/dev/null; then
	printf '9 babble\n' | fake big
	vmproof run --vmm big --reference good --out "$small/out" --jobs 1 --no-report --timeout-scale 0.1
	is $status 3 "full disk: exit status 3"
	is "$(grep -c '^interrupted: no room is left' "$tmp/stdout")" 1 "full disk: it says so"
	is "$(jq -s 'length' "$small/out/results.jsonl")" 24 "full disk: a result for each case"
	is "$(jq -s 'map(select(.verdict != "PASS" and .reason != "not run: interrupted" and
		.reason != "the reference was not run: interrupted")) | length' "$small/out/results.jsonl")" \
		0 "full disk: nobody is blamed"
	is "$(jq -s 'map(select(.verdict == "PASS")) | length > 0' "$small/out/results.jsonl")" true \
		"full disk: what had been run counts"
	umount "$small"
else
	skip "full disk" "no tmpfs can be mounted here"
fi
finish

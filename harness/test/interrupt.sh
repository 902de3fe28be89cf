#!/bin/sh
# SPDX-License-Identifier: MIT
# An interrupted run leaves a usable partial result and no process behind.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
printf '9 hang\n' | fake slow
# Not in the background: a shell lets background commands ignore SIGINT.
cat >"$tmp/starter" <<EOT
#!/bin/sh
trap - INT
echo \$\$ >"$tmp/pid"
exec "$harness/vmproof" run --vmm slow --reference good --out "$tmp/out" --jobs 4 --no-report \
	--timeout-scale 1000
EOT
chmod +x "$tmp/starter"
"$tmp/starter" >"$tmp/stdout" 2>"$tmp/stderr" &
job=$!
# Wait until the hanging VM has said that its case began.
while ! grep -q -s 'START 9' "$tmp/out/work/jobs/slow/stack-1/run1/e9.raw" ||
	[ ! -f "$tmp/out/work/jobs/slow/alu-1/states.jsonl" ] ||
	[ ! -f "$tmp/out/work/jobs/slow/string-1/states.jsonl" ] ||
	[ "$(find "$tmp/out/work/jobs/good" -maxdepth 2 -name states.jsonl 2>/dev/null | wc -l)" -lt 3 ]; do
	kill -0 $job 2>/dev/null || break
	sleep 0.1
done
kill -TERM "$(cat "$tmp/pid")"
wait $job
is $? 130 "exit status 130"
is "$(tail -n 1 "$tmp/stdout")" "16 passed, 0 failed, 8 skipped" "what had been run counts"
is "$(grep -c '^interrupted: ' "$tmp/stdout")" 1 "and it says so"
is "$(jq -s -r 'map(select(.verdict == "SKIP") | .reason) | unique[]' "$tmp/out/results.jsonl")" \
	"not run: interrupted" "each skip has the reason"
is "$(jq .interrupted "$tmp/out/run.json")" true "run.json says so, too"
left=''
for p in /proc/[0-9]*; do
	case $(tr '\0' ' ' <"$p/cmdline" 2>/dev/null) in
	*"$tmp"*) left="$left ${p#/proc/}" ;;
	esac
done
is "$left" "" "no process is left"
finish

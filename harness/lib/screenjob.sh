# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of lib/job
# A batch on a VMM that has only a screen: one boot, and one line in states.jsonl about
# the batch as a whole.  Which of its cases went wrong no screen tells.

# What the driver's files say: [verdict, reason], OK where a whole summary was read.
screen_judge() { # CASES
	jq -n -c --slurpfile driver "$run/driver.json" --slurpfile screen "$dir/screen" --slurpfile caps "$caps" \
		--arg batch "$batch" --arg digest "$DIGEST" --arg message "$message" --argjson cases "$1" '
	($driver[0]) as $d | ($screen[0]) as $s
	| (($caps[0].exits // {})[($d.exit // "none") | tostring]) as $meaning
	| (if $s.done then ", having begun \($s.done) of \($s.all) cases" else ", having begun no case" end) as $place
	| (if $s.stopped then
	     [(if $s.stopped | test("not loaded") then "LOST" else "CRASH" end), "the guest stopped: \($s.stopped)" + $place]
	   elif $s.state == "damaged" then ["LOST", "the summary on the screen is cut or damaged"]
	   elif $s.state == "whole" and $digest != "-" and $s.digest != $digest then
	     ["LOST", "the summary is of other cases than mine: \($s.digest)"]
	   elif $s.state == "whole" and $s.cases != $cases then
	     ["LOST", "the summary is of \($s.cases) cases in place of \($cases)"]
	   elif $s.state == "whole" then ["OK", null]
	   elif $d.timeout == "idle" then ["TIMEOUT", "the screen did not change any more" + $place]
	   elif $d.timeout == "limit" then ["TIMEOUT", "the VM ran into the limit of the batch" + $place]
	   elif $d.signal != null then ["CRASH", "the VMM died of signal \($d.signal)" + $place + $message]
	   elif $meaning == "unsupported" then ["UNSUPPORTED", "unsupported" + $place + $message]
	   elif $meaning == "limit" then ["TIMEOUT", "the limit of the VMM itself" + $place + $message]
	   else ["CRASH", "the VMM left with status \($d.exit)" + $place + $message] end) as $v
	| {batch: $batch, verdict: $v[0], why: $v[1], run: 1, ns: $d.ns, cases: $cases}
	  + (if $v[0] == "OK" then {crc: $s.crc, unmet: $s.unmet} else {} end)'
}

screen_lost() { # REASON
	jq -n -c --arg batch "$batch" --arg why "$1" --argjson cases "$n" \
		'{batch: $batch, verdict: "LOST", why: $why, run: 1, ns: 0, cases: $cases}' >"$dir/states.jsonl"
}

screen_batch() {
	n=$(wc -l <"$dir/todo") run=$dir/run1
	if ! "$VMPROOF_CASES" image --select "$dir/todo" --out "$dir/image" --media "$kind" \
		--channel screen --stop halt 2>"$dir/image.err"; then
		screen_lost "no image: $(tail -n 1 "$dir/image.err")"
		return
	fi
	limit=$(awk -v f="$TIMEOUT_SCALE" -v n="$n" 'BEGIN { print f * (30 + n * 0.1) }')
	VMPROOF_IDLE=$(awk -v f="$TIMEOUT_SCALE" 'BEGIN { print f * 5 }')
	export VMPROOF_IDLE
	"$VMPROOF_DRIVERS/$vmm" run "$kind:$dir/image" "$run" "$limit" 2>"$dir/driver.err"
	status=$?
	[ "$(df -k --output=avail "$dir" | tail -n 1)" -ge 64 ] || exit 3
	if [ $status -ne 0 ] || [ ! -s "$run/driver.json" ]; then
		[ $status -ne 130 ] || exit 130
		screen_lost "driver failed with status $status: $(tail -n 1 "$dir/driver.err")"
		return
	fi
	message=$(tail -n 1 "$run/stderr" 2>/dev/null | tr -d '\000-\010\013-\037' | cut -c 1-200 | sed 's/^./: &/')
	channel=$run/$(jq -r '.channels.screen' "$run/driver.json")
	[ -f "$channel" ] || channel=/dev/null
	"$VMPROOF_BUILD/harness/screen" "$channel" >"$dir/screen" && screen_judge "$n" >"$dir/states.part" || exit 3
	mv "$dir/states.part" "$dir/states.jsonl" || exit 3
}

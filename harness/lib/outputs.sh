# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of run.sh
# What `vmproof run` leaves in $out and prints.

stage_finish() {
	if [ "$repeat" -gt 1 ]; then
		# Another verdict in another attempt: neither is the result.
		jq -s -c -f "$harness/lib/flaky.jq" "$out/results.jsonl" >"$work/r" &&
			mv "$work/r" "$out/results.jsonl"
	fi
	jq -c '{v: 1, test: "*", vmm, verdict: "SKIP", outcome: "skipped", reason: .why, attempt: 1}' \
		"$work/missing.jsonl" >>"$out/results.jsonl"
	"$harness/lib/digest" "$out" || die "$EX_INFRA" "cannot write in '$out'"
	write_run_json
	run_naive
	"$VMPROOF_CASES" matrix >"$out/matrix.json" 2>/dev/null || rm -f "$out/matrix.json"
	cover_opcodes
	keep_history
	keep_logs
	"$harness/lib/tap" "$out" >"$out/results.tap" &
	writers=$!
	"$harness/lib/junit" "$out" >"$out/results.xml" &
	writers="$writers $!"
	jq -r -L "$harness/report" --slurpfile run "$out/run.json" -f "$harness/lib/table.jq" \
		"$out/digest.json" >"$out/summary.txt"
	if [ "$tap" = no ]; then
		show_failures
		[ "$volume" = quiet ] || cat "$out/summary.txt"
		show_skips
	fi
	if [ "$report" = yes ]; then
		if "$harness/lib/html" "$out" >"$work/html.log" 2>&1; then
			say "report: $out/report.html"
		else
			tail -n 3 "$work/html.log" >&2
			die "$EX_INFRA" "the report could not be made"
		fi
	fi
	for w in $writers; do
		wait "$w" || die "$EX_INFRA" "cannot write in '$out'"
	done
	if [ -n "$junit" ]; then
		cp "$out/results.xml" "$junit" || die "$EX_INFRA" "cannot write '$junit'"
	fi
	[ "$tap" = no ] || cat "$out/results.tap"
	[ "$keep" != always ] || return 0
	rm -rf "$work"
}

# Each skip with its reason, cases of one reason on one line.
show_skips() {
	jq -r 'select(.verdict == "SKIP" and .test == "*") | "skip: \(.vmm): \(.reason)"' \
		"$out/notable.jsonl"
	jq -s -r 'map(select(.outcome == "skipped" and .test != "*")) | group_by([.vmm, .reason])[] |
		"skip: \(.[0].vmm): \(length) cases: \(.[0].verdict): \(.[0].reason)"' "$out/notable.jsonl"
}

# What a process of this host shows of the 17 instructions, when they are in the run.
run_naive() {
	grep -q -F '"group":"sensitive"' "$work/cases.jsonl" && [ -x "$VMPROOF_NAIVE" ] || return 0
	"$VMPROOF_NAIVE" --rows >"$out/seventeen.jsonl"
	"$VMPROOF_NAIVE" >"$out/naive.jsonl" 2>"$work/naive.err"
	case $? in
	0) ;;
	77) : >"$out/naive.jsonl" ;;
	*) die "$EX_INFRA" "$VMPROOF_NAIVE: $(tail -n 1 "$work/naive.err")" ;;
	esac
}

fact() { # COMMAND...: its first line, or nothing
	"$@" 2>/dev/null | head -n 1
}

# Of the source tree, also on machines without git.
commit_name() {
	cd "$top" || return
	if ! fact git describe --always --dirty | grep .; then
		head=$(fact cat .git/HEAD)
		case $head in
		'ref: '*) fact cat ".git/${head#ref: }" | cut -c 1-12 | grep . ;;
		?*) echo "$head" | cut -c 1-12 ;;
		*) false ;;
		esac || echo unknown
	fi
}

write_run_json() {
	# How many of the cases of each group are of which class (docs/oracle.md).
	jq -n -c 'reduce (inputs | select(.oracle)) as $c ({}; .[$c.group][$c.oracle] += 1)' \
		"$work/cases.jsonl" >"$work/classes"
	for v in $here $summed; do
		[ ! -f "$work/caps/$v.version" ] ||
			jq -n -c --arg vmm "$v" --arg ver "$(cat "$work/caps/$v.version")" \
				--arg media "$(cat "$work/caps/$v.media")" '[{($vmm): $ver}, {($vmm): $media}]'
	done >"$work/versions"
	jq -n --slurpfile versions "$work/versions" --slurpfile missing "$work/missing.jsonl" --slurpfile classes "$work/classes" \
		--arg args "$run_args" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
		--arg commit "$(commit_name)" \
		--arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
		--arg kernel "$(uname -sr)" --arg os "$(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME-}")" \
		--arg cores "$(getconf _NPROCESSORS_ONLN)" --arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)" \
		--arg page0 "$(fact cat /proc/sys/vm/mmap_min_addr)" --arg interrupted "$interrupted" \
		--arg ref "$reference" --arg set "$set_name" --arg shuffle "$shuffle" \
		--arg vmms "$scored" --arg cases "$(wc -l <"$work/cases.jsonl")" '{v: 1, date: $date, commit: $commit, set: $set, args: $args,
		reference: $ref, vmms: ($vmms | split(" ") | map(select(. != ""))),
		versions: ($versions | map(.[0]) | add // {}), media: ($versions | map(.[1]) | add // {}),
		cases: ($cases | tonumber), classes: $classes[0], missing: $missing,
		shuffle: $shuffle, interrupted: ($interrupted == "yes"),
		machine: {cpu: $cpu, cores: ($cores | tonumber), kernel: $kernel, os: $os, load: $load,
			mmap_min_addr: $page0}}' >"$out/run.json"
	# How often each VMM agrees with the processors of real PCs,
	for v in $here; do
		jq -n -c --arg vmm "$v" 'reduce inputs as $x ({}; .[$x.chip][$x.verdict] += 1)
			| to_entries[] | {chip: .key, vmm: $vmm, n: .value}' "$work/records/$v.silicon"
	done >"$work/silicon.said"
	# and with the host CPU on what both can run.
	for v in $here; do
		jq -n -c --arg vmm "$v" '{vmm: $vmm, n: (reduce inputs as $x ({}; .[$x.verdict] += 1))}' \
			"$work/records/$v.native"
	done | jq -s --slurpfile chips "$work/silicon.jsonl" --slurpfile said "$work/silicon.said" '. + (
		$chips | map((.chip + " (" + .signature + ")") as $c | {chip: $c, cases, ingested, from,
			said: ($said | map(select(.chip == $c)))}))' >"$out/witness.json"
	# Engine counters of refvmm, added over all its VMs.
	find "$work/jobs" -name stats.json -size +0 -exec cat {} + 2>/dev/null |
		jq -s -f "$harness/lib/addstats.jq" >"$out/stats.json" 2>/dev/null
	[ "$(cat "$out/stats.json" 2>/dev/null)" != null ] || rm -f "$out/stats.json"
}

# Which encodings the cases of this run have executed, with verdicts; silicon has
# witnessed the cases that the host CPU ran natively or a real PC answered, and the vectors of the sets in the tree.
cover_opcodes() {
	[ -x "$VMPROOF_COVERAGE" ] || return 0
	cat "$work/records"/*.native "$work/records"/*.silicon | jq -r '.num' >"$work/silicon"
	jq -r 'select(.num) | [.num, .vmm, if .verdict == "XFAIL" then "known" else .outcome end] | @tsv' \
		"$out/results.jsonl" | awk -F '\t' 's { silicon[$1]; next }
		{ print $0 "\t" ($1 in silicon ? "silicon" : "") }' s=1 "$work/silicon" s=0 - |
		"$VMPROOF_COVERAGE" map --holes "$top/conformance/coverage/holes.tsv" \
			--vectors "$top/conformance/vectors/sst286" --vectors "$top/conformance/vectors/host32" >"$out/coverage.json" ||
		die "$EX_INFRA" "$VMPROOF_COVERAGE map failed"
}

# One line for each run of all cases: results/history/runs.jsonl grows.
keep_history() {
	[ "$VMPROOF_HISTORY" ] && [ "$interrupted" = no ] && [ "$rerun_failed" = no ] &&
		[ -z "$sel_groups$sel_not$sel_globs" ] || return 0
	# Time: the share of the VMs' own time that the cases of each VMM have.
	jq -n -c 'reduce inputs as $r ({}; if $r.test == "*" then . else .[$r.vmm] += ($r.ns // 0) end)' \
		"$out/results.jsonl" >"$work/ns"
	mkdir -p "$(dirname "$VMPROOF_HISTORY")" &&
		jq -c --slurpfile run "$out/run.json" --slurpfile ns "$work/ns" --arg seconds "$(($(date +%s) - began))" \
			-f "$harness/lib/history.jq" "$out/digest.json" >>"$VMPROOF_HISTORY" ||
		die "$EX_INFRA" "cannot write in '$VMPROOF_HISTORY'"
}

# Logs of single VMs: those that stopped early or lost a record, all, or none.
# A plain difference needs no log: what was said is in the results.
keep_logs() {
	rm -rf "$out/logs"
	[ "$keep" != never ] || return 0
	for d in "$work/jobs"/*/*; do
		[ -f "$d/states.jsonl" ] || continue
		[ "$keep" = always ] || grep -q -v '"verdict":"OK"' "$d/states.jsonl" || continue
		v=$(basename "$(dirname "$d")")
		mkdir -p "$out/logs/$v"
		mv "$d" "$out/logs/$v/"
	done
}

# Failing cases, each with the command that runs it alone.
show_failures() {
	jq -r -L "$harness/report" --slurpfile run "$out/run.json" 'include "lib"; select(.outcome == "failed")
		| "\(.verdict) \(.vmm) \(.test): \(.reason)"
		+ ((.diff // []) | map("\n    \(.field): expected \(.expected), got \(.got)") | join(""))
		+ "\n    again: \(again($run[0]))"' \
		"$out/notable.jsonl" >"$work/failures"
	shown=$(grep -c -v '^    ' "$work/failures")
	awk '!/^    / { n++ } n <= 20' "$work/failures"
	[ "$shown" -le 20 ] || echo "... $((shown - 20)) more failures: results.jsonl, report.html"
}

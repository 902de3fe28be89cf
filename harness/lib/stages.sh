# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of run.sh
# The stages of `vmproof run`, in order.  All state is in files below $work.

stage_select() {
	rm -rf "$work"
	mkdir -p "$work/plan" "$work/caps" "$work/jobs" "$work/records" || die "$EX_INFRA" "cannot write in '$out'"
	"$VMPROOF_CASES" list >"$work/all.jsonl" || die "$EX_INFRA" "$VMPROOF_CASES list failed"
	select_cases "$work/all.jsonl" >"$work/cases.jsonl" || exit $?
	if [ "$rerun_failed" = yes ]; then
		[ -s "$out/results.jsonl" ] ||
			die "$EX_USAGE" "--rerun-failed: no results in '$out'"
		jq -r 'select(.outcome == "failed") | .test' "$out/results.jsonl" |
			sort -u >"$work/failed"
		jq -c --rawfile f "$work/failed" '($f | split("\n")) as $f |
			select(.id as $i | $f | index($i))' "$work/cases.jsonl" >"$work/c"
		mv "$work/c" "$work/cases.jsonl"
		[ -s "$work/cases.jsonl" ] || die "$EX_USAGE" "--rerun-failed: nothing failed"
	fi
	[ "$strata" = all ] || stage_sample
	[ -s "$work/cases.jsonl" ] || die "$EX_USAGE" "no case selected"
	for f in results.jsonl run.json results.tap results.xml summary.txt report.html \
		report.png digest.json notable.jsonl matrix.json witness.json stats.json coverage.json \
		seventeen.jsonl naive.jsonl sensitive.json sensitive.txt sensitive.html; do
		rm -f "$out/$f"
	done
	: >"$out/results.jsonl"
	: >"$work/missing.jsonl"
	"$harness/lib/adjudications" "$VMPROOF_ADJUDICATED" >"$work/adjudicated.jsonl" || exit "$EX_USAGE"
}

# Leave of the selected cases the sample that the set describes.
stage_sample() {
	jq -r '[.num, .id, .group, .mnemonic, .form, .mode, .class, .by // ""] | @tsv' "$work/cases.jsonl" |
		awk -v strata="$strata" -v device="$strata_dev" -f "$harness/lib/sample.awk" >"$work/sample" ||
		die "$EX_INFRA" "drawing the sample of the set '$set_name' failed"
	jq -n -c --slurpfile s "$work/sample" '($s | map({key: tostring, value: true}) | from_entries) as $s |
		inputs | select($s[.num | tostring])' "$work/cases.jsonl" >"$work/c" || die "$EX_INFRA" "cannot write in '$out'"
	mv "$work/c" "$work/cases.jsonl"
}

# Ask every driver whether its VMM is here and what it takes.
stage_vmms() {
	here='' summed='' scored=$vmms
	case " $vmms " in
	*" $reference "*) ;;
	*) vmms="$vmms $reference" ;;
	esac
	for v in $vmms; do
		reason=$("$VMPROOF_DRIVERS/$v" caps 2>&1 >"$work/caps/$v.json") || {
			skip_vmm "$v" "${reason#"$v": }"
			continue
		}
		kind=$(jq -r --arg m "$media" '[.media[] | select($m == "" or . == $m)] | .[0] // empty' \
			"$work/caps/$v.json") || die "$EX_INFRA" "driver $v: caps is not JSON"
		if [ -z "$kind" ] && [ "$v" = "$reference" ]; then
			# What is compared does not depend on what it was booted from.
			kind=$(jq -r '.media[0]' "$work/caps/$v.json")
			say "$v boots from $kind: it takes no $media"
		elif [ -z "$kind" ]; then
			skip_vmm "$v" "it cannot boot the medium '$media'"
			continue
		fi
		answers=$(jq -r --arg c "$channel" '[.channels[] | select($c == "" or . == $c)] | .[0] // empty' \
			"$work/caps/$v.json")
		if [ -z "$answers" ] && [ "$v" = "$reference" ]; then
			# Nor on where it answers.
			answers=$(jq -r '[.channels[] | select(. != "screen")][0] // empty' "$work/caps/$v.json")
			say "$v answers on $answers: it has no $channel"
		elif [ -z "$answers" ]; then
			skip_vmm "$v" "it cannot answer on '$channel'"
			continue
		fi
		echo "$kind" >"$work/caps/$v.media"
		echo "$answers" >"$work/caps/$v.channel"
		! jq -e '.tested == false' "$work/caps/$v.json" >/dev/null ||
			say "$v: nobody has tested this driver: its verdicts are no proof of anything"
		"$VMPROOF_DRIVERS/$v" version >"$work/caps/$v.version" 2>/dev/null || :
		# A screen gives no records: nothing that is compared, no witness.
		case $answers:$v in
		screen:"$reference") skip_vmm "$v" "a reference must give records, not a summary" ;;
		screen:*) summed="$summed $v" ;;
		*) here="$here $v" ;;
		esac
	done
	case " $here " in
	*" $reference "*) ;;
	*)
		# Nothing can be compared: say so for each, judge nobody.
		for v in $here $summed; do
			skip_vmm "$v" "nothing to compare with: the reference $reference is missing"
		done
		here='' summed=''
		;;
	esac
}

skip_vmm() { # VMM REASON
	case " $scored " in
	*" $1 "*) ;;
	*) return ;;
	esac
	jq -n -c --arg vmm "$1" --arg why "$2" '{vmm: $vmm, why: $why}' >>"$work/missing.jsonl"
}

# Batches: cases of one group, at most $batch, in file order or shuffled. A sample has few of
# each group: groups share a VM, device cases, which take their time, by forty.
stage_plan() {
	jq -r --arg strata "$strata" '"\(if $strata == "all" then .group elif .by == "rules" then "devices" else "sample" end)\t\(.num)"' \
		"$work/cases.jsonl" >"$work/order"
	if [ -n "$shuffle" ]; then
		say "shuffle: seed $shuffle"
		awk -v seed="$shuffle" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' "$work/order" |
			sort -k 1,1 | cut -f 2- >"$work/o"
		mv "$work/o" "$work/order"
	fi
	awk -F '\t' -v max="$batch" -v dir="$work/plan" '{
		g = $1; gsub(/[^A-Za-z0-9_.-]/, "_", g)
		if (!(g in part) || n[g] == (g == "devices" && max > 40 ? 40 : max)) { part[g]++; n[g] = 0 }
		n[g]++
		f = dir "/" g "-" part[g]
		if (n[g] == 1) { if (last[g]) close(last[g]); last[g] = f }
		print $2 >f
	}' "$work/order"
	: >"$work/jobs.tsv"
	for b in "$work/plan"/*; do
		for v in $here; do
			printf '%s\t%s\n' "$v" "$(basename "$b")" >>"$work/jobs.tsv"
		done
	done
	n_batches=$(find "$work/plan" -type f | wc -l)
	summary_plan
	digest=$("$VMPROOF_CASES" digest 2>/dev/null) || digest=-
	cat >"$work/run.env" <<-EOT
		TIMEOUT_SCALE=$scale DIGEST=$digest FAIL_FAST=$fail_fast
		VERBOSE=$([ "$volume" = verbose ] && [ "$tap" = no ] && echo yes || echo no)
	EOT
	n_cases=$(wc -l <"$work/cases.jsonl")
	silicon_find
	say "$n_cases cases in $n_batches batches on:$(
		for v in $here $summed; do
			printf ' %s (%s, %s)' "$v" "$(cat "$work/caps/$v.media")" "$(cat "$work/caps/$v.channel")"
		done
	)"
}

show_plan() {
	while IFS='	' read -r v b; do
		echo "$v $(cat "$work/caps/$v.media") $b: $(wc -l <"$work/plan/$b") cases"
	done <"$work/jobs.tsv"
	rm -rf "$work"
}

on_interrupt() {
	interrupted=yes
	if [ -n "${scheduler-}" ]; then
		# GNU parallel: the first TERM stops scheduling, the second kills.
		kill -TERM "$scheduler" 2>/dev/null
		kill -TERM "$scheduler" 2>/dev/null
	fi
}

# Run the lines "VMM<tab>BATCH" of a file with GNU parallel.
schedule() { # FILE TITLE
	[ -s "$1" ] || return 0
	if [ "$ssh_login$ssh_file" ]; then
		schedule_away "$1" "$2"
		[ "$interrupted" = no ] && [ -s "$work/homeless" ] || return 0
		say "$(wc -l <"$work/homeless") VMs came back from no machine: running them here"
		set -- "$work/homeless" "$2"
	fi
	total=$(wc -l <"$1")
	PARALLEL_HOME=$work/parallel
	export PARALLEL_HOME
	mkdir -p "$PARALLEL_HOME"
	set -- "$1" "$2" --will-cite --jobs "$jobs" --colsep '\t' --line-buffer --joblog "$work/joblog"
	[ -z "$shuffle" ] || set -- "$@" --shuf
	[ "$fail_fast" = no ] || set -- "$@" --halt soon,fail=1
	list=$1 title=$2
	shift 2
	rm -f "$work/joblog"
	parallel "$@" -a "$list" "$harness/lib/job" "$work" '{1}' '{2}' 2>"$work/parallel.err" &
	scheduler=$!
	await_scheduler
	[ "$interrupted" = no ] || return 0
	# Exit status: number of failed jobs.  A job that failed says why itself.
	if [ $status -ne 0 ] && [ "$fail_fast" = no ]; then
		tail -n 5 "$work/parallel.err" >&2
		awk 'NR > 1 && ($7 != 0 || $8 != 0)' "$work/joblog" | head -n 5 >&2
		broken="$status of $total VM jobs could not be run"
		[ "$(df -k --output=avail "$work" | tail -n 1)" -ge 1024 ] || broken="no room is left in $out"
		# What has been run is judged; there is room for that.
		interrupted=yes
		rm -f "$work/reserve"
	fi
}

# The same on other machines (lib/remote.sh).
schedule_away() { # FILE TITLE
	total=$(wc -l <"$1") title=$2
	PARALLEL_HOME=$work/parallel
	export PARALLEL_HOME
	mkdir -p "$PARALLEL_HOME"
	rm -f "$work/joblog"
	(remote_schedule "$1") &
	scheduler=$!
	await_scheduler
	remote_collect "$1"
}

# Wait for GNU parallel, its status in $status, also when a signal ends the wait.
await_scheduler() {
	progress "$total" "$title" &
	ticker=$!
	wait $scheduler
	status=$?
	while kill -0 $scheduler 2>/dev/null; do
		wait $scheduler
		status=$?
	done
	kill $ticker 2>/dev/null
	wait $ticker 2>/dev/null
	[ ! -t 1 ] || [ "$volume" = quiet ] || [ "$tap" = yes ] || printf '\r\033[K'
	scheduler=''
}

# A line on a terminal that is drawn again, or one line every ten seconds.
progress() { # TOTAL TITLE
	[ "$volume" != quiet ] && [ "$tap" = no ] || return 0
	began=$(date +%s)
	while :; do
		if [ -t 1 ]; then sleep 1; else sleep 10; fi
		done_=0
		[ ! -f "$work/joblog" ] || done_=$(($(wc -l <"$work/joblog") - 1))
		line="[$2 $done_/$1 VMs, $(($(date +%s) - began)) s]"
		if [ -t 1 ]; then printf '\r\033[K%s' "$line"; else echo "$line"; fi
	done
}

# Room for the results, should the disk get full: 2 MiB and 512 bytes for each case
# and VMM.
reserve() {
	set -- $((2097152 + 512 * n_cases * $(echo "$here $summed" | wc -w)))
	fallocate -l "$1" "$work/reserve" 2>/dev/null || head -c "$1" /dev/zero >"$work/reserve" 2>/dev/null ||
		die "$EX_INFRA" "there is no room for results in '$out'"
}

stage_boot() {
	rm -rf "$work/jobs"
	mkdir -p "$work/jobs"
	schedule "$work/jobs.tsv" boot
	for v in $here; do
		gather "$v" "$v" 'alone-*' -v
	done
}

# Join the batches of a VMM: states and records.
gather() { # VMM NAME PATTERN [-v]
	: >"$work/records/$2.states"
	# The digest lets the readers refuse records of another case table.
	[ "$digest" = - ] && : >"$work/records/$2.log" ||
		echo "PLAN $n_cases $digest" >"$work/records/$2.log"
	for d in "$work/jobs/$1"/*; do
		[ -f "$d/states.jsonl" ] || continue
		# shellcheck disable=SC2254 # a pattern
		case $(basename "$d") in
		$3) [ -z "${4-}" ] || continue ;;
		*) [ -n "${4-}" ] || continue ;;
		esac
		cat "$d/states.jsonl" >>"$work/records/$2.states"
		cat "$d/records" >>"$work/records/$2.log"
	done
}

# Cases whose records differ in a defined bit.
compare() { # LOG LOG OUTPUT
	"$VMPROOF_CASES" compare "$1" "$2" >"$3" ||
		die "$EX_INFRA" "$VMPROOF_CASES compare failed"
}

# The VMM whose adjudications hold for this one, too: drivers name it in caps.
engine_of() { # VMM
	jq -r --arg v "$1" '.engine // $v' "$work/caps/$1.json"
}

# What the host CPU says of each record, where it can run the case itself.
witness() { # LOG OUTPUT
	: >"$2"
	[ -x "$VMPROOF_WITNESS" ] || return 0
	"$VMPROOF_WITNESS" against "$1" >"$2.all" 2>"$2.err"
	case $? in
	0 | 1) jq -c 'select(.verdict != "na") | {num, verdict}' "$2.all" >"$2" ;;
	77) ;;
	*) die "$EX_INFRA" "$VMPROOF_WITNESS: $(tail -n 1 "$2.err")" ;;
	esac
	rm -f "$2.all" "$2.err"
}

# What the manual's rules say of each record of a system case.
model() { # LOG OUTPUT
	"$VMPROOF_CASES" model "$1" >"$2.all"
	[ $? -le 1 ] || die "$EX_INFRA" "$VMPROOF_CASES model failed"
	jq -c 'select(.verdict != "rule" or .took != null)' "$2.all" >"$2"
	rm -f "$2.all"
}

# Adds what breaks a rule to the differences from the reference.
with_model() { # MODEL DIFF
	grep -q broken "$1" || return 0
	jq -n -c --slurpfile diff "$2" --slurpfile model "$1" -f "$harness/lib/withmodel.jq" >"$2.both" ||
		die "$EX_INFRA" "joining the rules failed"
	mv "$2.both" "$2"
}

stage_compare() {
	for v in $here; do
		witness "$work/records/$v.log" "$work/records/$v.native"
		model "$work/records/$v.log" "$work/records/$v.model"
		silicon_ask "$work/records/$v.log" "$work/records/$v.silicon"
	done
	for v in $here; do
		: >"$work/records/$v.diff"
		[ "$v" = "$reference" ] || compare "$work/records/$reference.log" \
			"$work/records/$v.log" "$work/records/$v.diff"
		with_model "$work/records/$v.model" "$work/records/$v.diff"
	done
}

# Every failing case again, alone in a fresh VM; where records differ, on the
# reference, too.
stage_alone() {
	: >"$work/alone.tsv"
	: >"$work/capped"
	for v in $here; do
		jq -n -r --arg vmm "$v" --arg ref "$reference" --arg refengine "$(engine_of "$reference")" --slurpfile cases "$work/cases.jsonl" \
			--slurpfile states "$work/records/$v.states" --slurpfile diff "$work/records/$v.diff" \
			--arg engine "$(engine_of "$v")" --slurpfile adj "$work/adjudicated.jsonl" -L "$harness/lib" \
			-f "$harness/lib/again.jq" >"$work/again" || die "$EX_INFRA" "planning the reruns failed"
		found=$(wc -l <"$work/again")
		if [ "$found" -gt "$rerun_max" ]; then
			tail -n "+$((rerun_max + 1))" "$work/again" | sed "s/^/$v	/" >>"$work/capped"
			head -n "$rerun_max" "$work/again" >"$work/a"
			mv "$work/a" "$work/again"
			say "$v: $found failing cases, rerunning the first $rerun_max alone (--rerun-max)"
		fi
		while read -r num; do
			echo "$num" >"$work/plan/alone-$num"
			printf '%s\talone-%s\n' "$v" "$num"
			printf '%s\talone-%s\n' "$reference" "$num"
		done <"$work/again" >>"$work/alone.tsv"
	done
	sort -u "$work/alone.tsv" -o "$work/alone.tsv"
	[ ! -s "$work/alone.tsv" ] || say "rerunning $(wc -l <"$work/alone.tsv") cases alone"
	schedule "$work/alone.tsv" alone
	for v in $here; do
		gather "$v" "$v.alone" 'alone-*'
	done
	for v in $here; do
		compare "$work/records/$reference.alone.log" "$work/records/$v.alone.log" \
			"$work/records/$v.alone.diff"
		model "$work/records/$v.alone.log" "$work/records/$v.alone.model"
		with_model "$work/records/$v.alone.model" "$work/records/$v.alone.diff"
		compare "$work/records/$v.log" "$work/records/$v.alone.log" "$work/records/$v.order"
	done
}

stage_judge() {
	for v in $here; do
		for f in alone.states alone.diff order; do
			[ -f "$work/records/$v.$f" ] || : >"$work/records/$v.$f"
		done
	done
	touch "$work/capped"
	chip=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	# Who does not share the expected outcome of a case.
	for v in $here; do
		jq -c --arg v "$v" '{num, vmm: $v}' "$work/records/$v.diff"
		jq -c --arg v "$v" 'select(.verdict != "OK") | {num, vmm: $v}' "$work/records/$v.states"
	done >"$work/records/apart"
	for v in $here; do
		case " $scored " in
		*" $v "*) ;;
		*) continue ;;
		esac
		# The list of cases in which this VMM is known to be wrong.
		xfail=$VMPROOF_XFAIL/$(engine_of "$v").list
		[ -r "$xfail" ] || xfail=/dev/null
		(
			cd "$work/records" || exit 3
			jq -n -c --arg here "$here" --arg chip "$chip" --rawfile xfail "$xfail" --slurpfile apart apart \
				--arg vmm "$v" --arg ref "$reference" --argjson attempt "$attempt" \
				--arg engine "$(engine_of "$v")" --arg refengine "$(engine_of "$reference")" --slurpfile native "$v.native" --slurpfile silicon "$v.silicon" \
				--arg ver "$(cat "$work/caps/$v.version")" --arg media "$(cat "$work/caps/$v.media")" \
				--slurpfile cases "$work/cases.jsonl" --slurpfile adj "$work/adjudicated.jsonl" \
				--slurpfile states "$v.states" --slurpfile diff "$v.diff" \
				--slurpfile alone "$v.alone.states" --slurpfile alonediff "$v.alone.diff" \
				--slurpfile order "$v.order" --slurpfile refstates "$reference.states" \
				--slurpfile model "$v.model" --slurpfile refmodel "$reference.model" \
				--slurpfile reforder "$reference.order" --rawfile capped "$work/capped" \
				-L "$harness/lib" -f "$harness/lib/judge.jq"
		) >>"$out/results.jsonl" || die "$EX_INFRA" "judging the results of $v failed"
	done
}

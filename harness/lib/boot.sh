# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof boot`: boot guests on VMMs, judge by milestones, report.
# shellcheck source=harness/lib/bootlib.sh
. "$harness/lib/bootlib.sh"

vmms=refvmm,bochs,qemu-tcg guests='' set_name=all repeat=1 jobs=1
scale=${TIMEOUT_SCALE:-1} media='' out=$top/results/latest/boot list=no prepare=yes report=yes
while [ $# -gt 0 ]; do
	opt=$1
	case $opt in
	--vmm | --guest | --set | --repeat | --jobs | --timeout-scale | --media | --out)
		want_value "$opt" $#
		value=$2
		shift
		;;
	esac
	case $opt in
	--vmm) vmms=$value ;;
	--guest) guests="$guests $(echo "$value" | tr ',' ' ')" ;;
	--set)
		set_name=$value
		case $set_name in
		all | small | long) ;;
		*) die "$EX_USAGE" "--set '$set_name': one of all, small, long" ;;
		esac
		;;
	--repeat) want_number "$opt" "$value" && repeat=$value ;;
	--jobs) want_number "$opt" "$value" && jobs=$value ;;
	--timeout-scale) scale=$value ;;
	--media)
		media=$value
		case " $BOOT_MEDIA bios " in
		*" $media "*) ;;
		*) die "$EX_USAGE" "--media '$media': one of $BOOT_MEDIA bios" ;;
		esac
		;;
	--out) out=$value ;;
	--list) list=yes ;;
	--no-prepare) prepare=no ;;
	--no-report) report=no ;;
	-h | --help)
		# shellcheck source=harness/lib/help.sh
		. "$harness/lib/help.sh"
		help_main boot
		exit 0
		;;
	-*) unknown "$opt" ;;
	*) guests="$guests $opt" ;;
	esac
	shift
done
want_factor "--timeout-scale (or TIMEOUT_SCALE)" "$scale"
vmms=$(echo "$vmms" | tr ',' ' ')
[ -n "${vmms# }" ] || die "$EX_USAGE" "--vmm names no VMM: one of $(driver_names | tr '\n' ' ')"
for v in $vmms; do
	[ -x "$VMPROOF_DRIVERS/$v" ] ||
		die "$EX_USAGE" "no driver '$v': one of $(driver_names | tr '\n' ' ')"
done
need_tool jq

# The manifests, checked before anything runs.  Lists of them are lines: a folder of
# the user's may have a name with spaces.
chosen='' names=' '
while read -r m; do
	[ -n "$m" ] || continue
	why=$(manifest_check "$m") || die "$EX_USAGE" "${why#"$top"/}"
	n=$(manifest_get "$m" name)
	case $names in *" $n "*) die "$EX_USAGE" "two manifests are named '$n'; one is $m" ;; esac
	names="$names$n "
	case $set_name:$(manifest_get "$m" set) in
	all:long) [ -n "$guests" ] || continue ;; # only when it is named
	all:* | small:small | long:long) ;;
	*) continue ;;
	esac
	if [ -n "$guests" ]; then
		wanted=no
		for g in $guests; do
			# shellcheck disable=SC2254 # a pattern
			case $n in $g) wanted=yes ;; esac
		done
		[ "$wanted" = yes ] || continue
	fi
	chosen="$chosen$m
"
done <<EOT
$(manifest_files)
EOT
for g in $guests; do
	hit=no
	for n in $names; do
		# shellcheck disable=SC2254 # a pattern
		case $n in $g) hit=yes ;; esac
	done
	[ "$hit" = yes ] || die "$EX_USAGE" "no guest '$g'; see vmproof boot --list"
done
[ -n "$chosen" ] || die "$EX_USAGE" "no guest selected; see vmproof boot --list"

if [ "$list" = yes ]; then
	printf '%s' "$chosen" | while read -r m; do
		printf '%-18s %-28s %-8s %s\n' "$(manifest_get "$m" name)" "$(manifest_media "$m")" \
			"$(manifest_get "$m" set)" "$(manifest_get "$m" title)"
	done
	exit 0
fi
need_tool parallel
need_built "$VMPROOF_BUILD/harness/bootwatch"
mkdir -p "$out" 2>/dev/null || die "$EX_INFRA" "cannot make the folder '$out'"
out=$(cd "$out" && pwd)
work=$out/work
rm -rf "$work"
mkdir -p "$work/caps" || die "$EX_INFRA" "cannot write in '$out'"
for f in boot.jsonl digest.json boot.svg boot.png boot.tsv index.html; do rm -f "$out/$f"; done
: >"$work/boot.jsonl"
printf "TIMEOUT_SCALE='%s'\nMEDIA='%s'\n" "$scale" "$media" >"$work/run.env"

skip_boot() { # GUEST VMM REASON
	jq -n -c --arg g "$1" --arg v "$2" --arg w "$3" '{v: 1, guest: $g, vmm: $v, attempt: 1,
		verdict: "SKIP", outcome: "skipped", reason: $w}' >>"$work/boot.jsonl"
	echo "SKIP $1 $2: $3"
}

here=''
for v in $vmms; do
	if why=$("$VMPROOF_DRIVERS/$v" caps 2>&1 >"$work/caps/$v.json"); then
		"$VMPROOF_DRIVERS/$v" version >"$work/caps/$v.version" 2>/dev/null || :
		here="$here $v"
	else
		skip_boot all "$v" "${why#"$v": }"
	fi
done

# What a manifest says wrong in words that only bootwatch understands, and guests
# that are meant for none of the VMMs that are here.
while read -r m; do
	[ -n "$m" ] || continue
	meant=''
	for v in $here; do
		manifest_for "$m" "$v" "$here" "$work/caps/$v.json" || continue
		meant=yes
		manifest_scenario "$m" "$v" debugcon >"$work/scenario"
		why=$("$VMPROOF_BUILD/harness/bootwatch" --check --scenario "$work/scenario" 2>&1) ||
			die "$EX_USAGE" "${m#"$top"/}: ${why#bootwatch: "$work"/scenario:*: }"
	done
	if [ -z "$meant" ] && [ -n "$here" ]; then
		skip_boot "$(manifest_get "$m" name)" all "meant for: $(manifest_get "$m" vmms)"
	fi
done <<EOT
$chosen
EOT

# Boots of a guest on all VMMs follow each other: neighbours in time compare.
: >"$work/jobs.tsv"
ready=''
while read -r m; do
	[ -n "$m" ] || continue
	n=$(manifest_get "$m" name)
	if [ "$prepare" = yes ] && ! "$top/guests/prepare" "$m" </dev/null >"$work/prepare.log" 2>&1; then
		skip_boot "$n" all "$(tail -n 1 "$work/prepare.log")"
		continue
	fi
	grep -E '^(fetching|making)' "$work/prepare.log" 2>/dev/null
	ready="$ready$m
"
done <<EOT
$chosen
EOT
attempt=1
while [ "$attempt" -le "$repeat" ]; do
	while read -r m; do
		[ -n "$m" ] || continue
		for v in $here; do
			manifest_for "$m" "$v" "$here" "$work/caps/$v.json" || continue
			printf '%s\t%s\t%s\n' "$m" "$v" "$attempt" >>"$work/jobs.tsv"
		done
	done <<-EOT
	$ready
	EOT
	attempt=$((attempt + 1))
done

interrupted=no scheduler=''
trap 'interrupted=yes; [ -z "$scheduler" ] || { kill -TERM $scheduler; kill -TERM $scheduler; } 2>/dev/null' INT TERM HUP
if [ -s "$work/jobs.tsv" ]; then
	PARALLEL_HOME=$work/parallel
	export PARALLEL_HOME
	mkdir -p "$PARALLEL_HOME"
	parallel --will-cite --quote --jobs "$jobs" --colsep '\t' --line-buffer -a "$work/jobs.tsv" \
		"$harness/lib/bootjob" "$work" '{1}' '{2}' '{3}' 2>"$work/parallel.err" &
	scheduler=$!
	wait $scheduler
	status=$?
	while kill -0 $scheduler 2>/dev/null; do # a signal ended the wait
		wait $scheduler
		status=$?
	done
	[ $status -eq 0 ] || [ "$interrupted" = yes ] ||
		die "$EX_INFRA" "boots could not be run: $(tail -n 1 "$work/parallel.err")"
fi
trap '' INT TERM HUP
"$harness/lib/bootdigest" "$out" "$work" || die "$EX_INFRA" "cannot write the results in '$out'"
[ "$report" = no ] || "$harness/lib/boothtml" "$out" >"$work/html.log" 2>&1 ||
	die "$EX_INFRA" "no report: $(tail -n 1 "$work/html.log")"
counts=$(jq -r '.counts | "\(.passed) \(.failed) \(.skipped)"' "$out/digest.json")
rm -rf "$work"
# shellcheck disable=SC2086 # three numbers
set -- $counts
[ "$report" = no ] || echo "$out/index.html"
[ "$interrupted" = no ] || echo "interrupted: the results in $out cover what had been run"
echo "$1 passed, $2 failed, $3 skipped"
[ "$interrupted" = no ] || exit "$EX_INTR"
[ "$2" -eq 0 ] || exit "$EX_FAIL"
[ "$1" -gt 0 ] || exit "$EX_NOTHING"
exit "$EX_OK"

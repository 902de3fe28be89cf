# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof run`: select, plan, run on every VMM, compare with the reference,
# rerun what failed alone, judge, report.
for word in "$@"; do
	if [ "$word" = --vectors ]; then
		# shellcheck source=harness/lib/vectors.sh
		. "$harness/lib/vectors.sh"
	fi
done
# shellcheck source=harness/lib/select.sh
. "$harness/lib/select.sh"
# shellcheck source=harness/lib/stages.sh
. "$harness/lib/stages.sh"
# shellcheck source=harness/lib/summary.sh
. "$harness/lib/summary.sh"
# shellcheck source=harness/lib/silicon.sh
. "$harness/lib/silicon.sh"
# shellcheck source=harness/lib/remote.sh
. "$harness/lib/remote.sh"
# shellcheck source=harness/lib/outputs.sh
. "$harness/lib/outputs.sh"

set_name=quick vmms='' reference=bochs media='' channel='' rerun_failed=no
jobs=$(getconf _NPROCESSORS_ONLN) batch=1000 scale=${TIMEOUT_SCALE:-1} repeat=1
shuffle='' rerun_max=500 fail_fast=no dry_run=no
out=$top/results/latest tap=no junit='' keep=fail report=yes volume=normal
ssh_login='' ssh_file='' ssh_dir=$top
run_args=$*

while [ $# -gt 0 ]; do
	if select_option "$@"; then
		shift 2
		continue
	fi
	opt=$1
	case $opt in
	--set | --vmm | --reference | --media | --channel | --jobs | --batch | --timeout-scale | --repeat | \
		--rerun-max | --out | --junit | --keep-artifacts | --sshlogin | --sshloginfile | --remote-dir)
		want_value "$opt" $#
		value=$2
		shift
		;;
	esac
	case $opt in
	--set) set_name=$value ;;
	--vmm) vmms=$value ;;
	--reference) reference=$value ;;
	--media)
		media=$value
		case $media in
		floppy | disk | multiboot | iso | vhd | vmdk) ;;
		*) die "$EX_USAGE" "--media '$media': one of floppy, disk, multiboot, iso, vhd, vmdk" ;;
		esac
		;;
	--channel)
		channel=$value
		case $channel in
		e9 | com1 | disk | screen) ;;
		*) die "$EX_USAGE" "--channel '$channel': one of e9, com1, disk, screen" ;;
		esac
		;;
	--jobs) want_number "$opt" "$value" && jobs=$value ;;
	--batch) want_number "$opt" "$value" && batch=$value ;;
	--timeout-scale) scale=$value ;;
	--repeat) want_number "$opt" "$value" && repeat=$value ;;
	--rerun-max)
		[ "$value" = 0 ] || want_number "$opt" "$value"
		rerun_max=$value
		;;
	--shuffle) shuffle=$(date +%s) ;;
	--shuffle=*)
		shuffle=${opt#*=}
		want_number --shuffle "$shuffle"
		;;
	--sshlogin) ssh_login=$ssh_login${ssh_login:+,}$value ;;
	--sshloginfile)
		ssh_file=$value
		[ -r "$ssh_file" ] || die "$EX_USAGE" "--sshloginfile: cannot read '$ssh_file'"
		;;
	--remote-dir) ssh_dir=$value ;;
	--rerun-failed) rerun_failed=yes ;;
	--fail-fast) fail_fast=yes ;;
	--dry-run) dry_run=yes ;;
	--out) out=$value ;;
	--tap) tap=yes ;;
	--junit) junit=$value ;;
	--keep-artifacts)
		keep=$value
		case $keep in
		always | fail | never) ;;
		*) die "$EX_USAGE" "--keep-artifacts '$keep': one of always, fail, never" ;;
		esac
		;;
	--no-report) report=no ;;
	-q | --quiet) volume=quiet ;;
	-v | --verbose) volume=verbose ;;
	-h | --help)
		# shellcheck source=harness/lib/help.sh
		. "$harness/lib/help.sh"
		help_main run
		exit 0
		;;
	-*) unknown "$opt" ;;
	*) sel_globs="$sel_globs
$opt" ;;
	esac
	shift
done
[ "$fail_fast" = no ] || [ -z "$ssh_login$ssh_file" ] ||
	die "$EX_USAGE" "--fail-fast does not go with --sshlogin: other machines stop too late"
want_factor "--timeout-scale (or TIMEOUT_SCALE)" "$scale"

set_column() { # N: of the line of the set
	awk -F '\t' -v s="$set_name" -v n="$1" '$1 == s { print $n }' "$VMPROOF_SETS"
}
set_vmms=$(set_column 2)
[ -n "$set_vmms" ] || die "$EX_USAGE" "no set '$set_name'; see vmproof list --sets"
strata=$(set_column 3) strata_dev=$(set_column 4)
# Who names cases gets all of them.
[ -z "$sel_groups$sel_globs" ] && [ "$rerun_failed" = no ] || strata=all
vmms=$(echo "${vmms:-$set_vmms}" | tr ',' ' ')
for v in $vmms $reference; do
	[ -x "$VMPROOF_DRIVERS/$v" ] ||
		die "$EX_USAGE" "no driver '$v': one of $(driver_names | tr '\n' ' ')"
done
for tool in jq parallel awk; do need_tool $tool; done
[ -z "$ssh_login$ssh_file" ] || need_tool ssh
need_built "$VMPROOF_CASES"
for tool in watch collect; do need_built "$VMPROOF_BUILD/harness/$tool"; done

say() {
	[ "$volume" = quiet ] || [ "$tap" = yes ] || echo "$*"
}

mkdir -p "$out" 2>/dev/null || die "$EX_INFRA" "cannot make the folder '$out'"
out=$(cd "$out" && pwd)
work=$out/work
stage_select
stage_vmms
stage_plan
if [ "$dry_run" = yes ]; then
	show_plan
	exit 0
fi

interrupted=no began=$(date +%s)
broken=''
reserve
trap 'on_interrupt' INT TERM HUP
attempt=1
while [ "$attempt" -le "$repeat" ] && [ "$interrupted" = no ]; do
	[ "$repeat" -eq 1 ] || say "attempt $attempt of $repeat"
	stage_boot
	stage_compare
	[ "$interrupted" = yes ] || stage_alone
	stage_judge
	summary_judge
	attempt=$((attempt + 1))
done
trap '' INT TERM HUP
stage_finish
trap - INT TERM HUP

counts=$(jq -r '"\(.counts.passed) \(.counts.failed) \(.counts.skipped)"' "$out/digest.json")
# shellcheck disable=SC2086 # three numbers
set -- $counts
if [ "$interrupted" = yes ]; then
	[ "$tap" = yes ] || echo "interrupted: ${broken:+$broken; }the results in $out cover what had been run"
fi
[ "$tap" = yes ] || echo "$1 passed, $2 failed, $3 skipped"
[ -z "$broken" ] || exit "$EX_INFRA"
[ "$interrupted" = no ] || exit "$EX_INTR"
[ "$2" -eq 0 ] || exit "$EX_FAIL"
[ "$1" -gt 0 ] || exit "$EX_NOTHING"
exit "$EX_OK"

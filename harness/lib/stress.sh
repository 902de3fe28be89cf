# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof stress`: the Debian root file system under load on one VMM, for leaks and lost
# ticks (docs/guests.md).
# shellcheck source=harness/lib/bootlib.sh
. "$harness/lib/bootlib.sh"

minutes=60 vmm=refvmm out=$top/results/latest/stress prepare='' judge=''
while [ $# -gt 0 ]; do
	opt=$1
	case $opt in
	--minutes | --vmm | --out | --judge)
		want_value "$opt" $#
		value=$2
		shift
		;;
	esac
	case $opt in
	--minutes) want_number "$opt" "$value" && minutes=$value ;;
	--vmm) vmm=$value ;;
	--out) out=$value ;;
	--judge) judge=$value ;;
	--no-prepare) prepare=--no-prepare ;;
	-h | --help)
		# shellcheck source=harness/lib/help.sh
		. "$harness/lib/help.sh"
		help_main stress
		exit 0
		;;
	*) unknown "$opt" ;;
	esac
	shift
done
need_tool jq
need_tool gnuplot

# From driver.json and samples.jsonl in $1 make stress.json, stress.tsv and the chart in
# $2; prints the checks.  Status 1: one of them has failed.
judge_stress() { # DIR OUT
	jq -n --slurpfile r "$1/driver.json" -f "$harness/lib/stress.jq" "$1/samples.jsonl" >"$2/stress.json" ||
		return 1
	jq -r '["seconds", "rss_kb", "pss_kb", "mappings", "settled_rss_kb", "settled_mappings", "ldt_slots", "units", "cache_bytes",
		"cache_flushes", "window_drops", "ticks_due", "ticks_delivered", "ticks_waiting", "ticks_dropped", "user_s", "system_s"],
		.rows[] | @tsv' "$2/stress.json" >"$2/stress.tsv"
	for kind in svg png; do
		gnuplot -e "$(jq -r '"begin=\(.begin);from=\(.from);end=\(.stop)"' "$2/stress.json");data='$2/stress.tsv';out='$2/stress.$kind';kind='$kind'" \
			"$harness/plot/stress.gp" || return 1
	done
	jq -r '.checks[] | "\(if .ok then "ok" else "BAD" end) \(.name): \(.text)"' "$2/stress.json"
	jq -e 'all(.checks[]; .ok)' "$2/stress.json" >/dev/null
}

[ "$judge" ] || need_built "$VMPROOF_BUILD/harness/bootwatch"
mkdir -p "$out" 2>/dev/null || die "$EX_INFRA" "cannot make the folder '$out'"
out=$(cd "$out" && pwd)
if [ "$judge" ]; then
	for f in driver.json samples.jsonl; do
		[ -s "$judge/$f" ] || die "$EX_USAGE" "no $f in '$judge'"
	done
	judge_stress "$judge" "$out" || exit "$EX_FAIL"
	exit "$EX_OK"
fi
rm -rf "${out:?}/local" "${out:?}/boot"
mkdir -p "$out/local"
"$harness/lib/stressjob" "$minutes" "$out/local/stress.tar" || die "$EX_INFRA" "cannot make the job in '$out'"
# A folder of manifests with one, of another name: the corpus has its own.
sample=$((minutes < 15 ? 2 : 10))
sed -e "s|^name=.*|name=stress|; s|^disk2=.*|disk2=$out/local/stress.tar|" \
	-e "s|^seconds=.*|seconds=$((minutes * 75 + 900))|; s|^sample=.*|sample=$sample|; /^set=/d" \
	"$top/guests/corpus/debian-stress.manifest" >"$out/local/stress.manifest"
VMPROOF_LOCAL=$out/local
export VMPROOF_LOCAL
"$harness/vmproof" boot --vmm "$vmm" --guest stress $prepare --no-report --out "$out/boot"
status=$?
[ "$status" -eq 0 ] || exit "$status"
dir=$out/boot/stress/$vmm/1
tr -d '\r' <"$dir/serial.raw" | grep -a '^LAP ' | tail -n 1
judge_stress "$dir" "$out" || exit "$EX_FAIL"
echo "$out/stress.png"

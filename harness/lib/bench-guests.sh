# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof bench-guests`: boots of guests on two VMMs in turn, times and counters of the
# parts of their work compared (docs/guests.md).
# shellcheck source=harness/lib/bootlib.sh
. "$harness/lib/bootlib.sh"

pairs=5 vmms=refvmm,qemu-tcg guests=linux-686,debian-gcc out=$top/results/latest/guests prepare=yes again=no
while [ $# -gt 0 ]; do
	opt=$1
	case $opt in
	--pairs | --vmm | --guest | --out)
		want_value "$opt" $#
		value=$2
		shift
		;;
	esac
	case $opt in
	--pairs) want_number "$opt" "$value" && pairs=$value ;;
	--vmm) vmms=$value ;;
	--guest) guests=$value ;;
	--out) out=$value ;;
	--no-prepare) prepare=no ;;
	--again) again=yes ;;
	-h | --help)
		# shellcheck source=harness/lib/help.sh
		. "$harness/lib/help.sh"
		help_main bench-guests
		exit 0
		;;
	*) unknown "$opt" ;;
	esac
	shift
done
need_tool jq
need_tool gnuplot
ours=${vmms%%,*} theirs=${vmms#*,}
case $vmms in
*,*,* | ,* | *, | "$ours") die "$EX_USAGE" "--vmm '$vmms' is not two names" ;;
esac
for v in $ours $theirs; do
	[ -x "$VMPROOF_DRIVERS/$v" ] ||
		die "$EX_USAGE" "no driver '$v': one of $(driver_names | tr '\n' ' ')"
done

chosen=''
for g in $(echo "$guests" | tr ',' ' '); do
	hit=''
	for m in $(manifest_files); do
		[ "$(manifest_get "$m" name)" != "$g" ] || hit=$m
	done
	[ "$hit" ] || die "$EX_USAGE" "no guest '$g'; see vmproof boot --list"
	why=$(manifest_check "$hit") || die "$EX_USAGE" "${why#"$top"/}"
	chosen="$chosen $hit"
done
[ "$again" = yes ] || need_built "$VMPROOF_BUILD/harness/bootwatch"
mkdir -p "$out" 2>/dev/null || die "$EX_INFRA" "cannot make the folder '$out'"
out=$(cd "$out" && pwd)
work=$out/work

busy() {
	awk '$1 == "cpu" { for (i = 2; i <= NF; i++) all += $i; print all - $5 - $6, all }' /proc/stat
}

# One boot; how busy the rest of the machine was, in processors, goes with it.
boot_one() { # MANIFEST VMM ATTEMPT
	before=$(busy)
	"$harness/lib/bootjob" "$work" "$1" "$2" "$3" || return $?
	after=$(busy)
	jq -n -c --slurpfile b "$work/boot.jsonl" --arg x "$before" --arg y "$after" --argjson n "$(nproc)" '
		($x | split(" ") | map(tonumber)) as $x | ($y | split(" ") | map(tonumber)) as $y
		| ($y[1] - $x[1]) as $all | $b[-1] | {dir, others: (if $all > 0 and .ns then
			($y[0] - $x[0]) / $all * $n - .cpu_ns / .ns else null end)}' >>"$work/load.jsonl"
}

if [ "$again" = no ]; then
	rm -rf "$work"
	mkdir -p "$work/caps" || die "$EX_INFRA" "cannot write in '$out'"
	: >"$work/boot.jsonl"
	printf "TIMEOUT_SCALE='%s'\nMEDIA=''\n" "${TIMEOUT_SCALE:-1}" >"$work/run.env"
	for v in $ours $theirs; do
		why=$("$VMPROOF_DRIVERS/$v" caps 2>&1 >"$work/caps/$v.json") || die "$EX_NOTHING" "$v: ${why#"$v": }"
		"$VMPROOF_DRIVERS/$v" version >"$work/caps/$v.version" 2>/dev/null || :
	done
	for m in $chosen; do
		[ "$prepare" = no ] || "$top/guests/prepare" "$m" || die "$EX_INFRA" "$m is not to be had"
	done
	trap 'exit $EX_INTR' INT TERM HUP
	pair=1
	while [ "$pair" -le "$pairs" ]; do
		for m in $chosen; do
			first=$ours second=$theirs
			[ $((pair % 2)) -eq 1 ] || first=$theirs second=$ours
			boot_one "$m" "$first" "$pair" || exit $?
			boot_one "$m" "$second" "$pair" || exit $?
		done
		pair=$((pair + 1))
	done
	"$harness/lib/bootdigest" "$out" "$work" || die "$EX_INFRA" "cannot write the results in '$out'"
	mv "$work/load.jsonl" "$out/load.jsonl"
	jq -n --arg a "$(cat "$work/caps/$ours.version")" --arg b "$(cat "$work/caps/$theirs.version")" \
		--arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" --arg kernel "$(uname -r)" \
		--argjson n "$(nproc)" --arg when "$(date -u +%Y-%m-%dT%H:%MZ)" \
		'{versions: [$a, $b], cpu: $cpu, processors: $n, kernel: $kernel, when: $when}' >"$out/host.json"
	rm -rf "$work"
fi

for f in boot.jsonl load.jsonl host.json; do
	[ -r "$out/$f" ] || die "$EX_USAGE" "no results in '$out': $f is missing"
done
: >"$out/phases.jsonl"
jq -r .dir "$out/boot.jsonl" | while read -r d; do
	samples=$out/$d/samples.jsonl
	[ -r "$samples" ] || samples=/dev/null
	jq -c --arg d "$d" --slurpfile s "$samples" --slurpfile load "$out/load.jsonl" \
		'select(.dir == $d) | .load = ($load | map(select(.dir == $d))[0].others)' "$out/boot.jsonl" |
		jq -c --slurpfile s "$samples" -f "$harness/lib/benchphases.jq" >>"$out/phases.jsonl" || exit 1
done || die "$EX_INFRA" "cannot read the boots in '$out'"
jq -R -s '[split("\n")[] | select(test("^[^#]")) | split("\t")
	| {guest: .[0], phase: .[1], wall: (.[2] | tonumber? // null), cpu: (.[3] | tonumber? // null)}]' \
	"${VMPROOF_GOALS:-$harness/lib/benchgoals.tsv}" >"$out/goals.json"
jq -s --slurpfile g "$out/goals.json" --slurpfile h "$out/host.json" --arg a "$ours" --arg b "$theirs" \
	-f "$harness/lib/benchguests.jq" "$out/phases.jsonl" >"$out/bench.json" ||
	die "$EX_INFRA" "cannot make bench.json in '$out'"
rm -f "$out/goals.json"
jq -r -f "$harness/lib/benchtable.jq" "$out/bench.json" | tee "$out/bench.txt"
jq -r -f "$harness/report/benchtsv.jq" "$out/bench.json" >"$out/bench.tsv"
rm -f "$out/bench.svg" "$out/bench.png"
for kind in svg png; do
	[ "$(wc -l <"$out/bench.tsv")" -gt 1 ] || continue # nothing that both have
	gnuplot -e "data='$out/bench.tsv';out='$out/bench.$kind';kind='$kind';ours='$ours';theirs='$theirs'" \
		"$harness/plot/bench.gp" || die "$EX_INFRA" "cannot draw the chart in '$out'"
done
[ ! -s "$out/bench.png" ] || echo "$out/bench.png"
jq -e '(.failed == []) and all(.rows[]; .met != false)' "$out/bench.json" >/dev/null || exit "$EX_FAIL"

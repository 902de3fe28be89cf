# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof run --vectors DIR`: sets of single instructions in MOO files.  On refvmm
# by librefvmm, in every configuration of the engine; on every other VMM, and on
# refvmm with --in-guest, from a boot image with the tests that fit.
runvec=$VMPROOF_BUILD/conformance/vectors/runvec
invec=$VMPROOF_BUILD/conformance/vectors/invec
replay=$VMPROOF_BUILD/conformance/capture/replay
vmms=refvmm sets='' out=$top/results/latest/vectors quiet=no in_guest=no
scale=${TIMEOUT_SCALE:-1} both='' lib='' shown=''

# Words for the programs are numbers and names without blanks.
plain_word() { # OPTION VALUE
	case $2 in
	'' | *[!A-Za-z0-9.:,_-]*) die "$EX_USAGE" "$1 '$2' is not a name or number" ;;
	esac
}

while [ $# -gt 0 ]; do
	opt=$1
	case $opt in
	--vectors | --vmm | --out | --sample | --seed | --only | --machine | --how | --show | --timeout-scale)
		want_value "$opt" $#
		value=$2
		shift
		;;
	esac
	case $opt in
	--vectors)
		[ -e "$value" ] || die "$EX_USAGE" "--vectors '$value': no such file or folder"
		sets="$sets$value
"
		;;
	--vmm) vmms=$value ;;
	--out) out=$value ;;
	--timeout-scale) want_factor "$opt" "$value" && scale=$value ;;
	--sample | --seed | --only) plain_word "$opt" "$value" && both="$both $opt $value" ;;
	--machine | --how) plain_word "$opt" "$value" && lib="$lib $opt $value" ;;
	--show) plain_word "$opt" "$value" && shown="$shown $opt $value" ;;
	--opcodes) shown="$shown $opt" ;;
	--in-guest) in_guest=yes ;;
	-q | --quiet) quiet=yes ;;
	*) die "$EX_USAGE" "--vectors does not go with '$opt'; see vmproof help vectors" ;;
	esac
	shift
done
need_built "$runvec"
need_built "$invec"
mkdir -p "$out" || die "$EX_INFRA" "cannot make $out"
log=$(mktemp) || exit "$EX_INFRA"
work=$(mktemp -d) || exit "$EX_INFRA"
trap 'rm -rf "$log" "$work"' EXIT
trap 'exit $EX_INTR' INT TERM
status=0 passed=0 failed=0 skipped=0 ran=0

# Images until every test has a result: a VMM that stops or hangs in one costs that
# one, and the next image begins behind it.
in_guest() { # VMM SET
	rm -rf "${work:?}/$1"
	mkdir -p "$work/$1" || die "$EX_INFRA" "cannot write in $work"
	round=0
	logs=''
	while :; do
		# shellcheck disable=SC2086 # words by plain_word, names without blanks
		"$invec" image --build "$VMPROOF_BUILD" --out "$work/image" $both $logs "$2" >"$work/said" || break
		round=$((round + 1))
		[ $quiet = yes ] || echo "$1: image $round: $(sed 's/ tests of .*//' "$work/said") tests"
		VMPROOF_IDLE=$(awk -v f="$scale" 'BEGIN { print 10 * f }')
		export VMPROOF_IDLE
		"$VMPROOF_DRIVERS/$1" run "disk:$work/image" "$work/$1/out" \
			"$(awk -v f="$scale" 'BEGIN { print 600 * f }')" >/dev/null 2>"$work/error"
		s=$?
		[ $s -eq 130 ] && exit "$EX_INTR"
		if [ $s -ne 0 ]; then
			echo "SKIP $1: $(head -n 1 "$work/error")"
			return 77
		fi
		raw=$work/$1/out/e9.raw
		[ -s "$raw" ] && grep -q '^PLAN' "$raw" || raw=$work/$1/out/com1.raw
		if ! grep -aq '^START' "$raw"; then
			echo "SKIP $1: the image did not start"
			return 77
		fi
		mv "$raw" "$work/$1/$round.raw"
		logs="$logs --log $work/$1/$round.raw"
		[ $round -lt 1000 ] || break
	done
	# Its adjudications are those of the engine that the driver names.
	engine=$("$VMPROOF_DRIVERS/$1" caps 2>/dev/null | sed -n 's/.*"engine":"\([a-z0-9-]*\)".*/\1/p')
	# shellcheck disable=SC2086
	"$invec" judge --vmm "$1" --engine "${engine:-$1}" --rules "$top/conformance/vectors/adjudicated.tsv" --json "$out/$(basename "$2").$1.json" $both $shown $logs "$2" >"$log"
}

by_library() { # SET
	# shellcheck disable=SC2086 # words by plain_word
	"$runvec" $both $lib $shown --json "$out/$(basename "$1").refvmm.json" "$1" >"$log"
}

# Sets that `vmproof capture` makes say IA32: they have a runner of their own.
captured() { # SET
	first=$1
	[ ! -d "$1" ] || first=$(find "$1" -name '*.MOO' -o -name '*.MOO.gz' | sort | head -n 1)
	[ "$(gzip -dcf -- "$first" 2>/dev/null | head -c 20 | tail -c 4)" = IA32 ]
}

replay() { # SET
	[ -z "$lib$both" ] || die "$EX_USAGE" "$1 was captured here: $replay has options of its own"
	need_built "$replay"
	"$replay" "$1" >"$log"
	s=$?
	[ $s -ne 2 ] || return 3 # damaged
	# "refvmm: ran A of B (...), R runs, D differ"
	sed -n 's/^refvmm: ran \([0-9]*\) of \([0-9]*\) .* \([0-9]*\) differ$/\1 \2 \3/p' "$log" >"$work/said"
	read -r a b d <"$work/said" || return 3
	[ "$d" -le "$a" ] || d=$a
	echo "{\"vmm\":\"refvmm\",\"set\":\"$(basename "$1")\",\"tests\":$b,\"ran\":$a,\"passed\":$((a - d)),\"failed\":$d}" \
		>"$out/$(basename "$1").refvmm.json"
	echo "$((a - d)) passed, $d failed, $((b - a)) skipped" >>"$log"
	return $s
}

one() { # VMM SET
	if [ "$1" = refvmm ] && [ $in_guest = no ]; then
		if captured "$2"; then replay "$2"; else by_library "$2"; fi
	elif captured "$2"; then
		echo "SKIP $1: $2 holds protected-mode vectors, which run by librefvmm only"
		return
	else
		in_guest "$1" "$2"
	fi
	s=$?
	case $s in
	0 | 1) ;;
	77) return ;;
	2) exit "$EX_USAGE" ;;
	3) exit "$EX_INFRA" ;; # it has said why
	*) die "$EX_INFRA" "$2 could not be run on $1" ;;
	esac
	[ $quiet = yes ] && grep '^FAIL' "$log"
	[ $quiet = no ] && sed '$d' "$log"
	last=$(tail -n 1 "$log")
	passed=$((passed + ${last%% passed*}))
	last=${last#*, }
	failed=$((failed + ${last%% failed*}))
	last=${last#*, }
	skipped=$((skipped + ${last%% skipped*}))
	ran=1
	[ $s -eq 0 ] || status=$s
}

for vmm in $(echo "$vmms" | tr ',' ' '); do
	plain_word --vmm "$vmm"
	[ -x "$VMPROOF_DRIVERS/$vmm" ] ||
		die "$EX_USAGE" "--vmm '$vmm': one of $(driver_names | tr '\n' ' ')"
	while read -r set; do
		[ -z "$set" ] || one "$vmm" "$set"
	done <<SETS
$sets
SETS
done
[ $ran = 1 ] || die "$EX_NOTHING" "no test was run"
echo "$passed passed, $failed failed, $skipped skipped"
exit $status

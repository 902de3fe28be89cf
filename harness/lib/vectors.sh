# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof run --vectors DIR`: sets of single instructions in MOO files.  On refvmm
# by librefvmm, in every configuration of the engine.
runvec=$VMPROOF_BUILD/conformance/vectors/runvec
vmms=refvmm sets='' out=$top/results/latest/vectors quiet=no
set_count=0 extra=''

# Words for runvec are numbers and names without blanks.
plain_word() { # OPTION VALUE
	case $2 in
	'' | *[!A-Za-z0-9.:,_-]*) die "$EX_USAGE" "$1 '$2' is not a name or number" ;;
	esac
}

while [ $# -gt 0 ]; do
	case $1 in
	--vectors)
		want_value "$1" $#
		[ -e "$2" ] || die "$EX_USAGE" "--vectors '$2': no such file or folder"
		set_count=$((set_count + 1))
		sets="$sets$2
"
		shift
		;;
	--vmm)
		want_value "$1" $#
		vmms=$2
		shift
		;;
	--out)
		want_value "$1" $#
		out=$2
		shift
		;;
	--sample | --seed | --only | --machine | --how | --show)
		want_value "$1" $#
		plain_word "$1" "$2"
		extra="$extra $1 $2"
		shift
		;;
	--opcodes) extra="$extra $1" ;;
	-q | --quiet) quiet=yes ;;
	*) die "$EX_USAGE" "--vectors does not go with '$1'; see vmproof help vectors" ;;
	esac
	shift
done

[ "$vmms" = refvmm ] || die "$EX_USAGE" "--vmm '$vmms': vectors run on refvmm"
need_built "$runvec"
mkdir -p "$out" || die "$EX_INFRA" "cannot make $out"
log=$(mktemp) || exit "$EX_INFRA"
trap 'rm -f "$log"' EXIT
status=0 passed=0 failed=0 skipped=0
while read -r set; do
	[ "$set" ] || continue
	name=$(basename "$set")
	# shellcheck disable=SC2086 # words by plain_word
	"$runvec" $extra --json "$out/$name.refvmm.json" "$set" >"$log"
	s=$?
	[ $quiet = yes ] && grep '^FAIL' "$log"
	[ $quiet = no ] && sed '$d' "$log"
	case $s in
	0 | 1)
		last=$(tail -n 1 "$log")
		set_passed=${last%% passed*}
		last=${last#*, }
		set_failed=${last%% failed*}
		last=${last#*, }
		passed=$((passed + set_passed)) failed=$((failed + set_failed))
		skipped=$((skipped + ${last%% skipped*}))
		[ $status -eq 0 ] && status=$s
		;;
	2) die "$EX_NOTHING" "$set: no test was chosen" ;;
	*) die "$EX_INFRA" "$set could not be run" ;;
	esac
done <<SETS
$sets
SETS
echo "$passed passed, $failed failed, $skipped skipped"
exit $status

#!/bin/sh
# SPDX-License-Identifier: MIT
# For each line of refvmm/defences.def: build without that defence and run the test
# it names, which must fail there and pass in the whole build.  Variants run under
# the same restraints as any hostile guest (test_isolation.c).
#
# usage: check_defences.sh BUILD [NAME...]     MAKE: the make program, JOBS: 2
#        check_defences.sh --without BUILD NAME PROGRAM CASE    one line's verdict
#        check_defences.sh --whole BUILD PROGRAM CASE           the test itself
set -u
: "${MAKE:=make}" "${JOBS:=2}"
here=$(dirname "$0")

# Lines as NAME|SWITCH|SOURCES|PROGRAM CASE
defences() {
	sed -n 's/^DEFENCE(\([A-Z0-9_]*\), "\([^"]*\)", "\([^"]*\)", "\([^"]*\)", "[^"]*")$/\1|\2|\3|\4/p' \
		"$here/defences.def"
}

# run PROGRAM CASE LOG [VARIANT]: the exit status of the test program
run() {
	program=$build/vmm/test_$1
	[ "$1" = isolation ] || [ $# -lt 4 ] || program=$4
	env CK_RUN_CASE="$2" CK_TIMEOUT_MULTIPLIER=1 CK_DEFAULT_TIMEOUT=60 \
		${4:+"ISOLATION_VMM=$4"} ${4:+ISOLATION_SECONDS=10} \
		timeout 120 "$program" >"$3" 2>&1 </dev/null
}

whole() { # PROGRAM CASE: passes with every defence?
	log=$build/defence/whole-$1-$2.log
	run "$1" "$2" "$log"
	status=$?
	grep '^SKIP' "$log"
	if [ "$status" -eq 0 ] && grep -q '^100%: Checks: [1-9]' "$log"; then
		echo "ok   $1 $2: passes with every defence"
	else
		echo "FAIL $1 $2: fails with every defence (status $status)"
	fi
}

without() { # NAME PROGRAM CASE: fails without it?
	variant=$build/defence/$1/$2 log=$build/defence/$1.log
	if [ ! -x "$variant" ]; then
		echo "FAIL $1: does not build, see $build/defence/make.log"
		return
	fi
	if [ "$2" = isolation ] && ! "$variant" --version >/dev/null 2>&1; then
		echo "FAIL $1: its build does not start"
		return
	fi
	run "$2" "$3" "$log" "$variant"
	status=$?
	# A test that found something, not one that could not run.
	noticed=$(grep -E '^(refvmm|bt)/test_.*:[FE]:' "$log" |
		head -n 1 | sed 's/^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:[^:]*: //; s/ *vec=.*//' | cut -c 1-100)
	if [ "$status" -ne 0 ] && [ -n "$noticed" ]; then
		echo "ok   $1: $2 $3 fails without it: $noticed"
	elif grep -q '^SKIP' "$log"; then
		echo "SKIP $1: $(grep -m 1 '^SKIP' "$log")"
	else
		echo "FAIL $1: $2 $3 passes without it (status $status)"
	fi
}

case ${1:-} in
--whole)
	build=$2
	whole "$3" "$4"
	exit
	;;
--without)
	build=$2
	without "$3" "$4" "$5"
	exit
	;;
esac

build=$1
shift
out=$build/defence
mkdir -p "$out"
: >"$out/verdicts"

# Every line can be read by the pattern above; every switch in the sources has one.
lines=$(grep -c '^DEFENCE(' "$here/defences.def")
readable=$(defences | wc -l)
word=ok
[ "$lines" -eq "$readable" ] || word=FAIL
echo "$word   defences.def: $readable of $lines lines can be read" | tee -a "$out/verdicts"
switches=$(cat "$here"/*.[chS] "$here"/../bt/*.[ch] | grep -oE '\bWITHOUT_[A-Z0-9_]+' | sort -u)
for switch in $switches; do
	grep -qE "\"(.* )?-D${switch}[ \"]" "$here/defences.def" ||
		echo "FAIL $switch: in the sources, but not in defences.def" | tee -a "$out/verdicts"
done

defences | while IFS='|' read -r name switch sources test; do
	wanted=$([ $# -eq 0 ] && echo yes)
	for want; do
		[ "$want" != "$name" ] || wanted=yes
	done
	[ -z "$wanted" ] || echo "$name|$switch|$sources|$test"
done >"$out/list"
while IFS='|' read -r name switch sources test; do
	echo "DEFENCE_NAMES += $name"
	echo "SWITCH_$name := $switch"
	echo "SOURCES_$name := $sources"
	echo "PROGRAM_$name := ${test% *}"
done <"$out/list" >"$out/list.mk"
case ${MAKEFLAGS:-} in
*jobserver*) parallel='' ;;
*) parallel=-j$JOBS ;;
esac
rm -f "$out"/*/isolation* "$out"/*/backend_block "$out"/*/segmemo
# shellcheck disable=SC2086 # no word when there is a job server
$MAKE -s -k $parallel defence-variants DEFENCES="$out/list.mk" >"$out/make.log" 2>&1

cut -d '|' -f 4 "$out/list" | sort -u |
	xargs -r -P "$JOBS" -L 1 "$0" --whole "$build" | tee -a "$out/verdicts"
sed 's/^\([^|]*\)|.*|/\1 /' "$out/list" |
	xargs -r -P "$JOBS" -L 1 "$0" --without "$build" | tee -a "$out/verdicts"
failed=$(grep -c '^FAIL' "$out/verdicts")
echo "$(grep -c '^ok' "$out/verdicts") passed, $failed failed, $(grep -c '^SKIP' "$out/verdicts") skipped"
[ "$failed" -eq 0 ]

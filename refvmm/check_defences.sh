#!/bin/sh
# SPDX-License-Identifier: MIT
# For each line of refvmm/defences.def: build without that defence and run the test
# it names, which must fail there and pass in the whole build.
#
# usage: check_defences.sh BUILD [NAME...]     MAKE: the make program
set -u
build=$1
shift
: "${MAKE:=make}"
here=$(dirname "$0")
out=$build/defence
passed=0 failed=0 skipped=0
mkdir -p "$out"

verdict() { # OK-STATUS NAME TEXT
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok   $2: $3"
	else
		failed=$((failed + 1))
		echo "FAIL $2: $3"
	fi
}

# Lines as NAME|SWITCH|SOURCES|TEST CASE
defences() {
	sed -n 's/^DEFENCE(\([A-Z0-9_]*\), "\([^"]*\)", "\([^"]*\)", "\([^"]*\)", "[^"]*")$/\1|\2|\3|\4/p' \
		"$here/defences.def"
}

wanted() { # NAME among the arguments, or no arguments
	name=$1
	shift
	[ $# -eq 0 ] && return 0
	for want; do
		[ "$want" = "$name" ] && return 0
	done
	return 1
}

# run TEST CASE LOG: the status of the test program; a variant is given by $variant
run() {
	program=$build/vmm/test_$1
	case $1 in
	isolation) set -- "$1" "$2" "$3" "${variant:+ISOLATION_VMM=$variant}" ;;
	*) [ -z "$variant" ] || program=$variant ;;
	esac
	env CK_RUN_CASE="$2" CK_TIMEOUT_MULTIPLIER=1 CK_DEFAULT_TIMEOUT=60 \
		${4:+"$4"} ${variant:+ISOLATION_SECONDS=10} timeout 120 "$program" >"$3" 2>&1
}

# Every line is one that the pattern above reads.
lines=$(grep -c '^DEFENCE(' "$here/defences.def")
readable=$(defences | wc -l)
verdict $((lines != readable)) defences.def "$readable of $lines lines can be read"

# The whole build passes each test case named.
tests=$(defences | cut -d '|' -f 1,4 | while IFS='|' read -r name test; do
	wanted "$name" "$@" && echo "$test"
done | sort -u)
echo "$tests" >"$out/tests"
while read -r test case; do
	variant=''
	run "$test" "$case" "$out/whole-$test-$case.log"
	status=$?
	if grep -q '^SKIP' "$out/whole-$test-$case.log"; then
		grep '^SKIP' "$out/whole-$test-$case.log"
		skipped=$((skipped + 1))
	fi
	grep -q '^100%: Checks: [1-9]' "$out/whole-$test-$case.log" || status=1
	verdict "$status" "$test $case" "with every defence"
done <"$out/tests"

defences >"$out/list"
while IFS='|' read -r name switch sources test; do
	wanted "$name" "$@" || continue
	program=${test% *} case=${test#* }
	variant=$out/$name/$program
	if ! $MAKE -s "$variant" DEFENCE="$name" DEFENCE_FLAGS="$switch" \
		DEFENCE_SOURCES="$sources" >"$out/$name.log" 2>&1 </dev/null; then
		verdict 1 "$name" "does not build: $(tail -n 1 "$out/$name.log")"
		continue
	fi
	run "$program" "$case" "$out/$name.log" </dev/null
	status=$?
	# A test that found something, not one that could not run.
	noticed=$(grep -E -m 1 '^refvmm/test_isolation.*:[FE]:' "$out/$name.log")
	if [ "$status" -ne 0 ] && [ -n "$noticed" ]; then
		verdict 0 "$name" "$(printf %s "$noticed" | sed 's/^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:[^:]*: //' | cut -c 1-100)"
	else
		verdict 1 "$name" "test_${test% *}, case $case, passes without it (status $status)"
	fi
done <"$out/list"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

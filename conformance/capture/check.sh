#!/bin/sh
# SPDX-License-Identifier: MIT
# The stage of `make check` for captured vectors: capture a sample twice and
# compare, write it twice and compare the files, compare this processor with those of
# the committed sample, replay it and a part of that on refvmm.  Usage: check.sh BUILD
set -u
build=$1
capture=$build/conformance/capture/capture
replay=$build/conformance/capture/replay
here=$(dirname "$0")
host32=$here/../vectors/host32
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0

# step NAME COMMAND...: exit 77 is a skip
step()
{
	name=$1
	shift
	"$@" >"$dir/out" 2>&1
	case $? in
	0)
		passed=$((passed + 1))
		echo "PASS $name: $(tail -n 1 "$dir/out")"
		;;
	77)
		skipped=$((skipped + 1))
		echo "SKIP $name: $(tail -n 1 "$dir/out")"
		;;
	*)
		failed=$((failed + 1))
		echo "FAIL $name"
		tail -n 20 "$dir/out"
		;;
	esac
}

# two_runs: the same seed gives the same files
two_runs()
{
	"$capture" run --seed 3 --per-cell 4 --filter 'a*' --out "$dir/a" &&
		"$capture" run --seed 3 --per-cell 4 --filter 'a*' --out "$dir/b" &&
		diff -r "$dir/a" "$dir/b"
}

# committed: this processor against those that answered before; a difference in what is
# undefined is counted, in what is defined a failure
committed()
{
	"$capture" run --sample --out "$dir/fresh" && "$capture" compare "$host32" "$dir/fresh"
}

# refused TEXT WORD...: one line on stderr, exit 2
refused()
{
	text=$1
	shift
	"$capture" "$@" >"$dir/said" 2>&1
	[ $? -eq 2 ] && [ "$(cat "$dir/said")" = "capture: $text" ]
}

# damaged: a set that is cut short is one line and no skip
damaged()
{
	gzip -dc "$host32"/*.MOO.gz | head -c 3000 >"$dir/cut.MOO"
	VMPROOF_BUILD=$build "$here/../../harness/vmproof" run --vectors "$dir/cut.MOO" --vmm refvmm --out "$dir/cut" \
		>"$dir/said" 2>&1
	status=$?
	[ $status -ne 77 ] || return 77
	[ $status -eq 3 ] && [ "$(wc -l <"$dir/said")" -eq 1 ]
}

step damaged damaged
step refused_option refused "unknown option '--frob'; see vmproof help capture" run --frob
step refused_value refused "--seed needs a value" run --seed
step refused_number refused "'x' is no number" run --seed x
step refused_merge refused "merge needs a set and a folder" merge a
step verify "$capture" verify --seed 2 --per-cell 2
step two_runs two_runs
step committed committed
if [ -d "$dir/a" ]; then
	step replay_fresh "$replay" --every 30 "$dir/a"
fi
step replay_host32 "$replay" --every 40 "$host32"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

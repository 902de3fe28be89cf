# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Shared by the subcommands of vmproof: places, messages, exit codes, options.

top=$(cd "$harness/.." && pwd)
: "${VMPROOF_BUILD:=$top/build}"
: "${VMPROOF_CASES:=$VMPROOF_BUILD/conformance/cases}"
: "${VMPROOF_WITNESS:=$(dirname "$VMPROOF_CASES")/native/native}"
: "${VMPROOF_COVERAGE:=$(dirname "$VMPROOF_CASES")/coverage/coverage}"
: "${VMPROOF_DRIVERS:=$harness/vmm.d}"
: "${VMPROOF_ADJUDICATED:=$top/conformance/adjudicated.tsv}"
: "${VMPROOF_NAIVE:=$VMPROOF_BUILD/conformance/native/naive}"
: "${VMPROOF_SETS:=$harness/sets.tsv}"
: "${VMPROOF_XFAIL:=$top/conformance/xfail}"
: "${VMPROOF_HISTORY=$top/results/history/runs.jsonl}" # empty: none is kept
export VMPROOF_HISTORY VMPROOF_BUILD VMPROOF_CASES VMPROOF_WITNESS VMPROOF_COVERAGE VMPROOF_DRIVERS VMPROOF_ADJUDICATED VMPROOF_SETS VMPROOF_XFAIL VMPROOF_NAIVE

# Exit codes; `vmproof help exit-codes` prints them from here.
# shellcheck disable=SC2034
{
	EX_OK=0 EX_FAIL=1 EX_USAGE=2 EX_INFRA=3 EX_NOTHING=77 EX_INTR=130
}

die() { # CODE MESSAGE
	echo "vmproof: $2" >&2
	exit "$1"
}

need_tool() { # PROGRAM
	command -v "$1" >/dev/null 2>&1 ||
		die "$EX_INFRA" "$1 is not installed: run harness/setup as root"
}

need_built() { # PATH
	[ -x "$1" ] || die "$EX_INFRA" "$1 is not built: run make"
}

# A value for an option; dies with one line when it is missing or wrong.
want_value() { # OPTION COUNT-OF-WORDS-LEFT
	[ "$2" -ge 2 ] || die "$EX_USAGE" "$1 needs a value; see vmproof help $command"
}
want_number() { # OPTION VALUE
	case $2 in
	'' | *[!0-9]* | 0) die "$EX_USAGE" "$1 '$2' is not a positive number" ;;
	esac
}
want_factor() { # OPTION VALUE
	case $2 in
	'' | . | *[!0-9.]* | *.*.*) die "$EX_USAGE" "$1 '$2' is not a positive factor" ;;
	esac
	[ "$(echo "$2" | tr -d '0.')" ] || die "$EX_USAGE" "$1 '$2' is not a positive factor"
}
unknown() { # OPTION
	die "$EX_USAGE" "unknown option '$1'; see vmproof help $command"
}

# The drivers there are, one per line; vmproof run --vmm takes these names.
driver_names() {
	for d in "$VMPROOF_DRIVERS"/*; do
		if [ -f "$d" ] && [ -x "$d" ]; then
			basename "$d"
		fi
	done
}

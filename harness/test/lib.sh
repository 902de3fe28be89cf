# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034
# For the harness' own tests: TAP on stdout, a scratch folder, scripted VMMs.

here=$(cd "$(dirname "$0")" && pwd)
harness=$(cd "$here/.." && pwd)
: "${VMPROOF_BUILD:=$harness/../build}"
VMPROOF_BUILD=$(cd "$VMPROOF_BUILD" && pwd)
VMPROOF_HISTORY=
export VMPROOF_BUILD VMPROOF_HISTORY
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

ok() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		bad=$((bad + 1))
		echo "not ok $n - $2"
	fi
}
is() { # GOT EXPECTED NAME
	[ "$1" = "$2" ]
	set -- $? "$3" "$1" "$2"
	ok "$1" "$2"
	[ "$1" -eq 0 ] || printf '#   got: %s\n#   expected: %s\n' "$3" "$4"
}
skip() { # NAME REASON
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
finish() {
	echo "1..$n"
	[ "$bad" -eq 0 ]
	exit
}

# Work with scripted VMMs: `fakes` is the folder of drivers.
use_fakes() {
	fakes=$tmp/drivers
	mkdir -p "$fakes"
	VMPROOF_DRIVERS=$fakes
	VMPROOF_CASES=$harness/fake/cases
	VMPROOF_ADJUDICATED=$tmp/adjudicated.tsv
	VMPROOF_XFAIL=$tmp/xfail
	VMPROOF_SETS=$tmp/sets.tsv
	printf 'quick\tgood\tall\tall\tevery case\n' >"$VMPROOF_SETS"
	export VMPROOF_DRIVERS VMPROOF_CASES VMPROOF_ADJUDICATED VMPROOF_SETS VMPROOF_XFAIL
	: >"$tmp/adjudicated.tsv"
	fake good </dev/null
}
fake() { # NAME: a driver whose script is stdin
	cat >"$tmp/$1.script"
	cat >"$fakes/$1" <<-EOT
		#!/bin/sh
		DRIVER_NAME=$1 FAKE_SCRIPT=$tmp/$1.script exec "$harness/vmm.d/fake" "\$@"
	EOT
	chmod +x "$fakes/$1"
}

# vmproof with its outputs in $tmp/{stdout,stderr} and its exit status in $status.
vmproof() {
	"$harness/vmproof" "$@" >"$tmp/stdout" 2>"$tmp/stderr" </dev/null
	status=$?
}
run_fakes() { # VMM[,VMM] OPTION...: against the good one
	v=$1
	shift
	vmproof run --vmm "$v" --reference good --out "$tmp/out" --no-report "$@"
}
verdict() { # VMM NUM: verdict and reason of a case
	jq -r --arg v "$1" --argjson n "$2" 'select(.vmm == $v and .num == $n) |
		"\(.verdict) \(.alone // "-") \(.reason // "")"' "$tmp/out/results.jsonl"
}

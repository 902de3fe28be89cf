#!/bin/sh
# SPDX-License-Identifier: MIT
# A VMM that has only a screen: its summary passes or fails as a whole, no case passes by
# it, and a screen that is cut, stands still or never comes passes nothing.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
real=$VMPROOF_BUILD/conformance/cases
if ! "$harness/vmm.d/qemu-screen" caps >/dev/null 2>&1 || [ ! -x "$real" ]; then
	skip "screen" "QEMU is not here"
	finish
fi
VMPROOF_DRIVERS=$tmp/drivers
export VMPROOF_DRIVERS
mkdir "$VMPROOF_DRIVERS" "$tmp/bin"
for v in qemu-tcg qemu-screen; do
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$harness/vmm.d/$v" >"$VMPROOF_DRIVERS/$v"
	chmod +x "$VMPROOF_DRIVERS/$v"
done
# Few cases, so that reading the list takes no time; LOCK's are where QEMU is known to be wrong.
{ "$real" list bcd && "$real" list dev-uart; } >"$tmp/list"
jq -r 'select(.group == "bcd" and .summary != false and .class != "lockud") | .id' "$tmp/list" | head -n 40 >"$tmp/ids"
cases() { # SHELL-COMMANDS: what the program is asked, first
	cat >"$tmp/cases" <<-EOT
		#!/bin/sh
		case "\$*" in
		list) exec cat "$tmp/list" ;;
		$1
		esac
		exec "$real" "\$@"
	EOT
	chmod +x "$tmp/cases"
}
cases ''
VMPROOF_CASES=$tmp/cases
export VMPROOF_CASES

# The driver qemu-screen with a part of it in other hands: QEMU's start, or what it leaves.
broken() { # NAME QEMU-SCRIPT AFTER-SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/$1"
	cat >"$VMPROOF_DRIVERS/$1" <<-EOT
		#!/bin/sh
		[ "\$1" = run ] || exec "$harness/vmm.d/qemu-screen" "\$@"
		DRIVER_NAME=$1 QEMU=$tmp/bin/$1 "$harness/vmm.d/qemu-screen" "\$@" || exit
		$3
	EOT
	chmod +x "$tmp/bin/$1" "$VMPROOF_DRIVERS/$1"
}
run_screen() { # VMM OPTION...
	v=$1
	shift
	# shellcheck disable=SC2046 # ids have no blanks
	vmproof run --vmm "$v" --reference qemu-tcg --out "$tmp/out" --no-report \
		$(sed 's/^/--filter /' "$tmp/ids") "$@"
	line=$(tail -n 1 "$tmp/stdout")
	said=$(jq -r 'select(.group == "summary") | "\(.verdict) \(.reason // "")"' "$tmp/out/results.jsonl")
}
run_screen qemu-screen
is "$status $line" "0 1 passed, 0 failed, 40 skipped" "a right run: the summary passes, no case does"
is "$said" "PASS " "... by one result"
is "$(jq -r 'select(.num) | .verdict' "$tmp/out/results.jsonl" | sort | uniq -c | tr -s ' ')" " 40 SUMMARY" "... each case says who spoke of it"
crc=$(sed -n 's/.*equal: CRC \([0-9a-f]*\) over 40 cases.*/\1/p' "$tmp/stdout" | head -n 1)
is "${#crc}" 8 "... and the CRC is named"

# The guest runs another case in place of the last.
other=$(jq -r 'select(.summary != false and .class != "lockud") | .num' "$tmp/list" | sed -n 41p)
# shellcheck disable=SC2016 # for the script
cases 'image*--channel\ screen*) for w in "$@"; do [ "${was-}" != --select ] || file=$w; was=$w; done
	sed -i "\$s/.*/'"$other"'/" "$file" ;;'
run_screen qemu-screen
cases ''
is "$status $line" "1 0 passed, 1 failed, 40 skipped" "one wrong case of 40: the summary fails"
echo "$said" | grep -q "^FAIL the summary differs: CRC [0-9a-f]* over 40 cases, by the records of qemu-tcg $crc\$"
ok $? "... with both CRCs: $said"

broken cut 'exec qemu-system-i386 "$@"' "sed -i '/^SUMMARY/s/...\$//' \"\$3/screen.raw\""
run_screen cut
is "$said" "LOST the summary on the screen is cut or damaged" "a summary that is cut"
broken blank 'exec qemu-system-i386 "$@"' ": >\"\$3/screen.raw\""
run_screen blank
is "${said%%,*}" "CRASH the VMM left with status null" "a screen that was never read"
broken frozen 'exec qemu-system-i386 -S "$@"' :
run_screen frozen --timeout-scale 0.3
is "$said" "TIMEOUT the screen did not change any more, having begun no case" "a machine that stands still"
broken left 'exit 3' :
run_screen left
is "$said" "CRASH the VMM left with status 3, having begun no case" "a VMM that leaves"
is "$status $line" "1 0 passed, 1 failed, 40 skipped" "... passes nothing"

# The selection as it comes: what has no one right summary is left out, by name.
vmproof run --vmm qemu-screen --reference qemu-tcg --out "$tmp/out" --no-report --filter 'bcd/aam/*' --filter "$(jq -r 'select(.group == "dev-uart") | .id' "$tmp/list" | head -n 1)"
is "$(jq -r 'select(.group == "dev-uart") | .verdict' "$tmp/out/results.jsonl" | sort -u)" SKIP "devices are left out"
is "$(jq -r 'select(.verdict == "SKIP") | .reason' "$tmp/out/results.jsonl" | grep -c -v ', and a summary ')" 0 "... with the reason"
vmproof run --vmm qemu-tcg --reference qemu-screen --out "$tmp/out" --no-report --filter 'bcd/aam/*'
is "$status" 77 "a screen is no reference"
finish

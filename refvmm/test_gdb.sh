#!/bin/sh
# SPDX-License-Identifier: MIT
# --gdb with the stock debugger: breakpoints, steps, watchpoints, registers, memory,
# from the reset vector on and in a guest of our own.
#
#   refvmm/test_gdb.sh BUILD
set -u
build=${1-build}
guest=$build/vmm/gdb/guest.bin
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0

if ! command -v gdb >/dev/null; then
	echo "SKIP check-gdb: gdb is not installed"
	echo "check-gdb: 0 passed, 0 failed, 1 skipped"
	exit 0
fi

# session NAME OPTION...: gdb commands on stdin, its output to $tmp/out.
session() {
	name=$1
	shift
	{
		echo 'set pagination off'
		echo 'set confirm off'
		echo 'set architecture i386'
		echo "target remote | $build/refvmm --limit-time 60 --gdb stdio $* 2>$tmp/err"
		cat
	} >"$tmp/commands"
	timeout 120 gdb -nx -q -batch -x "$tmp/commands" >"$tmp/out" 2>&1
}

# The lines of stdin occur in the session's output, in this order.
expect() {
	cat >"$tmp/want"
	awk 'NR == FNR { want[++n] = $0; next }
	     at < n && index($0, want[at + 1]) { at++ }
	     END { if (at < n) { print "missing: " want[at + 1]; exit 1 } }' \
		"$tmp/want" "$tmp/out" >"$tmp/missing"
	ok=$?
	if [ $ok -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name: $(cat "$tmp/missing")"
		cat "$tmp/out" "$tmp/err"
	fi
}

session breakpoints -kernel "$guest" -bios none <<'END'
break *0x100060
continue
printf "counter %d at %x\n", *(int*)0x100200, $pc
x/2i $pc
x/4xb 0x100060
stepi
printf "counter %d at %x\n", *(int*)0x100200, $pc
continue
printf "counter %d at %x\n", *(int*)0x100200, $pc
delete
break *0x100100 if $ecx == 500
continue
printf "ecx %d counter %d\n", $ecx, *(int*)0x100200
stepi 2
printf "eax %d\n", $eax
delete
set var *(int*)0x100208 = 1
continue
END
expect <<'END'
Breakpoint 1, 0x00100060
counter 0 at 100060
=> 0x100060:	incl   0x100200
0x100060:	0xff	0x05	0x00	0x02
counter 1 at 100066
Breakpoint 1, 0x00100060
counter 1 at 100060
Breakpoint 2, 0x00100100
ecx 500 counter 501
eax 1000
exited with code 041
END

session registers -kernel "$guest" -bios none <<'END'
printf "start %x cs %x pe %d\n", $pc, $cs, $cr0 & 1
set var $esi = 0x12345678
set var $xmm3.uint128 = 7
hbreak *0x100080
continue
printf "esi %x xmm3 %d ecx %d\n", $esi, $xmm3.v4_int32[0], $ecx
stepi 6
p $st0
p $st1
p $eflags
set var $ss = 0x1234
END
expect <<'END'
start 100040 cs 8 pe 1
esi 12345678 xmm3 7 ecx 0
= 3.14159265358979
= 1
ZF
Could not write register "ss"
END

session watchpoints -kernel "$guest" -bios none <<'END'
watch *(int*)0x100204
continue
delete
monitor phys 100200 4
monitor walk 100200
monitor stats
monitor nonsense
x/4xb 0xa0000
END
expect <<'END'
Hardware watchpoint 1: *(int*)0x100204
Old value = 0
New value = 5
00100200 e8030000
physical 00100200
units_translated
stats            counters of the engine
Cannot access memory at address 0xa0000
END

session read-watchpoints -kernel "$guest" -bios none <<'END'
rwatch *(int*)0x100200
continue
END
expect <<'END'
Could not insert hardware watchpoint 1.
END

session firmware --floppy "$build/vmm/boot/apm_off.img,ro" <<'END'
printf "reset %x base %x\n", $eip, $cs_base
x/1xb 0xfffffff0
hbreak *0x7c00
continue
printf "boot %x dl %x\n", $eip, $edx & 255
stepi 2
printf "then %x ds %x\n", $eip, $ds
delete
monitor reset
hbreak *0x7c00
continue
printf "again %x\n", $eip
delete
continue
END
expect <<'END'
reset fff0 base ffff0000
0xfffffff0:	0xea
boot 7c00 dl 0
then 7c04 ds 0
again 7c00
exited normally
END

echo "check-gdb: $passed passed, $failed failed"
[ $failed -eq 0 ]

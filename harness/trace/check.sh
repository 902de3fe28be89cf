#!/bin/sh
# SPDX-License-Identifier: MIT
# harness/tracediff: traces made by hand, then a boot sector with a planted difference:
# it stores behind a segment limit, which QEMU does not check.
#
#   harness/trace/check.sh BUILD
set -u
build=${1-build}
here=$(cd "$(dirname "$0")" && pwd)
diff=$here/../tracediff
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0
VMPROOF_BUILD=$build
export VMPROOF_BUILD

# x EIP EAX FLAGS TEXT: a line of refvmm; q EIP EAX FLAGS: QEMU's; b ...: Bochs'.
x() {
	echo "X 0000:$1 eax=$2 ecx=00000000 edx=00000000 ebx=00000000 esp=00007c00 ebp=00000000" \
		"esi=00000000 edi=00000000 fl=$3 ss=0000:[00000000] ds=0000 es=0000 lin=$1 $4"
}
q() {
	echo "EAX=$2 EBX=00000000 ECX=00000000 EDX=00000000"
	echo "ESI=00000000 EDI=00000000 EBP=00000000 ESP=00007c00"
	echo "EIP=$1 EFL=$3 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0"
	echo "ES =0000 00000000 0000ffff 00009300"
	echo "CS =0000 00000000 0000ffff 00009b00"
}
b() {
	echo "CPU0:"
	echo "rax: 00000000_$2"
	for r in rbx rcx rdx; do echo "$r: 00000000_00000000"; done
	echo "rsp: 00000000_00007c00"
	for r in rbp rsi rdi; do echo "$r: 00000000_00000000"; done
	echo "eflags 0x$3: id vip"
	echo "(0).[153221478] [0x0000$1] 0000:$1 (unk. ctxt): $4    ; 90"
}

# parts NAME STATUS TEXT FORMAT:FILE FORMAT:FILE
parts() {
	name=$1 want=$2 text=$3
	shift 3
	"$diff" "$@" >"$tmp/out" 2>&1
	status=$?
	if [ $status -eq "$want" ] && grep -q -F -e "$text" "$tmp/out"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name: status $status (want $want), not '$text' in:"
		cat "$tmp/out"
	fi
}

# What the firmware left in EAX differs, and so do flags, until they are set.
{
	x 000f1234 00000005 00000002 'int 0x10'
	x 00007c00 00000005 00000002 'xor eax, eax'
	x 00007c02 00000000 00000046 'rep movsb'
	x 00007c04 00000000 00000046 'mul al'
	x 00007c06 00000000 00000046 'inc eax'
	x 00007c06 00000000 00000046 'inc eax'
	x 00007c07 00000001 00000002 'nop'
	x 00007c08 00000001 00000002 'hlt'
} >"$tmp/x"
{
	q 00007c00 00000077 00000003
	q 00007c02 00000000 00000046
	q 00007c02 00000000 00000046
	q 00007c04 00000000 00000046
	q 00007c06 00000000 00000006
	q 00007c07 00000001 00000002
	q 00007c08 00000001 00000002
} >"$tmp/q"
sed 's/EAX=00000001/EAX=00000002/' "$tmp/q" >"$tmp/q-eax"
sed 's/EFL=00000002/EFL=00000003/' "$tmp/q" >"$tmp/q-flags"
sed 's/EIP=00007c08/EIP=00007d08/' "$tmp/q" >"$tmp/q-eip"
head -n 20 "$tmp/q" >"$tmp/q-short"
{
	b 00007c00 00000009 00000002 'xor eax, eax'
	b 00007c02 00000000 00000046 'rep movsb byte ptr es:[di], byte ptr ds:[si]'
	b 00007c04 00000000 00000046 'mul al, ax'
	b 00007c06 00000000 00000087 'inc eax'
	b 00007c07 00000001 00000002 'nop'
	b 00007c08 00000001 00000002 'hlt'
} >"$tmp/b"
parts same 0 'no difference in 6 instructions; the' "refvmm:$tmp/x" "qemu:$tmp/q"
parts short 0 'no difference in 3 instructions; the qemu trace ends' "refvmm:$tmp/x" \
	"qemu:$tmp/q-short"
parts register 1 'refvmm and qemu part after 4 instructions: eax' "refvmm:$tmp/x" \
	"qemu:$tmp/q-eax"
parts flags 1 'qemu and refvmm part after 4 instructions: flags 001' "qemu:$tmp/q-flags" \
	"refvmm:$tmp/x"
parts place 1 'part after 5 instructions: cs:eip' "refvmm:$tmp/x" "qemu:$tmp/q-eip"
parts carry-of-mul 1 'bochs part after 3 instructions: flags 001' "refvmm:$tmp/x" \
	"bochs:$tmp/b"
parts start 0 'no difference in 2 instructions' --start 0x7c07 "refvmm:$tmp/x" "qemu:$tmp/q"
parts nowhere 3 'the refvmm trace never comes to 1234' --start 0x1234 "refvmm:$tmp/x" \
	"qemu:$tmp/q"
parts context 1 'last    0000:00007c06' --context 1 "refvmm:$tmp/x" "qemu:$tmp/q-eax"
parts no-file 3 "cannot open '$tmp/none'" "refvmm:$tmp/none" "qemu:$tmp/q"
parts no-format 2 'is no FORMAT:FILE' "gdb:$tmp/x" "qemu:$tmp/q"
parts usage 2 'usage:' refvmm
parts twice 2 'usage:' qemu qemu floppy "$tmp/x"
parts bochs-multiboot 2 'usage:' bochs qemu multiboot "$tmp/x"
parts no-image 3 "cannot open '$tmp/none'" refvmm qemu floppy "$tmp/none"

image=$build/harness/trace/limit.img
if ! command -v bochs >/dev/null || ! command -v qemu-system-i386 >/dev/null; then
	echo "SKIP planted difference: bochs or qemu-system-i386 is not installed"
	skipped=$((skipped + 1))
else
	parts planted 1 'refvmm and qemu part after 71 instructions: cs:eip' \
		refvmm qemu floppy "$image"
	parts agreed 0 'no difference in 7' refvmm bochs floppy "$image"
fi
echo "tracediff: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

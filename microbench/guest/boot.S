/* SPDX-License-Identifier: MIT
 * Entry of the guest image: Multiboot 1 header (Multiboot Specification 0.6.96
 * section 3.1) and the first instructions.  The floppy's boot sector jumps here
 * too, in flat 32-bit protected mode.  Assumes nothing else: loads its own GDT,
 * clears .bss, masks both interrupt controllers, never enables paging.
 */
#include "microbench/guest/guest.h"

	.section .boot, "ax", @progbits
	.globl _start
	.code32
_start:	cli
	cld
	jmp	1f

	.p2align 2
	.long	0x1badb002, 0, -0x1badb002	/* magic, flags, checksum */

1:	movl	$stack0_end, %esp
	lgdt	gdtr
	ljmp	$SEL_CODE0, $2f
2:	movl	$SEL_DATA0, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$bss_start, %edi
	movl	$bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	rep stosb
	movb	$0xff, %al		/* 8259: mask all (OCW1) */
	outb	%al, $0x21
	outb	%al, $0xa1
	movl	$stack0_end, %ebp
	/* TSS: base into the descriptor, ring-0 stack for entries from ring 3. */
	movl	$tss, %eax
	movw	%ax, gdt+SEL_TSS+2
	shrl	$16, %eax
	movb	%al, gdt+SEL_TSS+4
	movb	%ah, gdt+SEL_TSS+7
	movl	$stack_trap_end, tss+4
	movw	$SEL_DATA0, tss+8
	movw	$0x68, tss+0x66		/* no I/O bitmap */
	movl	$SEL_TSS, %eax
	ltr	%ax
	fninit
	call	guest_main
3:	cli
	hlt
	jmp	3b

	.data
	.globl gdt, gdtr
	.p2align 3
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* SEL_CODE0: base 0, limit 4 GiB */
	.quad	0x00cf93000000ffff	/* SEL_DATA0 */
	.quad	0x00cffb000000ffff	/* SEL_CODE3 */
	.quad	0x00cff3000000ffff	/* SEL_DATA3 */
	.quad	0x0000890000000067	/* SEL_TSS, base filled in */
	.quad	0x00009b000000ffff	/* SEL_CODE16_0 */
	.quad	0x000093000000ffff	/* SEL_DATA16_0 */
	.quad	0x0000fb000000ffff	/* SEL_CODE16_3 */
gdt_end:
	.p2align 1
	.word	0
gdtr:	.word	gdt_end - gdt - 1
	.long	gdt

	.bss
	.p2align 4
	.globl tss, stack0_end, stack_trap_end, stack3_end
tss:	.skip	0x68
	.p2align 4
stack0:	.skip	16384
stack0_end:
stack_trap:
	.skip	4096
stack_trap_end:
stack3:	.skip	16384
stack3_end:
	.section .note.GNU-stack,"",@progbits

/* SPDX-License-Identifier: MIT
 * Into real mode and back (SDM vol. 3A section 9.9), for k_alureal.  Interrupts
 * stay off, so the protected-mode IDT may stay loaded.
 */
#include "microbench/guest/guest.h"

	.text
	.globl k_alureal, real_blob, real_blob_end
	.code32
/* u32 k_alureal(u32 n) */
k_alureal:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %ecx
	movl	%esp, %esi		/* the loop leaves ESI and EDI alone */
	ljmp	$SEL_CODE16_0, $LOW_CODE
protected:
	movl	$SEL_DATA0, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %ss
	movl	%esi, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.section .rodata
	.code16
/* Copied to LOW_CODE, with alu16_body right behind it. */
real_blob:
	movw	$SEL_DATA16_0, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	%cr0, %eax
	andb	$0xfe, %al
	movl	%eax, %cr0
	ljmpw	$0, $LOW_CODE + (1f - real_blob)
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$0x7c00, %esp
	lcalll	$0, $LOW_CODE + (real_blob_end - real_blob)
	movl	%eax, %edi
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	movl	%edi, %eax
	ljmpl	$SEL_CODE0, $protected
real_blob_end:
	.code32
	.section .note.GNU-stack,"",@progbits

/* SPDX-License-Identifier: MIT
 * What does an exception cost, from the faulting instruction through the
 * handler and back?  The handlers (guest/idt.S) accept a fault at the labelled
 * instruction only, skip it and count in EBX.  cdecl.
 */
	.text
	.globl k_ud, k_de, k_gp
	.globl ud_site, de_site, gp_site

	.macro	prologue
	pushl	%ebx
	movl	8(%esp), %ecx
	xorl	%ebx, %ebx
	.endm
	.macro	epilogue
	movl	%ebx, %eax
	popl	%ebx
	ret
	.endm

	.p2align 4
k_ud:	prologue
1:
ud_site:
	ud2
	decl	%ecx
	jnz	1b
	epilogue

	.p2align 4
k_de:	prologue
	pushl	$0
1:	xorl	%edx, %edx
	movl	$1, %eax
de_site:
	divl	(%esp)			/* three bytes: F7 34 24 */
	decl	%ecx
	jnz	1b
	addl	$4, %esp
	epilogue

	.p2align 4
k_gp:	prologue
1:
gp_site:
	cli
	decl	%ecx
	jnz	1b
	epilogue
	.section .note.GNU-stack,"",@progbits

/* SPDX-License-Identifier: MIT
 * Indirect calls through a register with one target (k_icall1) and with 16
 * targets in turn at one site (k_icall16).  cdecl.
 */
	.text
	.globl k_icall1, k_icall16

	.macro	target i
	.p2align 4
target\i:
	leal	\i*8+1(%eax,%eax,2), %eax
	ret
	.endm
	.irp	i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	target	\i
	.endr

	.p2align 4
k_icall1:
	pushl	%ebx
	movl	8(%esp), %ecx
	xorl	%eax, %eax
	movl	$target5, %ebx
1:	call	*%ebx
	decl	%ecx
	jnz	1b
	popl	%ebx
	ret

	.p2align 4
k_icall16:
	pushl	%ebx
	movl	8(%esp), %ecx
	shll	$4, %ecx		/* n passes of 16 calls */
	xorl	%eax, %eax
1:	movl	%ecx, %edx
	andl	$15, %edx
	movl	targets(,%edx,4), %ebx
	call	*%ebx
	decl	%ecx
	jnz	1b
	popl	%ebx
	ret

	.section .rodata
	.p2align 2
targets:
	.irp	i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	.long	target\i
	.endr
	.section .note.GNU-stack,"",@progbits

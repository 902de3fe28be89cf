/* SPDX-License-Identifier: MIT
 * What do call and ret cost: from one site (k_callret), and with 16 sites
 * sharing one callee, so that its ret has 16 targets (k_ret16)?
 * cdecl: n at 4(%esp), result in EAX.
 */
	.text
	.globl k_callret, k_ret16

	.p2align 4
callee:	leal	3(%eax,%eax,2), %eax
	ret

	.p2align 4
k_callret:
	movl	4(%esp), %ecx
	xorl	%eax, %eax
1:	call	callee
	decl	%ecx
	jnz	1b
	ret

	.p2align 4
k_ret16:
	movl	4(%esp), %ecx
	xorl	%eax, %eax
1:	.rept	16
	call	callee
	.endr
	decl	%ecx
	jnz	1b
	ret
	.section .note.GNU-stack,"",@progbits

/* SPDX-License-Identifier: MIT
 * Code and data that share a page.
 *   k_codestore  stores to 16 bytes on the page of the running loop
 *   k_smc        patches the immediate of an instruction, then runs it
 *   k_smcgen     writes a whole 48-byte function, then runs it
 * The section is writable and executable in the guest and in the process.
 * cdecl.
 */
	.section .smc, "awx", @progbits
	.globl k_codestore, k_smc, k_smcgen

	.p2align 12
k_codestore:
	movl	4(%esp), %ecx
	xorl	%eax, %eax
	movl	%eax, beside+12
1:	addl	%ecx, %eax
	movl	%eax, beside
	movl	%ecx, beside+4
	roll	$5, %eax
	addl	beside+12, %eax
	movl	%eax, beside+8
	xorl	beside, %eax
	movl	%eax, beside+12
	decl	%ecx
	jnz	1b
	ret
	.p2align 7
beside:	.long	0, 0, 0, 0

	.p2align 12
k_smc:	movl	4(%esp), %ecx
	xorl	%eax, %eax
1:	movl	%ecx, patched+1
	call	patched
	decl	%ecx
	jnz	1b
	ret
	.p2align 7
patched:
	addl	$0x11111111, %eax	/* 05 imm32 */
	roll	%eax
	ret

	.p2align 12
k_smcgen:
	pushl	%edi
	movl	8(%esp), %ecx
	xorl	%eax, %eax
1:	movl	$generated, %edi
	movl	$9, %edx
2:	movb	$0x05, (%edi)		/* addl imm32, %eax */
	movl	%ecx, 1(%edi)
	addl	%edx, 1(%edi)
	addl	$5, %edi
	decl	%edx
	jnz	2b
	movl	$0xc3c0d1, (%edi)	/* roll %eax; ret */
	call	generated
	decl	%ecx
	jnz	1b
	popl	%edi
	ret
	.p2align 7
generated:
	.fill	64, 1, 0xcc
	.section .note.GNU-stack,"",@progbits

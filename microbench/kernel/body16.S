/* SPDX-License-Identifier: MIT
 * The 16-bit loop that k_alu16 and k_alureal run.  Position independent: each
 * runtime copies it to where a 16-bit code segment can reach it.  Called by a
 * far call with 32-bit operand size; ECX = iterations, result in EAX; changes
 * EBX, EDX.
 */
	.section .rodata
	.globl alu16_body, alu16_body_end
	.code16
alu16_body:
	xorl	%eax, %eax
	movw	$0x1234, %bx
	movw	$0x9abc, %dx
1:	addw	%bx, %ax
	rolw	$3, %ax
	xorw	%cx, %ax
	adcw	$0x11, %bx
	shrw	$1, %dx
	sbbw	%dx, %bx
	orw	$0x8001, %dx
	incw	%bx
	addb	%ah, %bl
	decl	%ecx
	jnz	1b
	shll	$16, %ebx
	movw	%ax, %bx
	movl	%ebx, %eax
	lretl
alu16_body_end:
	.code32
	.section .note.GNU-stack,"",@progbits

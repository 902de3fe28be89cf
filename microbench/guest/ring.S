/* SPDX-License-Identifier: MIT
 * Interrupt table, exception handlers, and the way into ring 3 and back.
 * Vectors 0 to 31 stop the guest with a message unless they come from the
 * instruction that a kernel expects to fault (kernel/fault.S).
 */
#include "microbench/guest/guest.h"

	.text
	.globl ring3_call, vector_entries, int40, int41, on_sysenter

/* u32 ring3_call(kernel_fn *fn, u32 n): run fn(n) in ring 3 with IOPL 0 and
 * interrupts off.  fn returns to a stub that executes INT 0x41. */
ring3_call:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %ecx
	movl	24(%esp), %edx
	movl	%esp, ring0_esp
	movl	$stack3_end-16, %eax
	movl	%edx, 4(%eax)
	movl	$ring3_return, (%eax)
	movl	$SEL_DATA3, %ebx
	movl	%ebx, %ds
	movl	%ebx, %es
	pushl	%ebx
	pushl	%eax
	pushl	$0x2
	pushl	$SEL_CODE3
	pushl	%ecx
	iret

ring3_return:
	int	$0x41

/* Leave ring 3: drop the frame, return from ring3_call with EAX. */
int41:	movl	$SEL_DATA0, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	ring0_esp, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* What k_intiret calls. */
int40:	incl	%ebx
	iret

/* What k_sysenter calls. */
	.p2align 4
on_sysenter:
	incl	%ebx
	sysexit

	.p2align 4
on_de:	cmpl	$de_site, (%esp)
	jne	entry0
	addl	$3, (%esp)
	incl	%ebx
	iret

	.p2align 4
on_ud:	cmpl	$ud_site, (%esp)
	jne	entry6
	addl	$2, (%esp)
	incl	%ebx
	iret

	.p2align 4
on_gp:	cmpl	$gp_site, 4(%esp)
	jne	entry13
	addl	$4, %esp		/* error code */
	incl	(%esp)
	incl	%ebx
	iret

/* Unexpected: stack (vector, error code, EIP) for the message. */
	.macro	entry v
entry\v:
	.if	(\v == 8) || ((\v >= 10) && (\v <= 14)) || (\v == 17)
	.else
	pushl	$0
	.endif
	pushl	$\v
	jmp	fatal
	.endm
	.irp	v, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	entry	\v
	.endr

fatal:	movl	$SEL_DATA0, %eax
	movl	%eax, %ds
	movl	%eax, %es
	call	guest_fatal		/* (vector, error, eip); does not return */

	.section .rodata
	.p2align 2
vector_entries:
	.long	on_de
	.irp	v, 1,2,3,4,5
	.long	entry\v
	.endr
	.long	on_ud
	.irp	v, 7,8,9,10,11,12
	.long	entry\v
	.endr
	.long	on_gp
	.irp	v, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.long	entry\v
	.endr

	.bss
	.p2align 2
ring0_esp:
	.long	0
	.section .note.GNU-stack,"",@progbits

/* SPDX-License-Identifier: MIT
 * Into 16- and 32-bit LDT segments and out again.  Order matters in both
 * directions: see docs/host-rules.md.
 */
#include "refvmm/hosttest.h"

#define IN(i)	ht_in+4*(i)(%rip)
#define LIVE(i) ht_live+8*(i)(%rip)
#define ARCH_SET_FS	0x1002
#define SYS_arch_prctl	158

	.bss
	.balign 16
	.globl	ht_in, ht_live, ht_host_fs, ht_host_rsp, ht_use_wrfsbase
	.hidden	ht_in, ht_live, ht_host_fs, ht_host_rsp, ht_use_wrfsbase
ht_in:		.skip	80	/* struct hosttest_in */
ht_live:	.skip	256
ht_host_fs:	.skip	8	/* thread pointer of this process */
ht_host_rsp:	.skip	8	/* rule 5: RSP does not survive */
ht_use_wrfsbase: .skip	8

	.text
/* void ht_enter(void): run what ht_in says; returns when it comes back. */
	.globl	ht_enter, ht_leave_trap, ht_leave_stub
	.hidden	ht_enter, ht_leave_trap, ht_leave_stub
	.type	ht_enter, @function
ht_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, ht_host_rsp(%rip)
	movabs	$0x1111222233334444, %r8	/* do they survive? */
	mov	%r8, %r15
	movw	IN(HT_DS), %ds
	movw	IN(HT_ES), %es
	movw	IN(HT_FS), %fs
	movw	IN(HT_GS), %gs
	mov	IN(HT_EFLAGS), %eax
	push	%rax
	popfq
	/* Rule 4: SS, then ESP, then a far jump that loads neither. */
	movw	IN(HT_SS), %ss
	mov	IN(4), %esp
	mov	IN(0), %eax
	mov	IN(1), %ecx
	mov	IN(2), %edx
	mov	IN(3), %ebx
	mov	IN(5), %ebp
	mov	IN(6), %esi
	mov	IN(7), %edi
	ljmp	*IN(HT_EIP)

/* HT_STUB jumps here, in 64-bit mode, with everything else the code's own. */
ht_leave_stub:
	mov	%rax, LIVE(0)
	mov	%rcx, LIVE(1)
	mov	%rdx, LIVE(2)
	mov	%rbx, LIVE(3)
	mov	%rsp, LIVE(4)
	mov	%rbp, LIVE(5)
	mov	%rsi, LIVE(6)
	mov	%rdi, LIVE(7)
	mov	%r8, LIVE(8)
	mov	%r15, LIVE(15)
	mov	ht_host_rsp(%rip), %rsp
	pushfq
	popq	LIVE(HT_L_FLAGS)
	movw	%ds, LIVE(HT_L_DS)
	movw	%es, LIVE(HT_L_ES)
	movw	%fs, LIVE(HT_L_FS)
	movw	%gs, LIVE(HT_L_GS)
	movw	%ss, LIVE(HT_L_SS)
/* A trap ends here, with the host's CS, SS and RSP in the frame. */
ht_leave_trap:
	push	$2
	popfq				/* AC, NT and DF are the code's own */
	mov	$0x2b, %eax		/* rule 6: not null */
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	xor	%eax, %eax
	mov	%eax, %fs		/* drop the LDT selectors, */
	mov	%eax, %gs
	call	restore_fs_base		/* then the thread pointer */
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	ht_enter, . - ht_enter

/* Clobbers RAX, RCX, R11. */
restore_fs_base:
	mov	ht_host_fs(%rip), %rax
	cmpb	$0, ht_use_wrfsbase(%rip)
	je	1f
	wrfsbase %rax
	ret
1:	push	%rdi
	push	%rsi
	mov	%rax, %rsi
	mov	$ARCH_SET_FS, %edi
	mov	$SYS_arch_prctl, %eax
	syscall
	pop	%rsi
	pop	%rdi
	ret

/* Signal entry.  The kernel cleared DF and TF; AC, NT, DS, ES and the FS base are
 * the interrupted code's.  Nothing may touch TLS before the base is back. */
	.globl	hosttest_signal
	.type	hosttest_signal, @function
hosttest_signal:
	pushfq
	popq	LIVE(HT_L_FLAGS)
	push	$2
	popfq
	movw	%ds, LIVE(HT_L_DS)
	movw	%es, LIVE(HT_L_ES)
	movw	%fs, LIVE(HT_L_FS)
	movw	%gs, LIVE(HT_L_GS)
	movw	%ss, LIVE(HT_L_SS)
	movw	%cs, LIVE(HT_L_CS)
	mov	%rsp, LIVE(HT_L_RSP)
	cmpb	$0, ht_use_wrfsbase(%rip)
	je	1f
	rdfsbase %rax
	mov	%rax, LIVE(HT_L_FSBASE)
1:	call	restore_fs_base
	jmp	ht_trap
	.size	hosttest_signal, . - hosttest_signal

	.section .note.GNU-stack, "", @progbits

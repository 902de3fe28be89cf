/* SPDX-License-Identifier: MIT
 * The boundary between 64-bit monitor code and guest context, and the signal
 * entry (host rules 2 to 6, docs/host-rules.md).
 */
#include "refvmm/vcpu_offsets.h"

	.text
	.intel_syntax noprefix

/* void enter_guest(struct vcpu *v): load the guest's registers and jump to
 * v->resume.  Returns through the exit stub (bt/stubs.c) or leave_guest. */
	.globl	enter_guest, enter_guest_end
	.type	enter_guest, @function
enter_guest:
	push	rbx
	push	rbp
	push	r12
	push	r13
	push	r14
	push	r15
	mov	r15, rdi
	mov	[r15 + V_HOST_RSP], rsp
	movzx	eax, byte ptr [r15 + V_SEG_DIRTY]
	test	eax, eax
	jz	2f
	/* ORDER sreg: bit 0 ES, 2 SS, 3 DS, 4 or 5 FS */
	mov	byte ptr [r15 + V_SEG_DIRTY], 0
	test	al, 1
	jz	1f
	mov	es, word ptr [r15 + V_HSEL + 0]
1:	test	al, 4
	jz	1f
	mov	ss, word ptr [r15 + V_HSEL + 8]
1:	test	al, 8
	jz	1f
	mov	ds, word ptr [r15 + V_HSEL + 12]
1:	test	al, 0x30
	jz	2f
	mov	ecx, [r15 + V_FS_OWNER]		/* OWNER_* */
	lea	rdx, fs_source[rip]
	movzx	ecx, byte ptr [rdx + rcx]
	mov	fs, word ptr [r15 + rcx]
2:	mov	eax, [r15 + V_HWFLAGS]
	push	rax
	popfq
	mov	eax, [r15 + V_GPR + 0]
	mov	ecx, [r15 + V_GPR + 4]
	mov	edx, [r15 + V_GPR + 8]
	mov	ebx, [r15 + V_GPR + 12]
	mov	ebp, [r15 + V_GPR + 20]
	mov	esi, [r15 + V_GPR + 24]
	mov	edi, [r15 + V_GPR + 28]
	mov	esp, [r15 + V_GPR + 16]
	jmp	fword ptr [r15 + V_RESUME]
enter_guest_end:
	.size	enter_guest, . - enter_guest

/* void leave_guest(struct vcpu *v): from a signal handler that has stored the
 * guest's state, return from enter_guest(). */
	.globl	leave_guest
	.type	leave_guest, @function
leave_guest:
	mov	rsp, [rdi + V_HOST_RSP]
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbp
	pop	rbx
	ret
	.size	leave_guest, . - leave_guest

/* Signal handler entry.  AC, NT and DF may be the guest's: a misaligned access
 * with AC set or an IRET with NT set would fault in here.  The FS base is the
 * guest's: C code with a stack protector or errno needs ours.  When the handler
 * returns, the interrupted code gets back the base it had: it may be past the
 * point where guest segments are loaded.  RBX is free, sigreturn restores it. */
	.globl	signal_entry
	.type	signal_entry, @function
signal_entry:
	pushfq
	and	qword ptr [rsp], ~0x44400
	popfq
	rdfsbase rbx
	mov	rax, host_fs_base[rip]
	wrfsbase rax
	sub	rsp, 8
	call	signal_handler
	add	rsp, 8
#ifndef WITHOUT_SIGNAL_KEEPS_FS_BASE
	wrfsbase rbx
#endif
	ret
	.size	signal_entry, . - signal_entry

/* Where the shadow selector of each FS owner stands: FS, GS, CS, and below GS. */
	.section .rodata
fs_source:
	.byte	V_HSEL + 16, V_HSEL + 20, V_HSEL + 4, V_HSEL + 28
	.section .note.GNU-stack, "", @progbits

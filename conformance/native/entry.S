/* SPDX-License-Identifier: MIT
 * Signal entry and exit of the host-CPU witness.  A handler starts with the
 * case's AC, NT and ID flags, segment registers and FS base: put the host's back
 * before any C code runs, and load the case's before the kernel resumes it.
 */
#include <sys/syscall.h>

#define ARCH_SET_FS 0x1002

	.text
	.globl native_entry
	.type native_entry, @function
native_entry:
	pushfq
	andq $~0x244400, (%rsp)
	popfq
	mov %ds, native_sel+6(%rip)
	mov %es, native_sel+0(%rip)
	mov %fs, native_sel+8(%rip)
	mov %gs, native_sel+10(%rip)
	push %rdi
	push %rsi
	push %rdx
	mov $SYS_arch_prctl, %eax
	mov $ARCH_SET_FS, %edi
	mov native_fs_base(%rip), %rsi
	syscall
	pop %rdx
	pop %rsi
	pop %rdi
	sub $8, %rsp
	call native_signal
	add $8, %rsp
	/* Non-zero: the frame resumes a case. */
	test %eax, %eax
	jz 1f
	mov native_sel+6(%rip), %ds
	mov native_sel+0(%rip), %es
	mov native_sel+8(%rip), %fs
	mov native_sel+10(%rip), %gs
1:	ret
	.size native_entry, .-native_entry
	.section .note.GNU-stack,"",@progbits

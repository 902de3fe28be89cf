/* SPDX-License-Identifier: MIT
 * Signal entry and exit of the capture.  The handler begins with the vector's
 * AC, NT and ID flags and segment registers, and its FS base: capture_signal()
 * uses no thread-local storage, so the base stays until the batch is done.
 */
	.text
	.globl capture_entry
	.type capture_entry, @function
capture_entry:
	pushfq
	andq $~0x244400, (%rsp)
	popfq
	mov %ds, capture_sel+6(%rip)
	mov %es, capture_sel+0(%rip)
	mov %fs, capture_sel+8(%rip)
	mov %gs, capture_sel+10(%rip)
	sub $8, %rsp
	call capture_signal
	add $8, %rsp
	/* Non-zero: the frame resumes a vector. */
	test %eax, %eax
	jz 1f
	mov capture_sel+6(%rip), %ds
	mov capture_sel+0(%rip), %es
	mov capture_sel+8(%rip), %fs
	mov capture_sel+10(%rip), %gs
1:	ret
	.size capture_entry, .-capture_entry
	.section .note.GNU-stack,"",@progbits

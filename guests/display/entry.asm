; SPDX-License-Identifier: MIT
; Entry of a display program: boot/boot.asm jumps to its first byte in 32-bit
; protected mode with flat segments.

bits 32
extern program_main, bss_start, bss_end
global start

section .entry progbits alloc exec
start:	cli
	cld
	mov edi, bss_start
	mov ecx, bss_end
	sub ecx, edi
	xor eax, eax
	rep stosb
	mov esp, 0x300000
	call program_main
.halt:	hlt
	jmp .halt

section .note.GNU-stack noalloc noexec nowrite progbits

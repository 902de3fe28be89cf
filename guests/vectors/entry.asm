; SPDX-License-Identifier: MIT
; Start of the vector runtime, and its ways into and out of real mode.  The loader
; puts the blob at 1 MiB, where vectors have memory of theirs: it moves up by 1 MiB
; first (vectors.ld).

bits 32

%define LOADED	0x100000
%define HOME	0x200000
%define BYTES	0x600000	; the most an image holds

extern bss_start, bss_end, vectors_main, tramp_offset
global start, run_vector

section .entry
start:	cli
	mov esi, LOADED + BYTES - 4
	mov edi, HOME + BYTES - 4
	mov ecx, BYTES / 4
	std
	rep movsd
	cld
	mov eax, home
	jmp eax
home:	mov esp, stack_top
	mov edi, bss_start
	mov ecx, bss_end
	sub ecx, edi
	xor eax, eax
	rep stosb
	fninit
	lgdt [gdtr]
	jmp 0x08:.cs
.cs:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov ss, ax
	call vectors_main
	cli
	hlt

section .text
; void run_vector(u32 enter): jump to the trampoline, whose page the descriptors 18
; and 20 have as their base; back at `back`.
run_vector:
	mov eax, [esp + 4]
	pushad
	mov [saved_esp], esp
	push dword 0x18
	push eax
	retf

global back
back:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, [saved_esp]
	cld
	popad
	ret

section .data
	align 8
global vgdt
vgdt:	dq 0
	dw 0xffff, 0, 0x9b00, 0x00cf	; 08 flat code
	dw 0xffff, 0, 0x9300, 0x00cf	; 10 flat data
	dw 0xffff, 0, 0x9b00, 0x0000	; 18 code of the trampoline
	dw 0xffff, 0, 0x9300, 0x0000	; 20 its data
gdtr:	dw $-vgdt-1
	dd vgdt

section .bss
saved_esp: resd 1
	alignb 16
	resb 8192
stack_top:

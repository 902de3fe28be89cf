; SPDX-License-Identifier: MIT
; To 32-bit protected mode and back to real mode a hundred times, with BIOS
; calls in between.

%include "out.inc"

main:	mov cx, 100
.round:	push cx
	cli
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x08:pm32
bits 32
pm32:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov ss, ax
	inc dword [count]
	push dword 0x12345678
	pop eax
	cmp eax, 0x12345678
	jne $				; the stack is broken: hang, not a wrong text
	jmp 0x18:.pm16
bits 16
.pm16:	mov ax, 0x20
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp 0:.real
.real:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	sti
	mov ah, 0x01			; any BIOS call
	int 0x16
	pop cx
	loop main.round

	cmp dword [count], 100
	mov si, bad
	jne finish
	mov si, good
	jmp finish

count:	dd 0
good:	db "a hundred round trips", 13, 10, 0
bad:	db "round trips lost", 13, 10, 0
	align 8
gdt:	dq 0
	dw 0xffff, 0, 0x9b00, 0x00cf
	dw 0xffff, 0, 0x9300, 0x00cf
	dw 0xffff, 0, 0x9b00, 0x0000
	dw 0xffff, 0, 0x9300, 0x0000
gdtr:	dw $-gdt-1
	dd gdt

%include "end.inc"

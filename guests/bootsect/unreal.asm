; SPDX-License-Identifier: MIT
; Unreal mode: a 4 GiB DS limit loaded in protected mode stays when PE is
; cleared.

%include "out.inc"

main:	cli
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	mov bx, 0x08
	mov ds, bx
	and al, 0xfe
	mov cr0, eax
	mov esi, 0x00080000
	mov dword [esi], 0xcafe1234
	mov eax, [esi]
	xor bx, bx
	mov ds, bx
	sti
	cmp eax, 0xcafe1234
	mov si, bad
	jne finish
	mov si, good
	jmp finish

good:	db "unreal mode", 13, 10, 0
bad:	db "no unreal mode", 13, 10, 0
	align 8
gdt:	dq 0
	dw 0xffff, 0, 0x9300, 0x00cf
gdtr:	dw $-gdt-1
	dd gdt

%include "end.inc"

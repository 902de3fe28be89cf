; SPDX-License-Identifier: MIT
; Copying into shadow RAM while reads still come from ROM (290549, PAM = write
; only), as firmware does it: byte, word, doubleword and immediate stores of 32-bit
; code, over the ends of regions, through a read-only and a short segment; then the
; same code on plain memory.
%include "refvmm/test_engine/rom.inc"
	jmp start
	align 8
gdt:	dq 0
	dq 0x00cf9a000000ffff		; 08 code
	dq 0x00cf92000000ffff		; 10 flat data
	dq 0x00cf90000000ffff		; 18 the same, read-only
	dq 0x000092000000ffff		; 20 16-bit data
	dq 0x00409a000000ffff		; 28 code 1 MiB
	dq 0x0040920c8000003f		; 30 C8000h, 64 bytes
gdtr:	dw gdtr - gdt - 1
	dd gdt
idt:	times 13 dq 0
	dw fault, 8, 0x8e00, 0
idtr:	dw idtr - idt - 1
	dd idt
%macro PAM 1				; register 5Bh: C8000h and CC000h
	mov eax, 0x80000058
	mov edx, 0xcf8
	out dx, eax
	mov edx, 0xcff
	mov al, %1
	out dx, al
%endmacro
start:	lgdt [gdtr]
	lidt [idtr]
	mov eax, cr0
	inc ax
	mov cr0, eax
	jmp 8:flat
	bits 32
flat:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, 0x7c00
	PAM 2				; CC000h stays ROM
	; 1: bytes, with registers that the sequence itself uses
	mov edi, 0xc8000
	mov ecx, 0x3f00
.bytes:	mov eax, ecx
	mov [edi + ecx], al
	mov dl, ch
	mov [edi + ecx - 1], dh
	mov [edi + ecx], cl
	loop .bytes
	WANT dword [0xc8000], 0xffffffff, 1	; reads see ROM
	; 2: words and doublewords up to the end of the region and across it
	mov edi, 0xc9000
	mov ecx, 0x2fff
.words:	mov edx, edi
	mov [edi], dx
	mov [edi], edx
	mov word [edi], 0x1234
	mov dword [edi + 1], 0x55667788
	cmp edi, 0x12345678		; flags survive the store
	mov byte [edi], 0x11
	jb .below
	FAIL 2
.below:	inc edi
	loop .words
	WANT dword [0xcbffc], 0xffffffff, 3
	PAM 1				; now the RAM
	WANT byte [0xc8100], 0, 4
	WANT byte [0xc8234], 0x34, 5
	WANT byte [0xc8a55], 0x55, 6
	WANT byte [0xc9000], 0x11, 7
	WANT byte [0xcbffe], 0x11, 8
	WANT byte [0xcbfff], 0x88, 9
	WANT dword [0xcc000], 0xffffffff, 10	; dropped
	; 3: the same instructions while writes are dropped, then on plain memory
	PAM 2
	mov ebx, 3
.again:	mov edi, 0xc8040
	cmp ebx, 1
	jne .write
	PAM 1
.write:	mov ecx, 4
.four:	mov [edi + ecx], bl
	loop .four
	dec ebx
	jnz .again
	WANT dword [0xc8041], 0x02020202, 11
	PAM 2
	mov edi, 0xc8060
	mov ecx, 8
	call fill
	mov edi, 0x20000
	mov ecx, 4
	call fill
	WANT dword [0x20001], 0x04030201, 12
	mov edi, 0xc8070
	mov ecx, 4
	call fill
	PAM 1
	WANT dword [0xc8061], 0x04030201, 18
	WANT dword [0xc8071], 0x04030201, 19
	; 4: a read-only segment, a short one
	PAM 2
	mov ebx, 0
	mov ecx, 4
.prot:	mov ax, 0x10
	cmp ecx, 2
	jne .load
	mov ax, 0x18
.load:	mov es, ax
	mov byte [es:0xc8080], 0x77
	loop .prot
	WANT ebx, 1, 13
	mov ax, 0x30
	mov es, ax
	mov ecx, 0x44
	xor ebx, ebx
.short:	mov byte [es:ecx - 1], cl	; offsets 43h down to 0
	loop .short
	WANT ebx, 4, 14
	mov ax, 0x10
	mov es, ax
	PAM 1
	WANT byte [0xc8080], 0x77, 15
	WANT byte [0xc803f], 0x40, 16
	WANT byte [0xc8040], 0x40, 17	; not 41h
	; 5: code there, changed by a hot store while it cannot be seen, runs as changed
	PAM 3
	mov dword [0xc8200], 0x000011b8	; mov eax, 11h; ret
	mov word [0xc8204], 0xc300
	mov eax, 0xc8200
	call eax
	WANT eax, 0x11, 20
	PAM 2
	mov edi, 0xc8200
	mov ecx, 8
.patch:	mov byte [edi + 1], cl
	loop .patch
	PAM 3
	mov eax, 0xc8200
	call eax
	WANT eax, 1, 21
	mov al, 0
	out 0xf4, al
	hlt
fill:	mov [edi + ecx], cl
	loop fill
	ret
fault:	inc ebx				; skip the store: 66-less forms here
	push eax
	mov eax, [esp + 8]
	cmp byte [eax], 0x26		; ES prefix
	jne .bad
	cmp byte [eax + 2], 0x05	; [disp32], imm8
	je .eight
	add dword [esp + 8], 5 - 1	; [ecx - 1]: 26 88 49 FF
	jmp .out
.eight:	add dword [esp + 8], 8
.out:	pop eax
	add esp, 4
	iretd
.bad:	mov al, 99
	out 0xf4, al
	hlt
	bits 16
%include "refvmm/test_engine/rom_end.inc"

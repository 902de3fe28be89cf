; SPDX-License-Identifier: MIT
; A boot sector program for what an instruction leaves behind when it cannot be done:
; at CPL 3, with a stack and two segments that end early, every register has to be as
; before the fault (SDM vol. 3A 6.5, faults).  Before that, segment loads right behind
; x87 instructions, in real mode and at CPL 0, and a segment with base and offset whose
; sum wraps (vol. 1 3.3.1), what the x87 remembers, constants to device memory, and a
; branch not taken that would fault.  It prints on port 0xE9: registers, and for a
; fault its vector, error code and place.

	%include "conformance/mutate/boot.inc"

SECTORS	equ 5

	boot_load
	boot_line si, begin_text
	mov dword [0x6000], 0x12345678
	mov dword [0x6100], 0x9abcdef1
	mov eax, cr0
	and al, ~0x0c ; TS, EM
	mov cr0, eax
	fninit
	call planes
	lgdt [gdtr]
	lidt [idtr]
	mov ebp, 3
real:	mov ecx, 0xc1c2c3c4
	mov edx, 0xd1d2d3d4
	mov ax, 0x10
	fld1
	mov es, ax
	fstp st0
	mov ebx, ecx
	mov edi, [es:0x6000]
	fldz
	mov fs, dx
	fstp st0
	cmp ebx, ecx
	jne leave
	db 0x66, 0x0f, 0x85 ; jnz, not taken, to where no code can be
	dd 0x20000
	dec bp
	jnz real
	boot_protected
	boot_leave

begin_text:
	db "edges", 10
	boot_shutdown

	boot_sector

gdtr:	dw gdt_end - gdt - 1
	dd gdt
idtr:	dw 15 * 8 - 1
	dd idt12 - 12 * 8
	align 8
	; 08 code, 10 data, 18 data at 100h, 20 and 28 data at 6080h and 6180h, and at
	; DPL 3: 30 code, 38 data, 40 a kilobyte at 100h, 48 the first 32 KiB; 50 TSS,
	; 58 code16
gdt:	dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00cf92000100ffff
	dq 0x00cf92006080ffff, 0x00cf92006180ffff
	dq 0x00cffa000000ffff, 0x00cff2000000ffff, 0x0040f200010003ff, 0x0040f20000007fff
	dw 103, tss, 0x8900, 0
	dq 0x00009a000000ffff
gdt_end:
idt12:	dw stack_fault, 0x08, 0x8e00, 0
	dw protection, 0x08, 0x8e00, 0
	dw page_fault, 0x08, 0x8e00, 0
tss:	dd 0, 0x7a00, 0x10
	times 23 dd 0

; Constants to memory that is a device: the four planes of mode 12h (IBM VGA, write mode
; 0 and read mode 0, as the BIOS sets them).
planes:	mov ax, 0x12
	int 0x10
	mov ax, 0xa000
	mov es, ax
	mov dword [es:0x100], 0x12345678
	add dword [es:0x100], 0x11223344
	and byte [es:0x101], 0x5a
	xor word [es:0x102], 0x4321
	rol dword [es:0x100], 5
	sub word [es:0x101], byte 0x33
	btc dword [es:0x100], 19
	mov esi, [es:0x100]
	mov dword [seen], esi
	test dword [es:0x100], 0x10
	setz [seen + 4]
	cmp byte [es:0x102], 0x77
	setb [seen + 5]
	imul eax, [es:0x100], 0x01020304
	mov [seen + 8], eax
	mov ax, 3
	int 0x10
	cli
	mov esi, [seen]
	ret
seen:	dd 0, 0, 0

	bits 32
hex:	push ecx ; EAX
	boot_hex ecx, eax, ' '
	pop ecx
	ret

protected:
	mov ebp, 0x10
	mov esi, 0x18
	mov ds, ebp
	mov es, ebp
	mov ss, ebp
	mov esp, 0x7c00
	mov ax, 0x50
	ltr ax
	mov eax, [seen]
	call hex
	mov eax, [seen + 4]
	call hex
	mov eax, [seen + 8]
	call hex
	mov eax, edi
	call hex
	mov eax, ebx
	call hex
	xor edi, edi
	mov ecx, 0xc1c2c3c4
	mov edx, 0xd1d2d3d4
	mov ebx, 20
.load:	mov eax, 0xa1a2a3a4
	mov es, ebp
	fld1
	mov es, esi
	fstp st0
	fldz
	mov fs, ebp
	fstp st0
	sub edi, [es:0x6000]
	rol edi, 3
	add edi, [fs:0x6000]
	add eax, ecx
	add edi, eax
	mov eax, es ; one of them read back
	add edi, eax
	add edi, edx
	mov gs, esi
	mov eax, gs
	add edi, eax
	dec ebx
	jnz .load
	mov eax, edi
	call hex
	mov esi, 0x20
	mov edx, 0x28
	mov ebx, 20
.wrap:	mov gs, esi
	mov eax, gs
	add edi, eax
	add edi, [gs:0xffffff80]
	mov gs, edx
	rol edi, 1
	add edi, [gs:0xffffff80]
	xchg esi, edx
	dec ebx
	jnz .wrap
	mov eax, edi
	call hex
	call quiet
	call collide
	call notes
	mov al, 10
	out 0xe9, al
	mov eax, 0x3b
	mov ds, eax
	mov es, eax
	mov eax, 0x43
	mov fs, eax
	mov gs, eax
	jmp next

; What only must not touch other registers or bytes, and writes into the page of code.
quiet:	xor edi, edi
	mov ebx, 20
.each:	imul ecx, ebx, 0x01234567
	imul edx, ebx, 0x07654321
	imul eax, ebx, 0x00fedcba
	push fs
	lea esi, [eax + ecx]
	add edi, esi
	lea esi, [edx + edi]
	rol edi, 5
	add edi, esi
	movzx esi, word [esp]
	add esp, 4
	add edi, esi
	mov dword [0x6010], 0xffffffff
	mov [0x6010], es
	add edi, [0x6010]
	mov dword [0x6010], 0xffffffff
	lea edx, [ebx + 0x6000]
	neg ebx
	mov [edx + ebx + 0x10], fs
	neg ebx
	add edi, [0x6010]
	lea esi, [ebx + edi]
	imul eax, ebx, 3
	imul ecx, ebx, 5
	mov dword [eax + ecx + 0x6000], 0xffffffff
	mov [eax + ecx + 0x6000], gs
	add edi, [eax + ecx + 0x6000]
	mov dword [.cell], 0x12345678
	add edi, [.cell]
	add dword [.cell], 0x11111111
	and byte [.cell + 1], 0x5a
	mov word [.cell + 2], 0x4321
	rol edi, 7
	add edi, [.cell]
	imul esi, [.cell], 0x01020304
	add edi, esi
	shl dword [.cell], 3
	xor esi, esi
	cmp dword [.cell], 0x1908b808
	adc edi, esi
	add edi, [.cell]
	dec ebx
	jnz .each
	mov eax, edi
	jmp hex
.cell:	dd 0

; Calls of seven places 64 KiB apart, new ones and known ones: all registers stay.
collide:
	mov es, ebp
	mov ebx, 7
.copy:	mov esi, .callee
	mov edi, ebx
	shl edi, 16
	mov ecx, .callee_end - .callee
	rep movsb
	dec ebx
	jnz .copy
	xor edi, edi
	mov ebp, 0x6100
	mov ecx, 0xc1c2c3c4
	mov edx, 0xd1d2d3d4
	mov ebx, 20
.each:	mov eax, ebx
	aam 7
	movzx eax, al
	inc eax
	shl eax, 16
	call eax
	add edi, eax
	add edi, [ebp - 0x75]
	rol ecx, 3
	dec ebx
	jnz .each
	mov eax, edi
	mov ebp, 0x10
	jmp hex
.callee:
	rol edi, 5
	add edi, ecx
	sub edi, edx
	add edi, ebx
	ret
.callee_end:

; The x87's last instruction and operand (vol. 1 8.1.8), from an environment.
%macro note 1 ; where the instruction is
	fnstenv [0x6200]
	mov eax, [0x620c]
	sub eax, %1
	mov edx, [0x6210]
	and edx, 0x07ffffff
	mov esi, [0x6214]
	call .show
%endmacro
notes:	mov al, 10
	out 0xe9, al
	mov edi, 2
.each:	fninit
	mov ebx, 0x6000
	note 0
.memory:
	fld dword [ebx]
	inc ebx
	note .memory
.plain:	fld1
	note .plain
	mov ebp, 0x5f00
	mov esi, 0x40
.both:	fadd dword [ebp + esi * 4]
	inc ebp
	dec esi
	note .both
	fxsave [0x6300]
	mov dword [0x6308], 0x1234
	mov dword [0x6310], 0x5678
	mov word [0x6306], 0x1d9
	fld1
	fxrstor [0x6300]
	note 0
	fadd dword [ebx + 3]
	fxrstor [0x6300]
	jmp short .restored ; its note is not of the same run
.restored:
	fnstenv [0x6200]
	mov eax, [0x620c]
	mov edx, [0x6214]
	xor esi, esi
	call .show
	fadd dword [ebx + 3]
	jmp short .noted
.noted:	fxrstor [0x6300]
	fldz
	jmp short .later
.later:	note 0
	fadd dword [ebx + 3]
	jmp short .alone
.alone:	fxrstor [0x6300]
	jmp short .shown
.shown:	note 0
	fninit
	fldz
	note 0x6000
	fld dword [ebx + 3]
	fnstenv [0x6400]
	mov dword [0x640c], 0x4321
	mov dword [0x6414], 0x8765
	fldz
	fldenv [0x6400]
	note 0
.save:	fadd dword [ebx + 7]
	fnsave [0x6500]
	mov eax, [0x650c]
	sub eax, .save
	mov edx, [0x6510]
	and edx, 0x07ffffff
	mov esi, [0x6514]
	call .show
	note 0 ; as behind FNINIT
	mov dword [0x650c], 0x2143
	mov dword [0x6514], 0x6587
	frstor [0x6500]
	note 0
	dec edi
	jnz .each
	ret
.show:	call hex
	mov eax, edx
	call hex
	mov eax, esi
	call hex
	mov al, 10
	out 0xe9, al
	ret

; Each twice: the first time it is translated.
next:	mov esp, 0x7a00
	mov edi, [es:index]
	mov esi, edi
	shr esi, 1
	movzx esi, word [es:places + 2 * esi]
	test esi, esi
	jz end
	inc dword [es:index]
	push dword 0x4b
	push dword 0x7000
	push dword 2
	push dword 0x33
	push esi
	mov eax, 0xa1a2a3a4
	mov ecx, 0xc1c2c3c4
	mov edx, 0xd1d2d3d4
	mov ebx, 0x6000
	mov ebp, 0x15161718
	add eax, edi ; none as it was spilled last time
	add ecx, edi
	add edx, edi
	iretd

stack_fault:
	push dword 12
	jmp fault
protection:
	push dword 13
	jmp fault
page_fault:
	push dword 14
fault:	pushad ; EDI ESI EBP ESP EBX EDX ECX EAX, vector, error, EIP CS EFLAGS ESP SS
	mov ebp, esp
	mov eax, [ss:ebp + 32]
	call hex
	mov eax, [ss:ebp + 36]
	call hex
	mov eax, [ss:ebp + 40]
	sub eax, [ss:ebp + 4]
	call hex
	mov eax, [ss:ebp + 28]
	call hex
	mov eax, [ss:ebp + 24]
	call hex
	mov eax, [ss:ebp + 20]
	call hex
	mov eax, [ss:ebp + 16]
	call hex
	mov eax, [ss:ebp + 8]
	call hex
	mov eax, [ss:ebp + 52]
	call hex
	mov eax, [ss:ebp + 48]
	and eax, 0x3cd5
	call hex
	mov al, 10
	out 0xe9, al
	jmp next

index:	dd 0
places:
%assign k 0
%rep 26
	dw place %+ k
%assign k k + 1
%endrep
	dw 0

%assign k 0
%macro place 0
place %+ k:
%assign k k + 1
%endmacro
%macro full 1+
	place
	mov esp, 0x9000
	%1
%endmacro
%macro beyond 1+
	place
	%1
%endmacro
	full call edx
	full call [ebx]
	full call esp
	full push fs
	full push ds
	full pushfd
	full popfd
	full ret
	full ret 4
	full push ecx
	full pop ecx
	full push dword [ebx]
	full pop dword [ebx]
	full leave
	beyond mov [gs:0x2000], ds
	beyond mov [fs:eax + 0x2000], ds
	beyond mov [fs:eax + ecx * 2], es
	beyond mov eax, [gs:0x2000]
	beyond mov [gs:ecx + 0x2000], edx
	beyond add [fs:0x2000], ecx
	beyond call [gs:0x2000]
	beyond jmp [fs:ecx]
	beyond fld dword [fs:0x2000]
	beyond fist dword [gs:ecx + 0x2000]
	beyond pop dword [gs:0x2000]
	beyond sti

end:	mov eax, 0x10
	mov ds, eax
	mov es, eax
	mov ss, eax
	boot_line esi, end_text
	boot_real 0x58
end_text:
	db "END", 10

	times 512 * (SECTORS + 1) - ($ - $$) db 0

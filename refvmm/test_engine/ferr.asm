; SPDX-License-Identifier: MIT
; Floating-point errors with CR0.NE clear (SDM vol. 1 appendix D): IRQ 13, port
; F0h, and instructions that ignore the error meanwhile.
%include "refvmm/test_engine/rom.inc"
%macro PIC 3			; ports, first vector, ICW3
	mov al, 0x11
	out %1, al
	mov al, %2
	out %1 + 1, al
	mov al, %3
	out %1 + 1, al
	mov al, 1
	out %1 + 1, al
%endmacro
	PIC 0x20, 0x20, 4
	PIC 0xa0, 0x28, 2
	mov al, 0xfb			; the slave
	out 0x21, al
	mov al, 0xdf			; IRQ 13
	out 0xa1, al
	VECTOR 0x2d, error
	VECTOR 16, unexpected
	mov eax, cr0
	and al, ~0x2c			; NE, TS, EM
	mov cr0, eax
	mov cx, 3
	xor bx, bx
again:	fninit
	fldcw [unmasked]
	sti
	fld1
	fldz
	fdivp				; the error
	nop
	fnstsw ax			; looks without waiting
	test al, 0x80
	jz .lost
	WANT bx, 0, 1
.wait:	fwait				; meets it
.after:	nop
	WANT bx, 1, 2
	xor bx, bx
	; FNCLEX before anything waits: no interrupt at all
	fld1
	fldz
	fdivp
	fnclex
	fwait
	nop
	WANT bx, 0, 3
	; a waiting instruction with a memory operand
	fld1
	fldz
	fdivp
	fstp qword [number]
	WANT bx, 1, 4
	xor bx, bx
	loop again
	PASS
.lost:	FAIL 5
error:	push ax
	inc bx
	out 0xf0, al
	fldpi				; error still there, ignored
	fstp st0
	fnstcw [number]
	cmp word [number], 0x37b	; masked for no one to see
	jne .mask
	fnstsw ax
	test al, 0x80
	jz .gone
	fnclex
	mov al, 0x20
	out 0xa0, al
	out 0x20, al
	pop ax
	iret
.mask:	FAIL 6
.gone:	FAIL 7
unexpected: FAIL 8
unmasked: dw 0x37b		; zero divide
number:	dq 0
%include "refvmm/test_engine/rom_end.inc"

; SPDX-License-Identifier: MIT
; Interrupts reach a loop of chained units that never leaves translated code, and
; one of indirect branches; registers and flags survive them.  Each tick arms the
; next (8254 mode 0), so that it comes while the loop runs, however late the host is.
%include "refvmm/test_engine/rom.inc"
	VECTOR 0x20, tick
	TIMER 1193			; unmasks IRQ 0
	mov ebx, 0x12345678
	sti
.a:	test bl, 1			; two units, chained both ways
	jnz .b
	jmp .b
.b:	cmp word [ticks], 20
	jb .a
	mov si, .d
	mov word [ticks], 0
.c:	jmp si				; indirect
.d:	call .leaf
	cmp word [ticks], 20
	jb .c
	mov word [ticks], 0
	mov ecx, 0
.e:	stc				; flags across an interrupt
	jnc .bad
	inc ecx
	cmp word [ticks], 20
	jb .e
	cli
	WANT ebx, 0x12345678, 1
	WANT sp, 0x7c00, 2
	PASS
.leaf:	ret
.bad:	FAIL 3
tick:	push ax
	inc word [ticks]
	mov al, 0x30			; one interrupt in a millisecond
	out 0x43, al
	mov al, 1193 & 0xff
	out 0x40, al
	mov al, 1193 >> 8
	out 0x40, al
	mov al, 0x20
	out 0x20, al
	clc
	pop ax
	iret
ticks:	dw 0
%include "refvmm/test_engine/rom_end.inc"

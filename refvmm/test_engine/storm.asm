; SPDX-License-Identifier: MIT
; Thousands of interrupts while the guest is in callouts, in-cache sequences and
; indirect branches: nothing of it may be done twice, left out or be seen.
%include "refvmm/test_engine/rom.inc"
	VECTOR 0x20, tick
	VECTOR 0x30, soft
	TIMER 100			; 12 kHz
	sti
.again:	mov esi, 0x11111111
	mov edx, 0x22222222
	xor eax, eax
	mov ecx, 50
.loop:	inc eax
	pushf
	popf
	call .leaf
	push .back			; a return nobody called
	ret
.back:	mov bx, .next
	jmp bx
.next:	push ds
	pop es
	int 0x30
	mov bx, ds
	cli
	sti
	nop
	add al, 0			; flags over PUSHF and POPF
	stc
	pushf
	clc
	popf
	jnc .flags
	loop .loop
	WANT eax, 50 * 4, 1
	WANT esi, 0x11111111, 2
	WANT edx, 0x22222222, 3
	WANT sp, 0x7c00, 4
	cmp word [ticks], 3000
	jb .again
	PASS
.flags:	FAIL 5
.leaf:	inc eax
	ret
soft:	inc eax
	inc eax
	iret
tick:	push ax
	push es
	inc word [ticks]
	xor ax, ax
	mov es, ax
	mov al, 0x20
	out 0x20, al
	pop es
	pop ax
	iret
ticks:	dw 0
%include "refvmm/test_engine/rom_end.inc"

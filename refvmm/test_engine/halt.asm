; SPDX-License-Identifier: MIT
; HLT ends with an interrupt and goes on behind itself; CLI keeps it out.
%include "refvmm/test_engine/rom.inc"
	VECTOR 0x20, tick
	TIMER 1193
	mov cx, 30
.again:	xor bp, bp
	mov al, 0x0a			; IRR
	out 0x20, al
	in al, 0x20
	test al, 1
	jnz .soon			; a HLT counts when no tick waits and
	xor al, al			; the next is half a millisecond away,
	out 0x43, al			; so that it has to wait
	in al, 0x40
	mov ah, al
	in al, 0x40
	xchg al, ah
	cmp ax, 600
	jae .halt
.soon:	inc bp
.halt:	mov ax, [ticks]
	sti
	hlt
	cli
	inc ax
	cmp ax, [ticks]
	ja .early			; woken without an interrupt
	test bp, bp
	jnz .again
	loop .again
	mov ax, [ticks]			; IF = 0: the request waits
	mov cx, 0xffff
.spin:	in al, 0x61
	loop .spin
	mov ax, [ticks]
	mov bx, ax
	sti
	nop				; the interrupt comes behind this one
	nop
	cli
	cmp [ticks], bx
	jbe .late
	PASS
.early:	FAIL 1
.late:	FAIL 2
tick:	push ax
	inc word [ticks]
	mov al, 0x20
	out 0x20, al
	pop ax
	iret
ticks:	dw 0
%include "refvmm/test_engine/rom_end.inc"

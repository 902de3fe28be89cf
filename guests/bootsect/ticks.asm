; SPDX-License-Identifier: MIT
; IRQ 0 through the BIOS: hooks INT 1Ch, sleeps in HLT for ten ticks, and looks
; whether the BIOS's own count (INT 1Ah) moved by as many.

%include "out.inc"

main:	cli
	mov word [0x1c * 4], tick
	mov word [0x1c * 4 + 2], 0
	sti
	mov ah, 0
	int 0x1a
	mov [before], dx
.wait:	hlt
	cmp word [count], 10
	jb .wait
	mov ah, 0
	int 0x1a
	sub dx, [before]
	mov si, bad
	cmp dx, 9
	jb finish
	cmp dx, 12
	ja finish
	mov si, good
	jmp finish

tick:	inc word [cs:count]
	iret

count:	dw 0
before:	dw 0
good:	db "ten ticks", 13, 10, 0
bad:	db "the BIOS counts otherwise", 13, 10, 0

%include "end.inc"

; SPDX-License-Identifier: MIT
; Code that changes itself: another unit, the same unit, the next instruction, the
; instruction that stores, a string store, and through another segment.
%include "refvmm/test_engine/rom.inc"
	mov cx, 200
	xor dx, dx
.other:	inc dx
	mov [other + 1], dx		; a unit that ran before
	call other
	cmp ax, dx
	jne .bad1
	mov [.imm + 1], dx		; the next instruction
.imm:	mov ax, 0
	cmp ax, dx
	jne .bad2
	mov di, .str + 1		; a string store over what follows
	mov ax, dx
	push cx
	mov cx, 1
	rep stosw
.str:	mov ax, 0
	pop cx
	cmp ax, dx
	jne .bad3
	push dx				; a stack store on code
	pop word [.pop + 1]
.pop:	mov ax, 0
	cmp ax, dx
	jne .bad4
	mov bx, 0x100			; the same byte by another segment
	mov es, bx
	mov [es:.seg + 1 - 0x1000], dx
	push ds
	pop es
.seg:	mov ax, 0
	cmp ax, dx
	jne .bad5
	loop .other
	; an instruction turned into a shorter one and back
	mov cx, 50
.turn:	mov byte [.x], 0x40		; inc ax
	mov byte [.x + 1], 0x40
	xor ax, ax
.x:	nop
	nop
	cmp ax, 2
	jne .bad6
	mov word [.x], 0x9090
	loop .turn
	PASS
.bad1:	FAIL 1
.bad2:	FAIL 2
.bad3:	FAIL 3
.bad4:	FAIL 4
.bad5:	FAIL 5
.bad6:	FAIL 6
other:	mov ax, 0
	ret
%include "refvmm/test_engine/rom_end.inc"

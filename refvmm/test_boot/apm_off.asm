; SPDX-License-Identifier: MIT
; A boot sector that turns the machine off through the APM BIOS (APM specification
; 1.2, functions 00h, 01h, 0Eh and 07h of INT 15h AH=53h).
	bits 16
	org 0x7c00
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7c00
	mov	ax, 0x5300
	xor	bx, bx
	int	0x15
	jc	bad
	cmp	bx, 'MP'		; "PM", BH first
	jne	bad
	mov	al, 'A'
	out	0xe9, al
	mov	ax, 0x5301
	xor	bx, bx
	int	0x15
	jc	bad
	mov	ax, 0x530e
	xor	bx, bx
	mov	cx, 0x102
	int	0x15
	jc	bad
	mov	al, 'B'
	out	0xe9, al
	mov	ax, 0x5307
	mov	bx, 1
	mov	cx, 3
	int	0x15
bad:	mov	al, '!'
	out	0xe9, al
	mov	al, 1
	out	0xf4, al
stay:	hlt
	jmp	stay
	times 510 - ($ - $$) db 0
	dw 0xaa55

; SPDX-License-Identifier: MIT
; A boot sector for harness/tracediff: a loop, string and arithmetic instructions,
; then a store behind the limit of a segment.  A processor faults there and comes to
; `fault`; QEMU does not look at limits and goes on.
	bits 16
	org 0x7c00
	cli
	cld
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7c00
	xor	ebx, ebx
	xor	ebp, ebp
	xor	edx, edx
	mov	esi, 0x7c00
	mov	edi, 0x8000
	mov	ecx, 20
	rep	movsb
	mov	eax, 0x1234
	mul	ax			; SF ZF AF PF undefined
	mov	ecx, 10
again:	add	eax, ecx
	push	eax
	pop	ebx
	loop	again
	lgdt	[gdtr]
	lidt	[idtr]
	mov	eax, cr0
	or	al, 1
	mov	cr0, eax
	jmp	8:flat
	bits 32
flat:	mov	eax, 16
	mov	ds, eax
	mov	ss, eax
	mov	eax, 24
	mov	es, eax			; limit 0FFFh
	mov	eax, 1
	mov	[es:0xffc], eax
	mov	[es:0xffd], eax		; #GP(0)
	mov	al, 0x20
	out	0xf4, al
	hlt
fault:	mov	al, 0x10
	out	0xf4, al
	hlt

	align 8
gdt:	dq 0
	dq 0x00cf9a000000ffff
	dq 0x00cf92000000ffff
	dq 0x0040920090000fff		; base 9000h
gdtr:	dw 31
	dd gdt
idt:	times 13 dq 0
	dw fault, 8, 0x8e00, 0
idtr:	dw 14 * 8 - 1
	dd idt
	times 510 - ($ - $$) db 0
	dw 0xaa55

; SPDX-License-Identifier: MIT
; A Multiboot guest to be debugged.  The test knows the addresses in the margin.
	bits 32
	org 0x100000

	align 4
header:	dd 0x1badb002, 0x10003, -(0x1badb002 + 0x10003)
	dd header, header, 0, image_end, start

	times 0x40 - ($ - $$) db 0x90
start:	mov	esp, stack_end		; 100040
	mov	ecx, 1000		; 100045
	times 0x100060 - 0x100000 - ($ - $$) nop
again:	inc	dword [counter]		; 100060
	call	work
	loop	again
	times 0x100080 - 0x100000 - ($ - $$) nop
finish:	mov	eax, [counter]		; 100080
	cmp	eax, 1000
	jne	bad
	fninit
	fld1
	fldpi
	mov	dword [watched], 5
	nop
spin:	cmp	dword [gate], 0		; until the debugger opens it
	je	spin
	; The code the debugger had breakpoints in must read as it was assembled.
	mov	eax, [again]
	cmp	eax, [copy]
	jne	bad
	mov	al, 0x10
	out	0xf4, al
bad:	mov	al, 0x20
	out	0xf4, al
	hlt

	times 0x100100 - 0x100000 - ($ - $$) nop
work:	mov	eax, ecx		; 100100
	add	eax, eax
	ret

	times 0x100200 - 0x100000 - ($ - $$) db 0
counter: dd 0				; 100200
watched: dd 0				; 100204
gate:	dd 0				; 100208
copy:	db 0xff, 0x05, 0x00, 0x02	; INC DWORD [00100200]: its first bytes

image_end equ $ + 4096
stack_end equ image_end

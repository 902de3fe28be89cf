; SPDX-License-Identifier: MIT
; Ports that are answered in the translation cache (devices/pc_cells.c), against
; the same registers through the board; a poll for the keyboard that only time ends.
%include "refvmm/test_engine/rom.inc"
	mov cx, 100
.post:	mov al, cl
	out 0x80, al
	mov ax, 0xff00
	in al, 0x80
	cmp al, cl
	jne .bad1
	WANT ah, 0xff, 1
	mov dx, 0x80
	mov al, ch
	not al
	stc
	out dx, al
	in al, dx
	jc .carry
.bad1:	FAIL 2
.carry:	WANT al, 0xff, 3
	in ax, dx			; two bytes: 81h too
	WANT al, 0xff, 4
	loop .post
	; configuration address: written here, used and read by the board
	mov ecx, 50
.pci:	mov dx, 0xcf8
	mov eax, 0x80000003
	out dx, eax
	in eax, dx
	WANT eax, 0x80000000, 5		; reserved bits
	mov dx, 0xcfc
	in eax, dx
	WANT eax, 0x12378086, 6
	mov dx, 0xcf8
	mov eax, 0x80000800
	out dx, eax
	mov dx, 0xcfc
	in ax, dx
	WANT ax, 0x8086, 7
	dec ecx
	jnz .pci
	; keyboard: self-test answers at once, a reset byte takes its time
	mov al, 0xaa
	out 0x64, al
	in al, 0x64
	test al, 1
	jnz .full
	FAIL 8
.full:	in al, 0x60
	WANT al, 0x55, 9
	in al, 0x64
	test al, 1
	jz .empty
	FAIL 10
.empty:	mov al, 0xff
	out 0x60, al
.poll:	in al, 0x64			; the alarm of the board ends this
	test al, 1
	jz .poll
	in al, 0x60
	WANT al, 0xfa, 12
	mov dx, 0x64
.poll2:	in al, dx
	test al, 1
	jz .poll2
	in al, 0x60
	WANT al, 0xaa, 13
	; and with an interrupt routine beside it
	VECTOR 0x20, tick
	TIMER 2000
	sti
.ticks:	in al, 0x64
	out 0x80, al
	cmp byte [ticks], 3
	jb .ticks
	cli
	PASS
ticks:	db 0
tick:	push ax
	inc byte [cs:ticks]
	mov al, 0x20
	out 0x20, al
	pop ax
	iret
%include "refvmm/test_engine/rom_end.inc"

; SPDX-License-Identifier: MIT
; A20 by port 92h: aliases of data and of code, in the window and in translations.
%include "refvmm/test_engine/rom.inc"
	mov ax, 0xffff
	mov es, ax			; ES:0510 is 100500h
	mov byte [es:0x520], 0xc3	; placeholders
	mov al, 2
	out 0x92, al			; open
	mov dword [0x500], 0x01010101
	mov dword [es:0x510], 0x02020202
	WANT dword [0x500], 0x01010101, 1
	WANT dword [es:0x510], 0x02020202, 2
	mov dword [0x510], 0xcb0001b8	; mov ax, 1; retf
	mov dword [es:0x520], 0xcb0002b8 ; mov ax, 2; retf
	call 0xffff:0x520
	WANT ax, 2, 3
	xor al, al
	out 0x92, al			; closed: 100510h is 510h
	call 0xffff:0x520
	WANT ax, 1, 4
	WANT dword [es:0x510], 0x01010101, 5
	mov byte [es:0x521], 3		; on the code, through the alias
	call 0:0x510
	WANT ax, 3, 6
	call 0xffff:0x520
	WANT ax, 3, 7
	mov al, 2
	out 0x92, al
	call 0xffff:0x520
	WANT ax, 2, 8
	call 0:0x510
	WANT ax, 3, 9
	PASS
%include "refvmm/test_engine/rom_end.inc"

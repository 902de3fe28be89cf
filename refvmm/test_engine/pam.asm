; SPDX-License-Identifier: MIT
; Shadow RAM of the i440FX (290549, PAM): all four settings of C8000-CBFFF, for
; data and for translated code.
%include "refvmm/test_engine/rom.inc"
%macro PAM 1
	mov eax, 0x80000058
	mov dx, 0xcf8
	out dx, eax
	mov dx, 0xcff			; register 5Bh
	mov al, %1
	out dx, al
%endmacro
	mov ax, 0xc800
	mov es, ax
	WANT dword [es:0], 0xffffffff, 1
	PAM 2				; writes to RAM, reads from ROM
	mov dword [es:0], 0xcb0007b8	; mov ax, 7; retf
	WANT dword [es:0], 0xffffffff, 2
	PAM 1				; reads from RAM, writes dropped
	WANT dword [es:0], 0xcb0007b8, 3
	mov dword [es:0], 0
	WANT dword [es:0], 0xcb0007b8, 4
	call 0xc800:0
	WANT ax, 7, 5
	PAM 3				; both
	mov byte [es:1], 8
	call 0xc800:0
	WANT ax, 8, 6
	mov byte [es:1], 9		; on translated code
	call 0xc800:0
	WANT ax, 9, 7
	PAM 1				; on protected code, dropped
	mov byte [es:1], 10
	call 0xc800:0
	WANT ax, 9, 8
	PAM 0
	WANT dword [es:0], 0xffffffff, 9
	mov dword [es:0], 0
	WANT dword [es:0], 0xffffffff, 10
	PAM 3
	call 0xc800:0			; the RAM kept it
	WANT ax, 9, 11
	PASS
%include "refvmm/test_engine/rom_end.inc"

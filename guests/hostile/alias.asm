; SPDX-License-Identifier: MIT
; Code and the A20 gate.  While the gate is closed every even megabyte shows twice:
; stores through one address change what runs at the other, and opening or closing
; it puts other code under an address that has run before.  This code moves to low
; memory for the time being.

%include "guests/hostile/hostile.inc"

guest:
	EXPECT "A20 alias", NONE, 0
	mov esi, .low
	mov edi, 0x20000
	mov ecx, .low_end - .low
	rep movsb
	HERE
	mov ebx, 0x20000
	call ebx
	WANT eax, 0x22222222
	WANT ecx, 0x11111111
	WANT edx, 0x22222222
	DONE
	EXPECT "A20 closed under code that ran", NONE, 0
	mov esi, .gate
	mov edi, 0x20000
	mov ecx, .gate_end - .gate
	rep movsb
	mov edi, 0x500000
	mov dword [0x400000], 0x111111b8 ; mov eax, 11111111h; ret
	mov word [0x400004], 0xc311
	mov dword [edi], 0x222222b8
	mov word [edi + 4], 0xc322
	HERE
	mov ebx, 0x20000
	call ebx
	WANT ecx, 0x22222222
	WANT edx, 0x11111111
	WANT eax, 0x22222222
	DONE
	ret
.gate:	call edi
	mov ecx, eax
	in al, 0x92
	mov bl, al
	and al, 0xfc			; A20 off: 500000h is 400000h
	out 0x92, al
	mov esi, esp
	mov esp, 0x28000
	call edi
	mov esp, esi
	mov edx, eax
	mov al, bl
	and al, 0xfe
	or al, 2
	out 0x92, al
	call edi
	ret
.gate_end:
.low:	in al, 0x92
	mov bl, al
	and al, 0xfc			; A20 off
	out 0x92, al
	mov esp, 0x28000
	mov edi, 0x400000		; seen at 0x500000 too
	mov dword [edi + 0x100000], 0	; both places have been written to
	mov dword [edi], 0x111111b8	; mov eax, 11111111h; ret
	mov word [edi + 4], 0xc311
	call edi
	call edi
	mov ecx, eax
	or edi, 0x100000		; through the alias
	mov dword [edi + 1], 0x22222222
	and edi, ~0x100000
	call edi
	mov edx, eax
	mov dword [edi + 1], 0x33333333
	or edi, 0x100000
	call edi			; code reached through the alias
	cmp eax, 0x33333333
	jne .bad
	and edi, ~0x100000
	mov dword [edi + 1], 0x22222222
	or edi, 0x100000
	call edi
.bad:	mov esi, eax
	mov al, bl
	or al, 2
	and al, 0xfe
	out 0x92, al
	mov eax, esi
	mov esp, [t_esp]
	sub esp, 4
	ret
.low_end:


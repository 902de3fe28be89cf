; SPDX-License-Identifier: MIT
; First and last instructions of a user program, and the two ways into the
; kernel.  Intel SDM volume 2, SYSENTER: ECX and EDX say where to come back to.

bits 32
	extern main

section .entry
global ustart
ustart:
	call main
	mov ebx, eax
	xor eax, eax			; SYS_EXIT
	int 0x80
	ud2

section .text

; u32 call_slow(u32 number, u32 a, u32 b, u32 c)
global call_slow
call_slow:
	push ebx
	push esi
	push edi
	mov eax, [esp + 16]
	mov ebx, [esp + 20]
	mov esi, [esp + 24]
	mov edi, [esp + 28]
	int 0x80
	pop edi
	pop esi
	pop ebx
	ret

; u32 call_fast(u32 number, u32 a, u32 b, u32 c)
global call_fast
call_fast:
	push ebx
	push esi
	push edi
	mov eax, [esp + 16]
	mov ebx, [esp + 20]
	mov esi, [esp + 24]
	mov edi, [esp + 28]
	mov ecx, esp
	mov edx, .back
	sysenter
.back:	pop edi
	pop esi
	pop ebx
	ret

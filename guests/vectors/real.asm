; SPDX-License-Identifier: MIT
; Trampoline between the runtime and a vector, copied to a page that the vector does
; not use and run there with CS = that page.  SDM vol. 3A section 9.9.2: switching to
; real mode.  struct tramp of runtime.h is its head.

bits 16
org 0

gpr:	times 8 dd 0		; 00
flags:	dd 0			; 20
target:	dw 0, 0			; 24 IP, CS
sel:	times 6 dw 0		; 28 ES CS SS DS FS GS
back:	dd 0			; 34
	dw 0x08
ending:	dw 0			; 3a
ivtr:	dw 0x3ff		; 3c
	dd 0
pm_idtr: dw 0			; 42
	dd 0
realp:	dw real			; 48
self:	dw 0			; 4a segment of this page
entries: dw enter, hlt_done, next_done, stubs	; 4c

	times 0x60-($-$$) db 0
enter:				; 16-bit protected mode, CS base = this page
	mov ax, 0x20
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	lidt [ivtr]
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp far [cs:realp]
real:
	mov ax, [cs:self]
	mov ds, ax
	mov ss, ax
	mov esp, 0x1000
	push dword [flags]
	popfd
	mov es, [sel + 0]
	mov fs, [sel + 8]
	mov gs, [sel + 10]
	mov ss, [sel + 4]
	mov esp, [gpr + 16]
	mov eax, [gpr + 0]
	mov ecx, [gpr + 4]
	mov edx, [gpr + 8]
	mov ebx, [gpr + 12]
	mov ebp, [gpr + 20]
	mov esi, [gpr + 24]
	mov edi, [gpr + 28]
	mov ds, [sel + 6]
	jmp far [cs:target]

hlt_done:
	mov word [cs:ending], 0xff
	jmp near save
next_done:
	mov word [cs:ending], 0xfe
; No instruction up to PUSHFD changes a flag.
save:	mov [cs:gpr + 0], eax
	mov [cs:gpr + 4], ecx
	mov [cs:gpr + 8], edx
	mov [cs:gpr + 12], ebx
	mov [cs:gpr + 16], esp
	mov [cs:gpr + 20], ebp
	mov [cs:gpr + 24], esi
	mov [cs:gpr + 28], edi
	mov [cs:sel + 0], es
	mov [cs:sel + 4], ss
	mov [cs:sel + 6], ds
	mov [cs:sel + 8], fs
	mov [cs:sel + 10], gs
	mov ax, cs
	mov ss, ax
	mov esp, 0x1000
	pushfd
	pop dword [cs:flags]
	cli
	o32 lidt [cs:pm_idtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp far dword [cs:back]

	align 16
stubs:				; 16 bytes each: vectors 0-31, then all others
%assign n 0
%rep 33
	mov word [cs:ending], n
	jmp near save
	times 16*(n+1)-($-stubs) db 0x90
%assign n n+1
%endrep

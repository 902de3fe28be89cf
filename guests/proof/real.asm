; SPDX-License-Identifier: MIT
; Real-mode half of the runtime, copied to REAL_BASE (segment 1000).  The
; parameter block comes first; case.c fills it, the stubs leave the trap's stack
; there.  SDM vol. 3A section 9.9.2: switching back to real mode.

bits 16
org 0

gpr:	times 8 dd 0		; 00
flags:	dd 0			; 20
target: dw 0, 0			; 24 IP, CS
sel:	times 6 dw 0		; 28 ES CS SS DS FS GS
trap_sp: dd 0			; 34
trap_ss: dw 0, 0		; 38
ivtr:	dw 0x3ff		; 3c
	dd 0
	dw 0
pm_idtr: dw 0			; 44 filled by tables.c
	dd 0
	dw 0
back:	dd 0			; 4c filled by tables.c
	dw 0x08

	times 0x60-($-$$) db 0
enter:				; 16-bit protected mode, CS base = REAL_BASE
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
	jmp 0x1000:real
real:
	mov ax, 0x1000
	mov ds, ax
	mov ss, ax
	mov esp, 0xb000
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

trapped:
	pushad
	push ds
	push es
	push fs
	push gs
	mov [cs:trap_sp], esp
	mov [cs:trap_ss], ss
	o32 lidt [cs:pm_idtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp far dword [cs:back]

; Where the firmware jumps to after a reset with shutdown code 0Ah (CMOS 0Fh; PC/AT
; Technical Reference, BIOS): says so in the mark (proof/dev.h) and starts the blob again.
	times 0x180-($-$$) db 0
resume:
	cli
	in al, 0x92
	or al, 2
	and al, 0xfe
	out 0x92, al
	lgdt [cs:resume_gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp dword 0x08:(0x10000+resume32)
bits 32
resume32:
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov dword [0x9f0004], 2
	mov eax, 0x100000
	jmp eax
bits 16
resume_gdt: dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
resume_gdtr: dw 23
	dd 0x10000+resume_gdt

	times 0x200-($-$$) db 0
stubs:				; 8 bytes each: IVT entry n is 1000:(200 + 8n)
%assign n 0
%rep 256
	push word n
	jmp near trapped
	times 0x200+8*(n+1)-($-$$) db 0x90
%assign n n+1
%endrep

; SPDX-License-Identifier: MIT
; APM 1.2: connect to the real-mode interface, say which version we speak, switch
; every device off.  Entered at offset 0 in 16-bit protected mode with CS base
; 10000h (REAL_BASE), where poweroff.c copies it; stops when the BIOS refuses.
; SDM vol. 3A section 9.9.2: switching back to real mode.

bits 16
org 0

	cli
	mov ax, 0x20
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	o32 lidt [ivtr]
	mov eax, cr0
	and eax, 0x7ffffffe
	mov cr0, eax
	jmp 0x1000:real
real:
	mov ax, 0x1000
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, 0xb000
	mov ax, 0x5301			; connect
	xor bx, bx
	int 0x15
	mov ax, 0x530e			; version 1.2
	xor bx, bx
	mov cx, 0x0102
	int 0x15
	mov ax, 0x5307			; all devices off
	mov bx, 0x0001
	mov cx, 0x0003
	int 0x15
.stop:	cli
	hlt
	jmp .stop

	align 4
ivtr:	dw 0x3ff
	dd 0

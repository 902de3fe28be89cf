; SPDX-License-Identifier: MIT
; INT 13h for the runtime: biosdisk.c copies this to offset C00h of REAL_BASE, fills the
; registers in and enters it in 16-bit protected mode with CS base 10000h; back in
; flat protected mode with the tables that were there.  Interrupts are as the firmware
; wants them in between.  SDM vol. 3A sections 9.9.1 and 9.9.2: to protected mode and back.

bits 16
org 0xc00

reg_ax:	dw 0			; c00 in and out
reg_bx:	dw 0			; c02
reg_cx:	dw 0			; c04
reg_dx:	dw 0			; c06
reg_si:	dw 0			; c08
carry:	dw 0			; c0a out
masks:	db 0xff, 0xff		; c0c of the 8259s
	dw 0
ivtr:	dw 0x3ff		; c10
	dd 0
	dw 0
gdtr:	dw 0			; c18
	dd 0
	dw 0
idtr:	dw 0			; c20
	dd 0
	dw 0
saved_esp: dd 0			; c28
saved_cr0: dd 0			; c2c

	times 0x40-($-$$) db 0
	cli			; c40
	mov ax, 0x20
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	sgdt [gdtr]
	sidt [idtr]
	o32 lidt [ivtr]
	mov eax, cr0
	mov [saved_cr0], eax
	and eax, 0x7ffffffe
	mov cr0, eax
	jmp 0x1000:real
real:
	mov ax, 0x1000
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, 0xb000
	xor ax, ax
	mov fs, ax
	mov gs, ax
	mov al, [masks]
	out 0x21, al
	mov al, [masks + 1]
	out 0xa1, al
	mov ax, [reg_ax]
	mov bx, [reg_bx]
	mov cx, [reg_cx]
	mov dx, [reg_dx]
	mov si, [reg_si]
	cld
	sti
	int 0x13
	cli
	mov [cs:reg_ax], ax
	sbb ax, ax
	mov [cs:carry], ax
	mov ax, cs
	mov ds, ax
	mov al, 0xff
	out 0x21, al
	out 0xa1, al
	o32 lgdt [gdtr]
	o32 lidt [idtr]
	mov eax, [saved_cr0]
	mov cr0, eax
	jmp dword 0x08:(0x10000+back)
bits 32
back:
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, [0x10000+saved_esp]
	cld
	popad
	ret

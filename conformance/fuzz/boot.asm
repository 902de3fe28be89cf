; SPDX-License-Identifier: MIT
; Boot sector of a fuzz image: reads the runtime and both code regions with
; INT 13h, a track at a time, opens A20 and starts the runtime.  Floppy only.
; Ralf Brown's Interrupt List: INT 13/AH=02h, INT 15/AX=2401h.
%include "layout.inc"

bits 16
org 0x7c00

%macro READ 3				; linear address, first LBA, sectors
	mov word [to_seg], (%1) / 16
	mov word [lba], %2
	mov word [left], %3
	call read
%endmacro

	jmp short start
	nop
	times 0x3e-($-$$) db 0		; room for a BIOS parameter block
start:	cli
	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7c00
	sti
	cld
	mov [drive], dl
	READ FZ_RUNTIME, FZ_LBA_RUNTIME, 64
	READ FZ_CODE16, FZ_LBA_RUNTIME + 64, 32
	READ FZ_CODE32, FZ_LBA_RUNTIME + 96, 32
	cmp dword [FZ_PARAMS + P_CR3], 0
	je .read
	READ FZ_TABLES, FZ_LBA_RUNTIME + 128, 128
.read:	mov ax, 0x2401
	int 0x15
	in al, 0x92
	or al, 2
	and al, 0xfe
	out 0x92, al
	jmp 0:FZ_RUNTIME

; [left] sectors from [lba] to [to_seg]:0, never across a track end.
read:	mov ax, [lba]
	xor dx, dx
	mov bx, 18
	div bx				; AX track, DX sector - 1
	mov cl, dl
	inc cl
	sub bx, dx
	cmp bx, [left]
	jbe .fits
	mov bx, [left]
.fits:	mov ch, al
	mov dh, al
	shr ch, 1
	and dh, 1
	mov dl, [drive]
	mov es, [to_seg]
	mov [count], bx
	mov al, bl
	mov ah, 2
	xor bx, bx
	int 0x13
	jc .fail
	mov ax, [count]
	add [lba], ax
	sub [left], ax
	shl ax, 5
	add [to_seg], ax
	cmp word [left], 0
	jne read
	ret
.fail:	mov si, message
.next:	lodsb
	test al, al
	jz .stop
	out 0xe9, al
	jmp .next
.stop:	cli
	hlt
	jmp .stop

message: db "FUZZ disk read failed", 10, 0
drive:	db 0
to_seg:	dw 0
lba:	dw 0
left:	dw 0
count:	dw 0
	times 510-($-$$) db 0
	dw 0xaa55

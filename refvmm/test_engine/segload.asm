; SPDX-License-Identifier: MIT
; Segment loads in real mode, hot enough to stay in the translation cache: more
; selectors than the host has descriptors for, POP, loads through other segments,
; SS and SP as a pair while the timer interrupts, and unreal mode in between.
%include "refvmm/test_engine/rom.inc"
	jmp start
	align 8
gdt:	dq 0
	dq 0x00cf92000000ffff		; flat data
	dq 0x000092000000ffff		; as in real mode
gdtr:	dw gdtr - gdt - 1
	dd gdt
count:	dw 0
handler:
	push ax
	inc word [cs:count]
	mov al, 0x20
	out 0x20, al
	pop ax
	iret
start:
	; 1: 200 selectors, each seen through four registers, three times over
	mov bp, 3
.round:	mov bx, 0x2000
	mov cx, 200
.sel:	mov ds, bx
	mov [0x10], bx			; only this one's memory
	push bx
	pop es
	WANT [es:0x10], bx, 1
	mov fs, bx
	WANT [fs:0x10], bx, 2
	push ds
	pop gs
	WANT [gs:0x10], bx, 3
	mov ax, ds
	WANT ax, bx, 4
	mov ax, gs
	WANT ax, bx, 5
	inc bx
	loop .sel
	dec bp
	jnz .round
	; 2: what earlier ones wrote is where it belongs: sel * 16 + 10h
	xor ax, ax
	mov ds, ax
	mov ax, 0x2000
	mov cx, 200
	mov si, 0x10
	mov bx, 0x2000
	mov ds, bx
.check:	WANT [si], ax, 6
	add si, 16
	inc ax
	loop .check
	; 3: from memory, through CS, FS and SS; flags survive
	mov cx, 50
.mem:	mov word [cs:count], 0x3000
	mov ds, [cs:count]
	mov ax, ds
	WANT ax, 0x3000, 7
	mov word [0], 0x3100
	mov ax, 0x3000
	mov fs, ax
	stc
	mov fs, [fs:0]
	jc .carry
	FAIL 8
.carry:	mov ax, fs
	WANT ax, 0x3100, 9
	cmp ax, ax
	push 0x3200
	pop es
	je .zero
	FAIL 10
.zero:	mov ax, es
	WANT ax, 0x3200, 11
	loop .mem
	; 4: the monitor sees them: it executes LES and INT
	mov cx, 20
.les:	mov ax, 0x3000
	mov ds, ax
	mov dword [0], 0x40005678
	les bx, [0]
	WANT bx, 0x5678, 12
	mov ax, es
	WANT ax, 0x4000, 13
	loop .les
	xor ax, ax
	mov ds, ax
	mov es, ax
	; 5: SS:SP pairs under timer interrupts: a frame in the wrong place would
	; hit the markers
	VECTOR 0x20, handler
	TIMER 500
	mov ax, 0x5000
	mov ds, ax
	mov word [0x7ffa], 0x5555
	mov ax, 0x4000
	mov ds, ax
	mov word [0x6ffa], 0x5555
	sti
.storm:	mov cx, 1000
.pair:	mov ax, 0x5000
	mov ss, ax
	mov sp, 0x7000
	mov ax, 0x4000
	mov ss, ax
	mov sp, 0x8000
	push word 0x1111
	pop ax
	loop .pair
	cmp word [cs:count], 0x3000 + 20
	jb .storm
	cli
	WANT word [0x6ffa], 0x5555, 14
	mov ax, 0x5000
	mov ds, ax
	WANT word [0x7ffa], 0x5555, 15
	; 6: unreal mode: a limit that stays when the base changes
	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7c00
	lgdt [gdtr]
	mov eax, cr0
	inc ax
	mov cr0, eax
	mov bx, 8
	mov es, bx
	dec ax
	mov cr0, eax
	mov cx, 20
.unreal:mov ax, 0x2000
	mov es, ax
	mov edi, 0x00110000
	mov byte [es:edi], cl		; beyond 64 KiB
	mov ax, 0x1000
	mov es, ax
	WANT [es:edi + 0x10000], cl, 16
	loop .unreal
	; and back: the limit is 64 KiB again
	mov eax, cr0
	inc ax
	mov cr0, eax
	mov bx, 16
	mov es, bx
	dec ax
	mov cr0, eax
	VECTOR 13, fault
	mov cx, 20
.plain:	mov ax, 0x2000
	mov es, ax
	mov edi, 0x00110000
	mov bl, 0
	mov byte [es:edi], cl
.back:	WANT bl, 1, 17
	loop .plain
	PASS
fault:	mov bl, 1
	mov bp, sp
	mov word [bp], start.back
	iret
%include "refvmm/test_engine/rom_end.inc"

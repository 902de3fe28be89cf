; SPDX-License-Identifier: MIT
; Reads the 16 sectors behind the boot sector with INT 13h, one by one with CHS
; addresses and then in one go, and sums them both times.

%include "out.inc"

BUFFER	equ 0x9000

%assign seed 0x1d
%assign total 0

main:	mov bp, 2			; two rounds
.round:	mov di, BUFFER
	mov cx, 16 * 256
	xor ax, ax
	rep stosw
	cmp bp, 2
	jne .at_once
	mov cx, 2			; sector 2 of cylinder 0
	mov bx, BUFFER
.one:	mov ax, 0x0201
	call read
	add bx, 512
	inc cx
	cmp cl, 18
	jne .one
	jmp .sum
.at_once:
	mov ax, 0x0210
	mov cx, 2
	mov bx, BUFFER
	call read
.sum:	mov si, BUFFER
	mov cx, 16 * 256
	xor dx, dx
.add:	lodsw
	add dx, ax
	loop .add
	mov si, text
	call puts
	mov ax, dx
	call puthex
	mov si, newline
	call puts
	dec bp
	jnz .round
	mov si, done
	jmp finish

read:	push bp
	mov bp, 4			; a real floppy may need retries
.again:	push ax
	mov dh, 0
	mov dl, [drive]
	int 0x13
	pop ax
	jnc .good
	push ax
	xor ah, ah
	mov dl, [drive]
	int 0x13
	pop ax
	dec bp
	jnz .again
	mov si, bad
	jmp finish
.good:	pop bp
	ret

text:	db "sum ", 0
newline: db 13, 10, 0
bad:	db "read error", 13, 10, 0
done:	db "disksum done", 13, 10, 0

%include "end.inc"

%rep 16 * 256
	dw seed
%assign total (total + seed) & 0xffff
%assign seed (seed * 25173 + 13849) & 0xffff
%endrep
%if total != 0x6800
%error the sum changed: see disksum.manifest
%endif

; SPDX-License-Identifier: MIT
; Says which keys the BIOS reports, one line each (ASCII code low, scan code
; high), until escape.

%include "out.inc"

main:	mov si, ready
	call puts
.key:	xor ax, ax
	int 0x16
	push ax
	call puthex
	mov si, newline
	call puts
	pop ax
	cmp al, 0x1b
	jne .key
	mov si, done
	jmp finish

ready:	db "ready for keys"
newline: db 13, 10, 0
done:	db "done", 13, 10, 0

%include "end.inc"

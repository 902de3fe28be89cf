; SPDX-License-Identifier: MIT
; The A20 gate through port 92h: with the gate closed FFFF:0510 is 0000:0500,
; with it open they are two bytes.  Twice, to see it close again.

%include "out.inc"

main:	mov bp, 2
.round:	mov al, 2
	call gate
	mov si, opened
	call report
	mov al, 0
	call gate
	mov si, closed
	call report
	dec bp
	jnz .round
	mov al, 2
	call gate
	mov si, done
	jmp finish

gate:	mov ah, al
	in al, 0x92
	and al, 0xfc
	or al, ah
	out 0x92, al
	ret

report:	call puts
	mov ax, 0xffff
	mov es, ax
	cli
	mov byte [0x500], 0x11
	mov byte [es:0x510], 0x22
	mov al, [0x500]
	sti
	cmp al, 0x22
	mov si, same
	je .say
	mov si, two
.say:	jmp puts

opened:	db "A20 open: ", 0
closed:	db "A20 closed: ", 0
same:	db "one byte", 13, 10, 0
two:	db "two bytes", 13, 10, 0
done:	db "a20 done", 13, 10, 0

%include "end.inc"

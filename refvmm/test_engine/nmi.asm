; SPDX-License-Identifier: MIT
; NMI: somebody keeps pushing the button of an NMI card (test_engine.c).  Masks in
; ports 70h and 61h, loops that never leave by themselves, blocked until IRET, HLT,
; the instruction behind a load of SS.  IF stays 0 but for one place.
%include "refvmm/test_engine/rom.inc"
	VECTOR 2, nmi
	mov al, 0xff
	out 0x21, al
	out 0xa1, al
	; masked since reset: only the status comes
.wait:	in al, 0x61
	test al, 0x40
	jz .wait
	mov cx, 0xffff
	loop $
	WANT word [count], 0, 1
	mov al, 0x0f
	out 0x70, al			; before the next instruction
	cmp word [count], 1
	jne .late
	; disabled in port 61h: not even the status
	mov al, 8
	out 0x61, al
	mov word [count], 0
	mov cx, 1000
.off:	in al, 0x61
	test al, 0x40
	jnz .status
	loop .off
	WANT word [count], 0, 3
	xor al, al
	out 0x61, al
	; a chained loop, one of indirect jumps, one of calls and returns
.chain:	cmp word [count], 3
	jb .chain
	mov word [count], 0
	mov bx, .jump
.jump:	cmp word [count], 3
	jae .jumped
	jmp bx
.sub:	ret
.late:	FAIL 2
.status: FAIL 4
.jumped: mov word [count], 0
.call:	call .sub
	cmp word [count], 3
	jb .call
	mov word [count], 0
	; the next one waits for IRET, and comes before anything else
	mov word [handler], nested
.nest:	cmp word [count], 2
	jb .nest
	mov word [count], 0
	; HLT with interrupts off
	mov word [handler], plain
	mov cx, 3
.halt:	mov ax, [count]
	hlt
	cmp ax, [count]
	je early
	loop .halt
	; the instruction behind STI goes first
	mov word [handler], behind_sti
	mov cx, 3
sti_at:	sti
hlt_at:	hlt
	cli
	loop sti_at
	mov word [handler], behind_ss
	mov word [count], 0
	mov ax, ss
stack_at:
%rep 50
	mov ss, ax
	nop
%endrep
	cmp word [count], 20
	jb stack_at
	PASS
early:	FAIL 5

nmi:	push bp
	mov bp, sp
	push ax
	inc word [count]
	mov ax, [bp + 2]
	call [handler]
	mov al, 8			; clear and enable IOCHK#
	out 0x61, al
	xor al, al
	out 0x61, al
	pop ax
	pop bp
	iret

plain:	ret

nested:	cmp word [count], 2
	je .second
	ja .nest
	mov [where], ax
	mov al, 8
	out 0x61, al
	xor al, al
	out 0x61, al
.wait:	in al, 0x61			; the next push
	test al, 0x40
	jz .wait
	push cx
	mov cx, 0xffff
	loop $
	pop cx
	WANT word [count], 1, 6
	ret
.second: cmp ax, [where]
	jne .moved
	mov word [handler], plain
	ret
.nest:	FAIL 7
.moved:	FAIL 8

behind_sti: cmp ax, hlt_at
	je .between
	ret
.between: FAIL 9

behind_ss: sub ax, stack_at
	jb .outside
	cmp ax, 150
	jae .outside
	mov dl, 3
	div dl
	cmp ah, 2
	je .shadow
.outside: ret
.shadow: FAIL 10
count:	dw 0
handler: dw plain
where:	dw 0
%include "refvmm/test_engine/rom_end.inc"

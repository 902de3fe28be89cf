; SPDX-License-Identifier: MIT
; Single step (SDM vol. 3B section 17.3.1.4): one #DB behind each instruction, none
; behind MOV SS, repeated strings once per iteration, INT clears TF.
%include "refvmm/test_engine/rom.inc"
	VECTOR 1, debug
	VECTOR 0x30, soft
start:	xor si, si
	push 0x102
	popf				; TF; the first trap is behind the next one
.i0:	nop
.i1:	jmp .i2
	hlt
.i2:	call .leaf
.i3:	mov cx, 3
.i4:	mov di, 0x6000
.i5:	rep stosb
.i6:	mov ax, ss
.i7:	mov ss, ax			; holds the trap back
.i8:	nop
.i9:	int 0x30			; the handler runs without TF
.i10:	pushf
.i11:	pop ax
.i12:	out 0x80, al
.i13:	push 2
.i14:	popf				; TF was set when it began
.i15:	WANT si, list_end - list, 1
	test ah, 1
	jz .notf
	PASS
.notf:	FAIL 2
.leaf:	ret
soft:	nop
	iret
debug:	push bp
	mov bp, sp
	push ax
	mov ax, [bp + 2]
	cmp ax, [list + si]
	jne .wrong
	cmp si, list_end - list
	jae .wrong
	add si, 2
	mov eax, dr6
	test ah, 0x40			; BS
	jz .wrong
	pop ax
	pop bp
	iret
.wrong:	mov ax, si
	shr ax, 1
	or al, 0x40			; FAIL 40h + index
	out 0xf4, al
	hlt
list:	dw start.i1, start.i2, start.leaf, start.i3, start.i4, start.i5, start.i5, start.i5
	dw start.i6, start.i7, start.i9, start.i11, start.i12, start.i13, start.i14, start.i15
list_end:
%include "refvmm/test_engine/rom_end.inc"

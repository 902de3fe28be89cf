; SPDX-License-Identifier: MIT
; Four ways to reset, RAM kept, processor and board as at power-on each time.
%include "refvmm/test_engine/rom.inc"
	mov ebx, cr0			; reset state: SDM vol. 3A table 9-1
	WANT ebx, 0x60000010, 1
	inc word [0x500]
	mov dword [0x600], 0x1234
	mov eax, 0x10000
	mov esp, eax			; dirty what a reset clears
	cmp word [0x500], 1
	je .keyboard
	cmp word [0x500], 2
	je .port92
	cmp word [0x500], 3
	je .cf9
	cmp word [0x500], 4
	je .triple
	WANT word [0x500], 5, 2
	PASS
.keyboard:
	mov al, 0xfe
	out 0x64, al
	jmp .wait
.port92:
	mov al, 1
	out 0x92, al
	jmp .wait
.cf9:	mov dx, 0xcf9
	mov al, 2
	out dx, al
	mov al, 6
	out dx, al
	jmp .wait
.triple:
	lidt [.nothing]
	int3
.wait:	mov ecx, 1000
.spin:	loop .spin
	FAIL 3
.nothing:
	dw 0
	dd 0
%include "refvmm/test_engine/rom_end.inc"

; SPDX-License-Identifier: MIT
; Interrupt handlers of device scripts, a fault that nobody can handle, and the look
; through the A20 gate, which may use neither stack nor memory above 1 MiB.

bits 32

extern dev_irq
global dev_vectors, triple_fault, a20_look, a20_look_end

section .text

%assign n 0x40
%rep 0x40
irq%[n]:
	push dword n
	jmp irq_common
%assign n n+1
%endrep

irq_common:
	pushad
	push dword [esp + 32]
	call dev_irq
	add esp, 4
	popad
	add esp, 4
	iretd

triple_fault:
	lidt [.none]
	int3
.none:	dw 0
	dd 0

; Copied below 1 MiB.  EBX: where to go back to; ESI: 0 for port 92h, else the 8042.
; EAX: 2 when address bit 20 was masked, 1 when not.  The byte at 500h is put back.
a20_look:
	mov edi, 0x88800
	mov cl, [edi]			; below
	mov ch, [edi + 0x100000]	; above
	mov byte [edi], 0x5a
	mov byte [edi + 0x100000], 0xa5
	test esi, esi
	jnz .kbc_off
	in al, 0x92
	and al, 0xfc
	out 0x92, al
	jmp .look
.kbc_off:
	in al, 0x64
	test al, 2
	jnz .kbc_off
	mov al, 0xd1
	out 0x64, al
.off1:	in al, 0x64
	test al, 2
	jnz .off1
	mov al, 0xdd
	out 0x60, al
.off2:	in al, 0x64
	test al, 2
	jnz .off2
.look:	mov dl, [edi + 0x100000]
	wbinvd
	mov dl, [edi + 0x100000]
	test esi, esi
	jnz .kbc_on
	in al, 0x92
	or al, 2
	and al, 0xfe
	out 0x92, al
	jmp .on
.kbc_on:
	mov al, 0xd1
	out 0x64, al
.on1:	in al, 0x64
	test al, 2
	jnz .on1
	mov al, 0xdf
	out 0x60, al
.on2:	in al, 0x64
	test al, 2
	jnz .on2
.on:	mov [edi], cl
	mov [edi + 0x100000], ch
	mov eax, 1
	cmp dl, 0x5a
	jne .back
	mov eax, 2
.back:	jmp ebx
a20_look_end:

section .rodata
dev_vectors:
%assign n 0x40
%rep 0x40
	dd irq%[n]
%assign n n+1
%endrep

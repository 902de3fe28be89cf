; SPDX-License-Identifier: MIT
; A boot sector program for processor states that a conformance case does not
; set: CR0.MP, EM and TS with CR4.OSFXSR for each kind of FPU and SIMD
; instruction (SDM vol. 3A table 13-1 and 2.5), instructions that real mode
; refuses, RDTSC at CPL 3 with CR4.TSD, and the interrupt window of STI and POPF
; (vol. 2B STI, POPF) with a request that is pending before (8259A IRR, datasheet
; figure 8).
;
; It prints only what every processor of the modelled kind does alike, on port
; 0xE9: '-' ran, 'U' #UD, 'N' #NM, 'G' #GP, numbers in hexadecimal.

	%include "conformance/mutate/boot.inc"

SECTORS	equ 6

	boot_load
	mov word [4 * 6], on_ud
	mov word [4 * 7], on_nm
	mov word [4 * 8], on_irq0
	mov word [4 * 13], on_gp
	mov word [4 * 6 + 2], 0
	mov word [4 * 7 + 2], 0
	mov word [4 * 8 + 2], 0
	mov word [4 * 13 + 2], 0
	mov al, 0xff ; every request of the second 8259A stays out
	out 0xa1, al
	call fpu_states
	call results
	call windows
	call unreal
	call neighbours
	call ring3
	mov si, end_text
	call text
	boot_leave

on_ud:	mov byte [kind], 'U'
	jmp recover
on_nm:	mov byte [kind], 'N'
	jmp recover
on_gp:	mov byte [kind], 'G'
recover:
	mov sp, [stack]
	jmp [resume]

; The interrupt's return address is its result.
on_irq0:
	push ax
	mov al, 0x20
	out 0x20, al
	pop ax
	pop word [irq_ip]
	push word [irq_ip]
	inc byte [irqs]
	iret

	boot_text

hex:	push cx ; EAX
	push ax
	boot_hex cx, ax, ' '
	pop ax
	pop cx
	ret

newline:
	mov al, 10
	out 0xe9, al
	ret

report:	mov al, [kind]
	out 0xe9, al
	ret

	boot_sector

kind:	db 0
irqs:	db 0
stack:	dw 0
resume:	dw 0
irq_ip:	dw 0
end_text:
	db "END", 10, 0
	boot_shutdown
gdtr:	dw 55
	dd gdt
	align 8
gdt:	dq 0, 0x00409a000000ffff, 0x00009a000000ffff
	dq 0x000092000000ffff, 0x0000fa000000ffff, 0x0000f2000000ffff
	dw 43, tss, 0x8100, 0
idt13:	dw ring3.handler, 0x10, 0x8600, 0
idtr:	dw 14 * 8 - 1
	dd idt13 - 13 * 8
real_idtr:
	dw 0x3ff
	dd 0
tss:	dw 0, 0x7a00, 0x18
	times 19 dw 0
	align 16
one:	dd 0x3f800000, 0x40000000, 0x40400000, 0x40800000
two:	dd 0x01fe7f80, 0xffffffff, 0x00010002, 0x80000000
buffer	equ 0x6000

%macro try 1+
	mov word [resume], %%after
	mov byte [kind], '-'
	%1
%%after:
	call report
%endmacro

; Every instruction in each state of MP, EM, TS and OSFXSR.
fpu_states:
	mov [stack], sp
	mov bp, 0
.state:	mov eax, cr4
	and ax, ~0x200
	test bp, 8
	jz .cr4
	or ax, 0x200
.cr4:	mov cr4, eax
	mov eax, cr0
	and al, ~0x0e
	mov dx, bp
	and dl, 7
	add dl, dl
	or al, dl
	mov cr0, eax
	xor eax, eax
	xor ebx, ebx
	try fninit
	try fld1
	try fldz
	try fwait
	try fcomi st0, st1
	try fucomip st0, st1
	try fcmovb st0, st1
	try fnstenv [buffer]
	try fnsave [buffer]
	try fnstsw ax
	try emms
	try paddb mm0, mm1
	try movd mm2, [buffer]
	try emms
	try xorps xmm0, xmm1
	try movups xmm1, [one]
	try paddd xmm0, xmm1
	try movdqu xmm2, [two]
	try movq2dq xmm0, mm0
	try cvtpi2ps xmm0, mm0
	try emms
	try stmxcsr [buffer]
	try fxsave [buffer]
	try fxrstor [buffer]
	try movnti [buffer], eax
	try lfence
	try mfence
	try sfence
	try prefetchnta [buffer]
	try arpl ax, bx
	try sldt ax
	try str ax
	try verr ax
	try lar ax, bx
	try rsm
	try ud2
	try smsw ax
	call newline
	inc bp
	cmp bp, 16
	jne .state
	ret

; What they compute, with the FPU on; a fault ends the run.
results:
	mov word [resume], leave
	mov eax, cr0
	and al, ~0x0e
	or al, 2
	mov cr0, eax
	mov eax, cr4
	or ax, 0x200
	mov cr4, eax
	xor eax, eax
	fninit
	fld1
	fldz
	fcomi st0, st1 ; 0 < 1: CF
	setc al
	call hex
	fcmovb st0, st1
	fistp dword [buffer]
	mov eax, [buffer]
	call hex
	fld dword [one + 12]
	fmul dword [one + 8]
	fist word [buffer]
	fwait
	movzx eax, word [buffer]
	call hex
	fnstenv [buffer]
	movzx eax, word [buffer + 2] ; status word, real mode image of 14 bytes
	call hex
	fninit
	movq mm0, [one]
	paddb mm0, [two]
	movd eax, mm0
	call hex
	psrlq mm0, 32
	movd eax, mm0
	call hex
	emms
	movups xmm0, [one]
	addps xmm0, xmm0
	movups [buffer], xmm0
	mov eax, [buffer + 4]
	call hex
	movdqu xmm1, [two]
	paddd xmm1, xmm0
	movdqu [buffer], xmm1
	mov eax, [buffer]
	call hex
	mov eax, [buffer + 12]
	call hex
	mov eax, 0x12345678
	movnti [buffer], eax
	mov eax, [buffer]
	call hex
	call pointers
	jmp newline

; With an exception pending, the environment holds the address of its instruction
; or 0: a VMM may hide pointers (docs/host-rules.md), but shows none of its own.
pointers:
	fninit
	push word 0x037b ; #Z unmasked
	mov bp, sp
	fldcw [bp]
	pop ax
	fld1
	fldz
.fault:	fdivp
	fxsave [buffer]
	mov eax, [buffer + 8]
	call pointer
	fnstenv [buffer]
	movzx eax, word [buffer + 6]
	call pointer
	fnsave [buffer]
	movzx eax, word [buffer + 6]
	call pointer
	fninit
	ret
pointer:
	test eax, eax
	jz .hidden
	sub eax, pointers.fault
.hidden:
	jmp hex

; ARPL in real mode with a 32-bit code segment, which is what remains between a
; MOV to CR0 and the far jump behind it.  Its #UD handler is 16- or 32-bit code:
; processors differ in whether the interrupt clears D.
unreal:
	mov [stack], sp
	mov word [4 * 6], .handler
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp dword 8:.code32
	bits 32
.code32:
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	mov byte [kind], '-'
	xor eax, eax
	mov ebx, 3
	arpl ax, bx
	jmp short .back
.handler: ; 16-bit: MOV AX, 0 and a jump; 32-bit: MOV EAX
	db 0xb8, 0, 0, 0xeb, .handler16 - $ - 5
	mov byte [kind], 'U'
.back:	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x10:.code16
	bits 16
.handler16:
	mov byte [kind], 'U'
	jmp .end
.code16:
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp 0:.end
.end:	mov sp, [stack]
	mov word [4 * 6], on_ud
	call report
	jmp newline

; Real-mode selectors next to each other, each loaded again and again: whose segment is it?
neighbours:
	mov bx, 0x0900
	mov cx, 8
.mark:	mov es, bx
	mov [es:0], bx
	inc bx
	loop .mark
	xor eax, eax
	mov dx, 4
.round:	mov bx, 0x0900
	mov cx, 8
.next:	mov ds, bx
	imul eax, eax, 31
	add ax, [0]
	inc bx
	loop .next
	dec dx
	jnz .round
	xor bx, bx
	mov ds, bx
	mov es, bx
	call hex
	jmp newline

; RDTSC at CPL 3 with CR4.TSD, in 16-bit protected mode.
ring3:
	mov [stack], sp
	lgdt [gdtr]
	lidt [idtr]
	mov eax, cr4
	or al, 4
	mov cr4, eax
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x10:.protected
.protected:
	mov ax, 0x18
	mov ss, ax
	mov ds, ax
	mov ax, 0x30
	ltr ax
	mov byte [kind], '0'
	rdtsc ; CPL 0 may
	push word 0x2b
	push word 0x7800
	push word 0x23
	push word .user
	retf
.user:	mov ax, 0x2b
	mov ds, ax
	mov byte [kind], '3'
	rdtsc
	mov byte [kind], '-'
	hlt ; #GP as well
.handler:
	mov ax, 0x18
	mov ss, ax
	mov ds, ax
	mov es, ax
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp 0:.real
.real:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, [stack]
	lidt [real_idtr]
	mov eax, cr4
	and al, ~4
	mov cr4, eax
	call report ; 0 or 3: the level that #GP came from, -: neither
	jmp newline

; Let IRQ 0 be pending, with IF = 0.
pend:	mov al, 0xfe
	out 0x21, al
	mov al, 0x30 ; counter 0, mode 0: one edge; first a far one, to drain
	out 0x43, al
	mov al, 0
	out 0x40, al
	out 0x40, al
	sti
	nop
	nop
	cli
	mov al, 0x30
	out 0x43, al
	mov al, 100
	out 0x40, al
	mov al, 0
	out 0x40, al
.wait:	mov al, 0x0a
	out 0x20, al
	in al, 0x20
	test al, 1
	jz .wait
	mov word [irq_ip], 0
	mov byte [irqs], 0
load:	mov eax, 0x10203040
	mov ebx, 0x11213141
	mov ecx, 0x12223242
	mov edx, 0x13233343
	mov esi, 0x14243444
	mov edi, 0x15253545
	mov ebp, 0x16263646
	ret

; Registers, and where the interrupt came: distance to the label given.
%macro show 1
	cli
	pushad
	movzx eax, byte [irqs]
	call hex
	mov ax, [irq_ip]
	test ax, ax
	jz %%none
	sub ax, %1
%%none:	cwde
	call hex
	call registers
%endmacro

registers: ; of the PUSHAD below the return address
	mov si, sp
	add si, 2
	mov cx, 8
.next:	lodsd
	cmp cl, 5 ; ESP
	je .skip
	call hex
.skip:	loop .next
	call newline
	pop ax
	add sp, 32
	jmp ax

windows:
	call pend
	sti
	nop
.nop:	inc eax
	show .nop
	call pend
	sti
	push cx
.push:	pop cx
	inc edx
	show .push
	call pend
	sti
	inc ecx
.ecx:	inc ecx
	show .ecx
	call pend
	xor ecx, ecx
	sti
	nop
.zero:	nop
	show .zero
	call pend
	push word 0x0202
	popf
.popf:	nop
	nop
	show .popf
	call pend
	push dword 0x00000ad7
	popfd
.popfd:	nop
	setc al
	show .popfd
	call pend
	sti ; the window never opens
	cli
	nop
	show 0
	call pend ; the shadow is that of a branch
	sti
	jmp short .jumped
	nop
.jumped: inc eax
	show .jumped
	call pend
	test eax, eax
	sti
	jnz .taken
	nop
.taken:	setz al
	show .taken
	call pend
	sti
	call .called
.called: pop bx
	mov ebx, 0x11213141
	show .called
	mov al, 0xff ; nothing pending
	out 0x21, al
	mov byte [irqs], 0
	mov word [irq_ip], 0
	call load
	sti
	inc ecx
	add ecx, edx
	show 0
	call load
	sti
	push dword 0xffffffff
	pop ebx
	show 0
	call load
	stc
	sti
	jmp short .over
	nop
.over:	adc ecx, ebx
	show 0
	call load
	xor ecx, ecx
	sti
	jnz .not_zero
	dec edi
.not_zero: inc ecx
	show 0
	call load
	stc
	pushf
	sti
	popf
	adc ecx, ebx
	show 0
	call load
	push word 0x0246
	popf
	adc ecx, ebx
	setz dl
	show 0
	ret

	times 512 * (SECTORS + 1) - ($ - $$) db 0

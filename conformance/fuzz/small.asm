; SPDX-License-Identifier: MIT
; A minimised program as a boot image of its own: sets the processor up as the
; runtime of a fuzz image does (same segments, same memory), runs the bytes of the
; program and says how it ended.  minimise.sh writes a file of definitions:
;   MODE (layout.h), AT (offset in the code region), EFLAGS, EAX ... EDI, optional
;   FILL (first value of the data regions), CR4, SS_ DS_ ES_ GS_ selectors, and a
;   macro PROGRAM with the bytes.
; Lines: FUZZ, T vector error EIP CS EFLAGS EAX ECX EDX EBX ESP EBP ESI EDI (vector 30:
; the end of the program), F hash of x87 and XMM registers, H hash of memory, END.
%include "layout.inc"
%include "program.inc"
%define FZ_RUNTIME 0x7c00
%define RT_STACK   0x7000
%ifndef CR4
%define CR4 0x600
%endif
%if MODE = MODE_PM32_0 || MODE = MODE_PM32_3
%define REGION FZ_CODE32
%else
%define REGION FZ_CODE16
%endif

org 0x7c00
bits 16
	jmp short start
	nop
	times 0x3e-($-$$) db 0		; room for a BIOS parameter block
start:	cli
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, RT_STACK
	mov ax, 0x0200 + (end - $$ + 511) / 512 - 1
	mov bx, 0x7e00
	mov cx, 2
	mov dh, 0
	int 0x13
	mov ax, 0x2401
	int 0x15
	in al, 0x92
	or al, 2
	and al, 0xfe
	out 0x92, al
	cli
	mov al, 0xff
	out 0x21, al
	out 0xa1, al
	mov eax, cr0
	and eax, ~0xe000002a
	lgdt [gdtr]
	lidt [idtr]
	mov eax, 0x33
	mov cr0, eax
	jmp SEL_RT_CODE:start32
	times 510-($-$$) db 0
	dw 0xaa55

bits 32
start32:
	mov eax, SEL_RT_DATA
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov esp, RT_STACK
	cld
	mov eax, CR4
	mov cr4, eax
	mov eax, SEL_LDT
	lldt ax
	mov eax, SEL_TSS
	ltr ax
	mov edi, FZ_CODE16		; both code regions, data, stack, private segment
	mov ecx, (FZ_PRIV + FZ_PRIV_SIZE - FZ_CODE16) / 4
	xor eax, eax
	rep stosd
%ifdef FILL
	mov eax, FILL
	mov edi, FZ_DATA
	mov ecx, 0x30000 / 4
	call fill
	mov edi, FZ_PRIV
	mov ecx, FZ_PRIV_SIZE / 4
	call fill
%endif
	mov esi, program
	mov edi, REGION + AT
	mov ecx, program_end - program
	rep movsb
	fninit
	mov ecx, 8
.load:	fldz
	loop .load
	fninit
%if CR4 & 0x200
%assign r 0
%rep 8
	xorps xmm %+ r, xmm %+ r
%assign r r + 1
%endrep
%endif
%if MODE = MODE_REAL
	lidt [ivtr]
	jmp SEL_RT_CODE16:.pm16
bits 16
.pm16:	mov ax, SEL_RT_DATA16
	mov ss, ax
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov eax, cr0
	and al, ~1
	mov cr0, eax
	jmp 0:.real
.real:	xor ax, ax
	mov ds, ax
	mov es, ax
	xor di, di			; vectors 0 to 13, 30
	mov ax, stubs
	mov cx, 20
.gate:	stosw
	mov word [di], 0
	scasw
	add ax, 6
	loop .gate
	mov [INT_END * 4], ax
	mov word [INT_END * 4 + 2], 0
	mov ax, FZ_PRIV / 16
	mov fs, ax
	mov ax, ES_
	mov es, ax
	mov ax, GS_
	mov gs, ax
	mov ax, SS_
	mov ss, ax
	mov esp, 0xf000
	push word EFLAGS & 0xffff
	push word REGION / 16
	push word AT
	push word DS_
%else
	mov edi, idt
	mov eax, stubs
	mov ecx, 20
.gate:	call gate
	loop .gate
	mov edi, idt + INT_END * 8
	call gate
	or byte [idt + 3 * 8 + 5], 0x60
	or byte [idt + 4 * 8 + 5], 0x60
	or byte [idt + INT_END * 8 + 5], 0x60
	mov eax, ES_
	mov es, eax
	mov eax, GS_
	mov gs, eax
	mov eax, SEL_PRIV | 3
	mov fs, eax
%if MODE = MODE_PM16_3 || MODE = MODE_PM32_3
	push dword SS_
	push dword 0xf000
%else
	mov eax, SS_
	mov ss, eax
	mov esp, 0xf000
%endif
	push dword EFLAGS
%if MODE = MODE_PM16_0
	push dword SEL_C16_0
%elif MODE = MODE_PM32_0
	push dword SEL_C32_0
%elif MODE = MODE_PM16_3
	push dword SEL_C16_3 | 3
%else
	push dword SEL_C32_3 | 3
%endif
	push dword AT
	push dword DS_
%endif
	mov eax, EAX
	mov ecx, ECX
	mov edx, EDX
	mov ebx, EBX
	mov ebp, EBP
	mov esi, ESI
	mov edi, EDI
	pop ds
%if MODE = MODE_REAL
	iret
%else
	iretd
%endif

; One stub of 6 bytes for each vector: error code, vector.
stubs:
%assign v 0
%rep 21
%if MODE != MODE_REAL && (v = 8 || (v >= 10 && v <= 14) || v = 17)
	nop
	nop
%else
	push byte 0
%endif
%if v = 20
	push byte INT_END
%else
	push byte v
%endif
	jmp short ended
%assign v v + 1
%endrep

; On the stack: vector, error code, EIP, CS, EFLAGS, and from ring 3 ESP.
ended:
%if MODE = MODE_REAL
	mov [cs:s_eax], eax		; CS is 0
	xor eax, eax
	mov [cs:s_ds], ds
	mov ds, ax
	mov [s_ecx], ecx
	mov [s_edx], edx
	mov [s_ebx], ebx
	mov [s_ebp], ebp
	mov [s_esi], esi
	mov [s_edi], edi
	mov di, s_vec
	mov cx, 5
.word:	pop ax
	mov [di], eax
	add di, 4
	loop .word
	mov [s_esp], esp
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp SEL_RT_CODE:.wide
bits 32
.wide:
%else
	push eax
	mov eax, SEL_RT_DATA
	mov ds, eax
	pop dword [s_eax]
	mov [s_ecx], ecx
	mov [s_edx], edx
	mov [s_ebx], ebx
	mov [s_ebp], ebp
	mov [s_esi], esi
	mov [s_edi], edi
	pop dword [s_vec]
	pop dword [s_err]
	pop dword [s_eip]
	pop dword [s_cs]
	pop dword [s_flags]
	mov dword [esp - 4], 0		; results may be left open there
	mov [s_esp], esp
%if MODE = MODE_PM16_3 || MODE = MODE_PM32_3
	test byte [s_cs], 3
	jz .inner
	pop dword [s_esp]
.inner:
%endif
%endif
	mov eax, SEL_RT_DATA
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov esp, RT_STACK
	cld
	mov eax, 0x33
	mov cr0, eax
	and dword [s_flags], 0x267fd5	; not RF
%if MODE = MODE_REAL
	movzx eax, word [s_esp]		; where the flags were
	mov word [FZ_STACK + eax - 2], 0
%endif
	mov esi, text_start
	call say
	mov esi, s_vec
	mov ecx, 13
.reg:	lodsd
	call hex
	loop .reg
	call newline
	mov al, 'F'
	out 0xe9, al
	fnsave [fpu]
	movzx eax, word [fpu]
	call hex
	movzx eax, word [fpu + 4]
	and eax, 0xb8ff
	call hex
	movzx eax, word [fpu + 8]
	call hex
	xor eax, eax
	mov esi, fpu + 28
	mov ecx, 20
	call hash
%if CR4 & 0x200
	call hex
	xor eax, eax
	fxsave [fpu]
	mov esi, fpu + 160
	mov ecx, 32
	call hash
%endif
	call hex
	call newline
	mov al, 'H'
	out 0xe9, al
	mov esi, FZ_CODE16
	mov bl, 6
.region: push ebx
	xor eax, eax
	mov ecx, 0x10000 / 4
	cmp esi, FZ_PRIV
	jne .whole
	mov ecx, FZ_PRIV_SIZE / 4
.whole:	call hash
	call hex
	pop ebx
	dec bl
	jnz .region
	call newline
	mov esi, text_end
	call say
	mov esi, text_shutdown
	mov dx, 0x8900
	mov ecx, 8
	rep outsb
	mov al, 0
	out 0xf4, al
	cli
	hlt

say:	lodsb
	test al, al
	jz .done
	out 0xe9, al
	jmp say
.done:	ret

hex:	mov edx, eax
	mov al, ' '
	out 0xe9, al
	mov bl, 8
.digit:	rol edx, 4
	mov al, dl
	and al, 15
	add al, '0'
	cmp al, '9'
	jbe .put
	add al, 'a' - '0' - 10
.put:	out 0xe9, al
	dec bl
	jnz .digit
	ret
newline:
	mov al, 10
	out 0xe9, al
	ret

; EAX takes up ECX dwords at ESI.
hash:	rol eax, 5
	xor eax, [esi]
	imul eax, eax, 0x9e3779b1
	add esi, 4
	dec ecx
	jnz hash
	ret

%if MODE != MODE_REAL
; Gate at EDI: the stub EAX; both move on.
gate:	mov [edi], ax
	mov word [edi + 2], SEL_RT_CODE
	mov word [edi + 4], 0x8e00
	mov word [edi + 6], 0
	add edi, 8
	add eax, 6
	ret
%endif

; What the gates of the GDT lead to.
gate32:	add eax, edx
	retf 8
bits 16
gate16:	add bx, cx
	retf 2
bits 32

%ifdef FILL
fill:	mov edx, eax
	shl edx, 13
	xor eax, edx
	mov edx, eax
	shr edx, 17
	xor eax, edx
	mov edx, eax
	shl edx, 5
	xor eax, edx
	stosd
	loop fill
	ret
%endif

text_start: db "FUZZ", 10, "T", 0
text_end: db "END", 10, 0
text_shutdown: db "Shutdown"
program:
	PROGRAM
	db 0xcd, INT_END
program_end:
%include "tables.inc"
end:

absolute 0x1000
idt:	resq 0x60
s_vec:	resd 1
s_err:	resd 1
s_eip:	resd 1
s_cs:	resd 1
s_flags: resd 1
s_eax:	resd 1
s_ecx:	resd 1
s_edx:	resd 1
s_ebx:	resd 1
s_esp:	resd 1
s_ebp:	resd 1
s_esi:	resd 1
s_edi:	resd 1
s_ds:	resd 1
	alignb 16
fpu:	resb 512

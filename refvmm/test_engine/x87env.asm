; SPDX-License-Identifier: MIT
; What FNSTENV, FNSAVE and FXSAVE show of the last x87 instruction: each kind of it,
; through branches, faults, segment loads and mode changes; what FLDENV, FRSTOR and
; FXRSTOR bring back.
%include "refvmm/test_engine/sys.inc"
OTHER equ FREE			; DATA0 with another selector
BASED equ FREE + 8		; based at DATA
CODEX equ FREE + 16		; CODE0 with another selector
ROW16 equ FREE + 24		; 16-bit code based at ROM
DATA  equ 0x5000

	mov esi, descriptors
	mov edi, gdt_free
	mov ecx, 10
	rep movsd
	jmp tests
descriptors:
	DESC 0, 0xfffff, 0x93, 0xc
	DESC DATA, 0xffff, 0x93, 0x4
	DESC 0, 0xfffff, 0x9b, 0xc
	DESC 0, 0xffff, 0x9b, 0
	DESC 0, 0xffff, 0x93, 0

; the 32-bit environment as it is
env:	fnstenv [es:area]
show:	SHOW " ip ", [es:area + 12]
	SHOW " op:cs ", [es:area + 16]
	SHOW " dp ", [es:area + 20]
	SHOW " ds ", [es:area + 24]
	NEWLINE
	ret
area equ 0x9000
img  equ 0x9200

%macro OP 1+
	%defstr %%name %1
	SAY %%name
	%1
	call env
%endmacro

%macro NOFS 0			; an operand there faults
	xor eax, eax
	mov fs, ax
%endmacro

tests:	mov eax, cr0
	and al, ~0x0e
	or al, 0x20
	mov cr0, eax
	mov eax, cr4
	or eax, 0x600
	mov cr4, eax
	mov ebx, DATA
	mov esi, 0x10
	mov dword [DATA], 0x40000000
	mov dword [DATA + 4], 0x40000000
	mov dword [DATA + 0x20], 0x3f800000
	mov dword [DATA + 0x24], 0x3ff00000
	fninit
	SAY "after fninit"
	call env
	; kinds of operands
	OP fld dword [ebx]
	OP fld1
	OP fadd st0, st1
	OP fld qword [ebx + esi * 2]
	OP fstp qword [ebx + 8]
	OP fild word [ebx + 2]
	OP fistp dword [ss:ebx + 0x30]
	OP fbld [ds:DATA + 0x40]
	OP fbstp [ebx + 0x50]
	OP fiadd dword [ebx]
	OP fxch st1
	OP fcom st1
	OP fucompp
	; these are no instructions to remember, or are they
	OP fnop
	OP fldcw [control]
	OP fnstcw [ebx]
	OP fnstsw [ebx]
	OP fnstsw ax
	OP fnclex
	OP fwait
	OP ffree st3
	OP fincstp
	OP fdecstp
	OP fld1
	OP db 0xdb, 0xe0
	OP db 0xdb, 0xe1
	OP db 0xdb, 0xe4
	OP fxam
	OP ftst
	OP fldpi
	OP fsqrt
	OP fsin
	OP fcmovb st0, st1
	OP fcomi st0, st1
	OP fisttp dword [ebx]
	OP emms
	OP movd mm0, eax
	OP paddw mm0, [ebx]
	OP emms
	fninit
	; prefixes belong to the instruction
	SAY "prefixes"
	ds fld dword [ebx]
	call env
	SAY "16-bit address"
	fld dword [bx + si]
	call env
	SAY "other selector"
	mov ax, OTHER
	mov ds, ax
	fld dword [ebx]
	call env
	SAY "changed behind it"
	mov ax, DATA0
	mov ds, ax
	call env
	SAY "base of segment"
	mov ax, BASED
	mov fs, ax
	fstp dword [fs:8]
	call env
	SAY "gs"
	mov gs, ax
	fld dword [gs:esi]
	mov ax, DATA0
	mov gs, ax
	call env
	; the address registers change behind it
	SAY "registers change"
	mov edi, DATA
	fld dword [edi + 4]
	add edi, 0x1000
	fld1
	mov edi, 0
	call env
	; chained units
	SAY "loop"
	fninit
	mov ecx, 5000
	mov edi, DATA
.loop:	fld dword [edi]
	fstp st0
	add edi, 4
	dec edi
	dec edi
	dec edi
	dec edi
	dec ecx
	jnz .loop
	call env
	SAY "indirect"
	mov eax, .there
	fld1
	jmp eax
.there:	call env
	SAY "another code segment"
	fldz
	jmp CODEX:.back
.back:	jmp CODE0:.same
.same:	call env
	SAY "in another code segment"
	jmp CODEX:.on
.on:	fldz
	jmp CODE0:.off
.off:	call env
	fninit
	; a fault between
	SAY "int3 behind"
	CATCH .int3
	fld1
	int3
.int3:	call env
	SAY "fault behind"
	CATCH .gp
	NOFS
	fld dword [ebx + 4]
	mov [fs:eax], eax
.gp:	call env
	SAY "fault in the run"
	CATCH .run
	NOFS
	mov edi, DATA
	fld dword [edi]
	fld dword [edi + 4]
	fldz
	fld dword [fs:edi]
	fld1
.run:	call env
	fninit
	SAY "fault after fninit"
	CATCH .ini
	NOFS
	fld dword [ebx]
	fninit
	fld dword [fs:ebx]
.ini:	call env
	fninit
	; a floating-point error: the pointers are of the instruction that made it
	SAY "zero divide"
	fldcw [unmasked]
	fldz
	fld1
	CATCH .mf
	fdiv st0, st1
	nop
	fld dword [ebx]
	SAY " lost"
.mf:	call env
	fninit
	SAY "zero divide by memory"
	fldcw [unmasked]
	mov dword [DATA + 0x60], 0
	fld1
	CATCH .mf2
	fdiv dword [ebx + 0x60]
	mov ecx, 1
	fwait
	SAY " lost"
.mf2:	call env
	fninit
	; stores and loads
	SAY "fxsave"
	mov edi, img
	mov ecx, 128
	xor eax, eax
	rep stosd
	fld dword [ebx]
	fxsave [img]
	SHOW " op ", [img + 4]
	SHOW " ip ", [img + 8]
	SHOW " cs ", [img + 12]
	SHOW " dp ", [img + 16]
	SHOW " ds ", [img + 20]
	NEWLINE
	SAY "fnsave"
	fld qword [ebx]
	fnsave [area]
	call show
	SAY "after it"
	call env
	SAY "fxrstor"
	fxrstor [img]
	call env
	SAY "edited"
	mov ecx, img - 12
	mov dword [img + 4], 0xfabc0000
	mov dword [img + 8], 0x12345678
	mov dword [img + 12], 0x5a5a
	mov dword [img + 16], 0x87654321
	mov dword [img + 20], 0xa5a5
	fxrstor [ecx + 12]
	call env
	SAY "fxrstor, then another"
	fxrstor [ss:ecx + 12]
	fldz
	call env
	SAY "another, then fxrstor"
	fld dword [ebx]
	fxrstor [es:ecx + 12]
	call env
	fld dword [ebx]
	fnstenv [area]
	fninit
	SAY "fldenv"
	fldenv [area]
	call env
	mov dword [area + 12], 0xcafe0123
	mov dword [area + 16], 0xfffe1234
	mov dword [area + 20], 0xbeef4567
	mov dword [area + 24], 0x7777
	SAY "edited"
	fldenv [area]
	call env
	SAY "frstor"
	fnsave [area]
	mov dword [area + 20], 0x1000
	frstor [area]
	call env
	fninit
	SAY "16-bit layout"
	fld dword [ebx]
	o16 fnstenv [area]
	SHOW " ", [area + 4]
	SHOW " ", [area + 8]
	SHOW " ", [area + 12]
	NEWLINE
	SAY "loaded"
	mov dword [area + 8], 0x22221111
	mov dword [area + 12], 0x3333
	o16 fldenv [area]
	call env
	fninit
	; ring 3
	SAY "ring 3"
	CATCH .outer
	push dword DATA3
	push dword 0x4000
	push dword CODE3
	push dword .ring3
	retf
.ring3:	mov ax, DATA3
	mov ds, ax
	fld dword [ebx + 0x24]
	int3
.outer:	call env
	fninit
	; real mode: linear addresses
	SAY "real mode"
	jmp ROW16:.pm16
	bits 16
.pm16:	mov ax, FREE + 32
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov ss, ax
	mov eax, cr0
	and al, ~1
	mov cr0, eax
	jmp 0:.real
.real:	mov ax, 0x1234
	mov ds, ax
	xor ax, ax
	mov ss, ax
	mov es, ax
	mov bx, 0x8765
	fld dword [bx + 1]
	xor ax, ax
	mov ds, ax
	o32 fnstenv [es:area]
	o16 fnstenv [es:img]
	fld1
	fninit
	o16 fldenv [es:img]
	o32 fnstenv [es:img + 0x40]
	fninit
	o32 fldenv [es:area]
	o32 fnstenv [es:img + 0x80]
	; segment loads with a note
	mov ax, 0x2000
	mov ds, ax
	fstp dword [0x10]
	mov ax, 0x3000
	mov ds, ax
	mov ax, 0x4000
	mov ds, ax
	fld1
	mov ds, ax
	o32 fnstenv [es:img + 0xc0]
	; and back
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp CODE0:.pm
	bits 32
.pm:	mov ax, DATA0
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, STACK
	call show
	SAY "16-bit"
	SHOW " ", [img + 4]
	SHOW " ", [img + 8]
	SHOW " ", [img + 12]
	NEWLINE
%assign n 1
%rep 3
	SAY "image"
	SHOW " ", [img + n * 0x40 + 12]
	SHOW " ", [img + n * 0x40 + 16]
	SHOW " ", [img + n * 0x40 + 20]
	SHOW " ", [img + n * 0x40 + 24]
	NEWLINE
%assign n n + 1
%endrep
	DONE
control: dw 0x37f
unmasked: dw 0x37b
%include "refvmm/test_engine/rom_end.inc"

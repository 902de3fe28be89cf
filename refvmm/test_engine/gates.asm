; SPDX-License-Identifier: MIT
; Call gates, rings 1 and 2, conforming and expand-down segments, far returns and
; IRET to outer rings (SDM vol. 3A sections 5.8 and 6.12).
%include "refvmm/test_engine/sys.inc"
CODE1 equ FREE | 1
DATA1 equ FREE + 8 | 1
CODE2 equ FREE + 0x10 | 2
DATA2 equ FREE + 0x18 | 2
CONF0 equ FREE + 0x20		; conforming, DPL 0
GATE0 equ FREE + 0x28		; 32-bit, to ring 0, 3 parameters
GATE1 equ FREE + 0x30		; 32-bit, to ring 1, 31 parameters
GATE16 equ FREE + 0x38		; 16-bit, to ring 0, 2 parameters
GATEC equ FREE + 0x40		; to conforming code
GATED0 equ FREE + 0x48		; DPL 0
GATENP equ FREE + 0x50		; not present
GATEBAD equ FREE + 0x58		; to data
GATESAME equ FREE + 0x60	; to ring 3 code
STACK16 equ FREE + 0x68 | 1	; ring 1, 16-bit, limit FFFF
DOWN1 equ FREE + 0x70 | 1	; ring 1, expand-down, valid from 5000 on
CODE16_3 equ FREE + 0x78 | 3
GATEFAR equ FREE + 0x80		; offset over the limit
EXEC3 equ FREE + 0x88 | 3	; execute-only
CONF3 equ FREE + 0x90 | 3	; conforming, DPL 3
NP1 equ FREE + 0x98 | 1		; ring 1 data, not present
STACK0 equ 0x6000
STACK1 equ 0x5c00
STACK2 equ 0x5800
USER equ 0x6c00

%macro CALLGATE 4		; target, offset, access, parameters
	dw %2, (%1) & ~3
	db %4, %3
	dw 0
%endmacro

	mov esi, descriptors
	mov edi, gdt_free
	mov ecx, (descriptors_end - descriptors) / 4
	rep movsd
	mov dword [main_tss + 4], STACK0
	mov dword [main_tss + 8], DATA0
	mov dword [main_tss + 12], STACK1
	mov dword [main_tss + 16], DATA1
	mov dword [main_tss + 20], STACK2
	mov dword [main_tss + 24], DATA2
	jmp tests
descriptors:
	DESC 0, 0xfffff, 0xbb, 0xc
	DESC 0, 0xfffff, 0xb3, 0xc
	DESC 0, 0xfffff, 0xdb, 0xc
	DESC 0, 0xfffff, 0xd3, 0xc
	DESC 0, 0xfffff, 0x9f, 0xc
	CALLGATE CODE0, inner, 0xec, 3
	CALLGATE CODE1, inner, 0xec, 31
	CALLGATE CODE0, inner16, 0xe4, 2
	CALLGATE CONF0, conform, 0xec, 3
	CALLGATE CODE0, inner, 0x8c, 0
	CALLGATE CODE0, inner, 0x6c, 0
	CALLGATE DATA0, inner, 0xec, 0
	CALLGATE CODE3, same, 0xec, 5
	DESC 0, 0xffff, 0xb3, 0
	DESC 0, 0x4fff, 0xb7, 4
	DESC 0, 0xffff, 0xfb, 0
	CALLGATE CODE16, inner, 0xec, 0
	DESC 0, 0xfffff, 0xf8, 0xc
	DESC 0, 0xfffff, 0xfe, 0xc
	DESC 0, 0xfffff, 0x33, 0xc
descriptors_end:

; stack and segments; ring 0 code may print, outer rings too (IOPL 3)
look:	pushf
	pusha
	mov eax, cs
	SHOW "  cs ", eax
	mov eax, ss
	SHOW " ss ", eax
	lea eax, [esp + 40]
	SHOW " esp ", eax
	mov eax, ds
	SHOW " ds ", eax
	mov eax, es
	SHOW " es ", eax
	mov eax, fs
	SHOW " fs ", eax
	mov eax, gs
	SHOW " gs ", eax
	SHOW " fl ", [esp + 32]
	NEWLINE
	lea ebx, [esp + 40]
	mov ecx, 8
.item:	SHOW " ", [ss:ebx]
	add ebx, 4
	loop .item
	NEWLINE
	popa
	popf
	ret

inner:	call look
	retf 12
same:	call look
	retf
conform: call look
	retf
inner16: call look
	o16 retf 4

; ring 3 (or another) code at %2, ended by INT 40h or a fault
%macro RING3 2+
	SAY %1
	CATCH %%back
	push dword DATA3
	push dword USER
	push dword 0x3002
	push dword CODE3
	push dword %%code
	iret
%%code:	mov ax, DATA3
	mov es, ax
	push dword 0x77777777
	push dword 0x66666666
	push dword 0x55555555
	%2
	call look
	int 0x40
%%back:
%endmacro
%macro RING 3+			; name, ring
	SAY %1
	CATCH %%back
	push dword DATA%2
	push dword USER
	push dword 0x3002
	push dword CODE%2
	push dword %%code
	iret
%%code:	push dword 0x77777777
	push dword 0x66666666
	push dword 0x55555555
	%3
	call look
	int 0x40
%%back:
%endmacro
seen:	call look
	int 0x40

tests:	RING3 "ring 3, no parameters taken", nop
	RING3 "gate to ring 0", call GATE0:0x1234
	RING3 "gate to ring 1", call GATE1:0
	RING3 "16-bit gate", call GATE16:0
	RING3 "gate to conforming", call GATEC:0
	RING3 "gate to the same ring", call GATESAME:0
	RING3 "gate with RPL", call GATE0 | 3:0
	RING3 "gate of DPL 0", call GATED0:0
	RING3 "gate not present", call GATENP:0
	RING3 "gate to data", call GATEBAD:0
	RING3 "gate over the limit", call GATEFAR:0
	RING3 "jmp through the gate to ring 0", jmp GATE0:0
	RING3 "jmp through the gate to ring 3", jmp GATESAME:0
	RING3 "call conforming", call CONF0 | 3:conform
	RING3 "call conforming, RPL 0", call CONF0:conform
	RING3 "call ring 0 code", call CODE0:inner
	RING3 "call execute-only", call EXEC3:same
	RING3 "call outer conforming from", call CONF3:same
	RING "ring 1", 1, nop
	RING "ring 1, gate to ring 0", 1, call GATE0:0
	RING "ring 1, gate to ring 1", 1, call GATE1:0
	RING "ring 1, ring 3 code", 1, call CODE3:same
	RING "ring 2", 2, nop
	RING "ring 2, gate to ring 1", 2, call GATE1:0
	RING "ring 2, ring 2 code by RPL 0", 2, call CODE2 & ~3:same
	RING "ring 2, cli", 2, cli
	RING "ring 1, hlt", 1, hlt
	RING "ring 1, mov cr0", 1, mov eax, cr0
	RING "ring 1, data of ring 0", 1, mov eax, DATA0
	mov dword [main_tss + 16], DATA3
	RING3 "ss1 of ring 3", call GATE1:0
	mov dword [main_tss + 16], 0
	RING3 "ss1 null", call GATE1:0
	mov dword [main_tss + 16], CODE1
	RING3 "ss1 code", call GATE1:0
	mov dword [main_tss + 16], DATA1 & ~3
	RING3 "ss1 with RPL 0", call GATE1:0
	mov dword [main_tss + 16], 0x201
	RING3 "ss1 beyond the table", call GATE1:0
	mov dword [main_tss + 16], NP1
	RING3 "ss1 not present", call GATE1:0
	mov dword [main_tss + 16], STACK16
	mov dword [main_tss + 12], 0xabcd6000
	RING3 "16-bit stack", call GATE1:0
	mov dword [main_tss + 12], 0x2a
	RING3 "16-bit stack wraps", call GATE1:0
	mov dword [main_tss + 16], DOWN1
	mov dword [main_tss + 12], 0x6000
	RING3 "expand-down stack", call GATE1:0
	mov dword [main_tss + 12], 0x5010
	RING3 "expand-down stack too small", call GATE1:0
	mov dword [main_tss + 16], DATA1
	mov dword [main_tss + 12], STACK1
	mov dword [IDT + 0x3e * 8], CODE1 << 16 & 0xfff80000 | 0
	mov ax, handler1
	mov [IDT + 0x3e * 8], ax
	mov dword [IDT + 0x3e * 8 + 4], 0xef00
	RING3 "trap gate to ring 1", int 0x3e
	mov word [IDT + 0x3e * 8 + 2], CONF0
	RING3 "trap gate to conforming", int 0x3e
	mov word [IDT + 0x3e * 8 + 2], CODE0
	mov word [IDT + 0x3e * 8 + 4], 0xe700
	mov ax, handler16
	mov [IDT + 0x3e * 8], ax
	RING3 "16-bit trap gate to ring 0", int 0x3e
	mov word [IDT + 0x3e * 8 + 2], CODE3
	mov word [IDT + 0x3e * 8 + 4], 0xef00
	mov ax, handler1
	mov [IDT + 0x3e * 8], ax
	RING3 "trap gate to ring 3", int 0x3e
	RING "trap gate to an outer ring", 1, int 0x3e

%macro FRAME 1-*
%rep %0
%rotate -1
	push dword %1
%endrep
%endmacro
%macro RETF_TEST 2-*
	SAY %1
	push dword 0x3002
	popf
	CATCH %%back
	mov ax, DATA3
	mov es, ax
	mov ax, DATA1
	mov fs, ax
	mov ax, CONF0
	mov gs, ax
	FRAME %{2:-1}
	retf 8
%%back:
%endmacro
	RETF_TEST "retf to ring 3", seen, CODE3, 1, 2, USER, DATA3
	RETF_TEST "retf to ring 1", seen, CODE1, 1, 2, USER, DATA1
	RETF_TEST "retf to ring 0", seen, CODE0, 1, 2
	RETF_TEST "retf, SS of ring 0", seen, CODE3, 1, 2, USER, DATA0
	RETF_TEST "retf, SS null", seen, CODE3, 1, 2, USER, 0
	RETF_TEST "retf, SS code", seen, CODE3, 1, 2, USER, CODE3
	RETF_TEST "retf, CS null", seen, 0, 1, 2, USER, DATA3
	RETF_TEST "retf, CS data", seen, DATA3, 1, 2, USER, DATA3
	RETF_TEST "retf, CS with RPL 3 of ring 0", seen, CODE0 | 3, 1, 2, USER, DATA3
	RETF_TEST "retf, conforming with RPL 3", seen, CONF0 | 3, 1, 2, USER, DATA3
	RETF_TEST "retf, gate", seen, GATE0, 1, 2, USER, DATA3
	RETF_TEST "retf, over the limit", 0x10000, CODE16_3, 1, 2, USER, DATA3
	RETF_TEST "retf, over the limit and SS null", 0x10000, CODE16_3, 1, 2, USER, 0
	DONE

handler1: call look
	iret
handler16: call look
	o16 iret
%include "refvmm/test_engine/rom_end.inc"

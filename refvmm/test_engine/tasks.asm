; SPDX-License-Identifier: MIT
; Hardware task switches (SDM vol. 3A chapter 7).
%include "refvmm/test_engine/sys.inc"
TSS32 equ FREE
TSS16 equ FREE + 8
TGATE equ FREE + 0x10		; task gate to TSS32
LDT1 equ FREE + 0x18
TSS_SHORT equ FREE + 0x20
TSS_NP equ FREE + 0x28
DATA_NP equ FREE + 0x30
CODE_CONF equ FREE + 0x38
XO equ FREE + 0x40		; execute-only code
tss32 equ 0x5000
tss16 equ 0x5100
TASK_STACK equ 0x6800

	mov esi, descriptors
	mov edi, gdt_free
	mov ecx, 18
	rep movsd
	jmp tests

descriptors:
	DESC tss32, 0x67, 0x89, 0
	DESC tss16, 0x2b, 0x81, 0
	dw 0, TSS32, 0x8500, 0
	LDESC ldt, 15, 0x82, 0
	DESC tss32, 0x66, 0x89, 0
	DESC tss32, 0x67, 0x09, 0
	DESC 0, 0xfffff, 0x13, 0xc
	DESC 0, 0xfffff, 0x9e, 0xc
	DESC 0, 0xfffff, 0x98, 0xc
ldt:	DESC 0, 0xfffff, 0x92, 0xc
	DESC 0, 0xfffff, 0xf2, 0xc

; a fresh TSS32 that starts at EAX
%macro TASK32 1
	mov eax, %1
	call task32
%endmacro
task32:	mov edi, tss32
	push eax
	xor eax, eax
	mov ecx, 26
	rep stosd
	pop dword [tss32 + 0x20]
	mov dword [tss32 + 0x24], 0x2
	mov edi, tss32 + 0x28
	mov eax, 0x11110000
.gpr:	stosd
	add eax, 0x01010001
	cmp edi, tss32 + 0x48
	jb .gpr
	mov dword [tss32 + 0x38], TASK_STACK
	mov dword [tss32 + 4], FAULT_STACK
	mov dword [tss32 + 8], DATA0
	mov dword [tss32 + 0x48], DATA0
	mov dword [tss32 + 0x4c], CODE0
	mov dword [tss32 + 0x50], DATA0
	mov dword [tss32 + 0x54], DATA0
	mov dword [tss32 + 0x58], DATA0
	mov dword [tss32 + 0x5c], DATA0
	mov byte [gdt_free + 5], 0x89
	ret

%macro TASK16 1
	mov eax, %1
	call task16
%endmacro
task16:	mov edi, tss16
	push eax
	xor eax, eax
	mov ecx, 11
	rep stosd
	pop eax
	mov [tss16 + 0x0e], ax
	mov word [tss16 + 0x10], 0x2
	mov edi, tss16 + 0x12
	mov eax, 0x2200
.gpr:	stosw
	add eax, 0x0101
	cmp edi, tss16 + 0x22
	jb .gpr
	mov word [tss16 + 0x1a], TASK_STACK
	mov word [tss16 + 0x22], DATA0
	mov word [tss16 + 0x24], CODE0
	mov word [tss16 + 0x26], DATA0
	mov word [tss16 + 0x28], DATA0
	mov byte [gdt_free + 13], 0x81
	ret

; all registers, flags, TR, LDTR, busy bits, CR0.TS
state:	pushf
	pusha
	SHOW "  eax ", [esp + 28]
	SHOW " ecx ", [esp + 24]
	SHOW " edx ", [esp + 20]
	SHOW " ebx ", [esp + 16]
	SHOW " esp ", [esp + 12]
	SHOW " ebp ", [esp + 8]
	SHOW " esi ", [esp + 4]
	SHOW " edi ", [esp]
	NEWLINE
	SHOW "  fl ", [esp + 32]
	str eax
	SHOW " tr ", eax
	sldt eax
	SHOW " ldtr ", eax
	smsw eax
	and eax, 8
	SHOW " ts ", eax
	mov eax, es
	SHOW " es ", eax
	mov eax, cs
	SHOW " cs ", eax
	mov eax, ss
	SHOW " ss ", eax
	mov eax, ds
	SHOW " ds ", eax
	mov eax, fs
	SHOW " fs ", eax
	mov eax, gs
	SHOW " gs ", eax
	NEWLINE
	movzx eax, byte [gdt + MAIN + 5]
	SHOW "  main ", eax
	movzx eax, byte [gdt_free + 5]
	SHOW " tss32 ", eax
	movzx eax, byte [gdt_free + 13]
	SHOW " tss16 ", eax
	NEWLINE
	clts
	popa
	popf
	ret

; what a switch left in a TSS
%macro DUMP32 1
	push %1
	call dump32
%endmacro
dump32:	mov ebx, [esp + 4]
	movzx eax, word [ebx]
	SHOW "  saved: link ", eax
	SHOW " eip ", [ebx + 0x20]
	SHOW " fl ", [ebx + 0x24]
	SHOW " eax ", [ebx + 0x28]
	SHOW " esp ", [ebx + 0x38]
	SHOW " edi ", [ebx + 0x44]
	SHOW " es ", [ebx + 0x48]
	SHOW " gs ", [ebx + 0x5c]
	NEWLINE
	ret 4

; back in the main task, as if nothing had happened
restore: mov byte [gdt + MAIN + 5], 0x89
	mov ax, MAIN
	ltr ax
	xor eax, eax
	lldt ax
	ret

; a bad TSS32: offset, value; then CALL
%macro BAD32 3
	TASK32 never
	mov dword [tss32 + %2], %3
	TRY %1
	call TSS32:0
	TRIED
	str eax
	SHOW "  tr ", eax
	movzx eax, byte [gdt_free + 5]
	SHOW " busy ", eax
	movzx eax, word [tss32]
	SHOW " link ", eax
	NEWLINE
	call restore
%endmacro
never:	SAY " task ran", 10
	iret

kept16:	dd 0
tests:	mov eax, 0xaaaa0000
	mov ecx, 0xaaaa0001
	SAY "call32", 10
	TASK32 .called
	mov eax, 0xa0a0a0a0
	mov edi, 0xb0b0b0b0
	stc
	call TSS32:0x1234
	jmp .back1
.called: call state
	mov byte [tss32 + 0x64], 0
	iret
	SAY "again", 10
	call state
	DUMP32 main_tss
	jmp MAIN:0
	SAY "third", 10
	iret
.back1:	SAY "back", 10
	call state
	DUMP32 tss32
	SAY "again by jmp", 10
	push dword 0x3003
	popf
	jmp TSS32:0
	SAY "back by jmp", 10
	call state
	DUMP32 tss32

	TRY "jmp to itself"
	jmp MAIN:0
	TRIED
	TRY "busy"
	mov byte [gdt_free + 5], 0x8b
	call TSS32:0
	TRIED
	mov byte [gdt_free + 5], 0x89
	TRY "limit"
	call TSS_SHORT:0
	TRIED
	TRY "not present"
	call TSS_NP:0
	TRIED
	TRY "iret with NT, link of a free TSS"
	mov word [main_tss], TSS32
	push dword 0x4002
	popf
	iret
	TRIED
	TRY "iret with NT, link of data"
	mov word [main_tss], DATA0
	push dword 0x4002
	popf
	iret
	TRIED
	TRY "iret with NT, local link"
	mov word [main_tss], 4
	push dword 0x4002
	popf
	iret
	TRIED
	push dword 2
	popf

	SAY "task gate", 10
	TASK32 .gated
	call TGATE:0
	SAY "back", 10
	call state
	jmp .gates
.gated:	call state
	iret
.gates:	; INT through a task gate, then an exception with an error code
	mov dword [IDT + 0x30 * 8], TSS32 << 16
	mov dword [IDT + 0x30 * 8 + 4], 0x8500
	SAY "int", 10
	TASK32 .gated
	int 0x30
	SAY "back", 10
	DUMP32 main_tss
	mov eax, [IDT + 13 * 8]
	mov [.gp], eax
	mov eax, [IDT + 13 * 8 + 4]
	mov [.gp + 4], eax
	mov dword [IDT + 13 * 8], TSS32 << 16
	mov dword [IDT + 13 * 8 + 4], 0x8500
	SAY "#GP by task gate", 10
	TASK32 .gp_task
.faults: mov ax, 0x1234
	mov ds, ax
.after:	SAY "back", 10
	DUMP32 main_tss
	jmp .task16
.gp_task: call state
	pop eax
	SHOW "  error ", eax
	NEWLINE
	mov dword [main_tss + 0x20], .after
	iret
.gp:	dq 0

.task16: mov eax, [.gp]
	mov [IDT + 13 * 8], eax
	mov eax, [.gp + 4]
	mov [IDT + 13 * 8 + 4], eax
	SAY "call16", 10
	TASK16 .called16
	mov eax, 0xa0a0a0a0
	call TSS16:0
	SAY "back", 10
	call state
	DUMP32 main_tss
	movzx eax, word [tss16 + 0x0e]
	SHOW "  ip ", eax
	movzx eax, word [tss16 + 0x10]
	SHOW " fl ", eax
	movzx eax, word [tss16 + 0x12]
	SHOW " ax ", eax
	movzx eax, word [tss16 + 0x28]
	SHOW " ds ", eax
	NEWLINE
	jmp .nest
.called16: mov [kept16], esp
	movzx esp, sp			; the upper half came with the switch
	call state
	SHOW "  esp was ", [kept16]
	NEWLINE
	mov eax, 0x99998888
	iret

.nest:	SAY "nested", 10
	TASK32 .outer
	TASK16 .inner
	call TSS32:0
	SAY "main again", 10
	call state
	jmp .trap
.outer:	call TSS16:0
	SAY "outer again", 10
	call state
	iret
.inner:	movzx esp, sp
	call state
	iret

.trap:	SAY "T bit", 10
	TASK32 .trapped
	mov byte [tss32 + 0x64], 1
	CATCH .trap_done
	call TSS32:0
.trapped: SAY "not trapped", 10
.trap_done: call state
	call restore
	SAY "debug registers", 10
	TASK32 .show_dr7
	mov eax, 0x355
	mov dr7, eax
	call TSS32:0
	mov eax, 0x400
	mov dr7, eax
	jmp .bad
.show_dr7: mov eax, dr7
	SHOW "  dr7 ", eax
	NEWLINE
	iret
.bad:	BAD32 "CS null", 0x4c, 0
	BAD32 "CS data", 0x4c, DATA0
	BAD32 "CS beyond", 0x4c, 0x2000
	BAD32 "CS dpl", 0x4c, CODE3 & ~3
	BAD32 "CS conforming", 0x4c, CODE_CONF
	BAD32 "SS null", 0x50, 0
	BAD32 "SS code", 0x50, CODE0
	BAD32 "SS rpl", 0x50, DATA0 | 3
	BAD32 "SS dpl", 0x50, DATA3
	BAD32 "SS not present", 0x50, DATA_NP
	BAD32 "SS beyond", 0x50, 0x2000
	BAD32 "DS system", 0x54, MAIN
	BAD32 "DS not present", 0x54, DATA_NP
	BAD32 "DS execute-only", 0x54, XO
	BAD32 "DS beyond", 0x54, 0x2000
	BAD32 "DS null", 0x54, 0
	BAD32 "ES rpl", 0x48, DATA0 | 3
	BAD32 "FS local without LDT", 0x58, 4
	BAD32 "GS ring 3 data", 0x5c, DATA3
	BAD32 "LDT is data", 0x60, DATA0
	BAD32 "LDT local", 0x60, 4
	BAD32 "LDT beyond", 0x60, 0x2000
	BAD32 "LDT good", 0x60, LDT1
	TASK32 0x10000
	mov dword [tss32 + 0x4c], CODE16
	TRY "EIP over the limit"
	call TSS32:0
	TRIED
	call restore
	; ring 3 task, its #GP comes back to ring 0 by its own ss0:esp0
	TASK32 .ring3
	mov dword [tss32 + 4], FAULT_STACK
	mov dword [tss32 + 8], DATA0
	mov dword [tss32 + 0x4c], CODE3
	mov dword [tss32 + 0x50], DATA3
	mov dword [tss32 + 0x54], DATA3
	mov dword [tss32 + 0x48], DATA3
	mov dword [tss32 + 0x24], 0x3002
	mov dword [tss32 + 0x60], LDT1
	mov dword [tss32 + 0x58], 0xf
	TRY "ring 3"
	jmp TSS32:0
	TRIED
	call state
	call restore
	jmp .v86
.ring3:	mov eax, fs
	SHOW " fs ", eax
	mov eax, cs
	SHOW " cs ", eax
	cli
	hlt
	; into virtual-8086 mode
.v86:	TASK32 0x10
	mov dword [tss32 + 4], FAULT_STACK
	mov dword [tss32 + 8], DATA0
	mov dword [tss32 + 0x4c], (.v86_code - $$ + 0x7c00 - 0x10) >> 4
	mov dword [tss32 + 0x50], 0x100
	mov dword [tss32 + 0x38], 0x800
	mov dword [tss32 + 0x54], 0x1111
	mov dword [tss32 + 0x48], 0x2222
	mov dword [tss32 + 0x58], 0x3333
	mov dword [tss32 + 0x5c], 0x4444
	mov dword [tss32 + 0x24], 0x23002
	TRY "virtual-8086 task"
	call TSS32:0
	TRIED
	DONE
	bits 16
	align 16
.v86_code: hlt
%include "refvmm/test_engine/rom_end.inc"

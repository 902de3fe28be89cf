; SPDX-License-Identifier: MIT
; Task switches under paging: CR3 of the new task, its LDT and stack by its own tables,
; translations that the switch drops, faults before and after the old task is left, #PF
; as a task, PDPTEs (SDM vol. 3A sections 4.10.4.1, 7.2 and 7.3).
%include "refvmm/test_engine/sys.inc"
TSS32 equ FREE
TSS16 equ FREE + 8
LDT1 equ FREE + 0x10
TSS_GONE equ FREE + 0x18	; on a page that is not there
TSS_END equ FREE + 0x20		; begins at the end of a page, the next is not there
TSS_RO equ FREE + 0x28
TSS_PF equ FREE + 0x30
tss32 equ 0x5000
tss16 equ 0x5100
tss_pf equ 0x5200
TASK_STACK equ 0x6800
PF_STACK equ 0x6c00
PD_A  equ 0x20000
PD_B  equ 0x21000
PT0   equ 0x22000		; first 4 MiB, identity, in both
PT_A  equ 0x23000		; 400000h
PT_B  equ 0x24000
FRAME_A equ 0x30000
FRAME_B equ 0x34000
PDPT_A equ 0x28000
PDPT_B equ 0x28020
PPD_A equ 0x29000
PPD_B equ 0x2a000
PPT0  equ 0x2b000
LIN   equ 0x400000		; a page, an absent one, LDT, TSSs
LDT_LIN equ LIN + 0x2000
GONE  equ LIN + 0x1000
RO    equ LIN + 0x3000

	mov esi, descriptors
	mov edi, gdt_free
	mov ecx, 14
	rep movsd
	jmp tests

descriptors:
	DESC tss32, 0x67, 0x89, 0
	DESC tss16, 0x2b, 0x81, 0
	DESC LDT_LIN, 15, 0x82, 0
	DESC GONE, 0x67, 0x89, 0
	DESC LIN + 0xfc0, 0x67, 0x89, 0
	DESC RO, 0x67, 0x89, 0
	DESC tss_pf, 0x67, 0x89, 0

pf:	push eax
	mov eax, cr2
	mov [ss:seen_cr2], eax
	pop eax
	jmp stub14

; a fresh TSS32 at EDI that starts at EAX with CR3 EDX
task32:	push edi
	push eax
	xor eax, eax
	mov ecx, 26
	rep stosd
	pop eax
	pop edi
	mov [edi + 0x20], eax
	mov [edi + 0x1c], edx
	mov dword [edi + 0x24], 2
	mov dword [edi + 0x28], 0x11110000
	mov dword [edi + 0x38], TASK_STACK
	mov dword [edi + 4], FAULT_STACK
	mov dword [edi + 8], DATA0
	mov dword [edi + 0x4c], CODE0
	mov eax, DATA0
	mov [edi + 0x48], eax
	mov [edi + 0x50], eax
	mov [edi + 0x54], eax
	mov [edi + 0x58], eax
	mov [edi + 0x5c], eax
	mov byte [gdt_free + 5], 0x89
	ret
%macro TASK32 2
	mov eax, %1
	mov edx, %2
	mov edi, tss32
	call task32
%endmacro

; CR2, CR3, what is at LIN, entries of both tables without addresses, busy bits
state:	SHOW "   cr2 ", [seen_cr2]
	mov dword [seen_cr2], 0
	mov eax, cr3
	SHOW " cr3 ", eax
	mov esi, [state_pt]
	call .entries
	mov esi, [state_pt + 4]
	call .entries
	movzx eax, byte [gdt + MAIN + 5]
	SHOW " main ", eax
	movzx eax, byte [gdt_free + 5]
	SHOW " tss32 ", eax
	str eax
	SHOW " tr ", eax
	sldt eax
	SHOW " ldtr ", eax
	NEWLINE
	clts
	ret
.entries:
	mov ecx, 4
	SAY " /"
.entry:	mov eax, [esi]
	and eax, 0xfff
	SHOW " ", eax
	add esi, [state_step]
	loop .entry
	ret
state_pt: dd PT_A, PT_B
state_step: dd 4

restore: mov byte [gdt + MAIN + 5], 0x89
	mov ax, MAIN
	ltr ax
	mov eax, PD_A
	mov cr3, eax
	xor eax, eax
	lldt ax
	ret

; both tables and frames as at first
fresh:	mov edi, FRAME_A
	mov ecx, 0x4000 / 4
	mov eax, 0xaaaaaaaa
	rep stosd
	mov edi, FRAME_B
	mov ecx, 0x4000 / 4
	mov eax, 0xbbbbbbbb
	rep stosd
	mov dword [FRAME_A + 0x2000], 0x0000ffff	; LDT: data and, in B, ring 3 data
	mov dword [FRAME_A + 0x2004], 0x00cf9200
	mov dword [FRAME_B + 0x2000], 0x1230ffff
	mov dword [FRAME_B + 0x2004], 0x00cf9200
	mov edi, PT_A
	mov eax, FRAME_A
	call .table
	mov edi, PT_B
	mov eax, FRAME_B
	call .table
	mov eax, cr3
	mov cr3, eax
	ret
.table:	or eax, 7
	mov [edi], eax
	mov dword [edi + 4], 0
	add eax, 0x2000
	mov [edi + 8], eax
	add eax, 0x1000 - 2
	mov [edi + 12], eax
	ret

%macro SWITCH 3+		; name, setup label; how
	SAY %1, 10
	call fresh
	TASK32 %2, PD_B
	mov eax, [LIN]
	%3
	mov eax, [LIN]
	SHOW "  back ", eax
	NEWLINE
	call state
%endmacro

look:	mov eax, [LIN]
	SHOW "  there ", eax
	NEWLINE
	call state
	mov dword [LIN + 4], 0x12345678
	iret
leave_by_jmp: mov eax, [LIN]
	SHOW "  there ", eax
	NEWLINE
	jmp MAIN:0
use_ldt: mov ax, 4
	mov gs, ax
	mov eax, [gs:0]			; base by B's table
	SHOW "  by the LDT ", eax
	NEWLINE
	call state
	iret
swap:	mov dword [PT_A], FRAME_B | 7
	iret
user:	mov eax, [LIN + 0x2000]		; page of the supervisor
	ud2
code16:	movzx esp, sp			; the upper half came with the switch
	mov eax, cr3
	SHOW "  16-bit task, cr3 ", eax
	mov eax, [LIN]
	SHOW " there ", eax
	NEWLINE
	call state
	iret

tests:	mov edi, PD_A
	mov ecx, 0xc000 / 4
	xor eax, eax
	rep stosd
	mov dword [PD_A], PT0 | 7
	mov dword [PD_B], PT0 | 7
	mov dword [PD_A + 4], PT_A | 7
	mov dword [PD_B + 4], PT_B | 7
	mov edi, PT0
	mov eax, 7
.low:	stosd
	add eax, 0x1000
	cmp eax, 0x400007
	jne .low
	GATE 14, pf, 0
	mov eax, PD_A
	mov cr3, eax
	mov eax, cr0
	or eax, 0x80010000
	mov cr0, eax
	jmp .on
.on:	mov dword [main_tss + 0x1c], PD_A	; no switch stores it
	SWITCH "call", look, call TSS32:0
	SHOW "  written ", [FRAME_B + 4]
	SHOW " cr3 in the TSSs ", [main_tss + 0x1c]
	SHOW " ", [tss32 + 0x1c]
	NEWLINE
	SWITCH "jmp", leave_by_jmp, jmp TSS32:0
	SWITCH "call again", look, call TSS32:0
	; (whether a switch to the same CR3 drops anything is up to the processor)
	SWITCH "entry changed while the other task ran", swap, call TSS32:0
	SAY "LDT", 10
	call fresh
	TASK32 use_ldt, PD_B
	mov dword [FRAME_B + 0x2000], 0x0000ffff
	mov dword [FRAME_B + 0x2004], 0x00cf9240	; base 400000h
	mov dword [tss32 + 0x60], LDT1
	call TSS32:0
	call state
	SAY "LDT and DS by the new table", 10
	call fresh
	TASK32 look, PD_B
	mov dword [FRAME_B + 0x2004], 0x00cf9a00	; in A data, here code
	mov dword [tss32 + 0x60], LDT1
	mov dword [tss32 + 0x50], 4			; SS: #TS in the new task
	TRY " "
	call TSS32:0
	TRIED
	call state
	call restore
	SAY "16-bit", 10
	call fresh
	mov edi, tss16
	xor eax, eax
	mov ecx, 11
	rep stosd
	mov word [tss16 + 0x0e], code16
	mov word [tss16 + 0x10], 2
	mov word [tss16 + 0x1a], TASK_STACK
	mov word [tss16 + 0x22], DATA0
	mov word [tss16 + 0x24], CODE0
	mov word [tss16 + 0x26], DATA0
	mov word [tss16 + 0x28], DATA0
	call TSS16:0
	call state

	; the old task is still there
	SAY "TSS absent", 10
	call fresh
	TRY " "
	call TSS_GONE:0
	TRIED
	call state
	call restore
	SAY "TSS over the end", 10
	call fresh
	TRY " "
	call TSS_END:0
	TRIED
	and dword [seen_cr2], ~0xfff	; which byte is not told
	call state
	call restore
	SAY "LTR of a TSS that is absent", 10
	mov byte [gdt_free + 0x1d], 0x89
	TRY " "
	mov ax, TSS_GONE
	ltr ax
	TRIED
	call state
	mov byte [gdt_free + 0x1d], 0x89
	call restore

	; the new task faults
	SAY "code absent", 10
	call fresh
	TASK32 GONE, PD_B
	TRY " "
	call TSS32:0
	TRIED
	call state
	call restore
	SAY "stack read-only", 10
	call fresh
	TASK32 .push, PD_B
	mov dword [tss32 + 0x38], RO + 0x800
	mov dword [PT_B + 12], FRAME_B + 0x3000 | 7
	TRY " "
	call TSS32:0
	TRIED
	call state
	call restore
	jmp .user
.push:	push eax
	SHOW "  pushed ", [FRAME_B + 0x37fc]
	NEWLINE
	call state
	iret
.user:	SAY "ring 3, page of the supervisor", 10
	call fresh
	and dword [PT_B + 8], ~4
	TASK32 user, PD_B
	mov dword [tss32 + 0x4c], CODE3
	mov dword [tss32 + 0x50], DATA3
	mov dword [tss32 + 0x54], DATA3
	mov dword [tss32 + 0x48], DATA3
	mov dword [tss32 + 0x58], DATA3
	mov dword [tss32 + 0x5c], DATA3
	TRY " "
	jmp TSS32:0
	TRIED
	call state
	call restore

	; #PF by a task with tables of its own, which repairs those of the task that faulted
	SAY "#PF by a task", 10
	call fresh
	mov edi, tss_pf
	mov eax, .pf_task
	mov edx, PD_B
	call task32
	mov dword [tss_pf + 0x38], PF_STACK
	mov dword [IDT + 14 * 8], TSS_PF << 16
	mov dword [IDT + 14 * 8 + 4], 0x8500
	mov ebp, 5
.fault:	mov dword [PT_A], FRAME_A
	invlpg [LIN]
	mov eax, ebp
	add [LIN + 8], eax
	SHOW "  sum ", [FRAME_A + 8]
	NEWLINE
	dec ebp
	jnz .fault
	SAY "by an instruction over the end", 10
	mov dword [PT_A], FRAME_A
	mov dword [PT_A + 4], FRAME_A + 0x1000
	mov eax, cr3
	mov cr3, eax
	mov eax, 0x55667788
	mov [LIN + 0xffe], eax
	SHOW "  stored ", [FRAME_A + 0xffc]
	SHOW " ", [FRAME_A + 0x1000]
	NEWLINE
	call state
	GATE 14, pf, 0
	jmp .pae
.pf_task:
	pop ebx
	mov ecx, cr2
	mov esi, [LIN]
	SHOW "  cr2 ", ecx
	SHOW " err ", ebx
	SHOW " there ", esi
	SHOW " link ", [tss_pf]
	SHOW " eip ", [main_tss + 0x20]
	SHOW " cr3 ", [main_tss + 0x1c]
	NEWLINE
	shr ecx, 10
	and ecx, 0xffc
	or dword [PT_A + ecx], 7
	iret
	jmp .pf_task

.pae:	SAY "PAE", 10
	mov eax, cr0
	and eax, 0x7fffffff
	mov cr0, eax
	mov dword [PDPT_A], PPD_A | 1
	mov dword [PDPT_B], PPD_B | 1
	mov dword [PPD_A], PPT0 | 7
	mov dword [PPD_B], PPT0 | 7
	mov edi, PPT0
	mov eax, 7
.plow:	mov [edi], eax
	add edi, 8
	add eax, 0x1000
	cmp eax, 0x200007
	jne .plow
	mov dword [PPD_A + 16], PT_A | 7
	mov dword [PPD_B + 16], PT_B | 7
	call fresh
	mov eax, [PT_A + 8]
	mov [PT_A + 16], eax
	mov eax, [PT_B + 8]
	mov [PT_B + 16], eax
	xor eax, eax
	mov [PT_A + 8], eax
	mov [PT_B + 8], eax
	mov [PT_A + 4], eax
	mov [PT_B + 4], eax
	mov [PT_A + 12], eax
	mov [PT_B + 12], eax
	mov dword [state_step], 8
	mov eax, cr4
	or eax, 0x20
	mov cr4, eax
	mov dword [main_tss + 0x1c], PDPT_A
	mov eax, PDPT_A
	mov cr3, eax
	mov eax, cr0
	or eax, 0x80000000
	mov cr0, eax
	jmp .pae_on
.pae_on: TASK32 look, PDPT_B
	mov eax, [LIN]
	SHOW "  here ", eax
	call TSS32:0
	mov eax, [LIN]
	SHOW "  back ", eax
	NEWLINE
	call state
	SAY "PDPTE changed, in use after the way back", 10
	TASK32 look, PDPT_B
	mov dword [PDPT_A], PPD_B | 1
	call TSS32:0
	mov eax, [LIN]
	SHOW "  back ", eax
	NEWLINE
	call state
	DONE
	align 4
seen_cr2: dd 0
%include "refvmm/test_engine/rom_end.inc"

; SPDX-License-Identifier: MIT
; Segment loads in protected mode, each several times, so that what translated code
; remembers of the last one is asked: while descriptors change, the tables move by
; LGDT, LLDT and paging, in rings 0 and 3, by MOV and by POP of both sizes (SDM vol.
; 3A sections 3.4, 5.4 to 5.7).
%include "refvmm/test_engine/sys.inc"
VARIED equ FREE			; what changes
OTHER equ FREE + 8		; flat, ring 0
LDT_A equ FREE + 0x10
LDT_B equ FREE + 0x18
STACK16 equ FREE + 0x20		; 16-bit stack at 0
NEG3 equ FREE + 0x28 | 3	; flat from 28000 on: offsets below wrap
LOCAL equ 4			; first of the LDT
GDT2 equ 0x10000		; a copy of the GDT
TABLE_A equ 0x11000		; LDTs
TABLE_B equ 0x12000
PDIR equ 0x13000
PTAB equ 0x14000
FAR_GDT equ 0x3f0000		; linear, for paging
ROUNDS equ 3

	mov esi, descriptors
	mov edi, gdt_free
	mov ecx, (descriptors_end - descriptors) / 4
	rep movsd
	mov eax, 0x20000
	mov ecx, 8
.mark:	mov [eax + 0x10], eax
	add eax, 0x8000
	loop .mark
	mov esi, seg_2
	mov edi, TABLE_A
	movsd
	movsd
	mov esi, seg_3
	mov edi, TABLE_B
	movsd
	movsd
	jmp tests
descriptors:
	DESC 0x20000, 0xffff, 0xf3, 4
	DESC 0, 0xfffff, 0x93, 0xc
	DESC TABLE_A, 7, 0x82, 0
	DESC TABLE_B, 7, 0x82, 0
	DESC 0, 0xffff, 0x93, 0
	DESC 0x28000, 0xfffff, 0xf3, 0xc
descriptors_end:
seg_2:	DESC 0x20000, 0xffff, 0xf3, 4
seg_3:	DESC 0x30000, 0xffff, 0xf3, 4
seg_2_ro: DESC 0x20000, 0xffff, 0xf1, 4
seg_2_short: DESC 0x20000, 0xf, 0xf3, 4
seg_2_fresh: DESC 0x20000, 0xffff, 0xf2, 4
seg_2_absent: DESC 0x20000, 0xffff, 0x73, 4
seg_2_private: DESC 0x20000, 0xffff, 0x93, 4
seg_2_code: DESC 0x20000, 0xffff, 0xfb, 4
seg_2_exec: DESC 0x20000, 0xffff, 0xf9, 4
seg_2_conf: DESC 0x20000, 0xffff, 0x9f, 4
seg_2_down: DESC 0x20000, 0xf, 0xf7, 4
seg_sys: DESC 0x20000, 0xffff, 0xe2, 4

; Put the named descriptor into VARIED of the GDT in use.
%macro BECOMES 1
	call flat_ds
	mov eax, [%1]
	mov [gdt + VARIED], eax
	mov eax, [%1 + 4]
	mov [gdt + VARIED + 4], eax
%endmacro

; Like TRY, whatever DS is.
%macro TRYS 1+
	SAY %1
	call in_ring
	mov dword [ss:recover], %%next
	mov [ss:kept_esp], esp
%push try
%define %$next %%next
%endmacro

; A fault in ring 3 is resumed in ring 0: back to where the test belongs.
ring:	dd 0
in_ring: push ecx
	mov ecx, cs
	and ecx, 3
	cmp ecx, [ss:ring]
	pop ecx
	jne .outer
	ret
.outer:	pop dword [ss:.to]
	mov [ss:.esp], esp
	push dword DATA3
	push dword [ss:.esp]
	push dword 0x3002
	push dword CODE3
	push dword [ss:.to]
	iret
.to:	dd 0
.esp:	dd 0

; A flat DS for the present ring.
flat_ds: push ecx
	mov ecx, cs
	and ecx, 3
	mov ax, DATA0
	jz .put
	mov ax, DATA3
.put:	mov ds, ax
	pop ecx
	ret

; What register %1 shows of the selector in BX: itself, and two dwords.
%macro THROUGH 1
%defstr %%name %1
	TRYS " ", %%name
	mov eax, %1
	SHOW "=", eax
	SHOW " ", [%1:0x10]
	mov eax, [%1:0x10]
	mov [%1:0x20], eax
	SAY " rw", 10
%$next:
%pop
%endmacro

; Load selector BX into all of them, and look.
look:	mov ebp, ROUNDS
.round:	TRYS "load"
	stc
	mov es, bx
	push ebx
	pop fs
	setc cl
	o16 push bx
	o16 pop gs
	mov [ss:word_in_memory], bx
	mov ds, [ss:word_in_memory]
	SHOW " carry ", ecx
	SAY " ", 10
	jmp .loaded
%$next:
%pop
	jmp .bad
.loaded:
	THROUGH es
	mov ds, bx
	THROUGH ds
	mov fs, bx
	THROUGH fs
	mov gs, bx
	THROUGH gs
.bad:	dec ebp
	jnz .round
	call in_ring
	call flat_ds
	ret
word_in_memory: dd 0

%macro LOOK 2+			; selector, text
	SAY %2, 10
	xor ecx, ecx
	mov ebx, %1
	call look
%endmacro

%macro BOTH 1			; descriptor: as ring 0 and ring 3 selector
%defstr %%name %1
	BECOMES %1
	LOOK VARIED, %%name
	LOOK VARIED + 3, %%name, " rpl 3"
%endmacro

tests:
%macro ALL_DESCRIPTORS 0
	BOTH seg_2
	BOTH seg_3
	BOTH seg_2
	BOTH seg_2_ro
	BOTH seg_2
	BOTH seg_2_short
	BOTH seg_2_private
	BOTH seg_2
	BOTH seg_2_absent
	BOTH seg_2_code
	BOTH seg_2
	BOTH seg_2_exec
	BOTH seg_2_conf
	BOTH seg_2_down
	BOTH seg_2
	BOTH seg_sys
	BOTH seg_2_fresh
	SHOW "accessed ", [gdt + VARIED + 4]
	NEWLINE
	LOOK 0, "null"
	LOOK 2, "null rpl 2"
%endmacro
	ALL_DESCRIPTORS

	; the tables move
	BECOMES seg_2
	mov esi, gdt
	mov edi, GDT2
	mov ax, DATA0
	mov es, ax
	mov ecx, (gdt_end - gdt) / 4
	rep movsd
	mov eax, [seg_3]
	mov [GDT2 + VARIED], eax
	mov eax, [seg_3 + 4]
	mov [GDT2 + VARIED + 4], eax
	LOOK VARIED, "before lgdt"
	lgdt [gdtr2]
	LOOK VARIED, "behind lgdt"
	lgdt [gdtr_short]
	LOOK VARIED, "behind lgdt, short"
	lgdt [gdtr]
	LOOK VARIED, "back"
	mov ax, LDT_A
	lldt ax
	LOOK LOCAL, "LDT A"
	mov ax, LDT_B
	lldt ax
	LOOK LOCAL, "LDT B"
	LOOK LOCAL | 3, "LDT B rpl 3"
	xor ax, ax
	lldt ax
	LOOK LOCAL, "no LDT"
	mov ax, LDT_A
	lldt ax
	LOOK LOCAL, "LDT A"

	; the page of the GDT moves: linear 3F0000 is GDT2 or the GDT at 7C00
	mov ax, DATA0
	mov es, ax
	mov edi, PDIR
	mov ecx, 0x800
	xor eax, eax
	rep stosd
	mov edi, PTAB
	mov eax, 7
	mov ecx, 0x400
.page:	stosd
	add eax, 0x1000
	loop .page
	mov dword [PDIR], PTAB | 7
	mov dword [PTAB + (FAR_GDT >> 12) * 4], GDT2 | 7
	mov esi, GDT2
	mov edi, GDT2 + 0x800
	mov ecx, (gdt_end - gdt) / 4
	rep movsd
	mov esi, gdt
	mov edi, TABLE_A + 0x800
	mov ecx, (gdt_end - gdt) / 4
	rep movsd
	mov eax, PDIR
	mov cr3, eax
	mov eax, cr0
	or eax, 0x80000000
	mov cr0, eax
	jmp .paged
.paged:	LOOK VARIED, "paging"
	lgdt [gdtr_far]
	LOOK VARIED, "GDT far"
	mov dword [PTAB + (FAR_GDT >> 12) * 4], TABLE_A | 7
	invlpg [FAR_GDT]
	LOOK VARIED, "its page changed"
	mov dword [PTAB + (FAR_GDT >> 12) * 4], GDT2 | 7
	mov eax, cr3
	mov cr3, eax
	LOOK VARIED, "and back"
	SHOW "pte ", [PTAB + (FAR_GDT >> 12) * 4]
	mov dword [PTAB + (FAR_GDT >> 12) * 4], GDT2 | 7
	invlpg [FAR_GDT]
	SHOW " cleared ", [PTAB + (FAR_GDT >> 12) * 4]
	mov ax, VARIED
	mov es, ax
	SHOW " loaded ", [PTAB + (FAR_GDT >> 12) * 4]
	NEWLINE
	mov eax, [seg_2_ro]
	mov [FAR_GDT + 0x800 + VARIED], eax
	mov eax, [seg_2_ro + 4]
	mov [FAR_GDT + 0x800 + VARIED + 4], eax
	LOOK VARIED, "changed by way of its page"
	mov eax, [seg_3]
	mov [GDT2 + 0x800 + VARIED], eax
	mov eax, [seg_3 + 4]
	mov [GDT2 + 0x800 + VARIED + 4], eax
	LOOK VARIED, "changed by way of another"
	lgdt [gdtr]
	mov eax, cr0
	and eax, 0x7fffffff
	mov cr0, eax
	jmp .unpaged
.unpaged:

	; stacks
	mov ebp, ROUNDS
.stack:	mov ax, OTHER
	mov ss, ax
	mov esp, STACK
	push dword 0x12345678
	SHOW "ss ", [STACK - 4]
	pop eax
	mov ax, STACK16
	mov ss, ax
	mov esp, STACK
	push word DATA0
	pop es
	SHOW " esp ", esp
	push dword OTHER
	o16 pop ds
	o16 pop ax
	SHOW " esp ", esp
	mov eax, ss
	SHOW " 16-bit ", eax
	mov ax, DATA0
	push eax
	pop ss
	mov eax, ss
	SHOW " flat ", eax
	mov esp, STACK
	call flat_ds
	TRY " ring 3 stack"
	mov ax, DATA3
	mov ss, ax
	TRIED
	TRY " null stack"
	xor eax, eax
	mov ss, ax
	TRIED
	dec ebp
	jnz .stack

	; all of it again in ring 3, where also the other side of a GS base counts
	mov ax, DATA3
	mov ds, ax
	mov es, ax
	push dword DATA3
	push dword 0x6f00
	push dword 0x3002
	push dword CODE3
	push dword ring3
	iret
ring3:	mov dword [ring], 3
	ALL_DESCRIPTORS
	mov esi, ROUNDS
.gs:	mov ax, NEG3
	mov gs, ax
	SHOW "gs ", [gs:0x10]
	SHOW " below ", [gs:-0x7ff0]
	mov ax, DATA3
	push eax
	pop gs
	SHOW " flat ", [gs:0x20010]
	NEWLINE
	dec esi
	jnz .gs
	DONE
gdtr2:	dw gdt_end - gdt - 1
	dd GDT2
gdtr_short: dw VARIED + 6
	dd gdt
gdtr_far: dw gdt_end - gdt - 1
	dd FAR_GDT + 0x800
%include "refvmm/test_engine/rom_end.inc"

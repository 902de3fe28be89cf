; SPDX-License-Identifier: MIT
; Paging: rights and error codes for all of U/S x R/W at both levels x WP x CPL x
; access, accessed and dirty bits, operands over a page end whose second page is
; absent (no part of a store may be seen), fetches over a page end, and what PSE and
; PAE change (SDM vol. 3A sections 4.3-4.8).
%include "refvmm/test_engine/sys.inc"
PD    equ 0x20000
PT0   equ 0x21000		; first 4 MiB, identity
PT1   equ 0x22000		; the page under test: 400000h
PDPT  equ 0x23000
PPD   equ 0x24000		; PAE directory, tables
PPT   equ 0x25000
FRAME equ 0x30000
LIN   equ 0x400000		; LIN + 1000h: the second page
PT1E  equ PT1
PDE1  equ PD + 4

	jmp tests

; exceptions: also CR2, A and D; then the place that the test chose
pf:	push eax
	mov eax, cr2
	mov [ss:seen_cr2], eax
	pop eax
	jmp stub14

; print CR2 and the entries of the page under test, without their addresses
state:	SHOW " cr2 ", [seen_cr2]
	mov dword [seen_cr2], 0
	mov eax, [PDE1]
	and eax, 0xfff
	SHOW " pde ", eax
	mov eax, [PT1E]
	and eax, 0xfff
	SHOW " pte ", eax
	mov eax, [PT1E + 4]
	and eax, 0xfff
	SHOW " 2nd ", eax
	NEWLINE
	ret

paged:	mov eax, PD
	mov cr3, eax
	mov eax, cr0
	or eax, 0x80000000
	mov cr0, eax
	jmp .on
.on:	ret

flush:	push eax
	mov eax, cr3
	mov cr3, eax
	pop eax
	ret

; ---- the matrix: EBX = bits: 0-2 PDE, 3-5 PTE (P W U), 6 WP, 7 CPL 3, 8-9 access ----
accesses: dd do_read, do_write, do_rmw, do_system

matrix:	xor ebx, ebx
.next:	mov eax, ebx
	and eax, 7
	or eax, PT1
	mov [PDE1], eax
	mov eax, ebx
	shr eax, 3
	and eax, 7
	or eax, FRAME
	mov [PT1E], eax
	mov eax, cr0
	and eax, ~0x10000
	test ebx, 0x40
	jz .wp
	or eax, 0x10000
.wp:	mov cr0, eax
	call flush
	mov dword [FRAME + 8], FREE | 3
	SHOW "", ebx
	mov esi, ebx
	shr esi, 8
	mov esi, [accesses + esi * 4]
	CATCH .back
	test ebx, 0x80
	jz .inner
	push dword DATA3
	push dword STACK - 0x800
	push dword 2
	push dword CODE3
	push esi
	mov ax, DATA3
	mov ds, ax
	mov es, ax
	iret
.inner:	jmp esi
.back:	call state
	inc ebx
	cmp ebx, 0x400
	jne .next
	mov eax, cr0
	and eax, ~0x10000
	mov cr0, eax
	ret
do_read: mov eax, [LIN + 8]
	ud2
do_write: mov [LIN + 8], eax
	ud2
do_rmw:	add dword [LIN + 8], 0
	ud2
; the processor's own access: a descriptor on the page, for any CPL
do_system: mov ax, local
	mov gs, ax
	ud2
local equ 4 | 3			; first descriptor of the LDT

; ---- operands over a page end ----
over:	mov edi, FRAME
	mov ecx, 0x2000 / 4
	mov eax, 0x11111111
	rep stosd
	mov dword [PDE1], PT1 | 7
	mov dword [PT1E], FRAME | 7
	mov [PT1E + 4], edx
	call flush
	mov edi, LIN + 0xffe
	mov esi, 0x600
	mov ebp, LIN + 0x1800
	mov eax, 0x22222222
	mov ebx, eax
	ret
; what of the first page changed
after:	SHOW "   end ", [FRAME + 0xff0]
	SHOW " ", [FRAME + 0xff4]
	SHOW " ", [FRAME + 0xff8]
	SHOW " ", [FRAME + 0xffc]
	SHOW " next ", [FRAME + 0x1000]
	call state
	ret
%macro OVER 2+
	mov edx, 0			; absent
	call over
	TRY {%1, ": absent"}
	%2
	TRIED
	call after
	mov edx, FRAME + 0x1000 | 5	; read-only, WP = 1
	call over
	TRY {%1, ": read-only"}
	%2
	TRIED
	call after
%endmacro

%macro AT 1			; instruction bytes end at the page end
	mov edi, FRAME + 0x1000 - %1
%endmacro
tests:
	mov edi, PD
	mov ecx, 0x7000 / 4
	xor eax, eax
	rep stosd
	mov dword [PD], PT0 | 7
	mov edi, PT0
	mov eax, 7
.low:	stosd
	add eax, 0x1000
	cmp eax, 0x400007
	jne .low
	GATE 14, pf, 0
	; the LDT lies on the page under test
	mov dword [gdt_free], 0x0000000f | (LIN & 0xffff) << 16
	mov dword [gdt_free + 4], 0x00008200 | (LIN >> 16 & 0xff)
	call paged
	mov ax, FREE
	mov dword [PDE1], PT1 | 7
	mov dword [PT1E], FRAME | 7
	mov dword [FRAME], 0x0000ffff
	mov dword [FRAME + 4], 0x00cff300
	lldt ax
	call matrix

	mov eax, cr0
	or eax, 0x10000
	mov cr0, eax
	OVER "mov", mov [edi], eax
	OVER "mov 16", mov [edi + 1], ax
	OVER "add", add [edi], eax
	OVER "xchg", xchg [edi], eax
	OVER "movsd", movsd
	OVER "stosd", stosd
	OVER "fst", fst qword [edi]
	; not FNSAVE and SGDT: Bochs stores what lies on the first page before it faults
	OVER "cmpxchg8b", cmpxchg8b [edi - 2]
	mov eax, cr0
	and eax, ~0x10000
	mov cr0, eax

	; fetches: 1 to 5 bytes of MOV EAX, imm32 before the end, the next page absent
	mov ebp, 1
.fetch:	mov edx, 0
	push ebp
	call over
	pop ebp
	mov edi, FRAME + 0x1000
	sub edi, ebp
	mov byte [edi], 0xb8
	lea ebx, [edi + LIN - FRAME]
	SHOW "fetch ", ebp
	CATCH .fetched
	jmp ebx
.fetched: call state
	inc ebp
	cmp ebp, 6
	jne .fetch

	; PS without PSE, with PSE; PAE
	mov dword [PDE1], PT1 | 0x87
	mov dword [PT1E], FRAME | 7
	mov dword [FRAME], 0x77
	call flush
	SHOW "PS without PSE ", [LIN]
	call state
	mov eax, cr4
	or al, 0x10
	mov cr4, eax
	mov dword [PDE1], 0x87
	call flush
	SHOW "PSE ", [LIN + FRAME]
	mov dword [LIN + FRAME], 0x78
	SHOW " ", [FRAME]
	call state
	mov dword [PDE1], 0x200087
	call flush
	TRY "PSE, reserved bit"
	mov eax, [LIN]
	TRIED
	call state
	mov eax, cr4
	and al, ~0x10
	mov cr4, eax
	DONE

	align 4
seen_cr2: dd 0
%include "refvmm/test_engine/rom_end.inc"

; SPDX-License-Identifier: MIT
; EFLAGS bits that would make the host trap or reveal it: TF, NT, AC, ID, IF,
; IOPL, by POPF and IRET (SDM vol. 2B POPF, vol. 1 section 3.4.3), and the
; direction flag across host calls.

%include "guests/hostile/hostile.inc"

%define CF 1
%define TF 0x100
%define IF 0x200
%define DF 0x400
%define IOPL3 0x3000
%define NT 0x4000
%define AC 0x40000
%define ID 0x200000

; name, flags: set by POPF, read back, go on with misaligned accesses
%macro SETS 2
	EXPECT {"popf ", %1}, NONE, 0
	HERE
	push dword 2 | (%2)
	popfd
	mov eax, [0x300001]
	mov [0x300003], eax
	add [0x300005], eax
	push ax
	push eax
	pop eax
	pop ax
	in al, 0xe9
	mov ecx, [0x300007]
	pushfd
	push dword 2
	popfd
	pop eax
	and eax, ~0x8d5			; arithmetic flags are ADD's
	WANT eax, 2 | ((%2) & ~0x8d5)
	DONE
	EXPECT {"iret ", %1}, NONE, 0
	HERE
	push dword 2 | (%2)
	push dword KCODE
	push dword %%to
	iretd
%%to:	mov eax, [0x300001]
	xchg [0x300003], eax
	pushfd
	push dword 2
	popfd
	pop eax
	WANT eax, 2 | (%2)
	DONE
%endmacro

guest:
	lidt [idtr]
	mov dword [0x300000], 0x300001
	mov dword [0x300004], 0
	SETS "nothing", 0
	SETS "AC", AC
	SETS "ID", ID
	SETS "NT", NT
	SETS "IOPL", IOPL3
	SETS "IF", IF
	SETS "IOPL and IF", IOPL3 | IF
	SETS "DF", DF
	SETS "AC NT ID DF IOPL IF", AC | NT | ID | DF | IOPL3 | IF
	EXPECT "AC with CR0.AM at CPL 0", NONE, 0
	mov eax, cr0
	or eax, 0x40000
	mov cr0, eax
	HERE
	push dword AC | 2
	popfd
	mov eax, [0x300001]
	mov [0x300003], ax
	fld qword [0x300001]
	fstp st0
	push dword 2
	popfd
	DONE
	mov eax, cr0
	and eax, ~0x40000
	mov cr0, eax
	EXPECT "popf16 keeps AC and ID", NONE, 0
	HERE
	push dword AC | ID | 2
	popfd
	push word CF | 2
	popfw
	mov eax, [0x300001]
	pushfd
	push dword 2
	popfd
	pop eax
	WANT eax, AC | ID | CF | 2
	DONE
	EXPECT "cli and sti show in pushf", NONE, 0
	HERE
	cli
	pushfd
	pop eax
	and eax, IF
	WANT eax, 0
	sti
	nop
	pushfw
	cli
	pop ax
	and eax, IF
	WANT eax, IF
	DONE
	EXPECT "popf cannot set VM, VIP, VIF, RF or reserved bits", NONE, 0
	HERE
	push dword 0xfffb8000 & ~(AC | ID) | 0x802a
	popfd
	pushfd
	push dword 2
	popfd
	pop eax
	WANT eax, 2
	DONE
	EXPECT "lahf and sahf", NONE, 0
	HERE
	mov ah, 0xff
	sahf
	pushfd
	pop eax
	WANT eax, 0xd7
	DONE
	call steps
	call direction
	ret

; Single-stepping belongs to the guest: #DB after each instruction.
steps:
	GATE 1, count_db, 0x8e
	EXPECT "TF by popf: one #DB per instruction", NONE, 0
	mov dword [n_db], 0
	HERE
	push dword TF | 2
	popfd
	nop
	mov eax, [0x300001]
	push eax
	pop eax
	call .sub
	in al, 0xe9
	push dword 2
	popfd
	mov ecx, [n_db]
	WANT ecx, 9
	DONE
	EXPECT "TF by iret", NONE, 0
	mov dword [n_db], 0
	HERE
	push dword TF | 2
	push dword KCODE
	push dword .to
	iretd
.to:	nop
	inc eax
	push dword 2
	popfd
	mov ecx, [n_db]
	WANT ecx, 4
	DONE
	EXPECT "TF on a repeated instruction", NONE, 0
	mov dword [n_db], 0
	mov ecx, 10
	mov edi, 0x300100
	cld
	HERE
	push dword TF | 2
	popfd
	rep stosb
	push dword 2
	popfd
	mov ecx, [n_db]
	WANT ecx, 12
	DONE
	EXPECT "TF shows in pushf", NONE, 0
	HERE
	push dword TF | 2
	popfd
	pushfd
	pop ecx
	push dword 2
	popfd
	and ecx, TF
	WANT ecx, TF
	DONE
	GATE 1, vec1, 0x8e
	ret
.sub:	ret

count_db:
	inc dword [n_db]
	iretd

; DF stays the guest's when the host runs C code for a port or a trap.
direction:
	EXPECT "DF across a port access", NONE, 0
	std
	mov esi, 0x300010
	HERE
	in al, 0xe9
	lodsb
	mov al, [MONITOR]
	lodsb
	lgdt [gdt_big]
	lodsd
	WANT esi, 0x30000a
	cld
	DONE
	ret

section .data
	align 4
n_db:	dd 0

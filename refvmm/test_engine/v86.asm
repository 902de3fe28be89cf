; SPDX-License-Identifier: MIT
; Virtual-8086 mode, its extensions (VME) and protected-mode virtual interrupts
; (SDM vol. 3B chapter 20).
%include "refvmm/test_engine/sys.inc"
BASE equ 0x9000			; the 8086 program's segment, 16 bits at 0900:0000
SEG86 equ BASE >> 4

	jmp tests

; Run 16-bit code that stands at %2 (a label) in virtual-8086 mode with these
; EFLAGS; it comes back by an exception.
%macro V86 3
	SAY %1
	mov esi, %2
	mov ecx, %2_end - %2
	mov ebx, %3
	call run86
%endmacro
; one instruction
%macro TRY86 2+
	jmp %%go
	bits 16
%%code:	%2
	int 0x30
%%code_end:
	bits 32
%%go:	V86 %1, %%code, [flags86]
%endmacro
flags86: dd 0x20002

run86:	CATCH .back
	mov edi, BASE
	rep movsb
	push dword 0x4444		; GS
	push dword 0x3333
	push dword 0x2222
	push dword 0x1111		; ES
	push dword 0x0700		; SS
	push dword 0x0800
	push ebx
	push dword SEG86
	push dword 0
	mov eax, 0x12345678
	mov ebx, 0x100
	xor edx, edx			; RDTSC has left the time there
	iret
.back:	ret

; handler for a trap gate of DPL 3: log, go on
go_on:	cld
	push byte 0
	push byte 0x31
	push eax
	push ds
	push es
	mov ax, DATA0
	mov ds, ax
	mov es, ax
	mov eax, [esp + 28]
	SHOW "  gate fl ", eax
	SHOW " cs ", [esp + 24]
	SHOW " ip ", [esp + 20]
	SHOW " sp ", [esp + 32]
	SHOW " ds ", [esp + 44]
	pushf
	pop eax
	SHOW " now ", eax
	NEWLINE
	pop es
	pop ds
	pop eax
	add esp, 8
	iret

all86:	TRY86 "cli", cli
	TRY86 "sti", sti
	TRY86 "pushf", pushf
	TRY86 "pushfd", pushfd
	V86 "popf", popf86, [flags86]
	V86 "popfd", popfd86, [flags86]
	V86 "popf with TF", popf_tf86, [flags86]
	V86 "iret frame", iret86, [flags86]
	V86 "iretd frame", iretd86, [flags86]
	V86 "far call and return", far86, [flags86]
	V86 "segments", seg86, [flags86]
	V86 "flags as seen", seen86, [flags86]
	TRY86 "int", int 0x31
	TRY86 "int3", int3
	TRY86 "iret", iret
	TRY86 "iretd", iretd
	TRY86 "hlt", hlt
	TRY86 "in", in al, 0x70
	TRY86 "out", out dx, al
	TRY86 "lar", lar ax, ax
	TRY86 "arpl", arpl ax, ax
	TRY86 "sldt", sldt ax
	TRY86 "smsw", smsw ax
	TRY86 "lmsw", lmsw ax
	TRY86 "mov cr0", mov eax, cr0
	TRY86 "mov dr0", mov eax, dr0
	TRY86 "clts", clts
	TRY86 "lgdt", lgdt [bx]
	TRY86 "sgdt", sgdt [bx]
	TRY86 "rdtsc", rdtsc
	TRY86 "invlpg", invlpg [bx]
	TRY86 "limit", mov al, [ebx + 0xffff]
	TRY86 "last word", mov ax, [0xffff]
	TRY86 "cs write", mov [cs:0x80], al
	TRY86 "ud", ud2
	TRY86 "mov ss", mov ss, bx
	ret

; programs of several instructions
	bits 16
popf86:	push 0x4a57
	popf
	int 0x30
popf86_end:
popfd86: push dword 0x3b7fd7
	popfd
	int 0x30
popfd86_end:
popf_tf86: push 0x102
	popf
	nop
	int 0x30
popf_tf86_end:
iret86:	push 0x4ad7
	push cs
	push .to - iret86
	iret
	nop
.to:	int 0x30
iret86_end:
iretd86: push dword 0x3f7fd7
	push dword SEG86
	push dword .to - iretd86
	iretd
	nop
.to:	int 0x30
iretd86_end:
far86:	call SEG86:.sub - far86
	push cs
	push .there - far86
	retf
	nop
.there:	mov cx, 0x55
	jmp SEG86:.jump - far86
	nop
.sub:	mov dx, 0x77
	retf
.jump:	int 0x30
far86_end:
seg86:	mov ax, 0x40
	mov ds, ax
	push ss
	pop es
	mov word [0], 0x600
	mov word [2], 0x88
	lfs bx, [0]
	mov gs, [2]
	int 0x30
seg86_end:
seen86:	mov cx, 0x1234
	stc
	int 0x31			; the gate, or the program's own
	jc .carry
	nop
.carry:	cli
	sti
	cli
	int 0x30
seen86_end:
vif86:	cli
	pushf
	pop cx
	sti
	pushf
	pop dx
	int 0x32			; redirected
	jmp .on
.on:	int 0x30
vif86_end:
own86:	; handler inside the program, at 0900:0200
	pushf
	pop si
	iret
own86_end:
hidden86: mov bp, sp
	int 0x32
	mov si, [bp - 2]
	int 0x30
hidden86_end:
	bits 32

regs:	SHOW " ecx ", ecx
	SHOW " edx ", edx
	SHOW " esi ", esi
	NEWLINE
	ret

; PVI: ring 3 code with IOPL 0
%macro PVI 2+
	SAY %1
	CATCH %%back
	push dword DATA3
	push dword STACK - 0x100
	push dword [flags86]
	push dword CODE3
	push dword %%code
	iret
%%code:	%2
	int 0x40
%%back:
%endmacro

tests:	; INT 30h: to the log by #GP of its gate; INT 31h: a gate of DPL 3
	GATE 0x31, go_on, 3
	mov word [0x31 * 4], 0x200
	mov word [0x31 * 4 + 2], SEG86
	mov word [0x32 * 4], 0x200
	mov word [0x32 * 4 + 2], SEG86
	mov edi, BASE + 0x200
	mov esi, own86
	mov ecx, own86_end - own86
	rep movsb
	mov dword [flags86], 0x20002
	SAY "IOPL 0", 10
	call all86
	mov dword [flags86], 0x23202
	SAY "IOPL 3", 10
	call all86
	SAY "ports allowed", 10
	mov byte [main_tss + 0x88 + 0x70 / 8], 0xfe
	TRY86 "in", in al, 0x70
	TRY86 "in word", in ax, 0x70
	TRY86 "in next", in al, 0x71
	SAY "gate of DPL 1", 10
	mov byte [gdt_free + 5], 0xbb
	mov byte [gdt_free + 6], 0xcf
	mov word [gdt_free], 0xffff
	mov word [IDT + 0x31 * 8 + 2], FREE
	TRY86 "int", int 0x31
	SAY "conforming", 10
	mov byte [gdt_free + 5], 0x9f
	TRY86 "int", int 0x31
	mov word [IDT + 0x31 * 8 + 2], CODE0
	SAY "16-bit gate", 10
	GATE 0x31, word_gate, 3
	mov word [IDT + 0x31 * 8 + 4], 0xe600
	TRY86 "int", int 0x31
	GATE 0x31, go_on, 3
	SAY "trap gate", 10
	mov word [IDT + 0x31 * 8 + 4], 0xef00
	TRY86 "int", int 0x31
	mov word [IDT + 0x31 * 8 + 4], 0xee00

	SAY "VME", 10
	mov eax, 1
	mov cr4, eax
	mov dword [flags86], 0x20202
	mov byte [main_tss + 0x88 - 32 + 0x30 / 8], 0x03
	SAY "IOPL 0", 10
	call all86
	V86 "vif", vif86, 0x20202
	call regs
	V86 "vif set at first", vif86, 0xa0202
	call regs
	V86 "vip", vif86, 0x120202
	V86 "redirected frame", hidden86, 0x20202
	call regs
	V86 "redirected frame, vif", hidden86, 0xa0202
	call regs
	mov dword [flags86], 0x120202
	SAY "IOPL 0, VIP", 10
	V86 "popf", popf86, [flags86]
	V86 "iret", iret86, [flags86]
	TRY86 "cli", cli
	TRY86 "sti", sti
	TRY86 "int", int 0x32
	mov dword [flags86], 0x23202
	SAY "IOPL 3", 10
	call all86
	V86 "redirected", hidden86, 0x23202
	call regs
	V86 "redirected, vif", hidden86, 0xa3002
	call regs
	SAY "bitmap beyond the TSS", 10
	mov word [main_tss + 0x66], 0x2810
	TRY86 "int", int 0x32
	TRY86 "int, in", int 0x85
	mov word [main_tss + 0x66], 0x88

	SAY "PVI", 10
	mov eax, 2
	mov cr4, eax
	mov dword [flags86], 0x202
	PVI "cli", cli
	PVI "sti", sti
	PVI "pushf", pushf
	mov dword [flags86], 0x100202
	PVI "sti, vip", sti
	PVI "cli, vip", cli
	mov dword [flags86], 0x80202
	PVI "cli, vif", cli
	mov dword [flags86], 0x83202
	PVI "cli, IOPL 3", cli
	PVI "sti, IOPL 3", sti
	xor eax, eax
	mov cr4, eax
	DONE

; a frame of words: IP CS FLAGS SP SS ES DS FS GS
word_gate: cld
	mov ax, DATA0
	mov ds, ax
	mov es, ax
%assign n 0
%rep 9
	movzx eax, word [ss:esp + n]
	SHOW " ", eax
%assign n n + 2
%endrep
	NEWLINE
	mov ax, DATA0
	mov fs, ax
	mov gs, ax
	mov esp, [kept_esp]
	push dword 2
	popf
	jmp [recover]
%include "refvmm/test_engine/rom_end.inc"

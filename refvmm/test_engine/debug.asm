; SPDX-License-Identifier: MIT
; Debug registers, single step and their shadows (SDM vol. 3B chapter 17).
%include "refvmm/test_engine/sys.inc"
DATA equ 0x5000

	jmp tests

; set breakpoint 0 at %1 with DR7 %2
%macro BREAK 2
	mov eax, %1
	mov dr0, eax
	mov eax, %2
	mov dr7, eax
%endmacro
%macro OFF 0
	mov eax, 0x400
	mov dr7, eax
%endmacro
; run with the trap on: the handler logs and returns
%macro ON 1+
	SAY %1, 10
	mov dword [recover], 0
%endmacro

WRITE1 equ 0x00010001
WRITE2 equ 0x00050001
WRITE4 equ 0x000d0001
RW1 equ 0x00030001
RW4 equ 0x000f0001
PORT1 equ 0x00020001

tests:	mov edi, DATA
	ON "execute"
	BREAK .here, 1
	CATCH .caught
	nop
.here:	mov eax, 0x12345678
	SAY "missed", 10
.caught: ON "execute with RF"
	push dword 0x10002
	push dword CODE0
	push dword .here2
	BREAK .here2, 1
	iret
.here2:	nop
	nop
	ON "RF holds for one instruction"
	push dword 0x10002
	push dword CODE0
	push dword .first
	BREAK .second, 1
	CATCH .caught2
	iret
.first:	nop
.second: nop
	SAY "missed", 10
.caught2: ON "second byte of an instruction"
	BREAK .long + 1, 1
.long:	mov eax, 0x11223344
	nop
	ON "length 2 with execute"
	BREAK .len2, 0x40001
	CATCH .caught3
.len2:	nop
	SAY "missed", 10
.caught3: OFF
	ON "write 1"
	BREAK DATA + 1, WRITE1
	mov al, [edi + 1]
	mov [edi], al
	mov [edi + 1], al
	mov [edi + 2], al
	mov [edi], ax
	mov [edi], eax
	mov [edi - 3], eax
	ON "write 2, odd"
	BREAK DATA + 1, WRITE2
	mov [edi], al
	mov [edi + 2], al
	mov [edi + 1], ax
	ON "write 4"
	BREAK DATA + 2, WRITE4
	mov [edi + 3], al
	mov [edi + 4], al
	mov [edi - 1], al
	mov [edi - 1], ax
	ON "read and write"
	BREAK DATA, RW4
	mov al, [edi]
	mov al, [edi + 4]
	inc byte [edi + 3]
	cmp [edi], eax
	lea eax, [edi]
	ON "stack"
	BREAK STACK - 4, RW4
	push eax
	pop eax
	call .leaf
	pusha
	popa
	pushf
	popf
	ON "strings"
	BREAK DATA + 8, RW1
	mov esi, DATA
	mov ecx, 16
	mov edi, DATA + 0x100
	rep movsb
	mov edi, DATA
	mov ecx, 3
	rep stosd
	mov edi, DATA
	mov ecx, 0
	rep stosb
	mov edi, DATA
	ON "bit test"
	mov ecx, 0x47
	bt [edi], ecx
	bts dword [edi], 3
	ON "disabled ones are reported too"
	mov eax, DATA
	mov dr1, eax
	BREAK DATA, 0x00330001
	mov [edi], al
	ON "local and global"
	BREAK DATA, 0x00010002
	mov [edi], al
	OFF
	ON "port without DE"
	BREAK 0x80, PORT1
	out 0x80, al
	in al, 0x80
	mov eax, 8
	mov cr4, eax
	ON "port"
	BREAK 0x80, PORT1
	out 0x80, al
	in al, 0x80
	out 0x7f, ax
	mov dx, 0x80
	mov esi, DATA
	mov ecx, 2
	rep outsb
	xor eax, eax
	mov cr4, eax
	OFF
	ON "single step over a breakpoint"
	BREAK DATA, WRITE1
	push dword 0x102
	popf
	mov [edi], al
	push dword 2
	popf
	ON "held back by mov ss"
	BREAK DATA, RW4
	mov ax, ss
	mov [edi], eax
	mov ss, [edi]
	nop
	nop
	ON "code breakpoint behind mov ss"
	BREAK .ss, 1
	mov ax, ss
	mov ss, ax
.ss:	nop
	nop
	OFF
	ON "general detect"
	CATCH .gd
	mov eax, 0x2400
	mov dr7, eax
	mov eax, dr0
	SAY "missed", 10
.gd:	mov eax, dr7
	SHOW "dr7 ", eax
	NEWLINE
	ON "icebp"
	db 0xf1
	ON "icebp under single step"
	push dword 0x102
	popf
	db 0xf1
	push dword 2
	popf
	ON "aliases"
	mov eax, 0x1234
	mov dr0, eax
	mov eax, 0x400
	mov dr5, eax
	mov eax, ~0
	mov dr4, eax
	mov eax, dr6
	SHOW "dr6 ", eax
	mov eax, ~0 ^ 0x20ff
	mov dr7, eax
	mov eax, dr7
	SHOW " dr7 ", eax
	NEWLINE
	OFF
	xor eax, eax
	mov dr6, eax
	mov eax, dr6
	SHOW "dr6 ", eax
	NEWLINE
	mov eax, 8
	mov cr4, eax
	TRY "dr4 with DE"
	mov eax, dr4
	TRIED
	TRY "to dr5 with DE"
	mov dr5, eax
	TRIED
	xor eax, eax
	mov cr4, eax
	; every instruction of a loop, with interrupts on nothing
	ON "stepping"
	push dword 0x102
	popf
	mov ecx, 2
.loop:	dec ecx
	jnz .loop
	cpuid
	pushf
	pop eax
	mov ecx, 2
	rep stosb
	push dword 2
	popf
	SHOW "flags ", eax
	NEWLINE
	; alignment
	fninit
	mov eax, cr0
	or eax, 1 << 18
	mov cr0, eax
	mov dword [main_tss + 4], FAULT_STACK
	CATCH .ring3_done
	push dword DATA3
	push dword STACK - 0x100
	push dword 0x43002
	push dword CODE3
	push dword .ring3
	iret
%macro AC 1+
	CATCH %%next
	%1
	int 0x40
%%next:	call .again
%endmacro
.again:	pop eax
	push dword DATA3
	push dword STACK - 0x100
	push dword 0x43002
	push dword CODE3
	push eax
	mov ax, DATA3
	mov ds, ax
	mov es, ax
	mov edi, DATA
	iret
.ring3:	mov ax, DATA3
	mov ds, ax
	mov es, ax
	mov edi, DATA
	AC mov eax, [edi + 1]
	AC mov eax, [edi + 4]
	AC mov ax, [edi + 1]
	AC mov ax, [edi + 2]
	AC mov al, [edi + 1]
	AC cmpxchg8b [edi + 4]
	AC fld qword [edi + 4]
	AC fld dword [edi + 4]
	AC fld tword [edi + 4]
	AC fld tword [edi + 8]
	AC fnstenv [edi + 2]
	AC fnstenv [edi + 4]
	AC bound eax, [edi + 4]
	AC les eax, [edi + 2]
	AC o16 les ax, [edi + 1]
	AC bt [edi + 1], ecx
	AC fnsave [edi + 2]
	AC movq mm0, [edi + 4]
	AC movups xmm0, [edi + 4]
	AC mov [edi + 3], ds
	AC mov eax, [esp + 2]
	AC movsd
	CATCH .movs
	lea esi, [edi + 1]
	movsd
.movs:	call .again
	CATCH .push
	dec esp
	push eax
.push:	call .again
	CATCH .pop
	inc esp
	pop eax
.pop:	call .again
	CATCH .noac
	push dword 0x3002
	popf
	mov eax, [edi + 1]
	int 0x40
.noac:
.ring3_done:
	DONE
.leaf:	ret
%include "refvmm/test_engine/rom_end.inc"

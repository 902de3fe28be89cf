; SPDX-License-Identifier: MIT
; Reads and writes the address range of refvmm's monitor area (0xff800000 to
; the top) through every segment register and addressing form.  On the bare
; machine there is no memory: reads give all ones, writes are dropped, and the
; top 256 KiB is ROM.  The patterns written would hit the state of the virtual
; processor, the stubs and the translated code; that this guest goes on
; correctly is the canary.

%include "guests/hostile/hostile.inc"

%define PATTERN 0x5aa5c33c

; Is the doubleword at ESI still what nothing is?  Clobbers EBX, EDX.
still_void:
	mov edx, [esi]
	mov ebx, [void]
	ret

%macro EMPTY 0
	mov esi, edi
	call still_void
	WANT edx, ebx
%endmacro

; ---- one address through one segment register: %1 address, %2 register ----
%macro ACCESS 2
%defstr at %1
%defstr sr %2
	EXPECT {"read ", sr, " ", at}, NONE, 0
	mov eax, KDATA
	mov edi, %1
	mov ebp, edi
	mov ecx, 4
	HERE
	mov edx, [%2:%1]		; disp32
	WANT edx, [void]
	mov eax, [%2:dword %1]		; moffs
	WANT eax, [void]
	mov al, [%2:%1 + 3]
	WANT al, [void]
	mov ax, [%2:%1 + 1]
	WANT ax, [void]
	mov edx, [%2:edi]
	WANT edx, [void]
	mov edx, [%2:ebp]
	WANT edx, [void]
	mov edx, [%2:edi + 3]
	WANT edx, [void]
	lea eax, [edi - 16]
	mov edx, [%2:eax + ecx * 4]
	WANT edx, [void]
	mov edx, [%2:ecx * 4 + %1 - 16]
	WANT edx, [void]
	mov edx, [%2:ecx * 8 + %1 - 31]
	WANT edx, [void]
	movzx edx, byte [%2:edi]
	WANT dl, [void]
	cmp dword [%2:edi], 0x12345678
	je %%bad
	test dword [%2:edi], 0
	jnz %%bad
	mov esi, edi
	db prefix_%2
	lodsd
	WANT eax, [void]
	mov ebx, edi
	xor eax, eax
	db prefix_%2
	xlatb
	WANT al, [void]
	push dword [%2:edi]
	pop edx
	WANT edx, [void]
	fild dword [%2:edi]
	fistp dword [scratch]
	mov edx, [scratch]
	WANT edx, [void]
	bt dword [%2:edi], 5
	cmovc eax, edx
	jmp %%ok
%%bad:	int MISMATCH
%%ok:	DONE
%ifnidn %2, cs
	EXPECT {"write ", sr, " ", at}, NONE, 0
	mov edi, %1
	mov ebp, edi
	mov edx, PATTERN
	HERE
	mov [%2:%1], edx
	mov eax, edx
	mov [%2:dword %1], eax
	mov [%2:dword %1], al
	mov [%2:edi], edx
	mov [%2:ebp], dx
	mov byte [%2:edi + 2], 0x77
	mov ecx, 1
	mov [%2:edi + ecx * 2 - 2], edx
	mov dword [%2:ecx * 4 + %1 - 4], PATTERN
	mov [%2:edi], ds
	inc dword [%2:edi]
	add [%2:edi], edx
	lock xor [%2:edi], edx
	xchg [%2:edi], edx
	mov edx, PATTERN
	xadd [%2:edi], edx
	cmpxchg [%2:edi], ecx
	lock cmpxchg8b [%2:edi]
	bts dword [%2:edi], 3
	setc [%2:edi]
	shl dword [%2:edi], 3
	neg dword [%2:edi]
	fld1
	fstp qword [%2:edi]
	fnstcw [%2:edi]
	fnstenv [%2:edi]
	fldcw [default_fcw]
	push dword PATTERN
	pop dword [%2:edi]
	sgdt [%2:edi]
	sidt [%2:edi]
	smsw [%2:edi]
	str [%2:edi]
	sldt [%2:edi]
	EMPTY
	DONE
%else
	EXPECT {"write CS ", at}, 13, 0
	HERE
	mov [cs:%1], eax
	DONE
%endif
%endmacro

%define prefix_es 0x26
%define prefix_cs 0x2e
%define prefix_ss 0x36
%define prefix_ds 0x3e
%define prefix_fs 0x64
%define prefix_gs 0x65

%macro EVERYWHERE 1
	ACCESS %1, ds
	ACCESS %1, es
	ACCESS %1, ss
	ACCESS %1, fs
	ACCESS %1, gs
	ACCESS %1, cs
%endmacro

; ---- the stack there ----
; A mismatch is reported from the good stack.
%macro SWANT 2
	cmp %1, %2
	jne %$bad
%endmacro

%macro STACK 1
%defstr at %1
	EXPECT {"push pop ", at}, NONE, 0
	GATE 0x40, stackless, 0x8e
	HERE
	mov esp, %1 + 64
	push dword PATTERN
	pop eax
	SWANT eax, [void]
	push byte 5
	push word 7
	pop ax
	SWANT ax, [void]
	push ds
	push cs
	push dword [scratch]
	pushfd
	pushad
	mov ebx, esp
	SWANT ebx, %1 + 64 - 4 - 16 - 32
	popad
	SWANT edi, [void]
	SWANT ecx, [void]
	mov esp, %1 + 64
	call %%near
%%near:	mov eax, esp
	SWANT eax, %1 + 60
	mov ecx, %%reg
	call ecx
%%reg:	call KCODE:%%far
%%far:	mov eax, esp
	SWANT eax, %1 + 48
	mov ebp, PATTERN
	enter 16, 0
	SWANT ebp, %1 + 44
	leave
	SWANT ebp, [void]
	mov ebp, %1 + 32
	enter 4, 3
	mov ebp, %1 + 32
	leave
	SWANT ebp, [void]
	mov esp, %1 + 64
	mov eax, %%ret
	int 0x40
%%ret:	SWANT edx, 0x40
	mov edi, %1
	mov ecx, 64
%%all:	mov esi, edi
	call still_void
	SWANT edx, ebx
	inc edi
	loop %%all
	jmp %%ok
%$bad:
	mov esp, [t_esp]
	int MISMATCH
%%ok:
	DONE
%endmacro

; Handler whose own frame went nowhere: it finds its way back by EAX.
stackless:
	mov esp, [cs:t_esp]
	mov edx, 0x40
	jmp eax

strings:
	EXPECT "stos into the area", NONE, 0
	mov edi, MONITOR
	mov ecx, 0x800
	mov eax, PATTERN
	HERE
	rep stosb
	mov ecx, 0x1000
	rep stosd
	WANT edi, MONITOR + 0x4800
	mov edi, MONITOR + 0x48
	EMPTY
	DONE
	EXPECT "stos through all of it", NONE, 0
	mov edi, 0xff7fffe0
	mov ecx, (0xfffc0000 - 0xff7fffe0) / 4
	mov eax, PATTERN
	HERE
	rep stosd
	WANT edi, 0xfffc0000
	WANT ecx, 0
	mov edi, MONITOR + 0x260000
	EMPTY
	DONE
	EXPECT "stos downwards", NONE, 0
	mov edi, MONITOR + 0x100
	mov ecx, 0x200
	HERE
	std
	rep stosb
	cld
	WANT edi, MONITOR - 0x100
	DONE
	EXPECT "movs out of the area", NONE, 0
	mov esi, MONITOR
	mov edi, 0x300000
	mov ecx, 0x400
	HERE
	rep movsd
	WANT esi, MONITOR + 0x1000
	mov edx, [0x300048]
	WANT edx, [void]
	mov edx, [0x300ffc]
	WANT edx, [void]
	DONE
	EXPECT "movs into and inside the area", NONE, 0
	mov esi, start
	mov edi, MONITOR
	mov ecx, 0x400
	HERE
	rep movsd
	mov esi, MONITOR + 0x10000
	mov edi, MONITOR + 0x260000
	mov ecx, 0x100
	rep movsb
	mov edi, MONITOR + 0x260000
	EMPTY
	DONE
	EXPECT "cmps and scas", NONE, 0
	mov esi, MONITOR
	mov edi, MONITOR + 0x260000
	mov ecx, 0x1000
	HERE
	repe cmpsb
	WANT ecx, 0
	mov edi, MONITOR
	mov ecx, 0x1000
	mov al, [void]
	repe scasb
	WANT ecx, 0
	DONE
	EXPECT "ins and outs", NONE, 0
	mov edi, MONITOR
	mov ecx, 16
	mov edx, 0xe9
	HERE
	rep insb
	mov esi, MONITOR
	mov edx, 0x80
	mov ecx, 16
	rep outsb
	mov edi, MONITOR
	EMPTY
	DONE
	ret

; Bit offsets reach +-256 MiB from the operand's address.
bits_far:
%macro BIT 3
	EXPECT {"bit offset: ", %1}, NONE, 0
	mov edi, %2
	mov ecx, %3
	HERE
	bts [edi], ecx
	btr [edi], ecx
	btc [edi], ecx
	lock bts [edi], ecx
	bt [edi], ecx
	setc al
	mov bl, [void]
	and bl, 1
	WANT al, bl
	DONE
%endmacro
	BIT "up", 0xf8000000, (MONITOR + 0x48 - 0xf8000000) * 8
	BIT "down through zero", 0x1000, -((0x801000 - 0x48) * 8)
	BIT "within", MONITOR + 0x10000, -(0x10000 - 0x4c) * 8
	ret

; 16-bit addresses in a segment whose end is inside the area.
%macro WORDS 1
%defstr sr %1
	EXPECT {"16-bit addresses ", sr}, NONE, 0
	mov eax, SPARE
	mov %1, eax
	mov ebx, 0x7000
	mov ebp, 0x7000
	mov esi, 0x1000
	mov edi, 0x1048
	HERE
	mov [%1:bx + si], ax
	mov [%1:bp + di], eax
	mov [%1:bx + di], al
	mov [%1:bp + si + 0x48], ax
	mov [%1:word 0x8048], eax
	mov [%1:word 0x7ffe], eax
	add [%1:bp + si], ax
	mov edx, [%1:bx + si]
	WANT edx, [cs:void]
	mov edx, [%1:bp + di]
	WANT edx, [cs:void]
	mov si, 0x8000
	mov edx, [%1:si]
	WANT edx, [cs:void]
	mov bp, 0x8048
	mov edx, [%1:bp]
	WANT edx, [cs:void]
	mov edx, [%1:word 0xfffc]
	WANT edx, [cs:void]
	mov edx, [%1:word 0x7ffd]
	WANT edx, [cs:void]
	DONE
	EXPECT {"16-bit addresses, limit ", sr}, 13 - (sr_ %+ %1), 0
	mov eax, SPARE
	mov %1, eax
	HERE
	mov edx, [%1:word 0xfffd]
	DONE
%endmacro
%define sr_ds 0
%define sr_es 0
%define sr_fs 0
%define sr_gs 0

words:
	DESC SPARE, 0xff7f8000, 0xffff, 0x92, 0
	WORDS ds
	WORDS es
	WORDS fs
	WORDS gs
	EXPECT "16-bit stack over the base", NONE, 0
	mov eax, SPARE
	mov ss, eax
	HERE
	mov esp, 0x12348002
	push ax
	pop ax
	WANT ax, [cs:void]
	push eax
	pop cx
	pop dx
	WANT dx, [cs:void]
	mov eax, esp
	WANT eax, 0x12348002
	mov bp, 0x8048
	mov [bp], eax
	mov edx, [bp + 2]
	WANT edx, [cs:void]
	DONE
	ret

; What a control transfer or a table register loads from there.
loads:
%macro LOADED 3+
	EXPECT %1, 13, %2
	mov esi, MONITOR
	HERE
	%3
	DONE
%endmacro
	LOADED "mov ds, [area]", 0xfffc, mov ds, [MONITOR]
	LOADED "mov ss, [area]", 0xfffc, mov ss, [esi]
	LOADED "lds", 0xfffc, lds eax, [MONITOR]
	LOADED "lgs", 0xfffc, lgs eax, [esi]
	LOADED "jmp far [area]", 0xfffc, jmp far [MONITOR + 0x4c]
	LOADED "call far [area]", 0xfffc, call far [esi]
	LOADED "lldt [area]", 0xfffc, lldt [MONITOR]
	LOADED "ltr [area]", 0xfffc, ltr [esi]
	EXPECT "lgdt and lidt from the area", NONE, 0
	HERE
	lgdt [MONITOR]
	sgdt [scratch]
	lgdt [gdt_big]
	mov eax, [scratch + 2]
	WANT eax, [void]
	lidt [MONITOR + 0x48]
	sidt [scratch]
	lidt [idtr]
	mov ax, [scratch]
	WANT ax, [void]
	DONE
	EXPECT "arpl, bound, verr", NONE, 0
	mov ecx, 3
	HERE
	arpl [MONITOR], cx
	bound eax, [zeros]
	verr [MONITOR]
	setnz al
	WANT al, 1
	DONE
	ret

; The ROM below 4 GiB: reads as its shadow below 1 MiB does at reset.
rom:
	EXPECT "ROM below 4 GiB", NONE, 0
	mov edi, 0xfffffff0
	HERE
	mov edx, [0xffff0]
	WANT edx, [edi]
	WANT edx, [gs:edi]
	WANT edx, [fs:0xfffffff0]
	mov dword [edi], PATTERN
	xor [gs:edi], edx
	inc byte [fs:edi]
	push dword [edi]
	pop dword [edi]
	WANT edx, [edi]
	mov esp, 0xfffffff4
	push dword PATTERN
	WANT edx, [edi]
	DONE
	ret

; FXSAVE and SSE where the processor has them.
sse:
	mov eax, 1
	cpuid
	test edx, 1 << 25
	jz .none
	mov eax, cr4
	or eax, 0x200
	mov cr4, eax
	EXPECT "SSE and FXSAVE", NONE, 0
	mov edi, MONITOR
	HERE
	movups xmm0, [edi]
	movd edx, xmm0
	WANT edx, [void]
	movaps xmm1, [gs:edi + 0x10]
	pxor mm0, mm0
	movq [edi], mm0
	emms
	xorps xmm0, xmm0
	movups [edi + 3], xmm0
	movaps [fs:edi], xmm0
	movss [edi], xmm0
	movntps [edi], xmm0
	fxsave [edi]
	stmxcsr [gs:edi]
	movnti [edi], eax
	EMPTY
	DONE
.none:	ret

guest:
	EVERYWHERE 0xff800000
	EVERYWHERE 0xff800048
	EVERYWHERE 0xff810000
	EVERYWHERE 0xff820010
	EVERYWHERE 0xffa60000
	EVERYWHERE 0xffbffffc
	EVERYWHERE 0xfffbfff0
	EVERYWHERE 0xff7ffffd
	STACK 0xff7fffe0
	STACK 0xff800000
	STACK 0xff810000
	STACK 0xffa60000
	call strings
	call bits_far
	call words
	call loads
	call rom
	call sse
	ret

section .data
	align 8
scratch: dd 0, 0, 0
zeros:	dd 0x80000000, 0x7fffffff
default_fcw: dw 0x37f
section .text

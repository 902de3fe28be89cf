; SPDX-License-Identifier: MIT
; Loads the selectors that the host uses for itself by every instruction that
; can load one.  They are outside the guest's descriptor tables: #GP(selector),
; SDM vol. 2 under each instruction.  In a host process the same numbers are a
; flat data segment (0x2b), 64-bit code (0x33), and so on.
;
; Then the guest gives the same numbers to segments of its own, and looks at
; what selectors and tables it can see: its own.

%include "guests/hostile/hostile.inc"

; one selector by every instruction
%macro LOADS 1
%define err (%1 & 0xfffc)
%defstr text %1
%assign k 0
%rep 5
%if k == 0
%define sr es
%define lx les
%elif k == 1
%define sr ss
%define lx lss
%elif k == 2
%define sr ds
%define lx lds
%elif k == 3
%define sr fs
%define lx lfs
%else
%define sr gs
%define lx lgs
%endif
%defstr srt sr
	EXPECT {"mov ", srt, ", ", text}, 13, err
	mov eax, %1
	HERE
	mov sr, eax
	DONE
	EXPECT {"mov ", srt, ", word [m] ", text}, 13, err
	mov word [scratch], %1
	HERE
	mov sr, [scratch]
	DONE
	EXPECT {"pop ", srt, " ", text}, 13, err
	push dword %1
	HERE
	pop sr
	DONE
	EXPECT {"pop16 ", srt, " ", text}, 13, err
	push word %1
	HERE
	o16 pop sr
	DONE
	EXPECT {"l", srt, " ", text}, 13, err
	mov dword [scratch], 0x12345678
	mov word [scratch + 4], %1
	mov ecx, 0x77
	HERE
	lx ecx, [scratch]
	LAND
	WANT ecx, 0x77
	DONE
%assign k k+1
%endrep
	EXPECT {"jmp far ", text}, 13, err
	HERE
	jmp %1:landing
	DONE
	EXPECT {"jmp far [m] ", text}, 13, err
	mov dword [scratch], landing
	mov word [scratch + 4], %1
	HERE
	jmp far [scratch]
	DONE
	EXPECT {"jmp far 16 ", text}, 13, err
	HERE
	jmp word %1:0x1000
	DONE
	EXPECT {"call far ", text}, 13, err
	HERE
	call %1:landing
	DONE
	EXPECT {"call far [m] ", text}, 13, err
	mov dword [scratch], landing
	mov word [scratch + 4], %1
	HERE
	call far [scratch]
	DONE
	EXPECT {"retf ", text}, 13, err
	push dword %1
	push dword landing
	HERE
	retf
	DONE
	EXPECT {"retf n ", text}, 13, err
	push dword %1
	push dword landing
	HERE
	retf 8
	DONE
	EXPECT {"iret ", text}, 13, err
	push dword 0x2b
	push dword stack_top
	push dword 2
	push dword %1
	push dword landing
	HERE
	iretd
	DONE
	EXPECT {"int gate ", text}, 13, err
	mov word [idt + 0x40 * 8 + 2], %1
	HERE
	int 0x40
	DONE
	EXPECT {"ltr ", text}, 13, err
	mov eax, %1
	HERE
	ltr ax
	DONE
	EXPECT {"lldt ", text}, 13, err
	mov eax, %1
	HERE
	lldt ax
	DONE
	EXPECT {"verr lar lsl ", text}, NONE, 0
	HERE
	mov eax, %1
	mov ebx, 1
	verr ax
	setz bl
	WANT bl, 0
	verw ax
	setz bl
	WANT bl, 0
	mov ecx, 0x55
	lar ecx, eax
	setz bl
	WANT bl, 0
	lsl ecx, eax
	setz bl
	WANT bl, 0
	WANT ecx, 0x55
	DONE
%endmacro

; the number %1 as the guest's own data segment of 4 KiB at 3 MiB
%macro OWN 1
%defstr text %1
	DESC %1, 0x300000, 0xfff, 0xf2, 4
	EXPECT {"own segment ", text}, NONE, 0
	HERE
	mov eax, %1
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	mov ecx, [0x10]
	WANT ecx, 0xfeed1234
	mov ecx, [gs:0x10]
	WANT ecx, 0xfeed1234
	mov ecx, gs
	WANT ecx, %1
	DONE
	EXPECT {"own limit DS ", text}, 13, 0
	mov eax, %1
	mov ds, eax
	HERE
	mov ecx, [0x1000]
	DONE
	EXPECT {"own limit ES ", text}, 13, 0
	mov eax, %1
	mov es, eax
	HERE
	mov [es:0xffd], eax
	DONE
	EXPECT {"own limit FS ", text}, 13, 0
	mov eax, %1
	mov fs, eax
	HERE
	inc dword [fs:MONITOR]
	DONE
	EXPECT {"own limit GS ", text}, 13, 0
	mov eax, %1
	mov gs, eax
	HERE
	mov ecx, [gs:MONITOR + 0x48]
	DONE
	EXPECT {"own segment by code rules ", text}, 13, (%1 & 0xfffc)
	HERE
	jmp %1:landing
	DONE
%endmacro

landing:
	int MISMATCH

guest:
	lgdt [gdt_small]
	LOADS 0x23
	LOADS 0x2b
	LOADS 0x33
	LOADS 0x7b
	LOADS 0x50
	LOADS 0x40
	LOADS 0x63
	LOADS 0x0f
	LOADS 0x17
	LOADS 0x1f
	LOADS 0x2f
	LOADS 0xffff
	call visible
	lgdt [gdt_big]
	mov dword [0x300010], 0xfeed1234
	OWN 0x23
	OWN 0x2b
	OWN 0x33
	OWN 0x7b
	ret

visible:
	EXPECT "selectors in registers", NONE, 0
	HERE
	mov eax, 0xdddddddd
	mov eax, ds
	WANT eax, KDATA
	mov eax, es
	WANT eax, KDATA
	mov eax, ss
	WANT eax, KDATA
	mov eax, fs
	WANT eax, KDATA
	mov eax, gs
	WANT eax, KDATA
	mov eax, cs
	WANT eax, KCODE
	DONE
	EXPECT "selectors in memory", NONE, 0
	HERE
	mov dword [scratch], 0xdddddddd
	mov [scratch], ds
	WANT dword [scratch], 0xdddd0000 + KDATA
	mov [scratch], ss
	WANT dword [scratch], 0xdddd0000 + KDATA
	mov [scratch], gs
	WANT dword [scratch], 0xdddd0000 + KDATA
	mov [scratch], cs
	WANT dword [scratch], 0xdddd0000 + KCODE
	DONE
	EXPECT "selectors on the stack", NONE, 0
	HERE
	push cs
	pop eax
	WANT ax, KCODE
	push ds
	pop eax
	WANT ax, KDATA
	push es
	pop eax
	WANT ax, KDATA
	push ss
	pop eax
	WANT ax, KDATA
	push fs
	pop eax
	WANT ax, KDATA
	push gs
	pop eax
	WANT ax, KDATA
	DONE
	EXPECT "return selector of call far", NONE, 0
	HERE
	call KCODE:.far
.far:	pop eax
	WANT eax, .far
	pop eax
	WANT ax, KCODE
	DONE
	EXPECT "sgdt", NONE, 0
	HERE
	sgdt [scratch]
	WANT word [scratch], SMALL_LIMIT
	WANT dword [scratch + 2], gdt
	DONE
	EXPECT "sidt", NONE, 0
	HERE
	sidt [scratch]
	WANT word [scratch], 0x7ff
	WANT dword [scratch + 2], idt
	DONE
	EXPECT "sldt", NONE, 0
	HERE
	mov eax, 0x5555
	sldt ax
	WANT ax, 0
	DONE
	EXPECT "str", NONE, 0
	HERE
	str ax
	WANT ax, TSSSEL
	DONE
	EXPECT "smsw is cr0", NONE, 0
	HERE
	mov ecx, cr0
	smsw eax
	WANT ax, cx
	DONE
	; Address of the last x87 instruction and its operand: never the monitor's.
	; Often enough that nothing but the copied instructions runs in between.
%macro X87_POINTERS 2
	EXPECT {"x87 pointers of ", %1}, NONE, 0
	mov ecx, 20
	HERE
%%again:	fninit
	fld1
	fstp dword [scratch]
	%2
	cmp dword [env + 12], MONITOR
	sbb eax, eax
	WANT eax, -1
	cmp dword [env + 20], MONITOR
	sbb eax, eax
	WANT eax, -1
	and word [env + 16], ~KCODE
	WANT word [env + 16], 0
	dec ecx
	jnz %%again
	DONE
%endmacro
	X87_POINTERS "fnstenv", {fnstenv [env]}
	X87_POINTERS "fnsave", {fnsave [env]}
	EXPECT "x87 pointers of fxsave", NONE, 0
	mov ecx, 20
	HERE
.fxsave:	fninit
	fld1
	fstp dword [scratch]
	fxsave [env]
	cmp dword [env + 8], MONITOR
	sbb eax, eax
	WANT eax, -1
	and word [env + 12], ~KCODE
	WANT word [env + 12], 0
	dec ecx
	jnz .fxsave
	DONE
	EXPECT "cpuid hides long mode and syscall", NONE, 0
	HERE
	mov eax, 0x80000000
	cpuid
	cmp eax, 0x80000001
	jb .none
	mov eax, 0x80000001
	cpuid
	and edx, 1 << 29
	WANT edx, 0
.none:	DONE
	EXPECT "verr and lsl of the own tables", NONE, 0
	HERE
	mov eax, KDATA
	verr ax
	setz bl
	WANT bl, 1
	lsl ecx, eax
	WANT ecx, 0xffffffff
	mov eax, KCODE
	lar ecx, eax
	and ecx, 0x00f0fe00
	WANT ecx, 0x00c09a00
	DONE
	ret

section .data
	align 8
scratch: dd 0, 0, 0, 0
section .bss
alignb 16
env:	resb 512
section .data

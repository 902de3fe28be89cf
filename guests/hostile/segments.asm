; SPDX-License-Identifier: MIT
; Segments made to reach the monitor area: huge limits with bases that wrap, bases
; inside it, expand-down segments, null and unusable ones, stale shadows.  What
; each offset reaches: base plus offset modulo 2^32 (SDM vol. 3A section 3.3.1),
; limits and types by section 5.3 to 5.5.

%include "guests/hostile/hostile.inc"

%define S0 SPARE
%define S1 (SPARE + 8)

; Reads through FS, selector S0, at an offset: the doubleword wanted.
%macro READS 3			; name, offset, value
	EXPECT {"read ", %1}, NONE, 0
	mov eax, S0
	mov fs, eax
	mov gs, eax
	mov ebx, %2
	HERE
	mov edx, [fs:%2]
	WANT edx, %3
	mov edx, [gs:ebx]
	WANT edx, %3
	DONE
%endmacro

%macro FAULTS 2			; name, offset: #GP(0) on read and write
	EXPECT {"no read ", %1}, 13, 0
	mov eax, S0
	mov fs, eax
	HERE
	mov edx, [fs:%2]
	DONE
	EXPECT {"no write ", %1}, 13, 0
	mov eax, S0
	mov gs, eax
	HERE
	mov [gs:%2], edx
	DONE
%endmacro

; Writes at an offset of S0 and looks where it should have gone (flat).
%macro WRITES 3			; name, offset, flat address
	EXPECT {"write ", %1}, NONE, 0
	mov dword [%3], 0
	mov eax, S0
	mov es, eax
	mov edi, %2
	mov eax, 0xa5a51234
	HERE
	mov [es:%2], eax
	WANT dword [%3], eax
	inc eax
	stosd
	WANT dword [%3], eax
	DONE
%endmacro

wrapping:
	; flat in all but the base
	DESC S0, 0x1000, 0xfffff, 0x92, 0xc
	READS "base 1000h", 0x2ff000, 0xfeed0000
	READS "base 1000h wraps to the area", MONITOR - 0x1000, [ds:void]
	READS "base 1000h, end of the area", 0xffbfefff, [ds:void]
	WRITES "base 1000h wraps to 0", 0xfffff500, 0x500
	DESC S0, 0x300000, 0xfffff, 0x92, 0xc
	READS "base 3 MiB", 0, 0xfeed0000
	READS "base 3 MiB to the area", MONITOR - 0x300000 + 0x48, [ds:void]
	READS "base 3 MiB below", -0x100000, 0xcafe0000
	WRITES "base 3 MiB, negative offset", -4, 0x2ffffc
	DESC S0, 0xfffff000, 0xfffff, 0x92, 0xc
	READS "base FFFFF000h wraps to RAM", 0x301000, 0xfeed0000
	READS "base FFFFF000h to the area", 0xff801000, [ds:void]
	WRITES "base FFFFF000h", 0x301004, 0x300004
	DESC S0, 0xff7ff000, 0xfffff, 0x92, 0xc
	READS "base below the area", 0x1000, [ds:void]
	READS "base below the area, straddling", 0xffe, [ds:void]
	READS "base below the area wraps to RAM", 0x300000 - 0xff7ff000, 0xfeed0000
	DESC S0, MONITOR, 0xfffff, 0x92, 0xc
	READS "base at the area", 0x48, [ds:void]
	READS "base at the area wraps to RAM", 0x300000 - MONITOR, 0xfeed0000
	WRITES "base at the area wraps to RAM", 0x300010 - MONITOR, 0x300010
	DESC S0, MONITOR, 0xfff, 0x92, 0x4
	READS "4 KiB at the area", 0x48, [ds:void]
	READS "4 KiB at the area, end", 0xffc, [ds:void]
	FAULTS "4 KiB at the area, beyond", 0xffd
	DESC S0, 0xffa60000, 0xffff, 0x92, 0
	READS "64 KiB in the area", 0, [ds:void]
	FAULTS "64 KiB in the area, beyond", 0x10000
	DESC S0, 0xff7fffff, 0xf, 0x92, 0x4
	READS "16 bytes over the base", 0, [ds:void]
	FAULTS "16 bytes over the base, beyond", 0xd
	DESC S0, 0x12345, 0xfffff, 0x92, 0xc
	READS "unaligned base", 0x300000 - 0x12345, 0xfeed0000
	READS "unaligned base to the area", MONITOR - 0x12345, [ds:void]
	READS "unaligned base, straddling", MONITOR - 0x12345 - 2, [ds:void]
	ret

exact:
	DESC S0, 0x300000, 0x0ff, 0x92, 4
	READS "last doubleword", 0xfc, 0xfeed0000 + 0x3f
	FAULTS "one beyond", 0xfd
	FAULTS "far beyond", MONITOR
	DESC S0, 0x300000, 0, 0x92, 0xc
	READS "page limit, last", 0xffc, 0xfeed0000 + 0x3ff
	FAULTS "page limit, beyond", 0xffd
	FAULTS "page limit, far beyond", 0x1000
	; read-only
	DESC S0, 0x300000, 0xfff, 0x90, 4
	READS "read-only", 0, 0xfeed0000
	EXPECT "no write read-only", 13, 0
	mov eax, S0
	mov ds, eax
	HERE
	mov [0], eax
	DONE
	; code, readable and not
	DESC S0, 0x300000, 0xfff, 0x9a, 4
	READS "readable code", 8, 0xfeed0002
	EXPECT "no write code", 13, 0
	mov eax, S0
	mov es, eax
	mov edi, 0
	HERE
	stosb
	DONE
	DESC S0, 0, 0xfffff, 0x98, 0xc
	EXPECT "no load of execute-only code", 13, S0
	mov eax, S0
	HERE
	mov ds, eax
	DONE
	EXPECT "no read through execute-only CS", 13, 0
	jmp S0:.in
	HERE .in
.in:	mov eax, [cs:0x300000]
	DONE
	EXPECT "read through execute-only CS, string", 13, 0
	mov esi, 0x300000
	jmp S0:.lods
	HERE .lods
.lods:	cs lodsb
	DONE
	; not present, system, DPL
	DESC S0, 0x300000, 0xfff, 0x12, 4
	EXPECT "not present", 11, S0
	mov eax, S0
	HERE
	mov ds, eax
	DONE
	EXPECT "SS not present", 12, S0
	mov eax, S0
	HERE
	mov ss, eax
	DONE
	EXPECT "system descriptor", 13, TSSSEL
	mov eax, TSSSEL
	HERE
	mov ds, eax
	DONE
	; null
	EXPECT "null DS, read 0", 13, 0
	xor eax, eax
	mov ds, eax
	HERE
	mov al, [0]
	DONE
	EXPECT "null DS, read the area", 13, 0
	mov eax, 3
	mov ds, eax
	HERE
	mov al, [MONITOR]
	DONE
	EXPECT "null ES, stos", 13, 0
	xor eax, eax
	mov es, eax
	mov edi, 0x300100
	HERE
	stosb
	DONE
	EXPECT "null FS, write", 13, 0
	xor eax, eax
	mov fs, eax
	HERE
	inc byte [fs:0x300100]
	DONE
	EXPECT "null GS, push", 13, 0
	xor eax, eax
	mov gs, eax
	HERE
	push dword [gs:0]
	DONE
	EXPECT "null SS", 13, 0
	xor eax, eax
	HERE
	mov ss, eax
	DONE
	ret

down:
	; expand-down, B = 1: offsets limit + 1 to FFFFFFFFh
	DESC S0, 0, 0xff7ff, 0x96, 0xc		; limit FF7FFFFFh: the area exactly
	READS "expand-down onto the area", MONITOR + 0x48, [ds:void]
	READS "expand-down onto the area, end", 0xffbffffc, [ds:void]
	FAULTS "expand-down, below", 0xff7fffff
	FAULTS "expand-down, 0", 0
	DESC S0, 0, 0x000ff, 0x96, 0xc
	READS "expand-down from 1 MiB", 0x300000, 0xfeed0000
	READS "expand-down from 1 MiB, area", MONITOR, [ds:void]
	WRITES "expand-down from 1 MiB", 0x300020, 0x300020
	FAULTS "expand-down from 1 MiB, below", 0xffffe
	DESC S0, 0x10000000, 0xf0000 - 1, 0x96, 0xc
	READS "expand-down that wraps", 0x300000 - 0x10000000, 0xfeed0000
	FAULTS "expand-down that wraps, below", 0x300000
	DESC S0, 0x300000, 0xffffe, 0x96, 0xc
	READS "expand-down, negative offsets only", -0x1000, 0xbeef0000
	FAULTS "expand-down, 0 of 3 MiB", 0
	; B = 0: offsets limit + 1 to FFFFh
	DESC S0, 0x300000, 0x7fff, 0x96, 0
	READS "expand-down 16", 0x8000, 0xabcd0000
	FAULTS "expand-down 16, below", 0x7ffe
	FAULTS "expand-down 16, above", 0x10000
	FAULTS "expand-down 16, last bytes", 0xfffd
	DESC S0, 0xff7f8000, 0x7fff, 0x96, 0
	READS "expand-down 16 onto the area", 0x8000, [ds:void]
	READS "expand-down 16 onto the area, end", 0xfffc, [ds:void]
	FAULTS "expand-down 16 onto the area, below", 0x7ffc
	DESC S0, 0xff7ffff0, 0xf, 0x96, 0
	READS "expand-down 16 at the base", 0x10, [ds:void]
	READS "expand-down 16 in the area", 0x58, [ds:void]
	DESC S0, 0xfffff000, 0xfff, 0x96, 0
	READS "expand-down 16 that wraps", 0x1500, [ds:0x500]
	DESC S0, 0, 0xfffff, 0x96, 0xc
	FAULTS "expand-down, empty", 0xffffffff
	FAULTS "expand-down, empty, area", MONITOR
	DESC S0, 0, 0xffff, 0x96, 0
	FAULTS "expand-down 16, empty", 0xffff
	FAULTS "expand-down 16, empty, above", 0x300000
	ret

stack:
	; stack segments: errors are #SS(0), and the frame goes where there is room
	DESC S0, 0, 0x1ff, 0x92, 0xc
	EXPECT "SS beyond the limit", 12, 0
	mov eax, S0
	mov ss, eax
	HERE
	mov eax, [ss:MONITOR]
	DONE
	EXPECT "EBP beyond the limit", 12, 0
	mov eax, S0
	mov ebp, MONITOR
	mov ss, eax
	HERE
	inc dword [ebp]
	DONE
	EXPECT "ESP base with index beyond the limit", 12, 0
	mov eax, S0
	mov ecx, MONITOR / 2
	mov ss, eax
	HERE
	mov eax, [esp + ecx * 2]
	DONE
	EXPECT "pop to beyond the limit of DS", 13, 0
	mov eax, S0
	mov ds, eax
	push eax
	HERE
	pop dword [0x200000]
	DONE
	DESC S0, 0, 0, 0x96, 0xc		; expand-down stack above 4 KiB
	EXPECT "expand-down stack", NONE, 0
	mov eax, S0
	mov ss, eax
	HERE
	push dword 0x1234
	call .sub
	pop eax
	WANT eax, 0x1234
	mov ebp, esp
	mov ecx, [ebp]
	enter 8, 0
	leave
	DONE
	EXPECT "expand-down stack, below", 12, 0
	mov eax, S0
	mov ss, eax
	HERE
	mov eax, [ss:0x800]
	DONE
	EXPECT "SS and ESP, 16-bit stack keeps ESP's upper half", NONE, 0
	DESC S0, 0x300000, 0xffff, 0x92, 0
	mov eax, S0
	mov ss, eax
	HERE
	mov esp, 0xabcd8000
	push eax
	mov ecx, esp
	WANT ecx, 0xabcd7ffc
	pop eax
	mov esp, 0xff800000
	push word 0x77
	mov ecx, esp
	WANT ecx, 0xff80fffe
	movzx ebp, sp
	mov dx, [bp]
	WANT dx, 0x77
	mov esp, [t_esp]
	DONE
	ret
.sub:	ret

; More descriptors than the host has slots: old ones must not change under a
; register that still holds them.
slots:
	EXPECT "slots: DS stays while 300 others come and go", NONE, 0
	DESC S0, 0x300000, 0xff, 0x92, 4
	mov eax, S0
	mov es, eax
	mov ecx, 300
	HERE
.next:	mov eax, ecx
	shl eax, 4
	DESC S1, 0x340000, 0xffff, 0x92, 4
	mov [gdt + S1 + 2], ax
	mov ebx, S1
	mov fs, ebx
	mov edx, [fs:0]
	WANT edx, ecx
	mov al, [MONITOR]			; a trap reloads every register
	mov edx, [es:0xfc]
	WANT edx, 0xfeed003f
	mov edx, [fs:0]
	WANT edx, ecx
	loop .next
	DONE
	EXPECT "slots: the limit of DS too", 13, 0
	mov eax, S0
	mov es, eax
	mov ecx, 200
.more:	mov eax, ecx
	shl eax, 4
	mov [gdt + S1 + 2], ax
	mov ebx, S1
	mov gs, ebx
	loop .more
	HERE
	mov eax, [es:0x100]
	DONE
	EXPECT "slots: all of six registers differ", NONE, 0
	HERE
%assign k 0
%rep 24
	DESC S0, 0x340000 + (300 - k * 7) * 16, 0xf, 0x92, 4
	DESC S1, 0x340000 + (299 - k * 11) * 16, 0xf, 0x92, 4
	mov eax, S0
	mov es, eax
	mov eax, S1
	mov gs, eax
	mov edx, [es:0]
	WANT edx, 300 - k * 7
	mov edx, [gs:0]
	WANT edx, 299 - k * 11
	mov edx, [cs:0x300000]
	WANT edx, 0xfeed0000
%assign k k+1
%endrep
	DONE
	; a descriptor that changes in memory does not change the register
	EXPECT "descriptor changed after the load", NONE, 0
	DESC S0, 0x300000, 0xff, 0x92, 4
	mov eax, S0
	mov es, eax
	DESC S0, MONITOR, 0xfffff, 0x92, 0xc
	HERE
	mov edx, [es:0]
	WANT edx, 0xfeed0000
	in al, 0xe9
	mov al, [MONITOR]
	mov edx, [es:0xfc]
	WANT edx, 0xfeed003f
	DONE
	EXPECT "its old limit counts", 13, 0
	DESC S0, 0x300000, 0xff, 0x92, 4
	mov eax, S0
	mov es, eax
	DESC S0, 0x300000, 0xfffff, 0x92, 0xc
	HERE
	mov edx, [es:0x100]
	DONE
	ret

; CS overrides read the guest's code segment and nothing else.
code:
	EXPECT "CS override", NONE, 0
	HERE
	mov edx, [cs:0x300000]
	WANT edx, 0xfeed0000
	mov edx, [cs:MONITOR + 0x48]
	WANT edx, [void]
	mov edx, [cs:0xffa60000]
	WANT edx, [void]
	mov esi, MONITOR
	cs lodsd
	WANT eax, [void]
	DONE
	DESC S0, 0x100000, 0xfff, 0x9a, 0xc	; limit FFFFFFh
	EXPECT "CS override beyond the limit", 13, 0
	jmp S0:.in - 0x100000
	HERE .in - 0x100000
.in:	mov eax, [cs:0x1000000]
	DONE
	EXPECT "jump beyond the limit of CS", 13, 0
	jmp S0:.in2 - 0x100000
	HERE .in2 - 0x100000
.in2:	jmp 0x200000 + MONITOR
	DONE
	EXPECT "call beyond the limit of CS", 13, 0
	mov eax, 0x1000000
	jmp S0:.in3 - 0x100000
	HERE .in3 - 0x100000
.in3:	call eax
	DONE
	EXPECT "return beyond the limit of CS", 13, 0
	push dword 0x1000000
	jmp S0:.in4 - 0x100000
	HERE .in4 - 0x100000
.in4:	ret
	DONE
	EXPECT "running into the limit of CS", 13, 0
	DESC S0, 0x300000, 0x40 * 1, 0x9a, 4
	mov dword [0x30003e], 0x90909090
	HERE 0x41
	jmp S0:0x3e
	LAND
	mov dword [0x30003c], 0xfeed000f
	mov dword [0x300040], 0xfeed0010
	DONE
	ret

guest:
	mov edi, 0x300000
	mov eax, 0xfeed0000
	mov ecx, 0x400
.fill:	stosd
	inc eax
	loop .fill
	mov dword [0x200000], 0xcafe0000
	mov dword [0x2ff000], 0xbeef0000
	mov dword [0x308000], 0xabcd0000
	xor ecx, ecx
	mov edi, 0x340000
.numbers:
	mov [edi], ecx
	add edi, 16
	inc ecx
	cmp ecx, 301
	jne .numbers
	call wrapping
	call exact
	call down
	call stack
	call slots
	call code
	ret

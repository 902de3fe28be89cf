; SPDX-License-Identifier: MIT
; MMX, SSE and SSE2 under CR0.EM, TS, CR4.OSFXSR and OSXMMEXCPT; their faults; the
; masked moves in segments that the hardware shows and in one that it does not.
%include "refvmm/test_engine/sys.inc"
DOWN equ FREE			; expand-down: valid from 0x1000 on
SMALL equ FREE + 8		; 0x20 bytes at DATA
DATA equ 0x5000

	mov esi, descriptors
	mov edi, gdt_free
	mov ecx, 4
	rep movsd
	jmp tests
descriptors:
	DESC 0, 0xfff, 0x97, 4
	DESC DATA, 0x1f, 0x93, 4

all:	TRY "fld1"
	fld1
	TRIED
	TRY "fwait"
	fwait
	TRIED
	TRY "movd mm0"
	movd mm0, eax
	TRIED
	TRY "emms"
	emms
	TRIED
	TRY "addps"
	addps xmm0, xmm1
	TRIED
	TRY "addpd"
	addpd xmm0, xmm1
	TRIED
	TRY "pshufw"
	pshufw mm0, mm1, 0
	TRIED
	TRY "paddq mm"
	paddq mm0, mm1
	TRIED
	TRY "cvtpi2ps"
	cvtpi2ps xmm0, mm0
	TRIED
	TRY "movntq"
	movntq [edi], mm0
	TRIED
	TRY "movnti"
	movnti [edi], eax
	TRIED
	TRY "sfence"
	sfence
	TRIED
	TRY "prefetch"
	prefetchnta [edi]
	TRIED
	TRY "ldmxcsr"
	ldmxcsr [mxcsr]
	TRIED
	TRY "fxsave"
	fxsave [area]
	TRIED
	TRY "haddps"
	haddps xmm0, xmm1
	TRIED
	TRY "fisttp"
	fisttp dword [edi]
	TRIED
	TRY "pshufb"
	pshufb xmm0, xmm1
	TRIED
	TRY "pshufb mm"
	pshufb mm0, mm1
	TRIED
	TRY "crc32"
	crc32 eax, ebx
	TRIED
	TRY "maskmovq"
	maskmovq mm0, mm0
	TRIED
	TRY "maskmovdqu"
	maskmovdqu xmm0, xmm0
	TRIED
	ret

mxcsr:	dd 0x1f80
bad_mxcsr: dd 0x11f80
unmasked: dd 0x1d80
	align 16
area:	times 512 db 0
source:	db 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
	db 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f
mask:	db 0x80, 0x7f, 0xff, 0, 0, 0x81, 0x80, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0xff
one:	dd 1.0, 1.0, 1.0, 1.0

clear:	push edi
	mov edi, DATA
	mov ecx, 12
	mov eax, 0xaaaaaaaa
	rep stosd
	pop edi
	movq mm0, [source]
	movq mm1, [mask]
	movdqu xmm0, [source]
	movdqu xmm1, [mask]
	ret
dump:	mov ecx, 0
.next:	SHOW " ", [DATA + ecx * 4]
	inc ecx
	cmp ecx, 12
	jb .next
	SHOW " edi ", edi
	NEWLINE
	ret
%macro MASKED 2+
	call clear
	TRY %1
	%2
	TRIED
	call dump
%endmacro

tests:	mov eax, cr0
	or al, 0x20
	mov cr0, eax
	fninit
	mov edi, DATA
	SAY "after reset", 10
	call all
	mov eax, 0x600
	mov cr4, eax
	fninit
	SAY "OSFXSR", 10
	call all
	mov eax, cr0
	or al, 8
	mov cr0, eax
	SAY "TS", 10
	call all
	mov eax, cr0
	or al, 2
	mov cr0, eax
	SAY "TS MP", 10
	call all
	mov eax, cr0
	and al, ~0xa
	or al, 4
	mov cr0, eax
	SAY "EM", 10
	call all
	mov eax, cr0
	and al, ~4
	or al, 0x20
	mov cr0, eax
	fninit
	TRY "reserved MXCSR"
	ldmxcsr [bad_mxcsr]
	TRIED
	TRY "unaligned"
	addps xmm0, [source + 1]
	TRIED
	TRY "unaligned movups"
	movups xmm0, [source + 1]
	TRIED
	TRY "unaligned lddqu"
	lddqu xmm0, [source + 1]
	TRIED
	TRY "unaligned fxsave"
	fxsave [area + 4]
	TRIED
	ldmxcsr [unmasked]
	movups xmm0, [one]
	xorps xmm1, xmm1
	TRY "divide, #XM"
	divps xmm0, xmm1
	TRIED
	mov eax, 0x200
	mov cr4, eax
	TRY "divide, no #XM"
	divps xmm0, xmm1
	TRIED
	stmxcsr [area]
	mov eax, [area]
	SHOW "mxcsr ", eax
	NEWLINE
	mov eax, 0x600
	mov cr4, eax
	ldmxcsr [mxcsr]
	fninit
	fldcw [.fcw]
	fld1
	fldz
	fdivp
	TRY "#MF at emms"
	emms
	TRIED
	TRY "#MF at fld"
	fld dword [one]
	TRIED
	fnclex
	TRY "none"
	fld dword [one]
	TRIED
	jmp .masked
.fcw:	dw 0x37b
.masked: mov edi, DATA + 1
	MASKED "maskmovq", maskmovq mm0, mm1
	MASKED "maskmovdqu", maskmovdqu xmm0, xmm1
	mov edi, 0xabc00000 + DATA + 2
	MASKED "16-bit address", a16 maskmovdqu xmm0, xmm1
	mov edi, DATA + 3
	mov ax, DOWN
	mov es, ax
	MASKED "es", es maskmovq mm0, mm1
	mov ax, DOWN
	mov fs, ax
	MASKED "fs", fs maskmovdqu xmm0, xmm1
	mov edi, 0xfff
	mov ax, DOWN
	mov es, ax
	MASKED "below expand-down", es maskmovq mm0, mm1
	mov ax, SMALL
	mov gs, ax
	mov edi, 0x10
	MASKED "at the limit", gs maskmovdqu xmm0, xmm1
	inc edi
	MASKED "over the limit", gs maskmovdqu xmm0, xmm1
	mov ax, DATA0
	mov es, ax
	mov fs, ax
	mov gs, ax
	; SYSENTER and SYSEXIT
	TRY "sysenter, no CS"
	sysenter
	TRIED
	TRY "sysexit, no CS"
	sysexit
	TRIED
	xor edx, edx
	mov ecx, 0x174
	mov eax, CODE0
	wrmsr
	inc ecx
	mov eax, STACK - 0x80
	wrmsr
	inc ecx
	mov eax, .entry
	wrmsr
	mov edx, .user
	mov ecx, STACK - 0x200
	CATCH .left
	sysexit
.user:	pushf
	pop ebx
	mov esi, cs
	mov edi, ss
	push dword 0x202
	popf
	stc
	sysenter
.left:	SAY "sysexit faulted", 10
.entry:	pushf
	pop ecx
	SHOW "user cs ", esi
	SHOW " ss ", edi
	SHOW " fl ", ebx
	SHOW " entry fl ", ecx
	SHOW " esp ", esp
	mov eax, cs
	SHOW " cs ", eax
	mov eax, ss
	SHOW " ss ", eax
	NEWLINE
	DONE
%include "refvmm/test_engine/rom_end.inc"

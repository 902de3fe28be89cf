; SPDX-License-Identifier: MIT
; Every instruction that enters a host kernel from a 32-bit process, in every
; encoding: INT n goes through the guest's own IDT (SDM vol. 3A section 6.12),
; SYSCALL does not exist on these processors, SYSENTER without a target is
; #GP(0) where CPUID has SEP and #UD where not.  None of them reaches the host.

%include "guests/hostile/hostile.inc"

; raw bytes: name, vector, bytes...
%macro RAW 3+
	EXPECT %1, %2, 0
	HERE
	db %3
	DONE
%endmacro

; INT n by its gate: the reported EIP is the next instruction's
%macro INTN 2+
	EXPECT %1, 0x80, ANY
	db %2
	HERE
	nop
	DONE
%endmacro

guest:
	; exit(99), write(1, text_end, 4) if anything reached a Linux kernel
	mov ebx, 99
	INTN "int 80h", 0xcd, 0x80
	INTN "int 80h, operand size", 0x66, 0xcd, 0x80
	INTN "int 80h, address size", 0x67, 0xcd, 0x80
	INTN "int 80h, rep", 0xf3, 0xcd, 0x80
	INTN "int 80h, repne", 0xf2, 0xcd, 0x80
	INTN "int 80h, CS prefix", 0x2e, 0xcd, 0x80
	INTN "int 80h, GS prefix", 0x65, 0xcd, 0x80
	INTN "int 80h, FS prefix", 0x64, 0xcd, 0x80
	INTN "int 80h, many prefixes", 0x66, 0x67, 0xf3, 0x2e, 0x3e, 0x26, 0x66, 0xcd, 0x80
	RAW "int 80h, lock", 6, 0xf0, 0xcd, 0x80
	mov eax, 1
	EXPECT "int 80h as exit", 0x80, ANY
	mov eax, 1
	int 0x80
	HERE
	nop
	LAND
	WANT eax, 1
	WANT ebx, 99
	DONE
	EXPECT "int 80h inside another instruction", 0x80, ANY
	mov eax, 4
	jmp short .in + 1
.in:	db 0xb8, 0xcd, 0x80, 0x90, 0x90	; mov eax, 909080cdh
	HERE .in + 3
	DONE
	EXPECT "int 80h across a page", 0x80, ANY
	mov word [0x200fff], 0x80cd
	mov byte [0x201001], 0x90
	mov eax, 0x200fff
	HERE 0x201001
	jmp eax
	DONE
	EXPECT "int 80h made at run time", 0x80, ANY
	mov dword [0x202000], 0x909080cd
	mov eax, 0x202000
	HERE 0x202002
	call eax
	DONE
	EXPECT "int 80h replaces a nop that ran", 0x80, ANY
	mov dword [0x202100], 0xc3909090
	mov eax, 0x202100
	call eax
	call eax
	mov word [0x202101], 0x80cd
	mov eax, 0x202100
	HERE 0x202103
	call eax
	DONE
	call all_vectors
	call gates
	call others
	ret

; INT 0 to 255, one after the other; a vector counts when it arrives as itself.
all_vectors:
	; INT n pushes no error code, whatever the vector.
%assign n 8
%rep 10
%if (n == 8) || (n >= 10 && n <= 14) || (n == 17)
	GATE n, no_error%[n], 0x8e
%endif
%assign n n+1
%endrep
	EXPECT "int 0 to 255", NONE, 0
	xor esi, esi
	HERE
.next:	INT_ESI
	WANT esi, [g_vec]
	WANT dword [g_eip], 0x203002
	inc esi
	cmp esi, 256
	jne .next
	mov [g_vec], dword NONE
	DONE
%assign n 8
%rep 10
%if (n == 8) || (n >= 10 && n <= 14) || (n == 17)
	GATE n, vec%[n], 0x8e
%endif
%assign n n+1
%endrep
	ret

%assign n 8
%rep 10
%if (n == 8) || (n >= 10 && n <= 14) || (n == 17)
no_error%[n]:
	push dword 0
	push dword n
	jmp trap
%endif
%assign n n+1
%endrep

gates:
	EXPECT "int 80h beyond the IDT", 13, 0x402
	mov word [idtr], 0x80 * 8 - 1
	lidt [idtr]
	HERE
	int 0x80
	DONE
	mov word [idtr], 0x7ff
	lidt [idtr]
	EXPECT "int 80h, gate not present", 11, 0x402
	mov byte [idt + 0x80 * 8 + 5], 0x0e
	HERE
	int 0x80
	DONE
	EXPECT "int 80h, no gate", 13, 0x402
	mov byte [idt + 0x80 * 8 + 5], 0x92
	HERE
	int 0x80
	DONE
	mov byte [idt + 0x80 * 8 + 5], 0x8e
	EXPECT "int 80h, trap gate to own handler", NONE, 0
	GATE 0x80, handler, 0x8f
	mov ebx, 0
	HERE
	mov eax, 4
	int 0x80
	WANT ebx, 0x600d
	WANT eax, 4
	DONE
	EXPECT "int3", 3, ANY
	int3
	HERE
	nop
	DONE
	EXPECT "int 3, two bytes", 3, ANY
	db 0xcd, 3
	HERE
	nop
	DONE
	EXPECT "into", 4, ANY
	mov al, 0x7f
	inc al
	into
	HERE
	nop
	DONE
	EXPECT "into without overflow", NONE, 0
	xor al, al
	HERE
	into
	DONE
	EXPECT "int1", 1, ANY
	db 0xf1
	HERE
	nop
	DONE
	ret

handler:
	mov ebx, 0x600d
	iretd

others:
	RAW "syscall", 6, 0x0f, 0x05
	RAW "syscall, operand size", 6, 0x66, 0x0f, 0x05
	RAW "syscall, rep", 6, 0xf3, 0x0f, 0x05
	RAW "syscall, address size", 6, 0x67, 0x0f, 0x05
	RAW "syscall, GS prefix", 6, 0x65, 0x0f, 0x05
	RAW "sysret", 6, 0x0f, 0x07
	RAW "sysret, operand size", 6, 0x66, 0x0f, 0x07
	EXPECT "dec eax before syscall", 6, 0
	mov eax, 61
	db 0x48				; REX.W in 64-bit code
	HERE
	db 0x0f, 0x05
	LAND
	WANT eax, 60
	DONE
	mov eax, 1
	cpuid
	mov edi, 6
	test edx, 1 << 11
	jz .nosep
	mov edi, 13
	mov ecx, 0x174			; IA32_SYSENTER_CS = 0: no target
	xor eax, eax
	xor edx, edx
	wrmsr
.nosep:
	EXPECT "sysenter", 0, 0
	mov [t_vec], edi
	HERE
	sysenter
	DONE
	EXPECT "sysenter, operand size", 0, 0
	mov [t_vec], edi
	HERE
	db 0x66, 0x0f, 0x34
	DONE
	EXPECT "sysexit", 0, 0
	mov [t_vec], edi
	HERE
	sysexit
	DONE
	RAW "rdfsbase", 6, 0xf3, 0x0f, 0xae, 0xc0
	RAW "rdgsbase", 6, 0xf3, 0x0f, 0xae, 0xc8
	RAW "wrfsbase", 6, 0xf3, 0x0f, 0xae, 0xd0
	RAW "wrgsbase", 6, 0xf3, 0x0f, 0xae, 0xd8
	RAW "swapgs", 6, 0x0f, 0x01, 0xf8
	RAW "vmcall", 6, 0x0f, 0x01, 0xc1
	RAW "vmmcall", 6, 0x0f, 0x01, 0xd9
	RAW "vmlaunch", 6, 0x0f, 0x01, 0xc2
	RAW "stac", 6, 0x0f, 0x01, 0xcb
	RAW "clac", 6, 0x0f, 0x01, 0xca
	RAW "xgetbv", 6, 0x0f, 0x01, 0xd0
	RAW "xsetbv", 6, 0x0f, 0x01, 0xd1
	RAW "rdpkru", 6, 0x0f, 0x01, 0xee
	RAW "wrpkru", 6, 0x0f, 0x01, 0xef
	RAW "enclu", 6, 0x0f, 0x01, 0xd7
	RAW "xbegin", 6, 0xc7, 0xf8, 0, 0, 0, 0
	RAW "ud2", 6, 0x0f, 0x0b
	RAW "vzeroupper (VEX)", 6, 0xc5, 0xf8, 0x77
	RAW "vaddps (EVEX)", 6, 0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc0
	RAW "mov cs, ax", 6, 0x8e, 0xc8
	RAW "mov sreg 6, ax", 6, 0x8e, 0xf0
	RAW "lds with a register", 6, 0xc5, 0xc1
	RAW "jmp far with a register", 6, 0xff, 0xe9
	RAW "call far with a register", 6, 0xff, 0xd9
	RAW "lock mov", 6, 0xf0, 0x89, 0x05, 0, 0, 0x20, 0
	RAW "sixteen bytes", 13, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0xcd, 0x80
	ret

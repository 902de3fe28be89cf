; SPDX-License-Identifier: MIT
; A 64 KiB firmware that says on port E9h what state it was reset into: lines "PASS NAME
; VALUE", then END.  Everything is stored before anything changes; the stores need no
; register.  Pass 0 is power-on; it then resets the machine by the 8042, port 92h, CF9h and
; a triple fault, each time with other values in all registers.  SDM vol. 3A table 9-1;
; PAM registers: 82441FX data sheet 290549.

	cpu p4
	bits 16
	org 0

%define S	0x1000			; what was found
%define PASS	0x500			; and a magic number behind it
%define MAGIC	0x54455352
%define MARK	0x3000
%define STACK	0x2000

%assign next S
%macro SLOT 1
%1	equ next
%assign next next + 4
%endmacro
	SLOT r_eax
	SLOT r_ecx
	SLOT r_edx
	SLOT r_ebx
	SLOT r_esp
	SLOT r_ebp
	SLOT r_esi
	SLOT r_edi
	SLOT r_es
	SLOT r_cs
	SLOT r_ss
	SLOT r_ds
	SLOT r_fs
	SLOT r_gs
	SLOT r_eflags
	SLOT r_cr0
	SLOT r_cr2
	SLOT r_cr3
	SLOT r_cr4
	SLOT r_dr0
	SLOT r_dr1
	SLOT r_dr2
	SLOT r_dr3
	SLOT r_dr6
	SLOT r_dr7
	SLOT r_gdt_base
	SLOT r_gdt_limit
	SLOT r_idt_base
	SLOT r_idt_limit
	SLOT r_tr
	SLOT r_ldtr
	SLOT r_cs_base
	SLOT r_bases
	SLOT r_limits
	SLOT r_signature
	SLOT r_features
	SLOT r_apic_base
	SLOT r_sysenter_cs
	SLOT r_mtrr_type
	SLOT r_pat_low
	SLOT r_pat_high
	SLOT r_fpu_cw
	SLOT r_fpu_sw
	SLOT r_fpu_tw
	SLOT r_mxcsr
	SLOT r_xmm
	SLOT r_bits			; bit n: the line with need n is printed
	SLOT scratch

%macro SAVE_CR 2
	mov eax, %2
	mov [%1], eax
%endmacro

%macro SEGMENT_OF 2			; slot, register: the upper half is zero
	mov dword [%1], 0
	mov [%1], %2
%endmacro

start:
	mov [r_eax], eax
	mov [r_ecx], ecx
	mov [r_edx], edx
	mov [r_ebx], ebx
	mov [r_esp], esp
	mov [r_ebp], ebp
	mov [r_esi], esi
	mov [r_edi], edi
	SEGMENT_OF r_es, es
	SEGMENT_OF r_cs, cs
	SEGMENT_OF r_ss, ss
	SEGMENT_OF r_ds, ds
	SEGMENT_OF r_fs, fs
	SEGMENT_OF r_gs, gs
	mov dword [ds:MARK + 0], 0x12340003
	mov dword [es:MARK + 4], 0x12340000
	mov dword [ss:MARK + 8], 0x12340002
	mov dword [fs:MARK + 12], 0x12340004
	mov dword [gs:MARK + 16], 0x12340005
	mov esp, STACK
	pushfd
	pop dword [r_eflags]

	xor ax, ax			; base 0 from here on
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	cld
	SAVE_CR r_cr0, cr0
	SAVE_CR r_cr2, cr2
	SAVE_CR r_cr3, cr3
	SAVE_CR r_cr4, cr4
	SAVE_CR r_dr0, dr0
	SAVE_CR r_dr1, dr1
	SAVE_CR r_dr2, dr2
	SAVE_CR r_dr3, dr3
	SAVE_CR r_dr6, dr6
	SAVE_CR r_dr7, dr7
	xor eax, eax
	mov [r_gdt_limit], eax
	mov [r_idt_limit], eax
	mov [r_tr], eax
	mov [r_ldtr], eax
	mov [r_bits], eax
	o32 sgdt [scratch]
	mov ax, [scratch]
	mov [r_gdt_limit], ax
	mov eax, [scratch + 2]
	mov [r_gdt_base], eax
	o32 sidt [scratch]
	mov ax, [scratch]
	mov [r_idt_limit], ax
	mov eax, [scratch + 2]
	mov [r_idt_base], eax

	; Did the stores through each segment get to where base 0 is?
	xor eax, eax
	cmp dword [MARK + 0], 0x12340003
	jne .b1
	or al, 8
.b1:	cmp dword [MARK + 4], 0x12340000
	jne .b2
	or al, 1
.b2:	cmp dword [MARK + 8], 0x12340002
	jne .b3
	or al, 4
.b3:	cmp dword [MARK + 12], 0x12340004
	jne .b4
	or al, 16
.b4:	cmp dword [MARK + 16], 0x12340005
	jne .b5
	or al, 32
.b5:	mov [r_bases], eax

	; The bytes at CS:0 with memory at F0000: PAM0 (59h), bits 5 and 4.
	mov dx, 0xcf8
	mov eax, 0x80000058
	out dx, eax
	mov dx, 0xcfd
	in al, dx
	mov bl, al
	or al, 0x30
	out dx, al
	mov ax, 0xf000
	mov ds, ax
	mov dword [0x8000], MAGIC
	xor ecx, ecx			; 0: cannot be told
	cmp dword [0x8000], MAGIC
	jne .pam
	mov ecx, 0xf0000
	cmp dword [cs:0x8000], MAGIC
	je .pam
	mov ecx, 0xffff0000
.pam:	mov al, bl
	out dx, al
	xor ax, ax
	mov ds, ax
	mov [r_cs_base], ecx

	; TR and LDTR: STR and SLDT are of protected mode.
	lgdt [cs:gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	str [r_tr]
	sldt [r_ldtr]
	and al, 0xfe
	mov cr0, eax

	mov eax, 1
	cpuid
	mov [r_signature], eax
	mov [r_features], edx
	mov ebp, edx
	test ebp, 1 << 5		; MSR
	jz .fpu
	bt ebp, 9
	jnc .m1
	mov ecx, 0x1b
	rdmsr
	mov [r_apic_base], eax
	or byte [r_bits], 1 << 1
.m1:	bt ebp, 11
	jnc .m2
	mov ecx, 0x174
	rdmsr
	mov [r_sysenter_cs], eax
	or byte [r_bits], 1 << 2
.m2:	bt ebp, 12
	jnc .m3
	mov ecx, 0x2ff
	rdmsr
	mov [r_mtrr_type], eax
	or byte [r_bits], 1 << 3
.m3:	bt ebp, 16
	jnc .fpu
	mov ecx, 0x277
	rdmsr
	mov [r_pat_low], eax
	mov [r_pat_high], edx
	or byte [r_bits], 1 << 4
.fpu:	xor eax, eax
	mov [r_fpu_cw], eax
	mov [r_fpu_sw], eax
	mov [r_fpu_tw], eax
	mov [r_xmm], eax
	bt ebp, 0
	jnc .sse
	or byte [r_bits], 1 << 5
	fnstcw [r_fpu_cw]
	fnstsw [r_fpu_sw]
	o32 fnstenv [0x4000]
	mov ax, [0x4008]
	mov [r_fpu_tw], ax
	fldcw [r_fpu_cw]
.sse:	bt ebp, 25
	jnc .limits
	or byte [r_bits], 1 << 6
	mov eax, cr4
	or ax, 0x200
	mov cr4, eax
	stmxcsr [r_mxcsr]
%assign i 0
%rep 8
	movups [0x4000 + 16 * i], xmm%[i]
%assign i i + 1
%endrep
	mov si, 0x4000
	mov cx, 32
.or:	lodsd
	or [r_xmm], eax
	loop .or

	; Limits: FFFF is inside, a word there is not. From the first fault on CS has the
	; base of its selector; this image is there, too.
.limits:
	mov word [4 * 12], fault
	mov word [4 * 12 + 2], 0xf000
	mov word [4 * 13], fault
	mov word [4 * 13 + 2], 0xf000
	xor ebx, ebx
%macro LIMIT 2
	mov di, %%inside
	mov al, [%1:0xffff]
	mov di, %%good
	mov ax, [%1:0xffff]
	jmp %%inside
%%good:	or bl, %2
%%inside:
%endmacro
	LIMIT es, 1
	LIMIT cs, 2
	LIMIT ss, 4
	LIMIT ds, 8
	LIMIT fs, 16
	LIMIT gs, 32
	mov [r_limits], ebx

	cmp dword [PASS + 4], MAGIC
	je .print
	mov dword [PASS + 4], MAGIC
	mov dword [PASS], 0
.print:	mov bp, table
.line:	mov di, [cs:bp]
	test di, di
	jz .done
	mov cl, [cs:bp + 2]
	add bp, 3
	mov si, bp
.end:	inc bp
	cmp byte [cs:bp - 1], 0
	jne .end
	test cl, cl
	jz .show
	movzx cx, cl
	bt [r_bits], cx
	jnc .line
.show:	mov al, [PASS]
	add al, '0'
	out 0xe9, al
	mov al, ' '
	out 0xe9, al
.name:	cs lodsb
	test al, al
	jz .value
	out 0xe9, al
	jmp .name
.value:	mov al, ' '
	out 0xe9, al
	mov edx, [di]
	mov cx, 8
.digit:	rol edx, 4
	mov al, dl
	and al, 15
	add al, '0'
	cmp al, '9'
	jbe .put
	add al, 'a' - '9' - 1
.put:	out 0xe9, al
	loop .digit
	mov al, 10
	out 0xe9, al
	jmp .line

.done:	inc dword [PASS]
	mov eax, 0xfffff000		; the directory of nobody
	mov cr2, eax
	mov cr3, eax
	mov dr0, eax
	mov dr1, eax
	mov dr2, eax
	mov dr3, eax
	mov eax, 0xd000
	mov dr6, eax
	mov eax, cr4
	or al, 0x10
	mov cr4, eax
	mov ecx, 0x174
	mov eax, 0x1234
	xor edx, edx
	test byte [r_bits], 1 << 2
	jz .dirty
	wrmsr
.dirty:	lgdt [cs:other]
	lidt [cs:other]
	mov ax, 0x1234
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ecx, 0x77777777
	mov ebx, ecx
	mov edi, ecx
	mov esi, ecx
	mov ebp, ecx
	mov eax, [PASS]
	cmp al, 1
	je .kbc
	cmp al, 2
	je .p92
	cmp al, 3
	je .cf9
	cmp al, 4
	je .triple
	mov si, over
.last:	cs lodsb
	test al, al
	jz .exit
	out 0xe9, al
	jmp .last
.exit:	mov si, shutdown		; Bochs' way out; then everybody else's
	mov dx, 0x8900
	mov cx, 8
	cs rep outsb
	mov al, 0
	out 0xf4, al
	hlt
.kbc:	std
	mov al, 0xfe
	out 0x64, al
	jmp stays
.p92:	std
	in al, 0x92
	and al, 0xfe
	out 0x92, al
	or al, 1
	out 0x92, al
	jmp stays
.cf9:	mov dx, 0xcf9
	mov al, 2
	out dx, al
	mov al, 6
	out dx, al
	jmp stays
.triple:
	lidt [cs:none]
	int3
stays:	mov ecx, 0x4000000
.spin:	a32 loop .spin
	mov al, '!'			; nothing has reset it
	out 0xe9, al
	hlt

; To DI.
fault:	push bp
	mov bp, sp
	mov [bp + 2], di
	pop bp
	iret

over:	db 'END', 10, 0
shutdown:
	db 'Shutdown'
align 8
gdt:	dq 0
gdtr:	dw 7
	dd 0xffff0000 + gdt
other:	dw 0x7f
	dd 0x5678
none:	dw 0
	dd 0

%macro LINE 3				; name, slot, need
	dw %2
	db %3, %1, 0
%endmacro
table:
	LINE 'eax', r_eax, 0
	LINE 'ecx', r_ecx, 0
	LINE 'edx', r_edx, 0
	LINE 'ebx', r_ebx, 0
	LINE 'esp', r_esp, 0
	LINE 'ebp', r_ebp, 0
	LINE 'esi', r_esi, 0
	LINE 'edi', r_edi, 0
	LINE 'es', r_es, 0
	LINE 'cs', r_cs, 0
	LINE 'ss', r_ss, 0
	LINE 'ds', r_ds, 0
	LINE 'fs', r_fs, 0
	LINE 'gs', r_gs, 0
	LINE 'eflags', r_eflags, 0
	LINE 'cr0', r_cr0, 0
	LINE 'cr2', r_cr2, 0
	LINE 'cr3', r_cr3, 0
	LINE 'cr4', r_cr4, 0
	LINE 'dr0', r_dr0, 0
	LINE 'dr1', r_dr1, 0
	LINE 'dr2', r_dr2, 0
	LINE 'dr3', r_dr3, 0
	LINE 'dr6', r_dr6, 0
	LINE 'dr7', r_dr7, 0
	LINE 'gdt_base', r_gdt_base, 0
	LINE 'gdt_limit', r_gdt_limit, 0
	LINE 'idt_base', r_idt_base, 0
	LINE 'idt_limit', r_idt_limit, 0
	LINE 'tr', r_tr, 0
	LINE 'ldtr', r_ldtr, 0
	LINE 'cs_base', r_cs_base, 0
	LINE 'bases_zero', r_bases, 0
	LINE 'limits_ffff', r_limits, 0
	LINE 'signature', r_signature, 0
	LINE 'apic_base', r_apic_base, 1
	LINE 'sysenter_cs', r_sysenter_cs, 2
	LINE 'mtrr_type', r_mtrr_type, 3
	LINE 'pat_low', r_pat_low, 4
	LINE 'pat_high', r_pat_high, 4
	LINE 'fpu_cw', r_fpu_cw, 5
	LINE 'fpu_sw', r_fpu_sw, 5
	LINE 'fpu_tw', r_fpu_tw, 5
	LINE 'mxcsr', r_mxcsr, 6
	LINE 'xmm', r_xmm, 6
	dw 0

	times 0xfff0 - ($ - $$) db 0
	jmp near start
	times 0x10000 - ($ - $$) db 0

; SPDX-License-Identifier: MIT
; The same from ring 3 with IOPL 0, where refvmm runs the guest at the privilege
; of an ordinary host process: host selectors, host calls, privileged
; instructions, flags, kernel selectors, the monitor's addresses.

%include "guests/hostile/hostile.inc"

%macro GP 2+			; name, instruction: #GP(0)
	EXPECT {%1}, 13, 0
	HERE
	%2
	DONE
%endmacro

%macro GPSEL 3+			; name, error, instruction; EAX = the selector
	EXPECT {%1}, 13, (%2) & 0xfffc
	mov eax, %2
	mov [scratch + 4], ax
	HERE
	%3
	DONE
%endmacro

%macro SELECTOR 1
%defstr t %1
	GPSEL {"mov ds, ", t}, %1, mov ds, eax
	GPSEL {"mov es, ", t}, %1, mov es, eax
	GPSEL {"mov ss, ", t}, %1, mov ss, eax
	GPSEL {"mov fs, ", t}, %1, mov fs, eax
	GPSEL {"mov gs, ", t}, %1, mov gs, eax
	GPSEL {"lds ", t}, %1, lds ecx, [scratch]
	GPSEL {"lss ", t}, %1, lss ecx, [scratch]
	GPSEL {"lgs ", t}, %1, lgs ecx, [scratch]
	GPSEL {"jmp far ", t}, %1, jmp far [scratch]
	GPSEL {"call far ", t}, %1, call far [scratch]
	EXPECT {"pop ds ", t}, 13, (%1) & 0xfffc
	push dword %1
	HERE
	pop ds
	DONE
	EXPECT {"retf ", t}, 13, (%1) & 0xfffc
	push dword %1
	push dword landing
	HERE
	retf
	DONE
	EXPECT {"iret ", t}, 13, (%1) & 0xfffc
	push dword 2
	push dword %1
	push dword landing
	HERE
	iretd
	DONE
%endmacro

landing:
	int MISMATCH

guest:
	GATE 0x41, back, 0xee
	mov [kernel_esp], esp
	mov dword [t_data], UDATA
	push dword UDATA
	push dword user_stack
	push dword 2
	push dword UCODE
	push dword user
	DATA_SEGMENTS UDATA
	iretd
back:	DATA_SEGMENTS KDATA
	mov ss, eax
	mov esp, [kernel_esp]
	mov dword [t_data], KDATA
	ret

user:
	EXPECT "this is ring 3", NONE, 0
	HERE
	mov eax, cs
	WANT eax, UCODE
	mov eax, ss
	WANT eax, UDATA
	pushfd
	pop eax
	and eax, 0x3200
	WANT eax, 0
	DONE
	SELECTOR 0x23
	SELECTOR 0x2b
	SELECTOR 0x33
	SELECTOR 0x7b
	SELECTOR 0x0f
	SELECTOR 0x17
	SELECTOR 0x1f
	; the guest kernel's own
	SELECTOR KDATA
	GPSEL "jmp to ring 0 code", KCODE, jmp far [scratch]
	GPSEL "call to ring 0 code", KCODE, call far [scratch]
	EXPECT "retf to ring 0", 13, KCODE
	push dword KCODE
	push dword landing
	HERE
	retf
	DONE
	EXPECT "iret to ring 0", 13, KCODE
	push dword 0x3002
	push dword KCODE
	push dword landing
	HERE
	iretd
	DONE
	call calls
	call privileged
	call flags
	call memory
	int 0x41

calls:
	EXPECT "int 80h, gate of DPL 0", 13, 0x402
	HERE
	int 0x80
	DONE
	EXPECT "int3, gate of DPL 0", 13, 0x1a
	HERE
	int3
	DONE
	EXPECT "into, gate of DPL 0", 13, 0x22
	mov al, 0x7f
	inc al
	HERE
	into
	DONE
	EXPECT "int1 has no privilege check", 1, ANY
	db 0xf1
	HERE
	nop
	DONE
	mov byte [idt + 0x80 * 8 + 5], 0xee
	EXPECT "int 80h, gate of DPL 3", 0x80, ANY
	mov eax, 1
	mov ebx, 99
	int 0x80
	HERE
	nop
	LAND
	WANT eax, 1
	WANT ebx, 99
	DONE
	mov byte [idt + 0x80 * 8 + 5], 0x8e
	EXPECT "int 0 to 255, gates of DPL 0", NONE, 0
	xor esi, esi
	HERE
.next:	cmp esi, 0x41
	je .skip
	cmp esi, MISMATCH
	je .skip
	INT_ESI
	WANT dword [g_vec], 13
	lea eax, [esi * 8 + 2]
	WANT eax, [g_err]
	WANT dword [g_eip], 0x203000
.skip:	inc esi
	cmp esi, 256
	jne .next
	mov dword [g_vec], NONE
	DONE
	EXPECT "syscall", 6, 0
	mov eax, 60
	HERE
	db 0x0f, 0x05
	DONE
	mov eax, 1
	cpuid
	mov edi, 6
	test edx, 1 << 11
	jz .nosep
	mov edi, 13
.nosep:	EXPECT "sysenter", 0, 0
	mov [t_vec], edi
	HERE
	sysenter
	DONE
	EXPECT "sysexit", 0, 0
	mov [t_vec], edi
	HERE
	sysexit
	DONE
	ret

privileged:
	GP "cli", cli
	GP "sti", sti
	GP "hlt", hlt
	GP "in imm", in al, 0x80
	GP "in dx", in eax, dx
	GP "out imm", out 0x80, al
	EXPECT "out dx", 13, 0
	mov edx, 0x3f8
	HERE
	out dx, al
	DONE
	EXPECT "insb", 13, 0
	mov edi, 0x300000
	mov edx, 0x60
	HERE
	insb
	DONE
	EXPECT "rep outsd", 13, 0
	mov esi, 0x300000
	mov ecx, 4
	mov edx, 0xcf8
	HERE
	rep outsd
	DONE
	GP "lgdt", lgdt [scratch]
	GP "lidt", lidt [scratch]
	GP "lldt", lldt ax
	GP "ltr", ltr ax
	GP "lmsw", lmsw ax
	GP "clts", clts
	GP "mov cr0, eax", mov cr0, eax
	GP "mov eax, cr0", mov eax, cr0
	GP "mov cr3, eax", mov cr3, eax
	GP "mov eax, cr4", mov eax, cr4
	GP "mov eax, dr7", mov eax, dr7
	GP "mov dr7, eax", mov dr7, eax
	GP "invd", invd
	GP "wbinvd", wbinvd
	GP "invlpg", invlpg [0x300000]
	GP "rdmsr", rdmsr
	GP "wrmsr", wrmsr
	EXPECT "in and out by the permission map", NONE, 0
	HERE
	in al, 0xe9
	WANT al, 0xe9
	DONE
	EXPECT "sgdt and sidt show the guest's", NONE, 0
	HERE
	sgdt [scratch]
	WANT word [scratch], GDT_END - 1
	WANT dword [scratch + 2], gdt
	sidt [scratch]
	WANT dword [scratch + 2], idt
	str ax
	WANT ax, TSSSEL
	DONE
	EXPECT "selectors show the guest's", NONE, 0
	HERE
	mov eax, ds
	WANT eax, UDATA
	push gs
	pop eax
	WANT ax, UDATA
	mov [scratch], cs
	WANT word [scratch], UCODE
	DONE
	ret

flags:
	EXPECT "popf cannot set IF or IOPL", NONE, 0
	HERE
	push dword 0x3202
	popfd
	pushfd
	pop eax
	and eax, 0x3200
	WANT eax, 0
	DONE
	EXPECT "iret cannot set IF or IOPL", NONE, 0
	HERE
	push dword 0x3202
	push dword UCODE
	push dword .to
	iretd
.to:	pushfd
	pop eax
	and eax, 0x3200
	WANT eax, 0
	DONE
	EXPECT "AC without CR0.AM", NONE, 0
	HERE
	push dword 0x40002
	popfd
	mov eax, [0x300001]
	mov [0x300003], ax
	pushfd
	push dword 2
	popfd
	pop eax
	and eax, 0x40000
	WANT eax, 0x40000
	DONE
	EXPECT "TF", 1, ANY
	push dword 0x102
	popfd
	nop
	HERE
	nop
	LAND
	push dword 2
	popfd
	DONE
	ret

memory:
%macro VOID 1
%defstr t %1
	EXPECT {"area through ", t}, NONE, 0
	mov edi, MONITOR + 0x48
	HERE
	mov [%1:edi], eax
	inc dword [%1:edi]
	mov edx, [%1:edi]
	WANT edx, [void]
	mov edx, [%1:0xffa60000]
	WANT edx, [void]
	DONE
%endmacro
	VOID ds
	VOID es
	VOID fs
	VOID gs
	VOID ss
	EXPECT "stack in the area", NONE, 0
	HERE
	mov esp, MONITOR + 0x100
	push dword 0x12345678
	pop eax
	call .here
.here:	mov esp, [t_esp]
	WANT eax, [void]
	DONE
	EXPECT "jump into the area", 6, 0
	HERE 0xffa60000
	jmp 0xffa60000
	DONE
	EXPECT "self-modification", NONE, 0
	mov dword [0x210000], 0x11111fb8	; mov eax, 1f11h..; nop
	mov dword [0x210004], 0xc3909000
	mov ebx, 0x210000
	mov ecx, 50
	HERE
.again:	call ebx
	inc dword [ebx + 1]
	loop .again
	call ebx
	WANT eax, 0x0011111f + 50
	DONE
	ret

section .data
	align 8
scratch: dd landing, 0
kernel_esp: dd 0
section .bss
	resb 8192
user_stack:
	resb 16
section .text

; SPDX-License-Identifier: MIT
; Real mode: the host's selectors are ordinary segment addresses, INT 80h goes
; through the vector table, limits stay 64 KiB or what protected mode left in the
; hidden part ("unreal" mode), SDM vol. 3A section 20.1.  The 16-bit half keeps a
; byte per test, 1 for right; the 32-bit half reports them.

%include "guests/hostile/hostile.inc"

%define LOW	0x10000

guest:
	; 16-bit code and data, limit 64 KiB, base LOW; 0x98: flat, for unreal mode
	DESC 0x98, LOW, 0xffff, 0x9a, 0
	DESC 0xa0, 0, 0xffff, 0x92, 0
	; markers where the selectors lead: number * 16
	mov dword [0x230], 0x00230023
	mov dword [0x2b0], 0x002b002b
	mov dword [0x330], 0x00330033
	mov dword [0x7b0], 0x007b007b
	mov dword [0x0f0], 0x000f000f
	mov dword [0x170], 0x00170017
	mov esi, real_code
	mov edi, LOW
	mov ecx, real_end - real_code
	rep movsb
	; code at 0033:0300 and 0023:0400
	mov esi, far_code
	mov edi, 0x330 + 0x300
	mov ecx, far_end - far_code
	rep movsb
	mov esi, far_code
	mov edi, 0x230 + 0x500
	mov ecx, far_end - far_code
	rep movsb
	mov [kernel_esp], esp
	lidt [ivt]
	mov eax, 0xa0
	mov ss, eax
	mov ds, eax
	mov es, eax
	mov gs, eax
	mov eax, KDATA		; FS keeps 4 GiB
	mov fs, eax
	jmp 0x98:0
back:	DATA_SEGMENTS KDATA
	mov ss, eax
	mov esp, [kernel_esp]
	lidt [idtr]
	mov ebx, LOW + (results - real_code)
	mov esi, names
	mov ecx, result_count
.next:	mov [t_name], esi
	mov eax, NONE
	mov [t_vec], eax
	mov [g_vec], eax
	movzx eax, byte [ebx]
	mov [g_eax], eax
	cmp al, 1
	je .good
	mov dword [g_vec], MISMATCH
.good:	call verdict
.skip:	lodsb
	test al, al
	jnz .skip
	inc ebx
	loop .next
	ret

; ---- what runs in real mode, position LOW, CS = LOW / 16 ----
%assign n_results 0
%macro NAME 1
[section .data]
%if n_results == 0
names:
%endif
	db %1, 0
__SECT__
%assign n_results n_results + 1
%endmacro

; The result of the next test: right if the flags say so.
%macro RIGHT 2			; condition code, name
	NAME {%2}
	set%1 [cs:results - real_code + n_results - 1]
%endmacro

bits 16
real_code:
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp LOW / 16:.real - real_code
.real:	xor ax, ax
	mov ss, ax
	mov sp, 0x7c00
	mov ds, ax
	mov word [6 * 4], ud - real_code
	mov [6 * 4 + 2], cs
	mov word [13 * 4], gp - real_code
	mov [13 * 4 + 2], cs
	mov word [0x80 * 4], int80 - real_code
	mov [0x80 * 4 + 2], cs
	mov word [12 * 4], gp - real_code
	mov [12 * 4 + 2], cs

%macro SEGMENT 1
%defstr t %1
	mov ax, %1
	mov ds, ax
	cmp dword [0], %1 * 0x10001
	RIGHT e, {"mov ds, ", t}
	mov es, ax
	cmp dword [es:0], %1 * 0x10001
	RIGHT e, {"mov es, ", t}
	mov gs, ax
	cmp dword [gs:0], %1 * 0x10001
	RIGHT e, {"mov gs, ", t}
	push word %1
	pop ds
	cmp dword [0], %1 * 0x10001
	RIGHT e, {"pop ds ", t}
	mov word [cs:pointer + 2 - real_code], %1
	lds bx, [cs:pointer - real_code]
	cmp dword [bx], %1 * 0x10001
	RIGHT e, {"lds ", t}
	mov cx, ss
	mov ss, ax
	cmp dword [ss:0], %1 * 0x10001
	mov ss, cx
	RIGHT e, {"mov ss, ", t}
%endmacro
	SEGMENT 0x23
	SEGMENT 0x2b
	SEGMENT 0x33
	SEGMENT 0x7b
	SEGMENT 0x0f
	SEGMENT 0x17
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov gs, ax

	xor cx, cx
	call 0x33:0x300
	cmp cx, 0x33
	RIGHT e, "call far 0x33"
	xor cx, cx
	call 0x23:0x500
	cmp cx, 0x23
	RIGHT e, "call far 0x23"
	pushf
	push cs
	push word .iret_back - real_code
	pushf
	push word 0x33
	push word 0x303			; an iret
	xor cx, cx
	iret
.iret_back:
	popf
	cmp cx, 0x600d
	RIGHT e, "iret to 0x33"

	xor bx, bx
	mov eax, 1
	int 0x80
	cmp bx, 0x8080
	RIGHT e, "int 80h"
	xor bx, bx
	db 0x66, 0x67, 0xcd, 0x80
	cmp bx, 0x8080
	RIGHT e, "int 80h with prefixes"

%macro TRAPS 3+			; handler mark, name, instruction
	mov word [cs:resume - real_code], %%after - real_code
	mov [cs:saved_sp - real_code], sp
	xor bx, bx
	%3
%%after:
	cmp bx, %1
	RIGHT e, {%2}
%endmacro
	TRAPS 6, "syscall", {db 0x0f, 0x05}
	TRAPS 6, "lldt", lldt ax
	TRAPS 6, "ltr", ltr ax
	TRAPS 6, "arpl", arpl ax, bx
	TRAPS 6, "verr", verr ax
	TRAPS 6, "lock nop", {db 0xf0, 0x90}
	TRAPS 6, "VEX", {db 0xc5, 0xf8, 0x77}
	TRAPS 6, "EVEX", {db 0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc0}
	TRAPS 13, "word at FFFFh", mov ax, [0xffff]
	TRAPS 13, "doubleword at FFFDh", mov [0xfffd], eax
	mov edi, 0x10000
	TRAPS 13, "32-bit address above 64 KiB", mov eax, [edi]
	mov edi, MONITOR
	TRAPS 13, "32-bit address of the area", mov [edi], eax
	TRAPS 13, "stack access above 64 KiB", mov eax, [ss:edi]
	TRAPS 13, "inc through CS above 64 KiB", inc byte [cs:edi]

	; unreal: FS is flat; loading it changes the base only
	mov edi, MONITOR + 0x48
	mov eax, 0x5aa5c33c
	mov [fs:edi], eax
	xchg [fs:edi], eax
	mov eax, [fs:edi]
	cmp eax, [cs:void_low - real_code]
	RIGHT e, "unreal: the area"
	mov eax, [fs:dword 0xffa60000]
	cmp eax, [cs:void_low - real_code]
	RIGHT e, "unreal: translated code"
	mov ax, 0x2b
	mov fs, ax
	cmp dword [fs:0], 0x002b002b
	RIGHT e, "unreal: base 2B0h"
	mov edi, MONITOR - 0x2b0 + 0x48
	mov [fs:edi], eax
	mov eax, [fs:edi]
	cmp eax, [cs:void_low - real_code]
	RIGHT e, "unreal: base 2B0h to the area"
	mov edi, 0x7b0 - 0x2b0
	cmp dword [fs:edi], 0x007b007b
	RIGHT e, "unreal: base 2B0h up"
	mov edi, -0x80
	cmp dword [fs:edi], 0x00230023
	RIGHT e, "unreal: base 2B0h wraps down"

	; flags
	push dword 0x244002		; ID AC NT
	popfd
	mov eax, [0x1001]
	mov [0x1003], eax
	pushfd
	pop ebx
	push dword 2
	popfd
	and ebx, 0x244000
	cmp ebx, 0x244000
	RIGHT e, "AC, NT and ID"

	; high memory area
	mov ax, 0xffff
	mov ds, ax
	mov eax, [fs:dword 0x100000 - 0x2b0]
	cmp [0x10], eax
	RIGHT e, "FFFF:0010"

	; code that changes itself
	push cs
	pop ds
	xor dx, dx
	mov cx, 100
.loop:	inc word [.imm - real_code]
	db 0x81, 0xc2			; add dx, imm16
.imm:	dw 0
	loop .loop
	cmp dx, 5050
	RIGHT e, "self-modification"
	mov di, .spot - real_code + 1
	mov cx, 60
	xor dx, dx
.loop2:	push ds
	pop es
	mov al, cl
	stosb
	dec di
.spot:	mov bl, 0
	mov bh, 0
	add dx, bx
	loop .loop2
	cmp dx, 1830
	RIGHT e, "self-modification by stosb"

	; back
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp dword KCODE:back

int80:	mov bx, 0x8080
	iret
ud:	mov bx, 6
	jmp leave_trap
gp:	mov bx, 13
leave_trap:
	mov sp, [cs:saved_sp - real_code]
	push word [cs:resume - real_code]
	ret

	align 4
pointer: dw 0, 0
resume:	dw 0
saved_sp: dw 0
void_low: dd 0xffffffff
results: times 80 db 0
real_end:
result_count equ n_results

far_code:
	mov cx, cs		; 2 bytes
	retf
	mov cx, 0x600d
	iret
far_end:

bits 32
section .data
	align 4
ivt:	dw 0x3ff
	dd 0
kernel_esp: dd 0
section .text

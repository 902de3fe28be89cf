; SPDX-License-Identifier: MIT
; Stubs of all vectors, the fast system call, and the change of stacks.  Intel
; SDM volume 3A, sections 6.12-6.13 (stack of a trap, error codes), 5.8.7
; (SYSENTER).

bits 32
	extern trap, syscall_fast

SEL_KDATA equ 0x10
SEL_UCODE equ 0x1b
SEL_UDATA equ 0x23

section .text

; Vectors with an error code: 8, 10-14, 17.
%assign v 0
%rep 49
stub%+v:
%if !(v == 8 || (v >= 10 && v <= 14) || v == 17)
	push dword 0
%endif
	push dword v
	jmp all_traps
%assign v v+1
%endrep
stub128:
	push dword 0
	push dword 128
	jmp all_traps

global trap_return
all_traps:	push ds
	push es
	push fs
	push gs
	pusha
	cld
	mov eax, SEL_KDATA
	mov ds, eax
	mov es, eax
	push esp
	call trap
	add esp, 4
trap_return:
	popa
	pop gs
	pop fs
	pop es
	pop ds
	add esp, 8
	iret

; ESP comes from the MSR and holds the address of a variable: the kernel stack of
; the process.  Builds the frame that INT 80h would have built.
global sysenter_entry
sysenter_entry:
	mov esp, [esp]
	push dword SEL_UDATA
	push ecx
	pushfd
	or dword [esp], 0x200
	push dword SEL_UCODE
	push edx
	push dword 0
	push dword 128
	push ds
	push es
	push fs
	push gs
	pusha
	cld
	mov eax, SEL_KDATA
	mov ds, eax
	mov es, eax
	push esp
	call syscall_fast
	add esp, 4

	popa
	pop gs
	pop fs
	pop es
	pop ds
	mov edx, [esp + 8]
	mov ecx, [esp + 20]
	sti				; SYSEXIT is in its shadow
	sysexit

; void switch_stack(u32 *from, u32 to)
global switch_stack
switch_stack:
	mov eax, [esp + 4]
	mov edx, [esp + 8]
	push ebp
	push ebx
	push esi
	push edi
	mov [eax], esp
	mov esp, edx
	pop edi
	pop esi
	pop ebx
	pop ebp
	ret

section .rodata
global trap_stubs
trap_stubs:
%assign v 0
%rep 49
	dd stub%+v
%assign v v+1
%endrep
	dd stub128

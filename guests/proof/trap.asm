; SPDX-License-Identifier: MIT
; Entry of the blob, the way into a case in protected mode and the way back
; from any trap.  Offsets into struct cpu_state: see runtime.h.

bits 32

%define KDATA	 0x10
%define GPR	 0
%define EFLAGS	 32
%define EIP	 36
%define SEL_ES	 44
%define SEL_CS	 46
%define SEL_SS	 48
%define SEL_DS	 50
%define SEL_FS	 52
%define SEL_GS	 54
%define REAL	 0x10000		; REAL_BASE
%define KENTRY	 0x1e800		; where the IRET frame to CPL 3 is built

extern dev_interpret, proof_main, trap_collect_pm, trap_collect_real
extern bss_start, bss_end, real_image, real_image_end
global start, run_in, run_out, run_pm_cpl0, run_pm_cpl3, run_v86, run_real, vectors, real_back
global stack_low, stack_high, run_dev, run_bios

; The blob starts here: boot loaders jump to its first byte in 32-bit protected
; mode with flat segments, multiboot loaders find the header behind it.
section .entry progbits alloc exec
start:
	jmp entry
align 4
	dd 0x1badb002, 0x00000000, -0x1badb002
entry:
	cli
	cld
	mov esp, stack_high
	xor eax, eax
	mov edi, bss_start
	mov ecx, bss_end
	sub ecx, edi
	rep stosb
	mov esi, real_image
	mov ecx, real_image_end
	sub ecx, esi
	mov edi, REAL
	rep movsb
	call proof_main
.stop:	hlt
	jmp .stop

section .text

; Load everything but the stack, flags and DS; clobbers EAX.
%macro load_common 0
	mov es, [run_in + SEL_ES]
	mov fs, [run_in + SEL_FS]
	mov gs, [run_in + SEL_GS]
%endmacro

%macro load_gpr 0-1 pm
	mov eax, [run_in + GPR + 0]
	mov ecx, [run_in + GPR + 4]
	mov edx, [run_in + GPR + 8]
	mov ebx, [run_in + GPR + 12]
	mov ebp, [run_in + GPR + 20]
	mov esi, [run_in + GPR + 24]
	mov edi, [run_in + GPR + 28]
	%ifnidn %1, v86
	mov ds, [run_in + SEL_DS]
%endif
%endmacro

; CPL 0: the case's own stack is loaded directly and nothing is pushed on it.
run_pm_cpl0:
	pushad
	mov [saved_esp], esp
	load_common
	push dword [run_in + EFLAGS]
	popfd
	mov ss, [run_in + SEL_SS]
	mov esp, [run_in + GPR + 16]
	load_gpr
	jmp far [cs:run_in + EIP]

; CPL 1 to 3: through IRET from a stack whose upper half of ESP is the one 16-bit
; cases expect, since IRET to a 16-bit SS leaves that half alone.
run_pm_cpl3:
	pushad
	mov [saved_esp], esp
	mov esp, KENTRY
	movzx eax, word [run_in + SEL_SS]
	push eax
	push dword [run_in + GPR + 16]
	push dword [run_in + EFLAGS]
	movzx eax, word [run_in + SEL_CS]
	push eax
	push dword [run_in + EIP]
	load_common
	load_gpr
	iretd

; Virtual-8086 mode: IRETD with VM set loads all segment registers.
run_v86:
	pushad
	mov [saved_esp], esp
	mov esp, KENTRY
%macro push_sel 1
	movzx eax, word [run_in + %1]
	push eax
%endmacro
	push_sel SEL_GS
	push_sel SEL_FS
	push_sel SEL_DS
	push_sel SEL_ES
	push_sel SEL_SS
	push dword [run_in + GPR + 16]
	push dword [run_in + EFLAGS]
	push_sel SEL_CS
	push dword [run_in + EIP]
	load_gpr v86
	iretd

; Real mode: the other half is real.asm.
run_real:
	pushad
	mov [saved_esp], esp
	jmp 0x18:0x60

real_back:
	mov ax, KDATA
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, [saved_esp]
	cld
	call trap_collect_real
	popad
	ret

; A call of the firmware: biosdisk.asm is at offset C00h, has a place for ESP at C28h and
; comes back by POPAD and RET.
run_bios:
	pushad
	mov [REAL + 0xc28], esp
	jmp 0x18:0xc40

; A device script: ends by returning, or as a case does, by an exception.
run_dev:
	pushad
	mov [saved_esp], esp
	call dev_interpret
	popad
	ret

; One stub per vector.  Those with an error code have it pushed already.
%assign n 0
%rep 256
vec%[n]:
%if !((n == 8) || (n >= 10 && n <= 14) || (n == 17))
	push dword 0
%endif
	push dword n
	jmp trap_common
%assign n n+1
%endrep

trap_common:
	pushad
	push ds
	push es
	push fs
	push gs
	mov ax, KDATA
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ebx, esp
	mov ecx, ss
	mov ss, ax
	mov esp, [saved_esp]
	cld
	movzx ecx, cx
	push ecx
	push ebx
	call trap_collect_pm
	add esp, 8
	popad
	ret

section .rodata
vectors:
%assign n 0
%rep 256
	dd vec%[n]
%assign n n+1
%endrep

section .bss
alignb 16
saved_esp: resd 1
run_in:	resb 72
run_out: resb 72
alignb 16
stack_low: resb 16384
stack_high:

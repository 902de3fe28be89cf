; SPDX-License-Identifier: MIT
; Entry of the small kernel, at 1 MiB, in flat 32-bit protected mode without
; paging: from a Multiboot loader or from guests/boot/boot.asm, which jumps to
; the first byte.  Maps the first 16 MiB at 0 and at C0000000, turns paging on and
; goes to the upper half, where everything is linked.  Multiboot Specification
; 0.6.96, section 3.1; Intel SDM volume 3A, section 9.9 (no other mode switch).

	extern kmain, bss_start, bss_end

KERNEL_BASE equ 0xc0000000
%define PHYS(x) ((x) - KERNEL_BASE)

section .entry
bits 32
global start
start:
	jmp short begin
	align 4
	; Multiboot header: no wishes, and the ELF file says where what goes.
	dd 0x1badb002, 0, -0x1badb002

begin:
	cli
	cld
	mov edi, PHYS(bss_start)
	mov ecx, PHYS(bss_end)
	sub ecx, edi
	xor eax, eax
	rep stosb
	mov esp, PHYS(stack_top)
	mov edi, PHYS(boot_tables)
	mov eax, 3			; present, writable, supervisor
	mov ecx, 4096
.page:	stosd
	add eax, 0x1000
	loop .page
	mov eax, PHYS(boot_tables) + 3
	xor ecx, ecx
.table:	mov [PHYS(boot_directory) + ecx * 4], eax
	mov [PHYS(boot_directory) + 0xc00 + ecx * 4], eax
	add eax, 0x1000
	inc ecx
	cmp ecx, 4
	jb .table
	mov eax, PHYS(boot_directory)
	mov cr3, eax
	mov eax, cr0
	or eax, 0x80010000		; PG, WP: the kernel, too, copies on write
	mov cr0, eax
	mov eax, .high
	jmp eax
.high:	add esp, KERNEL_BASE
	call kmain
.stop:	cli
	hlt
	jmp .stop

section .bss nobits
global boot_directory, boot_tables
	alignb 4096
boot_directory: resb 4096
boot_tables: resb 4 * 4096
	resb 4096
stack_top:

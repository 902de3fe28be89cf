; SPDX-License-Identifier: MIT
; Option ROM that starts a kernel for --kernel.  The firmware finds it through its
; Plug and Play header (BIOS Boot Specification 1.01, section 3.3) and enters
; `boot` as a boot device.  Everything the kernel needs lies in the firmware
; configuration device; refvmm fills in `parameters` (refvmm/bootrom.c).
;
; Linux: put all blocks into place, enter the setup code in real mode
; (Documentation/x86/boot.rst, "Running the kernel").
; Multiboot 1: ask the BIOS for the memory map, put the blocks into place, enter
; the kernel in flat protected mode (specification 0.6.96, section 3.2).

	bits 16
	org 0

ROM_SIZE    equ 2048
DMA_LOW     equ 0x518	; lower half of the descriptor's address, starts it
STACK_SEG   equ 0x9000
STACK_TOP   equ 0xe000
MAX_RANGES  equ 32
MAGIC       equ 0x2badb002

	db 0x55, 0xaa, ROM_SIZE / 512
	retf			; initialisation: nothing to do

	times 0x1a - ($ - $$) db 0
	dw pnp
	times 0x20 - ($ - $$) db 0
pnp:	db "$PnP", 1, 2
	dw 0
	db 0, 0			; checksum: refvmm/bootrom.c
	dd 0
	dw maker, product
	db 0, 0, 0		; device type: none of the listed
	db 0
	dw 0, 0, boot, 0, 0

; refvmm/bootrom.c knows these offsets.
	times 0x40 - ($ - $$) db 0
parameters:
	db "vmproof1"
kind:	dw 0			; 0 Linux, 1 Multiboot
blocks:	dw 0
entry:	dw 0, 0			; Linux: IP, CS
stack:	dw 0, 0			; Linux: SP, SS
kernel:	dd 0			; Multiboot: entry, physical
info:	dd 0			; Multiboot: information structure, below 1 MiB
map:	dd 0			; Multiboot: offset of the memory map in it
	times 0x60 - ($ - $$) db 0
block:	times 48 * 16 db 0	; DMA descriptors, ready to use

maker:	db "vmproof", 0
product: db "kernel", 0

; Flat code and data.
	align 8
gdt:	dq 0
	dq 0x00cf9a000000ffff
	dq 0x00cf92000000ffff
gdt_end:

; Linear address of CS:%1 to eax.
%macro linear 1
	xor	eax, eax
	mov	ax, cs
	shl	eax, 4
	add	eax, %1
%endmacro

; Put `cx` blocks from CS:SI on into place.  Uses no memory but the ROM.
%macro place 0
%%next:	xor	eax, eax
	mov	ax, cs
	shl	eax, 4
	movzx	edx, si
	add	eax, edx
	bswap	eax
	mov	dx, DMA_LOW
	out	dx, eax
	add	si, 16
	loop	%%next
%endmacro

boot:	cli
	cld
	mov	ax, STACK_SEG
	mov	ss, ax
	mov	esp, STACK_TOP
	sti
	mov	si, block
	cmp	word [cs:kind], 0
	jne	multiboot

	mov	cx, [cs:blocks]
	place
	cli
	mov	ax, [cs:stack + 2]
	mov	ds, ax
	mov	es, ax
	mov	fs, ax
	mov	gs, ax
	mov	ss, ax
	movzx	esp, word [cs:stack]
	jmp	far [cs:entry]

multiboot:
	mov	cx, 1		; the first block is the information structure
	place
	push	si
	mov	eax, [cs:info]
	shr	eax, 4
	mov	es, ax		; es:0 = information, which starts a paragraph
	mov	ds, ax
	int	0x12
	movzx	eax, ax
	mov	[4], eax	; mem_lower, KiB
	mov	di, [cs:map]
	xor	ebx, ebx
range:	mov	eax, 0xe820
	mov	edx, 0x534d4150	; 'SMAP'
	mov	ecx, 20
	mov	dword [di], ecx
	add	di, 4
	int	0x15
	jc	ranges_end
	cmp	eax, 0x534d4150
	jne	ranges_end
	cmp	dword [di], 0x100000
	jne	range_next
	cmp	dword [di + 16], 1
	jne	range_next
	mov	eax, [di + 8]
	shr	eax, 10
	mov	[8], eax	; mem_upper, KiB
range_next:
	add	di, 20
	test	ebx, ebx
	jz	ranges_done
	mov	ax, [cs:map]
	add	ax, MAX_RANGES * 24
	cmp	di, ax
	jb	range
	jmp	ranges_done
ranges_end:
	sub	di, 4
ranges_done:
	movzx	eax, di
	movzx	edx, word [cs:map]
	sub	eax, edx
	mov	[44], eax	; mmap_length
	in	al, 0x92	; A20 open, no reset
	and	al, 0xfe
	or	al, 2
	out	0x92, al
	pop	si
	cli
	mov	cx, [cs:blocks]
	dec	cx
	jz	placed
	place
placed:	linear	gdt
	push	eax
	push	word gdt_end - gdt - 1
	mov	bp, sp
	o32 lgdt [bp]
	linear	flat
	push	dword 8
	push	eax
	mov	ecx, [cs:kernel]
	mov	ebx, [cs:info]
	mov	eax, cr0
	or	al, 1
	mov	cr0, eax
	o32 retf

	bits 32
flat:	mov	eax, 16
	mov	ds, eax
	mov	es, eax
	mov	fs, eax
	mov	gs, eax
	mov	ss, eax
	xor	edx, edx
	xor	esi, esi
	xor	edi, edi
	xor	ebp, ebp
	xor	esp, esp
	mov	eax, MAGIC
	jmp	ecx

	times ROM_SIZE - ($ - $$) db 0

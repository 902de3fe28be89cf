/* SPDX-License-Identifier: MIT
 * Boot sector of the floppy: reads SECTORS sectors behind itself through INT
 * 13h, one at a time (no track or DMA boundary can matter), to 0x10000, enters
 * flat protected mode, copies the image to 1 MiB and jumps to it.
 * 1.44 MB geometry: 80 cylinders, 2 heads, 18 sectors.
 */
	.code16
	.globl _start
	.text
_start:	ljmp	$0, $1f
1:	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	sti
	cld
	movb	%dl, drive
	movw	$1, %si			/* linear sector number */
	movw	$0x1000, %di		/* segment to read into */
next:	movw	%si, %ax
	xorw	%dx, %dx
	movw	$18, %cx
	divw	%cx			/* AX track, DX sector - 1 */
	movb	%dl, %cl
	incb	%cl
	movb	%al, %dh
	andb	$1, %dh			/* head */
	shrw	$1, %ax
	movb	%al, %ch		/* cylinder */
	movb	drive, %dl
	movw	%di, %es
	xorw	%bx, %bx
	movw	$4, %bp			/* tries */
try:	movw	$0x0201, %ax
	int	$0x13
	jnc	read
	xorw	%ax, %ax
	int	$0x13
	decw	%bp
	jnz	try
	movw	$message, %bp
	movb	$0xe9, %dl
	xorb	%dh, %dh
2:	movb	(%bp), %al
	outb	%al, %dx
	incw	%bp
	testb	%al, %al
	jnz	2b
3:	hlt
	jmp	3b
read:	addw	$0x20, %di
	incw	%si
	cmpw	$SECTORS+1, %si
	jne	next

	cli
	inb	$0x92, %al		/* A20 by port 92h, without reset */
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	lgdt	gdtr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$8, $flat
	.code32
flat:	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$0x10000, %esi
	movl	$0x100000, %edi
	movl	$SECTORS*128, %ecx
	rep movsl
	movl	$0x100000, %eax
	jmp	*%eax

	.p2align 3
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	.word	. - gdt - 1
	.long	gdt
drive:	.byte	0
message:
	.asciz	"\nXfloppy read error\n"
	.org	510
	.word	0xaa55
	.section .note.GNU-stack,"",@progbits

; SPDX-License-Identifier: MIT
; A bzImage that looks at how it was started and says so on port E9h (on COM1 it
; would need a driver).  Boot protocol 2.06; lines are the same on every VMM.
;
; Build with -D VERSION=0x200 and so on for other protocols, -D LOW for a zImage.
	bits 16
	org 0

%ifndef VERSION
%define VERSION 0x206
%endif
%ifdef LOW
%define FLAGS 0
%define KERNEL 0x1000		; segment of the kernel proper
%else
%define FLAGS 1
%define KERNEL 0xffff		; 1 MiB is FFFF:0010
%endif

	times 0x1f1 - ($ - $$) db 0x90
	db 2			; setup sectors behind the first
	times 0x1fe - ($ - $$) db 0
	dw 0xaa55
	jmp short start
	db "HdrS"
	dw VERSION
	times 0x210 - ($ - $$) db 0
loader:	db 0
flags:	db FLAGS
	times 0x218 - ($ - $$) db 0
image:	dd 0
isize:	dd 0
	dd 0
heap:	dw 0
	dw 0
cmdptr:	dd 0
imax:	dd 0x37ffffff
	dd 0
	dd 0
	dd 255			; cmdline_size
	times 0x268 - ($ - $$) db 0

start:
%include "say.inc"

	mov	ax, ds
	mov	bx, es
	mov	cx, ss
	mov	dx, cs
	cmp	ax, bx
	jne	bad
	cmp	ax, cx
	jne	bad
	add	ax, 0x20
	cmp	ax, dx
	jne	bad
	cld
	say	"segments agree"
	mov	ax, ds
	say	"loaded at "
	call	hex16
	say	"stack "
	mov	ax, sp
	call	hex16
	cmp	byte [loader], 0
	je	bad
	say	"flags "
	movzx	ax, byte [flags]
	call	hex16
	say	"kernel "
	push	ds
	mov	ax, KERNEL
	mov	ds, ax
	call	a20
	mov	si, 16
%ifdef LOW
	xor	si, si
%endif
	call	string
	pop	ds
	say	"command line "
%if VERSION >= 0x202
	mov	eax, [cmdptr]
	shr	eax, 4
	push	ds
	mov	ds, ax
	xor	si, si
%else
	cmp	word [0x20], 0xa33f
	jne	bad
	push	ds
	mov	si, [0x22]
%endif
	call	string
	pop	ds
	say	"initrd size "
	mov	ax, [isize]
	call	hex16
	; Is its first byte where the header says?  INT 15h AH=87h moves it here.
	cmp	dword [isize], 0
	je	bad
	mov	eax, [image]
	mov	[gdt + 16 + 2], eax
	mov	byte [gdt + 16 + 5], 0x93
	shr	eax, 24
	mov	[gdt + 16 + 7], al
	xor	eax, eax
	mov	ax, ds
	shl	eax, 4
	add	eax, buffer
	or	eax, 0x93000000
	mov	[gdt + 24 + 2], eax
	mov	ax, ds
	mov	es, ax
	mov	si, gdt
	mov	cx, 4
	mov	ah, 0x87
	int	0x15
	jc	bad
	say	"initrd "
	mov	si, buffer
	call	string
	say	"low memory "
	int	0x12
	call	hex16
	jmp	done

; Above 1 MiB without A20 is below it.
a20:	push	ax
	mov	ax, 0x2401
	int	0x15
	pop	ax
	ret

bad:	say	"BAD"
	mov	ax, 1
	jmp	leave
done:	say	"DONE"
	mov	ax, 0
leave:	exit

	align 8
gdt:	dq 0, 0
	dw 0xffff, 0, 0, 0
	dw 0xffff, 0, 0, 0
	dq 0, 0
buffer:	times 16 db 0
	times 3 * 512 - ($ - $$) db 0
	db "the kernel proper", 0
	times 4 * 512 - ($ - $$) db 0

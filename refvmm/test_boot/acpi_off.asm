; SPDX-License-Identifier: MIT
; Follow the ACPI tables as an operating system does, switch ACPI mode on, look
; whether the power management timer runs, and turn the machine off.
%include "say32.inc"

; ZF = 1 when the ECX bytes at ESI sum to zero.
sum:	push	esi
	xor	eax, eax
sum_next:
	add	al, [esi]
	inc	esi
	loop	sum_next
	pop	esi
	test	al, al
	ret

; Table at ESI: signature EAX, whole length sums to zero?
table:	cmp	[esi], eax
	jne	bad
	mov	ecx, [esi + 4]
	call	sum
	jnz	bad
	ret

start:	mov	esp, stack_end
	mov	esi, 0xe0000
search:	cmp	dword [esi], 'RSD '
	jne	search_next
	cmp	dword [esi + 4], 'PTR '
	jne	search_next
	mov	ecx, 20
	call	sum
	jz	found
search_next:
	add	esi, 16
	cmp	esi, 0x100000
	jb	search
	jmp	bad
found:	mov	esi, [esi + 16]
	mov	eax, 'RSDT'
	call	table
	mov	edi, [esi + 4]
	add	edi, esi
	lea	ebx, [esi + 36]
entry:	cmp	ebx, edi
	jae	bad
	mov	esi, [ebx]
	add	ebx, 4
	cmp	dword [esi], 'FACP'
	jne	entry
	mov	eax, 'FACP'
	call	table
	mov	ebp, esi
	say	"FADT"
	mov	esi, [ebp + 40]
	mov	eax, 'DSDT'
	call	table
	; \_S5 in AML: NameOp '_S5_' PackageOp length count, then SLP_TYP as
	; ZeroOp or BytePrefix and value.
	mov	ecx, [esi + 4]
	sub	ecx, 8
	xor	edi, edi
s5:	cmp	dword [esi], '_S5_'
	jne	s5_next
	movzx	edi, byte [esi + 7]
	cmp	edi, 10
	jne	s5_found
	movzx	edi, byte [esi + 8]
	jmp	s5_found
s5_next:
	inc	esi
	loop	s5
	jmp	bad
s5_found:
	say	"S5"
	mov	edx, [ebp + 64]
	in	ax, dx
	test	al, 1
	jnz	on
	mov	edx, [ebp + 48]
	mov	al, [ebp + 52]
	out	dx, al
	mov	edx, [ebp + 64]
sci_en:
	in	ax, dx
	test	al, 1
	jz	sci_en
on:	say	"ACPI mode"
	mov	edx, [ebp + 76]
	in	eax, dx
	mov	ebx, eax
tick:	in	eax, dx
	cmp	eax, ebx
	je	tick
	say	"timer"
	mov	edx, [ebp + 64]
	mov	eax, edi
	shl	eax, 10
	or	eax, 0x2001		; SLP_EN, SCI_EN stays
	out	dx, ax
	hlt
bad:	say	"BAD"
	mov	al, 1
	exit

image_end equ $ + 4096
stack_end equ image_end

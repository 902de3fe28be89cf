; SPDX-License-Identifier: MIT
; A Multiboot 1 kernel that looks at how it was started: registers, command line
; without the file name, modules, memory map.
%include "say32.inc"

start:	cmp	eax, 0x2badb002
	jne	near bad
	mov	esp, stack_end
	pushfd
	pop	eax
	test	eax, 0x20200		; IF, VM
	jnz	near bad
	mov	eax, cr0
	and	eax, 0x80000001
	cmp	eax, 1
	jne	near bad
	mov	ebp, ebx
	say	"state"
	mov	esi, [ebp + 16]		; behind the file name
next:	lodsb
	cmp	al, ' '
	jne	next
	call	string
	mov	edi, [ebp + 24]
	mov	ebx, [ebp + 20]
module:	test	ebx, ebx
	jz	modules_end
	mov	ecx, [edi + 4]
	mov	esi, [edi]
	test	esi, 0xfff
	jnz	near bad
	sub	ecx, esi
content:
	lodsb
	out	0xe9, al
	loop	content
	mov	esi, [edi + 8]		; its text, from the first blank on
blank:	lodsb
	test	al, al
	jz	no_text
	cmp	al, ' '
	jne	blank
	call	string
no_text:
	add	edi, 16
	dec	ebx
	jmp	module
modules_end:
	say	"lower"
	mov	eax, [ebp + 4]
	call	hex
	; The map: RAM at 0 and at 1 MiB, the latter as long as mem_upper says.
	mov	edi, [ebp + 48]
	mov	ebx, [ebp + 44]
	add	ebx, edi
	xor	eax, eax		; what was found
range:	cmp	edi, ebx
	jae	map_end
	cmp	dword [edi + 20], 1
	jne	range_next
	cmp	dword [edi + 4], 0
	jne	not_low
	or	al, 1
not_low:
	cmp	dword [edi + 4], 0x100000
	jne	range_next
	mov	ecx, [edi + 12]
	shr	ecx, 10
	cmp	ecx, [ebp + 8]
	jne	range_next
	or	al, 2
range_next:
	add	edi, [edi]
	add	edi, 4
	jmp	range
map_end:
	cmp	al, 3
	jne	bad
	say	"DONE"
	mov	al, 0
	exit
bad:	say	"BAD"
	mov	al, 1
	exit

image_end equ $ + 4096
stack_end equ image_end

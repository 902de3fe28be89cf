; SPDX-License-Identifier: MIT
; What the BIOS says about memory: INT 12h, and INT 15h/E820 whose usable
; ranges must contain the first 512 KiB and the second MiB and must not overlap.

%include "out.inc"

ENTRY	equ 0x9000

main:	int 0x12
	mov si, bad12
	cmp ax, 512
	jb finish
	cmp ax, 640
	ja finish
	mov si, good12
	call puts

	xor ebx, ebx
.next:	mov eax, 0xe820
	mov edx, 0x534d4150
	mov ecx, 20
	mov di, ENTRY
	int 0x15
	jc .end
	mov si, bade
	cmp eax, 0x534d4150
	jne finish
	cmp dword [ENTRY + 16], 1
	jne .other
	mov eax, [ENTRY]
	mov edx, [ENTRY + 8]
	add edx, eax
	test eax, eax
	jnz .high
	cmp edx, 512 * 1024
	jb .other
	or byte [seen], 1
.high:	cmp eax, 0x100000
	ja .other
	cmp edx, 0x200000
	jb .other
	or byte [seen], 2
.other:	test ebx, ebx
	jnz .next
.end:	cmp byte [seen], 3
	mov si, bade
	jne finish
	mov si, goode
	jmp finish

seen:	db 0
good12:	db "INT 12h is sane", 13, 10, 0
bad12:	db "INT 12h is odd", 13, 10, 0
goode:	db "E820 is sane", 13, 10, 0
bade:	db "E820 is odd", 13, 10, 0

%include "end.inc"

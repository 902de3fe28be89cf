; SPDX-License-Identifier: MIT
; Code on every other page of 272 MiB: more separately protected pages than a
; host process may have mappings (vm.max_map_count).  Every one of them is then
; changed and run again: the new code must run.  Needs 320 MiB of RAM.

%include "guests/hostile/hostile.inc"

%define FIRST	0x1000000
%define PAGES	34000
%define STEP	0x2000

guest:
	EXPECT "ready", NONE, 0		; leaves the segments as the next ones do
	HERE
	DONE
	EXPECT "code on 34000 separate pages", NONE, 0
	mov edi, FIRST
	mov ecx, PAGES
	HERE
.make:	mov byte [edi], 0xb8		; mov eax, page number
	mov [edi + 1], ecx
	mov byte [edi + 5], 0xc3
	call edi
	WANT eax, ecx
	add edi, STEP
	dec ecx
	jnz .make
	DONE
	EXPECT "all of it changed, the last ones first", NONE, 0
	mov edi, FIRST + (PAGES - 1) * STEP
	mov ecx, 1
	HERE
.change: not dword [edi + 1]
	call edi
	not eax
	WANT eax, ecx
	sub edi, STEP
	inc ecx
	cmp ecx, PAGES + 1
	jne .change
	DONE
	EXPECT "changed again, from the end", NONE, 0
	mov edi, FIRST + (PAGES - 1) * STEP
	mov ecx, PAGES
	HERE
.again:	add dword [edi + 1], 0x1000000
	call edi
	neg eax
	sub edi, STEP
	dec ecx
	jnz .again
	mov edi, FIRST
	mov ecx, PAGES
.check:	call edi
	sub eax, 0x1000000
	not eax
	WANT eax, ecx
	add edi, STEP
	dec ecx
	jnz .check
	DONE
	ret

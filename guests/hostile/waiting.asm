; SPDX-License-Identifier: MIT
; Says READY and halts for ever: test_isolation.c looks at the host process then.

%include "guests/hostile/hostile.inc"

guest:
	mov eax, [MONITOR]		; everything has been in use once
	mov esi, ready
	call print
.halt:	cli
	hlt
	jmp .halt

section .data
ready:	db "READY", 10, 0
section .text

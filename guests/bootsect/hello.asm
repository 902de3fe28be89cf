; SPDX-License-Identifier: MIT
; The smallest program: text through INT 10h and on the channel.

%include "out.inc"

main:	mov si, text
	jmp finish
text:	db "hello from a boot sector", 13, 10, 0

%include "end.inc"

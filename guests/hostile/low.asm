; SPDX-License-Identifier: MIT
; Beyond the end of RAM.  In the test a library of the host process has mapped its
; own memory at 30000000h before the machine was made: the guest must not see it.

%include "guests/hostile/hostile.inc"

%define PLACE	0x30000000

guest:
	EXPECT "read beyond RAM", NONE, 0
	mov esi, PLACE
	mov ecx, 0x8000
	HERE
.next:	mov eax, [esi]
	WANT eax, [void]
	add esi, 4
	loop .next
	DONE
	EXPECT "write beyond RAM", NONE, 0
	mov edi, PLACE
	mov ecx, 0x8000
	mov eax, 0x12345678
	HERE
	rep stosd
	mov edx, [PLACE]
	WANT edx, [void]
	mov edx, [PLACE + 0x18000]
	WANT edx, [void]
	DONE
	ret

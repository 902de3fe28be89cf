; SPDX-License-Identifier: MIT
; Jumps into the address range of the monitor.  The bare machine fetches from
; an empty bus there: FF FF is no instruction, #UD with EIP at the target
; (SDM vol. 2B, appendix A, opcode FF /7).  Not for QEMU, which gives up when
; code leaves RAM and ROM.

%include "guests/hostile/hostile.inc"

; every kind of transfer to %1
%macro JUMPS 1
%defstr text %1
	EXPECT {"jmp ", text}, 6, 0
	HERE %1
	jmp %1
	DONE
	EXPECT {"jz ", text}, 6, 0
	HERE %1
	cmp eax, eax
	jz near %1
	DONE
	EXPECT {"jmp reg ", text}, 6, 0
	HERE %1
	mov eax, %1
	jmp eax
	DONE
	EXPECT {"jmp [m] ", text}, 6, 0
	HERE %1
	mov dword [scratch], %1
	jmp [scratch]
	DONE
	EXPECT {"call ", text}, 6, 0
	HERE %1
	call %1
	DONE
	EXPECT {"call reg ", text}, 6, 0
	HERE %1
	mov ecx, %1
	call ecx
	DONE
	EXPECT {"ret ", text}, 6, 0
	HERE %1
	push dword %1
	ret
	DONE
	EXPECT {"ret n ", text}, 6, 0
	HERE %1
	push eax
	push dword %1
	ret 4
	DONE
	EXPECT {"jmp far ", text}, 6, 0
	HERE %1
	jmp KCODE:%1
	DONE
	EXPECT {"call far ", text}, 6, 0
	HERE %1
	call KCODE:%1
	DONE
	EXPECT {"retf ", text}, 6, 0
	HERE %1
	push dword KCODE
	push dword %1
	retf
	DONE
	EXPECT {"iret ", text}, 6, 0
	HERE %1
	push dword 2
	push dword KCODE
	push dword %1
	iretd
	DONE
	EXPECT {"int gate ", text}, 6, 0
	HERE %1
	GATE 0x41, %1, 0x8e
	int 0x41
	DONE
%endmacro

guest:
	JUMPS 0xff800000	; vCPU state
	JUMPS 0xff800048
	JUMPS 0xff810000	; stubs
	JUMPS 0xff818000
	JUMPS 0xff820000	; branch tables
	JUMPS 0xff860000
	JUMPS 0xffa60000	; translated code
	JUMPS 0xffa60041
	JUMPS 0xffb00000
	JUMPS 0xff7fffff	; straddles the base
	JUMPS 0xff7ffffe
	JUMPS 0xff000000
	; a 16-bit segment that ends inside it: IP FFFFh and back to 0
	DESC SPARE, 0xff7f8000, 0xffff, 0x9a, 0
	EXPECT "16-bit segment over the base", 6, 0
	HERE 0x8000
	jmp SPARE:0x8000
	DONE
	EXPECT "16-bit segment, last byte", 6, 0
	HERE 0x7fff
	jmp SPARE:0x7fff
	DONE
	; code segment whose base is inside it
	DESC SPARE, 0xff860000, 0xfffff, 0x9a, 0xc
	EXPECT "segment based in the area", 6, 0
	HERE 0
	jmp SPARE:0
	DONE
	EXPECT "segment based in the area wraps to RAM", 3, ANY
	mov word [0x300000], 0x90cc
	HERE 0x300001 - 0xff860000
	jmp SPARE:(0x300000 - 0xff860000)
	DONE
	ret

section .data
scratch: dd 0

; SPDX-License-Identifier: MIT
; An interrupt and a breakpoint on the next instruction are due at the same place: the
; interrupt comes first (SDM vol. 3A table 6-2: class 5 before class 6).  Found with the
; clock of the fuzz images.  Expected: vector 0C (IRQ4 as the BIOS leaves the PIC) at
; the last NOP.  Bochs 2.7 takes #DB there (docs/findings.md).
%define MODE 0
%define SS_ 0x5000
%define DS_ 0x3000
%define ES_ 0x4000
%define GS_ 0x3000
%define CR4 0
%define EFLAGS 0x2
%define EAX 0
%define ECX 0
%define EDX 0
%define EBX 0
%define EBP 0
%define ESI 0
%define EDI 0
%define AT 0x100
%macro PROGRAM 0
bits 16
%%code:	mov al, 0xef
	out 0x21, al
	mov dx, 0x3fc
	mov al, 8
	out dx, al			; OUT2: COM1 may interrupt
	mov eax, FZ_CODE16 + AT + %%here - %%code
	mov dr0, eax
	mov eax, 0x402
	mov dr7, eax
	mov dx, 0x3f9
	mov al, 2
	out dx, al			; the transmitter is empty
	sti
	nop				; in the shadow of STI
%%here:	nop
bits 32
%endmacro

; SPDX-License-Identifier: MIT
; Made by test_minimise.sh, seed 6002: a translator that drops XADD differs from Bochs in EFLAGS and EBX.
;   000013E3  0FC15E00          xadd [bp+0x0],bx
%define MODE 3
%define SS_ 0x73
%define DS_ 0x7b
%define ES_ 0x83
%define GS_ 0x7b
%define CR4 0
%define FILL 0x1773
%define EFLAGS 0x2
%define EAX 0
%define ECX 0
%define EDX 0
%define EBX 0
%define EBP 0
%define ESI 0
%define EDI 0
%define AT 5091
%macro PROGRAM 0
	db 0x0f
	db 0xc1
	db 0x5e
	db 0x00
%endmacro

; SPDX-License-Identifier: MIT
; A denormal double of 16 significant bits becomes a single with underflow unmasked: #XM
; with UE (and DE) set.  PE stays clear: with the exponent that unmasked underflow works
; with, the result is exact (IEEE 754 7.5; host: Zen 5).  Expected: MXCSR 1792, in EBX.
; Bochs 2.7 rounds to a denormal first and sets PE (docs/findings.md).
%define MODE 0
%define SS_ 0x5000
%define DS_ 0x3000
%define ES_ 0
%define GS_ 0x3000
%define CR4 0x600
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
%%code:	mov word [es:0x13 * 4], AT + %%here - %%code
	mov [es:0x13 * 4 + 2], cs
	mov dword [0x100], 0x1780	; UM clear
	ldmxcsr [0x100]
	mov dword [0x104], 0xf6f7
	mov dword [0x108], 0
	movq xmm1, [0x104]
	cvtsd2ss xmm4, xmm1
%%here:	stmxcsr [0x10c]
	mov ebx, [0x10c]
bits 32
%endmacro

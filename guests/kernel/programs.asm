; SPDX-License-Identifier: MIT
; The user programs, as the linker and objcopy left them.

section .rodata
%macro program 1
global image_%1, image_%1_end
	align 16
image_%1: incbin %strcat(%str(%1), ".bin")
image_%1_end:
%endmacro
	program faults
	program demand
	program cow
	program mail
	program sieve
	program hash
	program syscalls

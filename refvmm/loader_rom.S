/* SPDX-License-Identifier: MIT
 * The assembled refvmm/loader_rom.asm as data.
 */
	.section .rodata
	.globl loader_rom
loader_rom:
	.incbin "refvmm/loader.rom"
	.section .note.GNU-stack, "", @progbits

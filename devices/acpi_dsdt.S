/* SPDX-License-Identifier: MIT
 * The compiled devices/dsdt.asl as data: acpi_dsdt to acpi_dsdt_end.
 */
	.section .rodata
	.globl acpi_dsdt, acpi_dsdt_end
acpi_dsdt:
	.incbin "devices/dsdt.aml"
acpi_dsdt_end:
	.section .note.GNU-stack, "", @progbits

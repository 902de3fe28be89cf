/* SPDX-License-Identifier: MIT
 * ACPI tables of the board and the script by which firmware places them.
 */
#ifndef DEVICES_ACPI_TABLES_H
#define DEVICES_ACPI_TABLES_H

#include "refvmm/types.h"

#define ACPI_LOADER_COMMAND 128u
/* QEMU pads its file to this size: the same memory is left for the guest. */
#define ACPI_TABLES_FILE 0x20000u

/* Three firmware files: etc/acpi/tables, etc/acpi/rsdp and etc/table-loader. */
struct acpi_tables {
	u8 tables[ACPI_TABLES_FILE];
	u32 tables_size; /* used */
	u8 rsdp[20];
	u8 loader[16 * ACPI_LOADER_COMMAND];
	u32 loader_size;
};

/* Fill all three; the power management block is at I/O port `pm_base`. */
void acpi_tables_build(struct acpi_tables *t, u16 pm_base);

#endif

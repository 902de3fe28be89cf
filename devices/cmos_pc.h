/* SPDX-License-Identifier: MIT
 * What the PC firmware expects to find in the battery-backed memory.
 */
#ifndef DEVICES_CMOS_PC_H
#define DEVICES_CMOS_PC_H

#include "refvmm/types.h"

struct cmos_disk {
	u64 sectors_total; /* 0: no disk */
	unsigned cylinders, heads, sectors;
};

struct cmos_setup {
	u64 ram_size;         /* bytes */
	unsigned floppy_type; /* CMOS drive type of A:, 0: none */
	struct cmos_disk disk[2];
	const char *boot_order; /* up to three of "acd" */
};

/* Fill bytes 0Eh-7Fh of the RTC's memory. */
void cmos_pc_fill(u8 *ram, const struct cmos_setup *s);

#endif

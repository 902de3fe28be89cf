/* SPDX-License-Identifier: MIT
 * What the PC firmware expects to find in the battery-backed memory.
 */
#ifndef DEVICES_CMOS_PC_H
#define DEVICES_CMOS_PC_H

#include "refvmm/types.h"

struct cmos_setup {
	u64 ram_size;         /* bytes */
	unsigned floppy_type; /* CMOS drive type of A:, 0: none */
	bool disk;
	unsigned cylinders, heads, sectors; /* of the disk */
	u64 disk_sectors;
	const char *boot_order; /* up to three of "acd" */
};

/* Fill bytes 0Eh-7Fh of the RTC's memory. */
void cmos_pc_fill(u8 *ram, const struct cmos_setup *s);

#endif

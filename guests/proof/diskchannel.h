/* SPDX-License-Identifier: MIT
 * Result channel on a disk, see diskchannel.c.
 */
#ifndef GUESTS_PROOF_DISKCHANNEL_H
#define GUESTS_PROOF_DISKCHANNEL_H

#include "refvmm/types.h"

enum { SECTOR = 512 };

/* A disk that was found: sectors of 512 bytes, polled; false is an error. */
struct disk {
	const char *name; /* ata, bios */
	bool (*read)(u32 lba, u8 *to);
	bool (*write)(u32 lba, const u8 *from);
	void (*flush)(void);
};

/* Find a disk with a record area and make it the result channel; its name, or NULL when
 * there is none.  Nothing is written to any other disk. */
const char *diskchannel_open(void);

/* atadisk.c: the n-th of the four ATA devices of a PC (0 to 3); false: no disk. */
bool atadisk_open(unsigned n, struct disk *d);
/* biosdisk.c: the drive that our loader was booted from, through its BIOS; false where
 * another loader was at work. */
bool biosdisk_open(struct disk *d);

#endif

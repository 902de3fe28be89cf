/* SPDX-License-Identifier: MIT
 * A disk alone on a channel on the bench.
 */
#ifndef DEVICES_ATABENCH_H
#define DEVICES_ATABENCH_H

#include "devices/ata.h"
#include "devices/idebench.h"

enum { SECTORS = 4096 };

static struct pc_block *disk;

static inline void setup(void)
{
	ide_bench();
	disk = bench_disk(SECTORS);
	ide_attach(&ide, 0, &ata_disk, disk);
}

/* The number a sector of the test disk starts with. */
static inline unsigned take_sector(void)
{
	unsigned v = ide_in(&ide, DATA, 2);

	for (unsigned i = 1; i < 256; i++)
		ide_in(&ide, DATA, 2);
	return v;
}

static inline void give_sector(u16 v)
{
	for (unsigned i = 0; i < 128; i++)
		ide_out(&ide, DATA, i ? 0 : v, 4);
}

static inline u16 stored(u64 lba)
{
	const u8 *p = (u8 *)disk->arg + lba * 512;

	return (u16)(p[0] | p[1] << 8);
}

#endif

/* SPDX-License-Identifier: MIT
 * One ATA channel with a disk as device 0 (PIO only).
 */
#ifndef DEVICES_IDE_H
#define DEVICES_IDE_H

#include "devices/clock.h"
#include "devices/line.h"
#include "devices/pc.h"

#define IDE_MAX_MULTIPLE 16u

struct ata_geometry {
	u16 cylinders, heads, sectors;
};

/* The registers; the hob_ ones are the previous contents that the 48-bit
 * commands use (ATA/ATAPI-6 section 6.20). */
struct ide {
	u8 feature, count, lba[3], device;
	u8 hob_feature, hob_count, hob_lba[3];
	u8 status, error, control;
	u8 command; /* in progress */
	bool intrq;
	bool resetting; /* BSY is the end of a software reset */
	bool writing;   /* direction of the block in `buf` */
	bool multiple;  /* block size is `multiple_count` */
	u8 multiple_count;
	struct ata_geometry now; /* translation set by INITIALIZE DEVICE PARAMETERS */
	u64 next;                /* sector of the next block */
	u32 left;                /* sectors still to move, the block in `buf` included */
	u32 pos, len;            /* bytes moved and size of the block in `buf` */
	u8 buf[IDE_MAX_MULTIPLE * 512];
	struct {
		struct clock *clock;
		unsigned timer;
		struct line irq;
		const struct pc_block *disk; /* NULL: empty cable */
		struct ata_geometry geometry;
	} wire;
};

/* Default CHS geometry of a disk: 16 heads, 63 sectors. */
struct ata_geometry ata_geometry_of(u64 sectors);

void ide_init(struct ide *d, struct clock *clock, const struct pc_block *disk);
void ide_reset(struct ide *d);

/* Command block, reg 0-7 from the channel's base port; sizes above 1 are for
 * the data register only. */
u32 ide_in(void *chip, unsigned reg, unsigned size);
void ide_out(void *chip, unsigned reg, u32 v, unsigned size);
/* Alternate status and device control (3F6h). */
u8 ide_control_in(void *chip, unsigned reg);
void ide_control_out(void *chip, unsigned reg, u8 v);

/* ata_disk.c: the commands. */
void ata_start(struct ide *d, u8 command); /* the command register was written */
void ata_work(struct ide *d);              /* BSY time is over */
void ata_block_done(struct ide *d);        /* the host moved the whole block */
void ata_signature(struct ide *d);
void ata_identify(const struct ide *d, u8 *out); /* 512 bytes */

/* Status and timing helpers shared by the two files. */
enum {
	ATA_ERR = 0x01,
	ATA_DRQ = 0x08,
	ATA_DSC = 0x10,
	ATA_DRDY = 0x40,
	ATA_BSY = 0x80,
};
void ide_busy(struct ide *d, u64 ns);
void ide_interrupt(struct ide *d, bool level);

#endif

/* SPDX-License-Identifier: MIT
 * Sectors between an ATA disk and its host: addresses, PIO blocks, DMA.
 * Facts: ATA/ATAPI-6 (T13/1410D): addressing, PIO data in and out,
 * DMA protocols.
 */
#include "devices/ata.h"

enum {
	READ_EXT = 0x24,
	READ_DMA_EXT = 0x25,
	READ_MULTIPLE_EXT = 0x29,
	WRITE_EXT = 0x34,
	WRITE_DMA_EXT = 0x35,
	WRITE_MULTIPLE_EXT = 0x39,
	VERIFY_EXT = 0x42,
	IDENTIFY = 0xec,
};

#define LBA_MODE 0x40

void ata_finish(struct ide_drive *d, u8 error)
{
	d->error = error;
	d->status = ATA_DRDY | ATA_DSC | (error ? ATA_ERR : 0);
	d->command = 0;
	d->dma = IDE_DMA_NONE;
	d->left = d->len = d->pos = 0;
	ide_interrupt(d, true);
}

bool ata_is_ext(u8 cmd)
{
	return cmd == READ_EXT || cmd == READ_DMA_EXT || cmd == READ_MULTIPLE_EXT ||
	       cmd == WRITE_EXT || cmd == WRITE_DMA_EXT || cmd == WRITE_MULTIPLE_EXT ||
	       cmd == VERIFY_EXT;
}

bool ata_first_sector(const struct ide_drive *d, u64 *lba)
{
	u32 low = d->lba[0] | (u32)d->lba[1] << 8 | (u32)d->lba[2] << 16;
	unsigned head = d->device & 15, cyl = low >> 8;

	if (ata_is_ext(d->command)) {
		*lba = low | (u64)d->hob_lba[0] << 24 | (u64)d->hob_lba[1] << 32 |
		       (u64)d->hob_lba[2] << 40;
	} else if (d->device & LBA_MODE) {
		*lba = low | (u64)head << 24;
	} else {
		if (!d->lba[0] || d->lba[0] > d->now.sectors || head >= d->now.heads)
			return false;
		*lba = ((u64)cyl * d->now.heads + head) * d->now.sectors + d->lba[0] - 1;
	}
	return *lba < d->wire.media->sectors;
}

u32 ata_sector_count(const struct ide_drive *d)
{
	u32 n;

	if (!ata_is_ext(d->command))
		return d->count ? d->count : 256;
	n = d->count | (u32)d->hob_count << 8;
	return n ? n : 65536;
}

void ata_put_address(struct ide_drive *d, u64 lba)
{
	u64 track = lba / (d->now.sectors ? d->now.sectors : 1);
	unsigned heads = d->now.heads ? d->now.heads : 1;

	if (!ata_is_ext(d->command) && !(d->device & LBA_MODE)) {
		d->lba[0] = (u8)(lba % d->now.sectors + 1);
		d->lba[1] = (u8)(track / heads);
		d->lba[2] = (u8)(track / heads >> 8);
		d->device = (d->device & 0xf0) | (u8)(track % heads);
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		d->lba[i] = (u8)(lba >> 8 * i);
		if (ata_is_ext(d->command))
			d->hob_lba[i] = (u8)(lba >> (24 + 8 * i));
	}
	if (!ata_is_ext(d->command))
		d->device = (d->device & 0xf0) | (lba >> 24 & 15);
}

static u32 at_most(u32 n, u64 limit)
{
	return n < limit ? n : (u32)limit;
}

/* Load or announce the next block; status becomes DRQ. */
void ata_next_block(struct ide_drive *d)
{
	const struct pc_block *disk = d->wire.media;
	u32 n = at_most(d->multiple ? d->multiple_count : 1, d->left);

	if (n > disk->sectors - d->next) {
		ata_put_address(d, disk->sectors);
		ata_finish(d, ATA_IDNF);
		return;
	}
	if (!d->writing && disk->read(disk->arg, d->next, d->buf, n)) {
		ata_put_address(d, d->next);
		ata_finish(d, ATA_UNC);
		return;
	}
	d->pos = 0;
	d->len = n * 512;
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
}

void ata_transfer(struct ide_drive *d, bool writing, enum ata_way way)
{
	if ((way == ATA_PIO_MULTIPLE && !d->multiple_count) ||
	    (writing && d->wire.media->read_only)) {
		ata_finish(d, ATA_ABRT);
		return;
	}
	if (!ata_first_sector(d, &d->next)) {
		ata_finish(d, ATA_IDNF);
		return;
	}
	d->writing = writing;
	d->multiple = way == ATA_PIO_MULTIPLE;
	d->left = ata_sector_count(d);
	if (way == ATA_DMA) {
		ide_dma_offer(d);
		return;
	}
	ata_next_block(d);
	if ((d->status & ATA_DRQ) && !writing)
		ide_interrupt(d, true); /* PIO out: no interrupt before block 1 */
}

void ata_block_done(struct ide_drive *d)
{
	const struct pc_block *disk = d->wire.media;
	u32 n = d->len / 512;

	if (d->command == IDENTIFY) {
		d->status = ATA_DRDY | ATA_DSC;
		d->command = 0;
		d->left = d->len = 0;
		return;
	}
	if (d->writing && disk->write(disk->arg, d->next, d->buf, n)) {
		ata_put_address(d, d->next);
		ata_finish(d, ATA_ABRT | ATA_UNC);
		return;
	}
	d->next += n;
	d->left -= n;
	ata_put_address(d, d->next - 1);
	d->count = (u8)d->left;
	if (d->left && d->writing) {
		/* The write cache takes the next block at once: the Bochs BIOS looks
		 * at the status without waiting for BSY to clear. */
		ata_next_block(d);
		if (d->status & ATA_DRQ)
			ide_interrupt(d, true);
	} else if (d->left) {
		ide_busy(d, ATA_WORK_TIME);
	} else if (d->writing) {
		ata_finish(d, 0);
	} else { /* PIO in: no interrupt after the last block */
		d->status = ATA_DRDY | ATA_DSC;
		d->command = 0;
		d->len = 0;
	}
}

/* Read or write one buffer of a DMA command; returns the sectors moved, fewer
 * than asked when the bus master's table ended.  *error is set when the disk
 * cannot go on. */
static u32 dma_buffer(struct ide_drive *d, u32 n, u8 *error)
{
	const struct pc_block *disk = d->wire.media;
	u32 moved;

	if (!d->writing && disk->read(disk->arg, d->next, d->buf, n)) {
		*error = ATA_UNC;
		return 0;
	}
	moved = ide_dma_move(d, d->buf, n * 512, !d->writing) / 512;
	if (d->writing && moved && disk->write(disk->arg, d->next, d->buf, moved)) {
		*error = ATA_ABRT | ATA_UNC;
		return 0;
	}
	return moved;
}

/* The command moves at once.  When the table is too short the disk keeps asking
 * for the rest: that is how the bus master's error looks. */
void ata_dma(struct ide_drive *d)
{
	const struct pc_block *disk = d->wire.media;
	u8 error = 0;

	while (d->left && !error) {
		u32 n = at_most(at_most(d->left, IDE_BUFFER / 512), disk->sectors - d->next);
		u32 moved = n ? dma_buffer(d, n, &error) : 0;

		if (!n)
			error = ATA_IDNF;
		d->next += moved;
		d->left -= moved;
		if (moved < n && !error)
			return;
	}
	ata_put_address(d, error ? d->next : d->next - 1);
	d->count = (u8)d->left;
	ata_finish(d, error);
}

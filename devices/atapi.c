/* SPDX-License-Identifier: MIT
 * The ATAPI CD-ROM drive as its registers show it: ATA commands, the packet
 * protocol with PIO blocks or DMA, completion and its interrupt reason.
 * Facts: ATA/ATAPI-6 (T13/1410D): PACKET and its PIO and DMA protocols; SFF-8020i
 * revision 2.6.
 *
 * The disc is `media`, 4 sectors to a block of 2,048 bytes.
 */
#include "devices/atapi.h"

#include <string.h>

enum {
	NOP = 0x00,
	DEVICE_RESET = 0x08,
	READ_SECTORS = 0x20,
	PACKET = 0xa0,
	IDENTIFY_PACKET = 0xa1,
	FLUSH = 0xe7,
	IDENTIFY = 0xec,
	SET_FEATURES = 0xef,
};
enum { REASON_CD = 0x01, REASON_IO = 0x02 }; /* interrupt reason: the count register */
enum { FEATURE_DMA = 0x01, FEATURE_OVERLAP = 0x02 };

#define WORK_TIME 10000u /* ns of BSY before a command or block is ready */

static void signature(struct ide_drive *d)
{
	d->count = 1;
	d->lba[0] = 1;
	d->lba[1] = 0x14;
	d->lba[2] = 0xeb;
	d->device = 0;
	d->error = 1;
}

static void reset(struct ide_drive *d, bool hard)
{
	d->cd.key = 0;
	d->cd.attention = ASC_RESET;
	d->cd.left = 0;
	d->cd.locked = false;
	if (!hard)
		return;
	d->cd.open = false;
	d->cd.event = EVENT_NEW_MEDIA;
	d->transfer_mode = 0;
}

static void finish(struct ide_drive *d, u8 error)
{
	d->error = error;
	d->status = error ? ATA_DRDY | ATA_ERR : ATA_DRDY | ATA_DSC;
	d->command = 0;
	d->dma = IDE_DMA_NONE;
	d->cd.left = 0;
	d->len = d->pos = 0;
	ide_interrupt(d, true);
}

/* A packet command ends: the error register holds the sense key. */
static void complete(struct ide_drive *d, bool ok)
{
	d->count = (u8)((d->count & ~7u) | REASON_IO | REASON_CD);
	finish(d, ok ? 0 : (u8)(d->cd.key << 4 | (d->cd.key == KEY_ILLEGAL_REQUEST ? 4 : 0)));
}

/* Bytes of the disc from any offset; behind its last sector are zeros. */
static bool disc_read(struct ide_drive *d, u64 offset, u8 *dst, u32 n)
{
	const struct pc_block *disc = d->wire.media;
	u8 sector[512];

	while (n) {
		u64 lba = offset / 512;
		u32 skip = offset % 512, part = 512 - skip < n ? 512 - skip : n;

		if (lba >= disc->sectors) {
			memset(dst, 0, n);
			return true;
		}
		if (part == 512) {
			u32 many = n / 512;

			if (many > disc->sectors - lba)
				many = (u32)(disc->sectors - lba);
			part = many * 512;
			if (disc->read(disc->arg, lba, dst, many))
				return false;
		} else {
			if (disc->read(disc->arg, lba, sector, 1))
				return false;
			memcpy(dst, sector + skip, part);
		}
		dst += part;
		offset += part;
		n -= part;
	}
	return true;
}

/* The next `n` bytes of the command's data become buf[pos, len).  Answers are
 * already there, one behind the other. */
static bool load(struct ide_drive *d, u32 n)
{
	if (d->cd.media) {
		d->pos = 0;
		if (!disc_read(d, d->cd.offset, d->buf, n))
			return cd_sense(d, KEY_MEDIUM_ERROR, ASC_UNRECOVERED_READ, 0);
		d->cd.offset += n;
	}
	d->len = d->pos + n;
	d->cd.left -= n;
	return true;
}

/* The host limits each PIO block; an odd limit counts only for the last one. */
static u32 byte_limit(const struct ide_drive *d)
{
	u32 limit = d->lba[1] | (u32)d->lba[2] << 8;

	if (limit == 0xffff)
		limit = 0xfffe;
	return limit < d->cd.left ? limit & ~1u : limit;
}

static void next_block(struct ide_drive *d)
{
	u32 n = byte_limit(d);

	if (n > d->cd.left)
		n = d->cd.left;
	if (!n) { /* a limit of 0 or 1 moves nothing */
		complete(d, cd_invalid_field(d));
		return;
	}
	if (!load(d, n)) {
		complete(d, false);
		return;
	}
	d->count = (u8)((d->count & ~7u) | REASON_IO);
	d->lba[1] = (u8)n;
	d->lba[2] = (u8)(n >> 8);
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
	ide_interrupt(d, true);
}

static void run_dma(struct ide_drive *d)
{
	while (d->cd.left) {
		u32 n = d->cd.left < IDE_BUFFER ? d->cd.left : IDE_BUFFER;

		if (!load(d, n)) {
			complete(d, false);
			return;
		}
		if (ide_dma_move(d, d->buf + d->pos, n, true) < n)
			return; /* the table is too short: keep asking */
	}
	complete(d, true);
}

static void run_packet(struct ide_drive *d)
{
	bool dma = d->feature & FEATURE_DMA;

	d->writing = false;
	d->pos = d->len = 0;
	d->cd.left = 0;
	d->cd.media = false;
	if (!atapi_execute(d))
		complete(d, false);
	else if (!d->cd.left)
		complete(d, true);
	else if (dma)
		ide_dma_offer(d);
	else
		next_block(d);
}

static void identify(struct ide_drive *d)
{
	atapi_identify(d, d->buf);
	d->writing = false;
	d->pos = 0;
	d->len = 512;
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
	ide_interrupt(d, true);
}

static void execute(struct ide_drive *d)
{
	switch (d->command) {
	case PACKET:
		run_packet(d);
		break;
	case IDENTIFY_PACKET:
		identify(d);
		break;
	case SET_FEATURES:
		finish(d, ata_set_features(d) ? 0 : ATA_ABRT);
		break;
	case IDENTIFY: /* these two are how an ATA driver finds out what we are */
	case READ_SECTORS:
		signature(d);
		finish(d, ATA_ABRT);
		break;
	case 0xe5: /* CHECK POWER MODE: active */
		d->count = 0xff;
		finish(d, 0);
		break;
	case 0xe0: /* STANDBY, IDLE, SLEEP: never sleeps */
	case 0xe1:
	case 0xe2:
	case 0xe3:
	case 0xe6:
	case FLUSH:
		finish(d, 0);
		break;
	default:
		finish(d, ATA_ABRT);
	}
}

/* PACKET asks for its 12 bytes at once, without an interrupt (IDENTIFY PACKET
 * DEVICE word 0): drivers look at DRQ soon after the command. */
static void start(struct ide_drive *d, u8 command)
{
	d->cd.left = 0;
	if (command == DEVICE_RESET) {
		reset(d, false);
		signature(d);
		d->command = 0;
		d->status = atapi_cdrom.ready;
		return;
	}
	if (command != PACKET) {
		ide_busy(d, WORK_TIME);
		return;
	}
	if (d->feature & FEATURE_OVERLAP) {
		finish(d, ATA_ABRT);
		return;
	}
	d->count = (u8)((d->count & ~7u) | REASON_CD);
	d->writing = true;
	d->pos = 0;
	d->len = sizeof d->cd.packet;
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
}

/* A packet or another command has come, or a block was taken. */
static void work(struct ide_drive *d)
{
	if (d->command != PACKET || d->writing)
		execute(d);
	else if (d->cd.left)
		next_block(d);
	else
		complete(d, true);
}

static void block_done(struct ide_drive *d)
{
	if (d->command == IDENTIFY_PACKET) {
		d->status = ATA_DRDY | ATA_DSC;
		d->command = 0;
		d->len = d->pos = 0;
		return;
	}
	if (d->writing)
		memcpy(d->cd.packet, d->buf, sizeof d->cd.packet);
	ide_busy(d, WORK_TIME);
}

const struct ide_kind atapi_cdrom = {
	.ready = 0, /* DRDY is clear until the first command ends */
	.reset = reset,
	.signature = signature,
	.start = start,
	.work = work,
	.block_done = block_done,
	.dma = run_dma,
};

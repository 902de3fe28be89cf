/* SPDX-License-Identifier: MIT
 * ATA disk commands.
 * Facts: ATA/ATAPI-6 (T13/1410D) section 8, command by command; power
 * management and CHS commands of ATA-3.  The transfers are in ata_transfer.c.
 */
#include "devices/ata.h"

enum {
	RECALIBRATE = 0x10, /* and 11h-1Fh */
	READ_SECTORS = 0x20,
	READ_SECTORS_NORETRY = 0x21,
	READ_EXT = 0x24,
	READ_DMA_EXT = 0x25,
	READ_NATIVE_MAX_EXT = 0x27,
	READ_MULTIPLE_EXT = 0x29,
	WRITE_SECTORS = 0x30,
	WRITE_SECTORS_NORETRY = 0x31,
	WRITE_EXT = 0x34,
	WRITE_DMA_EXT = 0x35,
	WRITE_MULTIPLE_EXT = 0x39,
	VERIFY = 0x40,
	VERIFY_NORETRY = 0x41,
	VERIFY_EXT = 0x42,
	SEEK = 0x70, /* and 71h-7Fh */
	INIT_PARAMETERS = 0x91,
	READ_MULTIPLE = 0xc4,
	WRITE_MULTIPLE = 0xc5,
	SET_MULTIPLE = 0xc6,
	READ_DMA = 0xc8,
	READ_DMA_NORETRY = 0xc9,
	WRITE_DMA = 0xca,
	WRITE_DMA_NORETRY = 0xcb,
	FLUSH = 0xe7,
	FLUSH_EXT = 0xea,
	IDENTIFY = 0xec,
	SET_FEATURES = 0xef,
	READ_NATIVE_MAX = 0xf8,
};

#define LBA_MODE 0x40

static void verify(struct ide_drive *d)
{
	u64 lba;
	bool ok = ata_first_sector(d, &lba) && ata_sector_count(d) <= d->wire.media->sectors - lba;

	ata_finish(d, ok ? 0 : ATA_IDNF);
}

static void identify(struct ide_drive *d)
{
	ata_identify(d, d->buf);
	d->writing = d->multiple = false;
	d->left = 1;
	d->pos = 0;
	d->len = 512;
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
	ide_interrupt(d, true);
}

static void initialize_parameters(struct ide_drive *d)
{
	unsigned heads = (d->device & 15u) + 1, sectors = d->count;
	u64 cylinders;

	if (!sectors) {
		ata_finish(d, ATA_ABRT);
		return;
	}
	cylinders = d->wire.media->sectors / (heads * sectors);
	d->now = (struct ata_geometry){(u16)(cylinders > 65535 ? 65535 : cylinders), (u16)heads,
				       (u16)sectors};
	ata_finish(d, 0);
}

static void set_multiple(struct ide_drive *d)
{
	if (d->count > IDE_MAX_MULTIPLE || (d->count & (d->count - 1))) {
		ata_finish(d, ATA_ABRT);
		return;
	}
	d->multiple_count = d->count;
	ata_finish(d, 0);
}

static void native_max(struct ide_drive *d)
{
	u64 last = d->wire.media->sectors - 1;

	d->device |= LBA_MODE;
	ata_put_address(d, last < 0x0ffffffe ? last : 0x0ffffffe);
	ata_finish(d, 0);
}

static void native_max_ext(struct ide_drive *d)
{
	u64 last = d->wire.media->sectors - 1;

	for (unsigned i = 0; i < 3; i++) {
		d->lba[i] = (u8)(last >> 8 * i);
		d->hob_lba[i] = (u8)(last >> (24 + 8 * i));
	}
	ata_finish(d, 0);
}

/* Commands without sectors. */
static void other(struct ide_drive *d)
{
	switch (d->command) {
	case INIT_PARAMETERS:
		initialize_parameters(d);
		break;
	case SET_MULTIPLE:
		set_multiple(d);
		break;
	case IDENTIFY:
		identify(d);
		break;
	case SET_FEATURES:
		ata_finish(d, ata_set_features(d) ? 0 : ATA_ABRT);
		break;
	case READ_NATIVE_MAX:
		native_max(d);
		break;
	case READ_NATIVE_MAX_EXT:
		native_max_ext(d);
		break;
	case 0x98: /* CHECK POWER MODE and its newer code: active */
	case 0xe5:
		d->count = 0xff;
		ata_finish(d, 0);
		break;
	case 0x94: /* STANDBY, IDLE, SLEEP in both codings: never sleeps */
	case 0x95:
	case 0x96:
	case 0x97:
	case 0x99:
	case 0xe0:
	case 0xe1:
	case 0xe2:
	case 0xe3:
	case 0xe6:
	case FLUSH: /* writes reach the host's file at once */
	case FLUSH_EXT:
		ata_finish(d, 0);
		break;
	default: /* RECALIBRATE and SEEK take 16 codes each */
		if ((d->command & 0xf0) == RECALIBRATE || (d->command & 0xf0) == SEEK)
			ata_finish(d, 0);
		else
			ata_finish(d, ATA_ABRT);
	}
}

static void execute(struct ide_drive *d)
{
	switch (d->command) {
	case READ_SECTORS:
	case READ_SECTORS_NORETRY:
	case READ_EXT:
		ata_transfer(d, false, ATA_PIO);
		break;
	case READ_MULTIPLE:
	case READ_MULTIPLE_EXT:
		ata_transfer(d, false, ATA_PIO_MULTIPLE);
		break;
	case READ_DMA:
	case READ_DMA_NORETRY:
	case READ_DMA_EXT:
		ata_transfer(d, false, ATA_DMA);
		break;
	case WRITE_SECTORS:
	case WRITE_SECTORS_NORETRY:
	case WRITE_EXT:
		ata_transfer(d, true, ATA_PIO);
		break;
	case WRITE_MULTIPLE:
	case WRITE_MULTIPLE_EXT:
		ata_transfer(d, true, ATA_PIO_MULTIPLE);
		break;
	case WRITE_DMA:
	case WRITE_DMA_NORETRY:
	case WRITE_DMA_EXT:
		ata_transfer(d, true, ATA_DMA);
		break;
	case VERIFY:
	case VERIFY_NORETRY:
	case VERIFY_EXT:
		verify(d);
		break;
	default:
		other(d);
	}
}

static void signature(struct ide_drive *d)
{
	d->count = 1;
	d->lba[0] = 1;
	d->lba[1] = d->lba[2] = 0;
	d->device = 0;
	d->error = 1; /* diagnostic code: passed */
}

/* A software reset keeps the settings (as after SET FEATURES 66h). */
static void reset(struct ide_drive *d, bool hard)
{
	if (!hard)
		return;
	d->multiple_count = IDE_MAX_MULTIPLE; /* as word 59 says: Linux takes what it finds */
	d->transfer_mode = 0;
	d->cache_off = false;
	d->now = d->wire.geometry;
}

static void start(struct ide_drive *d, u8 command)
{
	ide_busy(d, ATA_WORK_TIME);
}

/* A block is being prepared while left != 0; else a command starts. */
static void work(struct ide_drive *d)
{
	if (!d->left) {
		execute(d);
		return;
	}
	ata_next_block(d);
	if (d->status & ATA_DRQ)
		ide_interrupt(d, true);
}

const struct ide_kind ata_disk = {
	.ready = ATA_DRDY | ATA_DSC,
	.reset = reset,
	.signature = signature,
	.start = start,
	.work = work,
	.block_done = ata_block_done,
	.dma = ata_dma,
};

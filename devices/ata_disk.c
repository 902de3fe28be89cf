/* SPDX-License-Identifier: MIT
 * ATA disk commands: PIO data in and out, addressing, IDENTIFY DEVICE.
 * Facts: ATA/ATAPI-6 (T13/1410D) section 8, command by command; power
 * management and CHS commands of ATA-3.  DMA is neither offered nor accepted.
 */
#include "devices/ide.h"

#include <string.h>

enum { ABRT = 0x04, IDNF = 0x10, UNC = 0x40 };
enum { LBA_MODE = 0x40, DEV_BITS = 0xb0 };

#define WORK_TIME 10000u /* ns of BSY before a command or block is ready */

enum {
	RECALIBRATE = 0x10, /* and 11h-1Fh */
	READ_SECTORS = 0x20,
	READ_SECTORS_NORETRY = 0x21,
	READ_EXT = 0x24,
	READ_NATIVE_MAX_EXT = 0x27,
	READ_MULTIPLE_EXT = 0x29,
	WRITE_SECTORS = 0x30,
	WRITE_SECTORS_NORETRY = 0x31,
	WRITE_EXT = 0x34,
	WRITE_MULTIPLE_EXT = 0x39,
	VERIFY = 0x40,
	VERIFY_NORETRY = 0x41,
	VERIFY_EXT = 0x42,
	SEEK = 0x70, /* and 71h-7Fh */
	DIAGNOSTIC = 0x90,
	INIT_PARAMETERS = 0x91,
	READ_MULTIPLE = 0xc4,
	WRITE_MULTIPLE = 0xc5,
	SET_MULTIPLE = 0xc6,
	FLUSH = 0xe7,
	FLUSH_EXT = 0xea,
	IDENTIFY = 0xec,
	SET_FEATURES = 0xef,
	READ_NATIVE_MAX = 0xf8,
};

void ata_signature(struct ide *d)
{
	d->count = 1;
	d->lba[0] = 1;
	d->lba[1] = d->lba[2] = 0;
	d->device = 0;
	d->error = 1; /* diagnostic code: passed */
}

static void put(u8 *out, unsigned word, u16 v)
{
	out[2 * word] = (u8)v;
	out[2 * word + 1] = (u8)(v >> 8);
}

static void put32(u8 *out, unsigned word, u32 v)
{
	put(out, word, (u16)v);
	put(out, word + 1, (u16)(v >> 16));
}

/* ATA strings: padded with blanks, the bytes of each word swapped. */
static void put_text(u8 *out, unsigned word, unsigned words, const char *s)
{
	for (unsigned i = 0; i < 2 * words; i++)
		out[2 * word + (i ^ 1)] = *s ? (u8)*s++ : ' ';
}

void ata_identify(const struct ide *d, u8 *out)
{
	const struct ata_geometry *g = &d->wire.geometry, *now = &d->now;
	u64 sectors = d->wire.disk->sectors;

	memset(out, 0, 512);
	put(out, 0, 0x0040); /* fixed device */
	put(out, 1, g->cylinders);
	put(out, 3, g->heads);
	put(out, 4, (u16)(512 * g->sectors)); /* ATA-1: bytes per track, per sector; */
	put(out, 5, 512);                     /* the Bochs BIOS wants them */
	put(out, 6, g->sectors);
	put_text(out, 10, 10, "VP00000001");
	put_text(out, 23, 4, "1.0");
	put_text(out, 27, 20, "VMPROOF HARDDISK");
	put(out, 47, 0x8000 | IDE_MAX_MULTIPLE);
	put(out, 48, 1);      /* 32-bit data port */
	put(out, 49, 0x0200); /* LBA */
	put(out, 51, 0x0200); /* PIO 2 */
	put(out, 53, 0x0003); /* words 54-58 and 64-70 are valid */
	put(out, 54, now->cylinders);
	put(out, 55, now->heads);
	put(out, 56, now->sectors);
	put32(out, 57, (u32)now->cylinders * now->heads * now->sectors);
	put(out, 59, d->multiple_count ? 0x0100 | d->multiple_count : 0);
	put32(out, 60, sectors < 0x0fffffff ? (u32)sectors : 0x0fffffff);
	put(out, 64, 0x0003); /* PIO 3 and 4 */
	put(out, 67, 120);
	put(out, 68, 120);
	put(out, 80, 0x007e); /* ATA-1 to ATA/ATAPI-6 */
	put(out, 82, 0x4000); /* NOP */
	put(out, 83, 0x7400); /* FLUSH CACHE (EXT), 48-bit addresses */
	put(out, 84, 0x4000);
	put(out, 85, 0x4000);
	put(out, 86, 0x3400);
	put(out, 87, 0x4000);
	put(out, 93, 0x4000 | 0x2000 | 0x000b); /* device 0 passed, by jumper */
	put32(out, 100, (u32)sectors);
	put32(out, 102, (u32)(sectors >> 32));
}

static void finish(struct ide *d, u8 error)
{
	d->error = error;
	d->status = ATA_DRDY | ATA_DSC | (error ? ATA_ERR : 0);
	d->command = 0;
	d->left = d->len = 0;
	ide_interrupt(d, true);
}

static bool is_ext(u8 cmd)
{
	return cmd == READ_EXT || cmd == READ_MULTIPLE_EXT || cmd == WRITE_EXT ||
	       cmd == WRITE_MULTIPLE_EXT || cmd == VERIFY_EXT;
}

/* First sector the task file names; false when it is not on the disk. */
static bool first_sector(const struct ide *d, u64 *lba)
{
	u32 low = d->lba[0] | (u32)d->lba[1] << 8 | (u32)d->lba[2] << 16;
	unsigned head = d->device & 15, cyl = low >> 8;

	if (is_ext(d->command)) {
		*lba = low | (u64)d->hob_lba[0] << 24 | (u64)d->hob_lba[1] << 32 |
		       (u64)d->hob_lba[2] << 40;
	} else if (d->device & LBA_MODE) {
		*lba = low | (u64)head << 24;
	} else {
		if (!d->lba[0] || d->lba[0] > d->now.sectors || head >= d->now.heads)
			return false;
		*lba = ((u64)cyl * d->now.heads + head) * d->now.sectors + d->lba[0] - 1;
	}
	return *lba < d->wire.disk->sectors;
}

static u32 sector_count(const struct ide *d)
{
	u32 n;

	if (!is_ext(d->command))
		return d->count ? d->count : 256;
	n = d->count | (u32)d->hob_count << 8;
	return n ? n : 65536;
}

/* Leave the address of sector `lba` in the task file. */
static void put_address(struct ide *d, u64 lba)
{
	u64 track = lba / (d->now.sectors ? d->now.sectors : 1);
	unsigned heads = d->now.heads ? d->now.heads : 1;

	if (!is_ext(d->command) && !(d->device & LBA_MODE)) {
		d->lba[0] = (u8)(lba % d->now.sectors + 1);
		d->lba[1] = (u8)(track / heads);
		d->lba[2] = (u8)(track / heads >> 8);
		d->device = (d->device & 0xf0) | (u8)(track % heads);
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		d->lba[i] = (u8)(lba >> 8 * i);
		if (is_ext(d->command))
			d->hob_lba[i] = (u8)(lba >> (24 + 8 * i));
	}
	if (!is_ext(d->command))
		d->device = (d->device & 0xf0) | (lba >> 24 & 15);
}

static u32 block_sectors(const struct ide *d)
{
	u32 n = d->multiple ? d->multiple_count : 1;

	return n < d->left ? n : d->left;
}

/* Load or announce the next block; status becomes DRQ. */
static void next_block(struct ide *d)
{
	const struct pc_block *disk = d->wire.disk;
	u32 n = block_sectors(d);

	if (n > disk->sectors - d->next) {
		put_address(d, disk->sectors);
		finish(d, IDNF);
		return;
	}
	if (!d->writing && disk->read(disk->arg, d->next, d->buf, n)) {
		put_address(d, d->next);
		finish(d, UNC);
		return;
	}
	d->pos = 0;
	d->len = n * 512;
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
}

static void start_transfer(struct ide *d, bool writing, bool multiple)
{
	if (multiple && !d->multiple_count) {
		finish(d, ABRT);
		return;
	}
	if (writing && d->wire.disk->read_only) {
		finish(d, ABRT);
		return;
	}
	if (!first_sector(d, &d->next)) {
		finish(d, IDNF);
		return;
	}
	d->writing = writing;
	d->multiple = multiple;
	d->left = sector_count(d);
	next_block(d);
	if ((d->status & ATA_DRQ) && !writing)
		ide_interrupt(d, true); /* PIO out: no interrupt before block 1 */
}

static void verify(struct ide *d)
{
	u64 lba;

	if (!first_sector(d, &lba) || sector_count(d) > d->wire.disk->sectors - lba)
		finish(d, IDNF);
	else
		finish(d, 0);
}

static void identify(struct ide *d)
{
	ata_identify(d, d->buf);
	d->writing = d->multiple = false;
	d->left = 1;
	d->pos = 0;
	d->len = 512;
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
	ide_interrupt(d, true);
}

static void set_features(struct ide *d)
{
	bool pio = d->feature == 0x03 && d->count <= 0x0c; /* default or PIO 0-4 */
	bool cache = d->feature == 0x02 || d->feature == 0x82 || d->feature == 0x55 ||
		     d->feature == 0xaa || d->feature == 0x66 || d->feature == 0xcc;

	finish(d, pio || cache ? 0 : ABRT);
}

static void initialize_parameters(struct ide *d)
{
	unsigned heads = (d->device & 15u) + 1, sectors = d->count;
	u64 cylinders;

	if (!sectors) {
		finish(d, ABRT);
		return;
	}
	cylinders = d->wire.disk->sectors / (heads * sectors);
	d->now = (struct ata_geometry){(u16)(cylinders > 65535 ? 65535 : cylinders), (u16)heads,
				       (u16)sectors};
	finish(d, 0);
}

static void execute(struct ide *d)
{
	u64 last = d->wire.disk->sectors - 1;

	switch (d->command) {
	case READ_SECTORS:
	case READ_SECTORS_NORETRY:
	case READ_EXT:
		start_transfer(d, false, false);
		break;
	case READ_MULTIPLE:
	case READ_MULTIPLE_EXT:
		start_transfer(d, false, true);
		break;
	case WRITE_SECTORS:
	case WRITE_SECTORS_NORETRY:
	case WRITE_EXT:
		start_transfer(d, true, false);
		break;
	case WRITE_MULTIPLE:
	case WRITE_MULTIPLE_EXT:
		start_transfer(d, true, true);
		break;
	case VERIFY:
	case VERIFY_NORETRY:
	case VERIFY_EXT:
		verify(d);
		break;
	case DIAGNOSTIC:
		ata_signature(d);
		finish(d, 0);
		d->error = 1;
		break;
	case INIT_PARAMETERS:
		initialize_parameters(d);
		break;
	case SET_MULTIPLE:
		if (d->count > IDE_MAX_MULTIPLE || (d->count & (d->count - 1))) {
			finish(d, ABRT);
			break;
		}
		d->multiple_count = d->count;
		finish(d, 0);
		break;
	case IDENTIFY:
		identify(d);
		break;
	case SET_FEATURES:
		set_features(d);
		break;
	case READ_NATIVE_MAX:
		d->device |= LBA_MODE;
		put_address(d, last < 0x0ffffffe ? last : 0x0ffffffe);
		finish(d, 0);
		break;
	case READ_NATIVE_MAX_EXT:
		for (unsigned i = 0; i < 3; i++) {
			d->lba[i] = (u8)(last >> 8 * i);
			d->hob_lba[i] = (u8)(last >> (24 + 8 * i));
		}
		finish(d, 0);
		break;
	case 0x98: /* CHECK POWER MODE and its newer code: active */
	case 0xe5:
		d->count = 0xff;
		finish(d, 0);
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
	case FLUSH:
	case FLUSH_EXT:
		finish(d, 0);
		break;
	default:
		if ((d->command & 0xf0) == RECALIBRATE || (d->command & 0xf0) == SEEK)
			finish(d, 0);
		else
			finish(d, ABRT);
	}
}

void ata_start(struct ide *d, u8 command)
{
	d->command = command;
	d->resetting = false;
	d->error = 0;
	d->len = d->pos = d->left = 0;
	ide_busy(d, WORK_TIME);
}

/* A block is being prepared while left != 0; else a command starts. */
void ata_work(struct ide *d)
{
	if (d->resetting) {
		d->resetting = false;
		d->status = ATA_DRDY | ATA_DSC;
		return;
	}
	if (!d->left) {
		execute(d);
		return;
	}
	next_block(d);
	if (d->status & ATA_DRQ)
		ide_interrupt(d, true);
}

void ata_block_done(struct ide *d)
{
	const struct pc_block *disk = d->wire.disk;
	u32 n = d->len / 512;

	if (d->command == IDENTIFY) {
		d->status = ATA_DRDY | ATA_DSC;
		d->command = 0;
		d->left = d->len = 0;
		return;
	}
	if (d->writing && disk->write(disk->arg, d->next, d->buf, n)) {
		put_address(d, d->next);
		finish(d, ABRT | UNC);
		return;
	}
	d->next += n;
	d->left -= n;
	put_address(d, d->next - 1);
	d->count = (u8)d->left;
	if (d->left && d->writing) {
		/* The write cache takes the next block at once: the Bochs BIOS looks
		 * at the status without waiting for BSY to clear. */
		next_block(d);
		if (d->status & ATA_DRQ)
			ide_interrupt(d, true);
	} else if (d->left) {
		ide_busy(d, WORK_TIME);
	} else if (d->writing) {
		finish(d, 0);
	} else { /* PIO in: no interrupt after the last block */
		d->status = ATA_DRDY | ATA_DSC;
		d->command = 0;
		d->len = 0;
	}
}

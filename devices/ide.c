/* SPDX-License-Identifier: MIT
 * ATA channel: task file registers, data port, device control.
 * Facts: ATA/ATAPI-6 (T13/1410D): register descriptions section 7, protocols
 * section 9, absent device 1 section 9.16.1 (device 0 answers for it with
 * status 00h).  An empty cable reads 7Fh: the host pulls DD7 down.
 */
#include "devices/ide.h"

enum { DATA, ERROR_FEATURE, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS_COMMAND };
enum { NIEN = 0x02, SRST = 0x04, HOB = 0x80, DEV1 = 0x10 };

#define RESET_TIME 100000u /* ns of BSY after a reset */

struct ata_geometry ata_geometry_of(u64 sectors)
{
	u64 cylinders = sectors / (16 * 63);

	if (cylinders < 1)
		cylinders = 1;
	if (cylinders > 16383)
		cylinders = 16383;
	return (struct ata_geometry){(u16)cylinders, 16, 63};
}

void ide_interrupt(struct ide *d, bool level)
{
	d->intrq = level;
	line_set(&d->wire.irq, level && !(d->control & NIEN));
}

void ide_busy(struct ide *d, u64 ns)
{
	d->status = ATA_BSY;
	clock_set(d->wire.clock, d->wire.timer, clock_now(d->wire.clock) + ns);
}

static void on_ready(void *arg)
{
	ata_work(arg);
}

void ide_init(struct ide *d, struct clock *clock, const struct pc_block *disk)
{
	d->wire.clock = clock;
	d->wire.timer = clock_add(clock, on_ready, d);
	d->wire.disk = disk;
	if (disk)
		d->wire.geometry = ata_geometry_of(disk->sectors);
	ide_reset(d);
}

void ide_reset(struct ide *d)
{
	d->control = 0;
	d->feature = 0;
	d->command = 0;
	d->resetting = false;
	d->multiple_count = 0;
	d->now = d->wire.geometry;
	d->len = d->pos = d->left = 0;
	ata_signature(d);
	d->status = ATA_DRDY | ATA_DSC;
	clock_set(d->wire.clock, d->wire.timer, CLOCK_NEVER);
	ide_interrupt(d, false);
}

static bool absent(const struct ide *d)
{
	return d->device & DEV1;
}

static u32 read_data(struct ide *d, unsigned size)
{
	u32 v = 0;

	if (!(d->status & ATA_DRQ) || d->writing)
		return ~0u;
	for (unsigned i = 0; i < size && d->pos < d->len; i++)
		v |= (u32)d->buf[d->pos++] << 8 * i;
	if (d->pos == d->len)
		ata_block_done(d);
	return v;
}

static void write_data(struct ide *d, u32 v, unsigned size)
{
	if (!(d->status & ATA_DRQ) || !d->writing)
		return;
	for (unsigned i = 0; i < size && d->pos < d->len; i++)
		d->buf[d->pos++] = (u8)(v >> 8 * i);
	if (d->pos == d->len)
		ata_block_done(d);
}

u32 ide_in(void *chip, unsigned reg, unsigned size)
{
	struct ide *d = chip;
	bool hob = d->control & HOB;

	if (!d->wire.disk)
		return reg == DATA ? ~0u : 0x7f;
	switch (reg) {
	case DATA:
		return absent(d) ? ~0u : read_data(d, size);
	case ERROR_FEATURE:
		return absent(d) ? 0 : d->error;
	case COUNT:
		return hob ? d->hob_count : d->count;
	case LBA0:
	case LBA1:
	case LBA2:
		return hob ? d->hob_lba[reg - LBA0] : d->lba[reg - LBA0];
	case DEVICE:
		return d->device | 0xa0; /* bits 7 and 5 are obsolete, read 1 */
	default:
		if (absent(d))
			return 0;
		ide_interrupt(d, false);
		return d->status;
	}
}

static void shift(u8 *now, u8 *hob, u8 v)
{
	*hob = *now;
	*now = v;
}

void ide_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct ide *d = chip;
	u8 b = (u8)v;

	if (!d->wire.disk)
		return;
	if (reg == DATA) {
		if (!absent(d))
			write_data(d, v, size);
		return;
	}
	d->control &= (u8)~HOB; /* any command block write clears it */
	if (reg != STATUS_COMMAND && (d->status & (ATA_BSY | ATA_DRQ)))
		return;
	switch (reg) {
	case ERROR_FEATURE:
		shift(&d->feature, &d->hob_feature, b);
		break;
	case COUNT:
		shift(&d->count, &d->hob_count, b);
		break;
	case LBA0:
	case LBA1:
	case LBA2:
		shift(&d->lba[reg - LBA0], &d->hob_lba[reg - LBA0], b);
		break;
	case DEVICE:
		d->device = b;
		break;
	default: /* EXECUTE DEVICE DIAGNOSTIC addresses both devices */
		if (absent(d) && b != 0x90)
			break;
		if ((d->status & ATA_BSY) && b != 0x90)
			break;
		ide_interrupt(d, false);
		ata_start(d, b);
		break;
	}
}

u8 ide_control_in(void *chip, unsigned reg)
{
	struct ide *d = chip;

	if (!d->wire.disk)
		return 0x7f;
	return absent(d) ? 0 : d->status;
}

void ide_control_out(void *chip, unsigned reg, u8 v)
{
	struct ide *d = chip;
	u8 was = d->control;

	if (!d->wire.disk)
		return;
	d->control = v & (NIEN | SRST | HOB);
	if (v & SRST) {
		d->device = 0; /* device 0 is selected and shows BSY */
		d->status = ATA_BSY;
		clock_set(d->wire.clock, d->wire.timer, CLOCK_NEVER);
		d->intrq = false;
	} else if (was & SRST) {
		ide_reset(d);
		d->control = v & (NIEN | HOB);
		d->resetting = true;
		ide_busy(d, RESET_TIME);
	}
	ide_interrupt(d, d->intrq);
}

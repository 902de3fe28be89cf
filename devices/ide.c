/* SPDX-License-Identifier: MIT
 * ATA channel: task file registers, device selection, data port, device
 * control, when BSY ends and when DMA data moves.
 * Facts: ATA/ATAPI-6 (T13/1410D): register descriptions section 7, protocols
 * section 9, absent device 1 section 9.16 (a disk as device 0 answers for it
 * with its own registers and status 00h, a packet device with 00h throughout).
 * Where nobody answers a read gives 7Fh: the host pulls DD7 down.
 */
#include "devices/ide.h"

#include "devices/ide_busmaster.h"

enum { DATA, ERROR_FEATURE, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS_COMMAND };
enum { NIEN = 0x02, SRST = 0x04, HOB = 0x80, DEV1 = 0x10 };
enum { DEVICE_RESET = 0x08, DIAGNOSTIC = 0x90 };

#define RESET_TIME 100000u /* ns of BSY after a reset */
#define DMA_TIME   5000u   /* ns from the bus master's start to the end of the data */

static bool present(const struct ide_drive *d)
{
	return d->wire.kind;
}

/* The device that drives the bus when registers are read, NULL: nobody. */
static struct ide_drive *answering(struct ide *c)
{
	if (present(&c->drive[c->select]))
		return &c->drive[c->select];
	return c->select && present(&c->drive[0]) ? &c->drive[0] : NULL;
}

/* The selected device if it is there, else NULL. */
static struct ide_drive *selected(struct ide *c)
{
	struct ide_drive *d = &c->drive[c->select];

	return present(d) ? d : NULL;
}

/* Only the selected device drives INTRQ. */
static void update_irq(struct ide *c)
{
	bool level = c->drive[c->select].intrq && !(c->control & NIEN);

	line_set(&c->wire.irq, level);
	if (c->wire.busmaster)
		busmaster_irq(c->wire.busmaster, level);
}

void ide_interrupt(struct ide_drive *d, bool level)
{
	d->intrq = level;
	update_irq(d->wire.channel);
}

static void arm(struct ide_drive *d, u64 ns)
{
	struct clock *clock = d->wire.channel->wire.clock;

	clock_set(clock, d->wire.timer, ns == CLOCK_NEVER ? ns : clock_now(clock) + ns);
}

void ide_busy(struct ide_drive *d, u64 ns)
{
	d->status = ATA_BSY;
	d->phase = IDE_WORKING;
	arm(d, ns);
}

/* The end of a reset or of EXECUTE DEVICE DIAGNOSTIC. */
static void become_ready(struct ide_drive *d)
{
	struct ide *c = d->wire.channel;
	bool diagnostic = d->phase == IDE_DIAGNOSING;

	d->phase = IDE_IDLE;
	d->status = d->wire.kind->ready;
	if (diagnostic && d == &c->drive[0])
		ide_interrupt(d, true);
}

static void on_timer(void *arg)
{
	struct ide_drive *d = arg;

	if (d->dma == IDE_DMA_RUNNING) {
		d->dma = IDE_DMA_WAITING; /* again, should the table be too short */
		d->wire.kind->dma(d);
	} else if (d->phase == IDE_WORKING) {
		d->phase = IDE_IDLE;
		d->wire.kind->work(d);
	} else if (d->phase != IDE_IDLE) {
		become_ready(d);
	}
}

static void start_dma(struct ide_drive *d)
{
	if (d->dma != IDE_DMA_WAITING || !d->wire.channel->wire.busmaster ||
	    !busmaster_active(d->wire.channel->wire.busmaster))
		return;
	d->dma = IDE_DMA_RUNNING;
	arm(d, DMA_TIME);
}

void ide_dma_offer(struct ide_drive *d)
{
	d->status = ATA_DRDY | ATA_DSC | ATA_DRQ;
	d->dma = IDE_DMA_WAITING;
	d->pos = d->len = 0; /* the data port is not connected to this */
	start_dma(d);
}

void ide_dma_started(struct ide *c)
{
	if (selected(c))
		start_dma(selected(c));
}

u32 ide_dma_move(struct ide_drive *d, u8 *buf, u32 n, bool to_memory)
{
	return busmaster_move(d->wire.channel->wire.busmaster, buf, n, to_memory);
}

void ide_init(struct ide *c, struct clock *clock)
{
	c->wire.clock = clock;
	for (unsigned i = 0; i < 2; i++) {
		c->drive[i].wire.channel = c;
		c->drive[i].wire.timer = clock_add(clock, on_timer, &c->drive[i]);
	}
	ide_reset(c);
}

void ide_attach(struct ide *c, unsigned unit, const struct ide_kind *kind,
		const struct pc_block *media)
{
	struct ide_drive *d = &c->drive[unit];

	d->wire.kind = kind;
	d->wire.media = media;
	d->wire.geometry = ata_geometry_of(media->sectors);
	ide_reset(c);
}

static void reset_drive(struct ide_drive *d, bool hard)
{
	d->feature = d->command = d->error = 0;
	d->phase = IDE_IDLE;
	d->dma = IDE_DMA_NONE;
	d->intrq = false;
	d->len = d->pos = d->left = 0;
	arm(d, CLOCK_NEVER);
	if (!present(d))
		return;
	d->wire.kind->reset(d, hard);
	d->wire.kind->signature(d);
	d->status = d->wire.kind->ready;
}

void ide_reset(struct ide *c)
{
	c->control = 0;
	c->select = 0;
	reset_drive(&c->drive[0], true);
	reset_drive(&c->drive[1], true);
	update_irq(c);
}

/* Both devices at once: SRST and EXECUTE DEVICE DIAGNOSTIC. */
static void reset_both(struct ide *c, enum ide_phase phase)
{
	c->select = 0;
	for (unsigned i = 0; i < 2; i++) {
		struct ide_drive *d = &c->drive[i];

		if (!present(d))
			continue;
		if (phase == IDE_RESETTING)
			reset_drive(d, false);
		d->wire.kind->signature(d);
		d->status = ATA_BSY;
		d->phase = (u8)phase;
		d->dma = IDE_DMA_NONE;
		d->intrq = false;
		d->len = d->pos = d->left = 0;
		arm(d, RESET_TIME);
	}
	update_irq(c);
}

static u32 read_data(struct ide_drive *d, unsigned size)
{
	u32 v = 0;

	if (!(d->status & ATA_DRQ) || d->writing || d->dma)
		return ~0u;
	for (unsigned i = 0; i < size && d->pos < d->len; i++)
		v |= (u32)d->buf[d->pos++] << 8 * i;
	if (d->pos == d->len)
		d->wire.kind->block_done(d);
	return v;
}

static void write_data(struct ide_drive *d, u32 v, unsigned size)
{
	if (!(d->status & ATA_DRQ) || !d->writing || d->dma)
		return;
	for (unsigned i = 0; i < size && d->pos < d->len; i++)
		d->buf[d->pos++] = (u8)(v >> 8 * i);
	if (d->pos == d->len)
		d->wire.kind->block_done(d);
}

u32 ide_in(void *chip, unsigned reg, unsigned size)
{
	struct ide *c = chip;
	struct ide_drive *d = answering(c);
	bool hob = c->control & HOB, absent = !selected(c);

	if (!d)
		return reg == DATA ? ~0u : 0x7f;
	if (absent && reg != DATA && reg != DEVICE && d->wire.kind == &atapi_cdrom)
		return 0;
	switch (reg) {
	case DATA:
		return absent ? ~0u : read_data(d, size);
	case ERROR_FEATURE:
		return absent ? 0 : d->error;
	case DEVICE:
		return d->device | 0xa0; /* bits 7 and 5 are obsolete, read 1 */
	case COUNT:
		return hob ? d->hob_count : d->count;
	case LBA0:
	case LBA1:
	case LBA2:
		return hob ? d->hob_lba[reg - LBA0] : d->lba[reg - LBA0];
	default:
		if (absent)
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

static void latch(struct ide_drive *d, unsigned reg, u8 b)
{
	switch (reg) {
	case ERROR_FEATURE:
		shift(&d->feature, &d->hob_feature, b);
		break;
	case COUNT:
		shift(&d->count, &d->hob_count, b);
		break;
	case DEVICE:
		d->device = b;
		break;
	default:
		shift(&d->lba[reg - LBA0], &d->hob_lba[reg - LBA0], b);
		break;
	}
}

static void command(struct ide *c, u8 code)
{
	struct ide_drive *d = selected(c);

	if (code == DIAGNOSTIC) { /* addresses both devices, whichever is selected */
		reset_both(c, IDE_DIAGNOSING);
		return;
	}
	if (!d ||
	    ((d->status & ATA_BSY) && !(code == DEVICE_RESET && d->wire.kind == &atapi_cdrom)))
		return;
	ide_interrupt(d, false);
	arm(d, CLOCK_NEVER);
	d->command = code;
	d->phase = IDE_IDLE;
	d->dma = IDE_DMA_NONE;
	d->error = 0;
	d->len = d->pos = d->left = 0;
	d->wire.kind->start(d, code);
}

void ide_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct ide *c = chip;
	struct ide_drive *d = answering(c);

	if (reg == DATA) {
		if (selected(c))
			write_data(selected(c), v, size);
		return;
	}
	c->control &= (u8)~HOB; /* any command block write clears it */
	if (reg == STATUS_COMMAND) {
		command(c, (u8)v);
		return;
	}
	if (d && (d->status & (ATA_BSY | ATA_DRQ)))
		return;
	latch(&c->drive[0], reg, (u8)v);
	latch(&c->drive[1], reg, (u8)v);
	if (reg == DEVICE) {
		c->select = v & DEV1 ? 1 : 0;
		update_irq(c);
	}
}

u8 ide_control_in(void *chip, unsigned reg)
{
	struct ide *c = chip;

	if (!answering(c))
		return 0x7f;
	return selected(c) ? selected(c)->status : 0;
}

void ide_control_out(void *chip, unsigned reg, u8 v)
{
	struct ide *c = chip;
	u8 was = c->control;

	c->control = v & (NIEN | SRST | HOB);
	if (v & SRST) {
		reset_both(c, IDE_RESETTING);
		arm(&c->drive[0], CLOCK_NEVER); /* BSY until the bit is clear again */
		arm(&c->drive[1], CLOCK_NEVER);
	} else if (was & SRST) {
		reset_both(c, IDE_RESETTING);
	}
	update_irq(c);
}

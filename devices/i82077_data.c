/* SPDX-License-Identifier: MIT
 * 82077AA: read, write, verify, format and read ID.
 * Facts: 82077AA data sheet 290166-007, section 6.1 (data transfer commands),
 * table 6-3 (result C, H, R after MT and EOT), section 7 (status registers).
 *
 * The head is always on the cylinder a command names: the Bochs BIOS never
 * seeks, and no program relies on the error a real drive would give.  CONFIGURE's
 * implied seek (EIS) only makes that visible.
 */
#include "devices/i82077.h"

#include <string.h>

enum { MT = 0x80, CONFIG_EIS = 0x40 };

static u8 opcode(const struct i82077 *f)
{
	return f->cmd[0] & 0x1f;
}

static bool is_write(const struct i82077 *f)
{
	return opcode(f) == FDC_WRITE || opcode(f) == FDC_WRITE_DELETED;
}

/* The 7-byte result with the address left in cmd[2..5] and the interrupt. */
static void result7(struct i82077 *f, u8 st0, u8 st1, u8 st2)
{
	u8 r[7] = {st0, st1, st2, f->cmd[2], f->cmd[3], f->cmd[4], f->cmd[5]};

	r[0] |= f->cmd[1] & 7;
	if (f->stepped)
		r[0] |= ST0_SEEK;

	fdc_finish(f, r, 7);
	fdc_interrupt(f, true);
}

static void fail(struct i82077 *f, u8 st1, u8 st2)
{
	result7(f, ST0_ABNORMAL, st1, st2);
}

static bool media_ready(struct i82077 *f)
{
	return (f->cmd[1] & 3) == 0 && f->wire.media && (f->dor & 0x10);
}

/* The seek before a transfer that CONFIGURE has switched on. */
static void implied_seek(struct i82077 *f)
{
	f->stepped = (f->config & CONFIG_EIS) && opcode(f) != FDC_READ_ID &&
		     opcode(f) != FDC_FORMAT && f->pcn[0] != f->cmd[2];
	if (!f->stepped)
		return;
	f->pcn[0] = f->cmd[2];
	f->changed = false; /* by its step pulses */
}

/* Block number of cylinder, head, sector in cmd[2..4]; false: no such ID. */
static bool locate(const struct i82077 *f, u64 *lba)
{
	const struct floppy_media *m = f->wire.media;
	unsigned cylinder = f->cmd[2], head = f->cmd[1] >> 2 & 1, sector = f->cmd[4];

	if (cylinder >= m->cylinders || head >= m->heads || f->cmd[3] != head)
		return false;
	if (!sector || sector > m->sectors || f->cmd[5] != 2)
		return false;
	*lba = ((u64)cylinder * m->heads + head) * m->sectors + sector - 1;
	return true;
}

/* Sectors past the end of a short image read as zeros. */
static int read_sector(struct i82077 *f, u64 lba)
{
	const struct pc_block *d = f->wire.disk;

	if (lba < d->sectors)
		return d->read(d->arg, lba, f->sector, 1);
	memset(f->sector, 0, sizeof f->sector);
	return 0;
}

static int write_sector(struct i82077 *f, u64 lba)
{
	const struct pc_block *d = f->wire.disk;

	return lba < d->sectors ? d->write(d->arg, lba, f->sector, 1) : -1;
}

/* Step cmd[2..4] to the next sector.  Returns false behind the last one (EOT of
 * the last head), with the address of table 6-3 in place. */
static bool advance(struct i82077 *f)
{
	u8 eot = f->cmd[6];

	if (f->cmd[4] != eot) {
		f->cmd[4]++;
		return true;
	}
	f->cmd[4] = 1;
	if ((f->cmd[0] & MT) && !(f->cmd[1] & 4)) {
		f->cmd[1] |= 4;
		f->cmd[3] = 1;
		return true;
	}
	if (f->cmd[0] & MT) {
		f->cmd[1] &= (u8)~4u;
		f->cmd[3] = 0;
	}
	f->cmd[2]++;
	return false;
}

static void start_pio(struct i82077 *f, bool in)
{
	f->pio_in = in;
	f->pio_pos = 0;
	f->pio_len = opcode(f) == FDC_FORMAT ? (u16)(4 * f->cmd[3]) : 512;
	f->phase = FDC_PIO;
	fdc_interrupt(f, true);
}

/* Sectors one after the other until terminal count or the end of the track. */
static void transfer_dma(struct i82077 *f)
{
	bool tc = false, write = is_write(f), more = true;
	u64 lba;

	while (more && !tc) {
		u32 moved = 512;

		if (!locate(f, &lba)) {
			fail(f, ST1_ND, 0);
			return;
		}
		if (!write && read_sector(f, lba)) {
			fail(f, ST1_DE, 0x20);
			return;
		}
		if (write)
			memset(f->sector, 0, sizeof f->sector);
		if (opcode(f) != FDC_VERIFY)
			moved = i8237_transfer(f->wire.dma, 2, f->sector, 512, !write, &tc);
		if (!moved) {
			fail(f, ST1_OR, 0); /* nobody answered DREQ in time */
			return;
		}
		if (write && write_sector(f, lba)) {
			fail(f, ST1_DE, 0);
			return;
		}
		more = advance(f);
	}
	/* VERIFY ends at EOT without an error; a transfer wants its TC. */
	if (tc || opcode(f) == FDC_VERIFY)
		result7(f, 0, 0, 0);
	else
		fail(f, ST1_EN, 0);
}

static void transfer_pio(struct i82077 *f)
{
	u64 lba;

	if (!locate(f, &lba)) {
		fail(f, ST1_ND, 0);
		return;
	}
	if (!is_write(f) && read_sector(f, lba)) {
		fail(f, ST1_DE, 0x20);
		return;
	}
	start_pio(f, !is_write(f));
}

/* FORMAT TRACK: cmd[2] = N, cmd[3] = sectors, cmd[5] = fill byte; four ID bytes
 * per sector come from the processor. */
static void format_sectors(struct i82077 *f, const u8 *ids, unsigned count)
{
	u8 n = f->cmd[2], fill = f->cmd[5];

	for (unsigned i = 0; i < count; i++, ids += 4) {
		u64 lba;

		memcpy(&f->cmd[2], ids, 3);
		f->cmd[5] = n;
		if (!locate(f, &lba)) {
			fail(f, ST1_ND, 0);
			return;
		}
		memset(f->sector, fill, sizeof f->sector);
		if (write_sector(f, lba)) {
			fail(f, ST1_DE, 0);
			return;
		}
	}
	result7(f, 0, 0, 0);
}

static void format(struct i82077 *f)
{
	u8 ids[255 * 4];
	unsigned count = f->cmd[3];
	bool tc;

	if (f->wire.disk->read_only) {
		fail(f, ST1_NW, 0);
		return;
	}
	if (count * 4 > sizeof f->sector) { /* more IDs than fit on a track */
		fail(f, ST1_ND, 0);
		return;
	}
	if (!fdc_dma_mode(f) && count) {
		start_pio(f, false);
		return;
	}
	if (count && i8237_transfer(f->wire.dma, 2, ids, count * 4, false, &tc) != count * 4) {
		fail(f, ST1_OR, 0);
		return;
	}
	format_sectors(f, ids, count);
}

static void read_id(struct i82077 *f)
{
	const struct floppy_media *m = f->wire.media;
	unsigned head = f->cmd[1] >> 2 & 1, drive = f->cmd[1] & 3;

	f->cmd[2] = f->pcn[drive];
	f->cmd[3] = (u8)head;
	f->cmd[4] = 1;
	f->cmd[5] = 2;
	if (head >= m->heads || f->pcn[drive] >= m->cylinders)
		fail(f, ST1_MA, 0);
	else
		result7(f, 0, 0, 0);
}

void fdc_transfer(struct i82077 *f)
{
	f->stepped = false;
	if (!media_ready(f)) { /* no index hole, no address mark */
		fail(f, ST1_MA, 0);
		return;
	}
	implied_seek(f);
	switch (opcode(f)) {
	case FDC_READ_ID:
		read_id(f);
		return;
	case FDC_FORMAT:
		format(f);
		return;
	case FDC_READ_DELETED: /* every sector here has a normal data mark */
		fail(f, ST1_ND, 0x40);
		return;
	case FDC_READ_TRACK: /* all sectors from 1, whatever R says */
		f->cmd[4] = 1;
		break;
	}
	if (is_write(f) && f->wire.disk->read_only)
		fail(f, ST1_NW, 0);
	else if (fdc_dma_mode(f) || opcode(f) == FDC_VERIFY)
		transfer_dma(f);
	else
		transfer_pio(f);
}

void fdc_pio_done(struct i82077 *f)
{
	u8 ids[sizeof f->sector];
	u64 lba;

	fdc_interrupt(f, false);
	if (opcode(f) == FDC_FORMAT) {
		memcpy(ids, f->sector, f->pio_len);
		format_sectors(f, ids, f->pio_len / 4);
		return;
	}
	if (is_write(f) && (!locate(f, &lba) || write_sector(f, lba))) {
		fail(f, ST1_DE, 0);
		return;
	}
	/* Without DMA there is no TC: the end of the track ends the command. */
	if (advance(f))
		transfer_pio(f);
	else
		fail(f, ST1_EN, 0);
}

/* SPDX-License-Identifier: MIT
 * Intel 82077AA floppy disk controller as in the PC/AT: registers, command
 * phases, commands without data.
 * Facts: 82077AA data sheet 290166-007: registers section 2.1, reset section 4,
 * commands table 5-1 and section 6, status registers section 7.
 *
 * The drive is a very fast one: seeks and sectors take fractions of a
 * millisecond and any data rate reads any disk.  SCAN commands are answered as
 * invalid (80h), which is the chip's own way to refuse.
 */
#include "devices/i82077.h"

#include <string.h>

enum { DOR_RESET = 0x04, DOR_DMA = 0x08 };
enum { MSR_BUSY = 0x10, MSR_NDMA = 0x20, MSR_DIO = 0x40, MSR_RQM = 0x80 };
enum { REG_SRA, REG_SRB, REG_DOR, REG_TDR, REG_MSR, REG_FIFO, REG_IDE, REG_DIR };

#define RESET_TIME   50000u /* ns until a reset ends in its interrupt */
#define COMMAND_TIME 20000u /* ns a seek or a transfer command takes */

void fdc_interrupt(struct i82077 *f, bool level)
{
	f->irq = level;
	line_set(&f->wire.irq, level && (f->dor & DOR_DMA));
}

/* Enter the result phase; n == 0: straight to the next command. */
void fdc_finish(struct i82077 *f, const u8 *result, unsigned n)
{
	if (n)
		memcpy(f->result, result, n);
	f->result_len = (u8)n;
	f->result_pos = 0;
	f->cmd_have = 0;
	f->phase = n ? FDC_RESULT : FDC_COMMAND;
}

static void busy(struct i82077 *f, u64 ns)
{
	f->phase = FDC_BUSY;
	clock_set(f->wire.clock, f->wire.timer, clock_now(f->wire.clock) + ns);
}

/* Software reset: registers stay, phases and pending status go. */
static void chip_reset(struct i82077 *f)
{
	f->cmd_have = f->cmd_len = 0;
	f->waiting = f->reset_sense = 0;
	f->result_len = 0;
	if (!f->locked)
		f->config = f->precomp = 0;
	f->perpendicular = 0;
	memset(f->pcn, 0, sizeof f->pcn);
	fdc_interrupt(f, false);
	f->phase = FDC_BUSY;
	clock_set(f->wire.clock, f->wire.timer, CLOCK_NEVER);
}

static void leave_reset(struct i82077 *f)
{
	f->cmd_len = 0; /* marks the busy time as the end of a reset */
	busy(f, RESET_TIME);
}

static void seek_done(struct i82077 *f, unsigned drive, unsigned cylinder, bool recalibrate)
{
	bool there = drive == 0; /* only drive A: is connected */

	f->st0[drive] = (u8)(ST0_SEEK | (f->cmd[1] & 7));
	if (!there && recalibrate) /* track 0 never showed up */
		f->st0[drive] |= ST0_ABNORMAL | ST0_CHECK;
	f->pcn[drive] = (u8)cylinder;
	if (there && f->wire.media)
		f->changed = false; /* a step pulse clears DSKCHG */
	f->waiting |= (u8)(1u << drive);
	fdc_finish(f, NULL, 0);
	fdc_interrupt(f, true);
}

static void sense_interrupt(struct i82077 *f)
{
	u8 r[2];

	fdc_interrupt(f, false);
	for (unsigned i = 0; i < 4; i++) {
		u8 bit = (u8)(1u << i);

		if (!((f->reset_sense | f->waiting) & bit))
			continue;
		r[0] = f->reset_sense & bit ? (u8)(ST0_READY_CHANGE | i) : f->st0[i];
		r[1] = f->pcn[i];
		f->reset_sense &= (u8)~bit;
		f->waiting &= (u8)~bit;
		fdc_finish(f, r, 2);
		return;
	}
	r[0] = ST0_INVALID;
	fdc_finish(f, r, 1);
}

static void sense_drive(struct i82077 *f)
{
	unsigned drive = f->cmd[1] & 3;
	u8 st3 = (u8)((f->cmd[1] & 7) | 0x28); /* ready, two sided */

	if (drive == 0 && f->pcn[0] == 0)
		st3 |= 0x10; /* track 0 */
	if (drive == 0 && f->wire.disk && f->wire.disk->read_only)
		st3 |= 0x40;
	fdc_finish(f, &st3, 1);
}

static void dump_registers(struct i82077 *f)
{
	u8 eot = f->wire.media ? f->wire.media->sectors : 0;
	u8 r[10] = {
		f->pcn[0],     f->pcn[1],     f->pcn[2], f->pcn[3],
		f->specify[0], f->specify[1], eot,       (u8)(f->locked << 7 | f->perpendicular),
		f->config,     f->precomp};

	fdc_finish(f, r, 10);
}

static void seek(struct i82077 *f)
{
	unsigned drive = f->cmd[1] & 3, to = f->cmd[2];

	if (f->cmd[0] & 0x80) /* relative: bit 6 is the direction */
		to = f->cmd[0] & 0x40 ? f->pcn[drive] + to : f->pcn[drive] - to;
	seek_done(f, drive, to, false);
}

/* The busy time is over. */
static void on_ready(void *arg)
{
	struct i82077 *f = arg;

	if (f->phase != FDC_BUSY || !(f->dor & DOR_RESET))
		return;
	if (!f->cmd_len) {
		f->reset_sense = 0x0f;
		fdc_finish(f, NULL, 0);
		fdc_interrupt(f, true);
		return;
	}
	switch (f->cmd[0] & 0x1f) {
	case FDC_RECALIBRATE:
		seek_done(f, f->cmd[1] & 3, 0, true);
		break;
	case FDC_SEEK:
		seek(f);
		break;
	default:
		fdc_transfer(f);
		break;
	}
}

/* Length of a command by its first byte; 1 for what the chip refuses. */
static u8 command_length(u8 first)
{
	switch (first & 0x1f) {
	case FDC_READ_TRACK:
	case FDC_WRITE:
	case FDC_READ:
	case FDC_WRITE_DELETED:
	case FDC_READ_DELETED:
	case FDC_VERIFY:
		return 9;
	case FDC_FORMAT:
		return 6;
	case FDC_CONFIGURE:
		return 4;
	case FDC_SPECIFY:
	case FDC_SEEK:
		return 3;
	case FDC_SENSE_DRIVE:
	case FDC_RECALIBRATE:
	case FDC_READ_ID:
	case FDC_PERPENDICULAR:
		return 2;
	default:
		return 1;
	}
}

static void execute(struct i82077 *f)
{
	u8 r = ST0_INVALID;

	switch (f->cmd[0] & 0x1f) {
	case FDC_SPECIFY:
		f->specify[0] = f->cmd[1];
		f->specify[1] = f->cmd[2];
		fdc_finish(f, NULL, 0);
		break;
	case FDC_SENSE_DRIVE:
		sense_drive(f);
		break;
	case FDC_SENSE_INTERRUPT:
		sense_interrupt(f);
		break;
	case FDC_DUMPREG:
		dump_registers(f);
		break;
	case FDC_VERSION: /* 90h: enhanced controller */
		r = f->cmd[0] == FDC_VERSION ? 0x90 : ST0_INVALID;
		fdc_finish(f, &r, 1);
		break;
	case FDC_PERPENDICULAR:
		f->perpendicular = f->cmd[1] & 0x7f;
		fdc_finish(f, NULL, 0);
		break;
	case FDC_CONFIGURE:
		f->config = f->cmd[2];
		f->precomp = f->cmd[3];
		fdc_finish(f, NULL, 0);
		break;
	case FDC_LOCK:
		f->locked = f->cmd[0] & 0x80;
		r = (u8)(f->locked << 4);
		fdc_finish(f, &r, 1);
		break;
	case FDC_READ_TRACK:
	case FDC_WRITE:
	case FDC_READ:
	case FDC_WRITE_DELETED:
	case FDC_READ_DELETED:
	case FDC_VERIFY:
	case FDC_FORMAT:
	case FDC_READ_ID:
	case FDC_RECALIBRATE:
	case FDC_SEEK:
		busy(f, COMMAND_TIME);
		break;
	default:
		fdc_finish(f, &r, 1);
	}
}

static void fifo_write(struct i82077 *f, u8 v)
{
	if (f->phase == FDC_PIO && !f->pio_in) {
		f->sector[f->pio_pos++] = v;
		if (f->pio_pos == f->pio_len)
			fdc_pio_done(f);
		return;
	}
	if (f->phase != FDC_COMMAND)
		return; /* MSR says: not now */
	if (!f->cmd_have)
		f->cmd_len = command_length(v);
	f->cmd[f->cmd_have++] = v;
	if (f->cmd_have == f->cmd_len)
		execute(f);
}

static u8 fifo_read(struct i82077 *f)
{
	u8 v;

	if (f->phase == FDC_PIO && f->pio_in) {
		v = f->sector[f->pio_pos++];
		if (f->pio_pos == f->pio_len)
			fdc_pio_done(f);
		return v;
	}
	if (f->phase != FDC_RESULT)
		return 0;
	fdc_interrupt(f, false);
	v = f->result[f->result_pos++];
	if (f->result_pos == f->result_len)
		fdc_finish(f, NULL, 0);
	return v;
}

static u8 main_status(const struct i82077 *f)
{
	switch (f->phase) {
	case FDC_COMMAND:
		return MSR_RQM | (f->cmd_have ? MSR_BUSY : 0);
	case FDC_PIO:
		return MSR_RQM | MSR_NDMA | MSR_BUSY | (f->pio_in ? MSR_DIO : 0);
	case FDC_RESULT:
		return MSR_RQM | MSR_DIO | MSR_BUSY;
	default: /* RQM stays low in reset; a seek shows its drive busy */
		if (!f->cmd_len)
			return 0;
		if ((f->cmd[0] & 0x1f) == FDC_SEEK || (f->cmd[0] & 0x1f) == FDC_RECALIBRATE)
			return (u8)(1u << (f->cmd[1] & 3));
		return MSR_BUSY;
	}
}

void i82077_init(struct i82077 *f, struct clock *clock, const struct pc_block *disk)
{
	f->wire.clock = clock;
	f->wire.timer = clock_add(clock, on_ready, f);
	f->wire.disk = disk;
	f->wire.media = disk ? floppy_media_of(disk->sectors) : NULL;
	i82077_reset(f);
}

void i82077_reset(struct i82077 *f)
{
	f->locked = false;
	f->dor = f->tdr = 0;
	f->rate = 2; /* 250 kbit/s */
	f->specify[0] = f->specify[1] = 0;
	f->changed = true;
	chip_reset(f);
}

static void write_dor(struct i82077 *f, u8 v)
{
	u8 was = f->dor;

	f->dor = v;
	if (!(v & DOR_RESET))
		chip_reset(f);
	else if (!(was & DOR_RESET))
		leave_reset(f);
	line_set(&f->wire.irq, f->irq && (v & DOR_DMA));
}

u8 i82077_in(void *chip, unsigned reg)
{
	struct i82077 *f = chip;

	switch (reg) {
	case REG_DOR:
		return f->dor;
	case REG_TDR:
		return f->tdr | 0xfc;
	case REG_MSR:
		return main_status(f);
	case REG_FIFO:
		return fifo_read(f);
	case REG_DIR: /* bits 0-6 float; DSKCHG of the selected drive */
		return (f->dor & 3) == 0 && (f->dor & 0x10) && f->changed ? 0xff : 0x7f;
	default:
		return 0xff; /* SRA and SRB exist in PS/2 mode only */
	}
}

void i82077_out(void *chip, unsigned reg, u8 v)
{
	struct i82077 *f = chip;

	switch (reg) {
	case REG_DOR:
		write_dor(f, v);
		break;
	case REG_TDR:
		f->tdr = v & 3;
		break;
	case REG_MSR: /* DSR: bit 7 resets and clears itself, bit 6 powers down */
		f->rate = v & 3;
		if ((v & 0x80) && (f->dor & DOR_RESET)) {
			chip_reset(f);
			leave_reset(f);
		}
		break;
	case REG_FIFO:
		if (f->dor & DOR_RESET)
			fifo_write(f, v);
		break;
	case REG_DIR: /* CCR */
		f->rate = v & 3;
		break;
	}
}

/* SPDX-License-Identifier: MIT
 * 82077AA floppy disk controller with one drive.
 */
#ifndef DEVICES_I82077_H
#define DEVICES_I82077_H

#include "devices/clock.h"
#include "devices/floppy_media.h"
#include "devices/i8237.h"
#include "devices/line.h"
#include "devices/pc.h"

enum i82077_phase { FDC_COMMAND, FDC_BUSY, FDC_PIO, FDC_RESULT };

struct i82077 {
	u8 dor, tdr, rate; /* rate: bits 0-1 of DSR and CCR */
	u8 phase;          /* enum i82077_phase */
	u8 cmd[9], cmd_len, cmd_have;
	u8 result[10], result_len, result_pos;
	u8 st0[4];      /* status waiting for SENSE INTERRUPT STATUS, */
	u8 waiting;     /*   one bit per drive */
	u8 reset_sense; /* drives still to be polled after a reset */
	u8 pcn[4];      /* cylinder the chip believes each head is at */
	u8 specify[2];  /* step rate and head load times, bit 0 of [1]: no DMA */
	u8 config, precomp, perpendicular;
	bool locked, changed /* DSKCHG */, irq;
	bool stepped;   /* the transfer began with an implied seek */
	u8 sector[512]; /* non-DMA transfers and format */
	u16 pio_pos, pio_len;
	bool pio_in; /* from disk to processor */
	struct {
		struct clock *clock;
		unsigned timer;
		struct line irq;
		struct i8237 *dma; /* channel 2 */
		const struct pc_block *disk;
		const struct floppy_media *media; /* NULL: empty drive */
	} wire;
};

void i82077_init(struct i82077 *f, struct clock *clock, const struct pc_block *disk);
void i82077_reset(struct i82077 *f); /* RESET pin */

/* reg 0-7 from port 3F0h; 6 belongs to the IDE channel. */
u8 i82077_in(void *chip, unsigned reg);
void i82077_out(void *chip, unsigned reg, u8 v);

/* i82077_data.c: commands with a data transfer.  Run one whole command, or
 * with DMA off the next sector of it; ends in fdc_result7(). */
void fdc_transfer(struct i82077 *f);
/* The processor moved the whole PIO buffer. */
void fdc_pio_done(struct i82077 *f);
void fdc_interrupt(struct i82077 *f, bool level);
void fdc_finish(struct i82077 *f, const u8 *result, unsigned n);

static inline bool fdc_dma_mode(const struct i82077 *f)
{
	return !(f->specify[1] & 1);
}

/* Commands by their low five bits (82077AA data sheet, table 5-1). */
enum {
	FDC_READ_TRACK = 0x02,
	FDC_SPECIFY = 0x03,
	FDC_SENSE_DRIVE = 0x04,
	FDC_WRITE = 0x05,
	FDC_READ = 0x06,
	FDC_RECALIBRATE = 0x07,
	FDC_SENSE_INTERRUPT = 0x08,
	FDC_WRITE_DELETED = 0x09,
	FDC_READ_ID = 0x0a,
	FDC_READ_DELETED = 0x0c,
	FDC_FORMAT = 0x0d,
	FDC_DUMPREG = 0x0e,
	FDC_SEEK = 0x0f,
	FDC_VERSION = 0x10,
	FDC_PERPENDICULAR = 0x12,
	FDC_CONFIGURE = 0x13,
	FDC_LOCK = 0x14,
	FDC_VERIFY = 0x16,
};
enum {
	ST0_ABNORMAL = 0x40,
	ST0_INVALID = 0x80,
	ST0_READY_CHANGE = 0xc0,
	ST0_SEEK = 0x20,
	ST0_CHECK = 0x10
};
enum { ST1_MA = 0x01, ST1_NW = 0x02, ST1_ND = 0x04, ST1_OR = 0x10, ST1_DE = 0x20, ST1_EN = 0x80 };

#endif

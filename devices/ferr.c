/* SPDX-License-Identifier: MIT
 * Floating-point errors as an interrupt: see ferr.h for the source.
 */
#include "devices/ferr.h"

static void drive(struct ferr *f, bool latch, bool ignne)
{
	f->latch = latch;
	f->ignne = ignne;
	line_set(&f->wire.irq13, latch);
	line_set(&f->wire.ignne, ignne);
}

void ferr_reset(struct ferr *f)
{
	f->pin = false;
	drive(f, false, false);
}

void ferr_set(struct ferr *f, bool level)
{
	if (f->pin == level)
		return;
	f->pin = level;
	drive(f, f->latch || level, false);
}

void ferr_out(void *chip, unsigned reg, u8 v)
{
	struct ferr *f = chip;

	drive(f, false, f->pin && reg == 0);
}

/* SPDX-License-Identifier: MIT
 * Two cascaded 8259A interrupt controllers with the PIIX3's edge/level
 * registers.  See i8259.c.
 */
#ifndef DEVICES_I8259_H
#define DEVICES_I8259_H

#include "devices/line.h"

struct i8259_chip {
	u8 irr, imr, isr;
	u8 line;   /* levels on the IR inputs */
	u8 elcr;   /* 1: level triggered */
	u8 base;   /* vector of IR0 */
	u8 low;    /* IR number with the lowest priority */
	u8 expect; /* initialisation word to come next: 2, 3, 4 or 0 */
	u8 icw1, icw4;
	bool ready; /* initialised since power-on */
	bool rotate_aeoi, special_mask, read_isr, poll;
};

struct i8259 {
	struct i8259_chip chip[2]; /* 0: master, 1: slave on IR2 */
	bool intr;
	struct {
		struct line intr; /* master's INT pin */
	} wire;
};

void i8259_reset(struct i8259 *p);

/* Level of request `irq` 0-15 (2 is the cascade and is ignored); `arg` is the
 * struct i8259: the signature fits struct line. */
void i8259_irq(void *arg, unsigned irq, bool level);

/* Both INTA cycles; returns the vector.  Without a request the default IR7 of
 * the addressed chip is returned and no in-service bit is set. */
u8 i8259_intack(struct i8259 *p);
/* Is input `irq` of the master requested and not masked, and requested at all? */
bool i8259_waiting(const struct i8259 *p, unsigned irq);
bool i8259_requested(const struct i8259 *p, unsigned irq);

/* reg: chip * 2 + A0. */
u8 i8259_in(void *chip, unsigned reg);
void i8259_out(void *chip, unsigned reg, u8 v);

/* ELCR ports 4D0h, 4D1h (PIIX3 datasheet 290550, section 2.5.4). */
u8 i8259_elcr_in(void *chip, unsigned reg);
void i8259_elcr_out(void *chip, unsigned reg, u8 v);

#endif

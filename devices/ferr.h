/* SPDX-License-Identifier: MIT
 * The board's handling of floating-point errors for systems that leave CR0.NE
 * clear (SDM vol. 1 appendix D, Intel AP-578): FERR# sets a latch that is IRQ 13;
 * a write to port F0h clears it and asserts IGNNE# as long as FERR# is.
 */
#ifndef DEVICES_FERR_H
#define DEVICES_FERR_H

#include "devices/line.h"

struct ferr {
	bool pin;   /* FERR# as the processor drives it */
	bool latch; /* IRQ 13 */
	bool ignne;
	struct {
		struct line irq13, ignne;
	} wire;
};

void ferr_reset(struct ferr *f);
/* The processor's FERR# pin. */
void ferr_set(struct ferr *f, bool level);
/* reg 0: port F0h, reg 1: port F1h, coprocessor reset, which clears the latch. */
void ferr_out(void *chip, unsigned reg, u8 v);

#endif

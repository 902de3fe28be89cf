/* SPDX-License-Identifier: MIT
 * System control port A (92h): A20 gate and fast reset.  IBM PS/2 Hardware
 * Interface Technical Reference, "System control port A"; PIIX3 datasheet
 * 290550 section 2.5.5.
 */
#ifndef DEVICES_PORT92_H
#define DEVICES_PORT92_H

#include "devices/line.h"

struct port92 {
	u8 value; /* bit 0: fast reset, bit 1: A20 */
	struct {
		struct line a20, reset;
	} wire;
};

u8 port92_in(void *chip, unsigned reg);
/* Bit 0 resets the processor on its rising edge. */
void port92_out(void *chip, unsigned reg, u8 v);

#endif

/* SPDX-License-Identifier: MIT
 * System control port B (61h): gate of timer counter 2, speaker, NMI enables.
 */
#ifndef DEVICES_PORT61_H
#define DEVICES_PORT61_H

#include "devices/i8254.h"

struct port61 {
	u8 value; /* bits 0-3 as written */
	struct {
		struct i8254 *timer;
		struct clock *clock;
	} wire;
};

void port61_reset(struct port61 *p);
u8 port61_in(void *chip, unsigned reg);
void port61_out(void *chip, unsigned reg, u8 v);

#endif

/* SPDX-License-Identifier: MIT
 * System control port B (61h): gate of timer counter 2, speaker, and the logic that
 * makes NMI of IOCHK#.
 */
#ifndef DEVICES_PORT61_H
#define DEVICES_PORT61_H

#include "devices/i8254.h"
#include "devices/line.h"

struct port61 {
	u8 value;        /* bits 0-3 as written */
	bool iochk;      /* latched: bit 6 */
	bool masked;     /* bit 7 of port 70h */
	bool out;        /* bit 5 as last shown */
	u64 looked;      /* when that was */
	unsigned rounds; /* how many looks came, each soon after the one before */
	u32 touched;     /* of the timer, at that look */
	struct {
		struct i8254 *timer;
		struct clock *clock;
		struct line nmi; /* the processor's pin */
	} wire;
};

void port61_reset(struct port61 *p);
u8 port61_in(void *chip, unsigned reg);
void port61_out(void *chip, unsigned reg, u8 v);
/* A card pulls IOCHK# low for a moment. */
void port61_iochk(struct port61 *p);
/* Line: bit 7 of port 70h, which keeps NMI from the processor. */
void port61_mask(void *chip, unsigned n, bool masked);

#endif

/* SPDX-License-Identifier: MIT
 * MC146818 real-time clock with 128 bytes of battery-backed memory.
 */
#ifndef DEVICES_MC146818_H
#define DEVICES_MC146818_H

#include "devices/clock.h"
#include "devices/line.h"

struct mc146818 {
	u8 ram[128];     /* 0-9 time, 10-13 registers A-D, 32h century */
	u8 index;        /* last write to port 70h; bit 7 masks NMI */
	u64 next_update; /* when the seconds advance; CLOCK_NEVER: stopped */
	u64 periods;     /* periodic intervals seen when PF was last cleared */
	struct {
		struct clock *clock;
		unsigned update_timer, periodic_timer;
		struct line irq;      /* IRQ8 */
		struct line nmi_mask; /* bit 7 of the index register */
	} wire;
};

/* Connect and set the calendar to `unix_time` (UTC, BCD, 24 hours). */
void mc146818_init(struct mc146818 *r, struct clock *clock, u64 unix_time);
/* RESET pin: interrupts off; time and memory are kept by the battery. */
void mc146818_reset(struct mc146818 *r);

/* reg 0: index (write only), reg 1: data. */
u8 mc146818_in(void *chip, unsigned reg);
void mc146818_out(void *chip, unsigned reg, u8 v);

#endif

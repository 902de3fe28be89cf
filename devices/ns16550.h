/* SPDX-License-Identifier: MIT
 * NS16550A serial port with a character back end.
 */
#ifndef DEVICES_NS16550_H
#define DEVICES_NS16550_H

#include "devices/clock.h"
#include "devices/line.h"
#include "devices/pc.h"

#define NS16550_FIFO 16u

struct ns16550_fifo {
	u8 data[NS16550_FIFO];
	u8 head, count;
};

struct ns16550 {
	u8 ier, lcr, mcr, lsr, msr, scr, fcr;
	u16 divisor;
	struct ns16550_fifo tx, rx;
	u8 shift; /* transmit shift register */
	bool shifting;
	bool thre_int; /* THR empty interrupt pending */
	bool timeout;  /* character timeout indication */
	struct {
		struct clock *clock;
		unsigned tx_timer, rx_timer, timeout_timer;
		struct line irq;
		struct pc_char backend;
		/* Characters leave at once instead of in the time that the line
		 * would take: a console log is no reason for the guest to wait. */
		bool unpaced;
	} wire;
};

void ns16550_init(struct ns16550 *u, struct clock *clock);
void ns16550_reset(struct ns16550 *u);
/* The back end may have input. */
void ns16550_poll(struct ns16550 *u);

u8 ns16550_in(void *chip, unsigned reg);
void ns16550_out(void *chip, unsigned reg, u8 v);

#endif

/* SPDX-License-Identifier: MIT
 * 8254 programmable interval timer.  See i8254.c.
 */
#ifndef DEVICES_I8254_H
#define DEVICES_I8254_H

#include "devices/clock.h"
#include "devices/line.h"

#define I8254_HZ 1193182u

struct i8254_chan {
	u8 mode; /* 0-5 */
	u8 rw;   /* access: 1 low byte, 2 high byte, 3 both */
	bool bcd, gate;
	bool write_high, read_high; /* second byte of a pair is next */
	u8 low;                     /* first byte of a pair being written */
	u8 latched;                 /* count bytes waiting in `latch` */
	u16 latch;
	u8 status;
	bool status_latched;
	u32 reload;   /* count register; 0: none since the control word */
	u32 count;    /* what the counting element was loaded with */
	bool running; /* the counting element was loaded since the control word */
	bool strobed; /* mode 4 and 5: OUT was low since then */
	bool pending; /* reload not yet transferred: null count */
	bool frozen;  /* gate low */
	bool phase;   /* mode 3: in the high half */
	u64 held;     /* clocks passed while it does not count */
	u64 start;    /* PIT clock number at which counting began */
};

/* What became of the last tick: nothing waits, it waits for the processor, or it waits
 * behind a mask: that of a handler at work, or of a guest that wants no ticks. */
enum i8254_request { I8254_TAKEN, I8254_WAITS, I8254_MASKED };

struct i8254 {
	struct i8254_chan chan[3];
	u64 lost;        /* ticks of counter 0 still to be delivered */
	u64 behind_mask; /* ticks that came meanwhile */
	/* Since the control word of counter 0, to compare ticks with time: */
	u64 began;     /* PIT clock number at which it began to count, CLOCK_NEVER: not yet */
	u64 delivered; /* IRQ0 acknowledged */
	u64 dropped;   /* given up: the host was away for too long */
	bool loaded;   /* counter 2 got its count, the processor has not gone on */
	u32 touched;   /* how often counter 2 was set up, given a count, or its GATE changed */
	struct {
		struct clock *clock;
		unsigned timer;
		struct line out0; /* IRQ0 */
		enum i8254_request (*request)(void *board);
		/* Asks for i8254_went_on().  May be NULL. */
		void (*on_load)(void *board);
		void *board;
	} wire;
};

/* Connect to the clock, then reset. */
void i8254_init(struct i8254 *p, struct clock *clock);
void i8254_reset(struct i8254 *p);

u8 i8254_in(void *chip, unsigned reg);
void i8254_out(void *chip, unsigned reg, u8 v);

/* GATE input and OUT pin of one counter. */
void i8254_gate(struct i8254 *p, unsigned chan, bool level);
bool i8254_output(struct i8254 *p, unsigned chan);

/* IRQ0 was acknowledged: the next of the ticks that came too late may follow. */
void i8254_served(struct i8254 *p);

/* The processor goes on behind the OUT that gave counter 2 its count: the count begins
 * now.  Guests compare this counter with the TSC to learn how fast that is; what the host
 * does in between (translate what follows, run another process) would pass for clocks of
 * the counter and make the TSC look slow. */
void i8254_went_on(struct i8254 *p);

/* Clocks that counter 0 has counted since its control word, 0 while it stands still; the
 * ticks that have come by then have been noticed. */
u64 i8254_counted(struct i8254 *p);

#endif

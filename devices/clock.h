/* SPDX-License-Identifier: MIT
 * The board's clock: virtual nanoseconds since power-on and one deadline per
 * chip function.  Deadlines run in time order, equal times in the order the
 * chips were added, so a run with the same virtual time is repeatable.
 */
#ifndef DEVICES_CLOCK_H
#define DEVICES_CLOCK_H

#include "refvmm/types.h"

#define CLOCK_TIMERS 24u
#define CLOCK_NEVER  UINT64_MAX

/* Convention of every chip in this folder: all members before `wire` are plain
 * state without pointers; `wire` is how the board connected the chip. */
struct clock {
	u64 at[CLOCK_TIMERS]; /* CLOCK_NEVER: not armed */
	u64 told;             /* earliest deadline the host knows of */
	struct {
		u64 (*now)(void *host);
		void (*deadline)(void *host, u64 ns); /* may be NULL */
		void *host;
		struct {
			void (*fire)(void *arg);
			void *arg;
		} timer[CLOCK_TIMERS];
		unsigned count;
		bool running;
	} wire;
};

void clock_init(struct clock *c, u64 (*now)(void *), void (*deadline)(void *, u64), void *host);

/* Returns the timer's number for clock_set(). */
unsigned clock_add(struct clock *c, void (*fire)(void *arg), void *arg);

/* Arm timer `id` for virtual time `ns`, or disarm it with CLOCK_NEVER. */
void clock_set(struct clock *c, unsigned id, u64 ns);

/* Fire everything due at or before now.  A timer is disarmed when it fires. */
void clock_run(struct clock *c);

static inline u64 clock_now(const struct clock *c)
{
	return c->wire.now(c->wire.host);
}

/* a * mul / div without overflow, rounded down or up. */
static inline u64 muldiv(u64 a, u64 mul, u64 div)
{
	return (u64)((unsigned __int128)a * mul / div);
}

static inline u64 muldiv_up(u64 a, u64 mul, u64 div)
{
	return (u64)(((unsigned __int128)a * mul + div - 1) / div);
}

#endif

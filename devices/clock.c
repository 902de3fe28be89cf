/* SPDX-License-Identifier: MIT
 * Ordered deadlines.  The board has about ten timers, so a linear search beats
 * any queue and leaves nothing to keep consistent across a snapshot.
 */
#include "devices/clock.h"

#include <stdlib.h>

void clock_init(struct clock *c, u64 (*now)(void *), void (*deadline)(void *, u64), void *host)
{
	*c = (struct clock){.told = CLOCK_NEVER};
	for (unsigned i = 0; i < CLOCK_TIMERS; i++)
		c->at[i] = CLOCK_NEVER;
	c->wire.now = now;
	c->wire.deadline = deadline;
	c->wire.host = host;
}

unsigned clock_add(struct clock *c, void (*fire)(void *arg), void *arg)
{
	unsigned id = c->wire.count;

	if (id == CLOCK_TIMERS)
		abort(); /* a board wired with more timers than CLOCK_TIMERS */
	c->wire.timer[id].fire = fire;
	c->wire.timer[id].arg = arg;
	c->wire.count++;
	return id;
}

static unsigned earliest(const struct clock *c)
{
	unsigned best = 0;

	for (unsigned i = 1; i < c->wire.count; i++)
		if (c->at[i] < c->at[best])
			best = i;
	return best;
}

static void tell_host(struct clock *c)
{
	u64 next = c->at[earliest(c)];

	if (c->wire.running || next == c->told)
		return;
	c->told = next;
	if (c->wire.deadline)
		c->wire.deadline(c->wire.host, next);
}

void clock_set(struct clock *c, unsigned id, u64 ns)
{
	if (c->at[id] == ns)
		return;
	c->at[id] = ns;
	tell_host(c);
}

void clock_run(struct clock *c)
{
	u64 now = clock_now(c);

	if (c->wire.running)
		return; /* a timer's own work touched the board */
	c->wire.running = true;
	for (;;) {
		unsigned id = earliest(c);

		if (c->at[id] > now || c->at[id] == CLOCK_NEVER)
			break;
		c->at[id] = CLOCK_NEVER;
		c->wire.timer[id].fire(c->wire.timer[id].arg);
	}
	c->wire.running = false;
	tell_host(c);
}

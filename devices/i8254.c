/* SPDX-License-Identifier: MIT
 * Intel 8254 programmable interval timer: three counters fed by 1.193182 MHz.
 * Facts: 82C54 datasheet, order 231244: control word figure 7, read-back
 * figure 12, mode definitions figures 15-20.
 *
 * Nothing ticks: a counter keeps the clock number at which it was loaded and
 * everything is computed from the elapsed clocks.  A count written by the
 * processor is loaded at the next clock.
 */
#include "devices/i8254.h"

/* A host that is away for longer than this has been asleep. */
#define LOST_SECONDS 10u
/* A guest that masks its ticks for longer than this does not want them. */
#define MASKED_SECONDS 1u

static u64 ticks_now(const struct i8254 *p)
{
	return muldiv(clock_now(p->wire.clock), I8254_HZ, 1000000000u);
}

static u64 elapsed(const struct i8254_chan *c, u64 t)
{
	if (c->frozen || !c->running)
		return c->held;
	return t > c->start ? t - c->start : 0;
}

static u32 half(const struct i8254_chan *c, bool high)
{
	u32 n = high ? (c->count + 1) / 2 : c->count / 2;

	return n ? n : 1; /* count 1 is illegal in mode 3; do not stand still */
}

static void take_reload(struct i8254_chan *c)
{
	c->count = c->reload;
	c->pending = false;
}

/* Bring the periodic modes forward to clock t.  Returns how often OUT rose on the
 * way (mode 2 and 3). */
static u64 sync_chan(struct i8254_chan *c, u64 t)
{
	u64 rises = 0, e, n;

	if (!c->running || c->frozen)
		return 0;
	e = elapsed(c, t);
	if (c->mode == 2) {
		if (e < c->count)
			return 0;
		c->start += c->count;
		if (c->pending)
			take_reload(c);
		n = elapsed(c, t) / c->count;
		c->start += n * c->count;
		return n + 1;
	}
	if (c->mode != 3)
		return 0;
	while ((e = elapsed(c, t)) >= half(c, c->phase)) {
		u64 period = half(c, true) + half(c, false);

		if (!c->pending && e >= period) {
			c->start += e / period * period;
			rises += e / period;
			continue;
		}
		c->start += half(c, c->phase);
		c->phase = !c->phase;
		rises += c->phase;
		if (c->pending)
			take_reload(c);
	}
	return rises;
}

static bool chan_out(const struct i8254_chan *c, u64 t)
{
	u64 e = elapsed(c, t);

	switch (c->mode) {
	case 0:
		return c->running && e >= c->count;
	case 1:
		return !c->running || e >= c->count;
	case 2:
		return !c->running || c->frozen || e != c->count - 1;
	case 3:
		return !c->running || c->frozen || c->phase;
	default: /* 4, 5: one clock low when the count runs out */
		return !c->running || e != c->count;
	}
}

static u16 chan_value(const struct i8254_chan *c, u64 t)
{
	u32 modulus = c->bcd ? 10000 : 0x10000;
	u64 e = elapsed(c, t);
	u32 v;

	if (c->mode == 3)
		v = (c->count & ~1u) - 2 * (u32)(e < c->count / 2 ? e : c->count / 2);
	else
		v = (u32)((c->count + modulus - e % modulus) % modulus);
	if (!c->bcd)
		return (u16)v;
	v %= modulus;
	return (u16)(v % 10 | v / 10 % 10 << 4 | v / 100 % 10 << 8 | v / 1000 << 12);
}

/* Clock at which OUT of counter 0 has to be looked at again. */
static u64 next_look(const struct i8254_chan *c, u64 t)
{
	u64 e = elapsed(c, t);

	if (!c->running || c->frozen)
		return CLOCK_NEVER;
	switch (c->mode) {
	case 0:
	case 1:
		return e < c->count ? c->start + c->count : CLOCK_NEVER;
	case 2:
		return c->start + c->count;
	case 3:
		return c->start + half(c, c->phase);
	default:
		if (e > c->count)
			return CLOCK_NEVER;
		return c->start + c->count + (e == c->count);
	}
}

/* Ticks that came behind a mask: a handler that masks its interrupt gets them when it
 * is done, somebody who did not look for a second gets the one that the line carries. */
static void unmask(struct i8254 *p)
{
	if (p->behind_mask > MASKED_SECONDS * I8254_HZ / p->chan[0].count)
		p->dropped += p->behind_mask;
	else
		p->lost += p->behind_mask;
	p->behind_mask = 0;
}

static enum i8254_request requested(const struct i8254 *p)
{
	return p->wire.request ? p->wire.request(p->wire.board) : I8254_TAKEN;
}

static void ticked(struct i8254 *p, u64 ticks)
{
	const u64 most = LOST_SECONDS * I8254_HZ / p->chan[0].count;
	enum i8254_request request = requested(p);

	if (request == I8254_MASKED) {
		p->behind_mask += ticks;
	} else {
		unmask(p);
		/* The line itself carries one where none is on it yet. */
		p->lost += request == I8254_WAITS ? ticks : ticks - 1;
	}
	if (p->lost > most) {
		p->dropped += p->lost - most;
		p->lost = most;
	}
}

/* In the periodic modes OUT falls before the next tick; a request that nobody has taken
 * by then would be withdrawn with it, and the tick be lost. */
static bool holds(const struct i8254 *p)
{
	const struct i8254_chan *c = &p->chan[0];

	return c->running && (c->mode == 2 || c->mode == 3) && requested(p) != I8254_TAKEN;
}

/* Drive IRQ0 and arm the deadline.  The low clock of mode 2 is not given a
 * deadline of its own: it becomes a pulse at the rising edge.  Returns the clock. */
static u64 update(struct i8254 *p)
{
	struct i8254_chan *c = &p->chan[0];
	u64 t = ticks_now(p), at;
	u64 rises;

	if (c->running && p->began == CLOCK_NEVER)
		p->began = c->start;
	rises = sync_chan(c, t);
	if (rises) {
		ticked(p, rises);
		line_set(&p->wire.out0, false);
		line_set(&p->wire.out0, true);
	}
	/* The strobe is one clock long and easily slept through. */
	if (c->mode >= 4 && c->running && !c->strobed && elapsed(c, t) >= c->count) {
		c->strobed = true;
		line_set(&p->wire.out0, false);
	}
	line_set(&p->wire.out0, chan_out(c, t) || holds(p));
	at = next_look(c, t);
	if (at != CLOCK_NEVER)
		at = muldiv_up(at, 1000000000u, I8254_HZ);
	clock_set(p->wire.clock, p->wire.timer, at);
	return t;
}

/* A tick that came while the one before still waited for the processor is not lost,
 * as it would be on a machine that is never late: it follows the one before. */
void i8254_served(struct i8254 *p)
{
	p->delivered++;
	unmask(p);
	if (!p->lost)
		return;
	p->lost--;
	line_set(&p->wire.out0, false);
	line_set(&p->wire.out0, true); /* it stays: see holds() */
}

u64 i8254_counted(struct i8254 *p)
{
	u64 t = update(p);

	return p->chan[0].running && t > p->began ? t - p->began : 0;
}

static void on_deadline(void *arg)
{
	update(arg);
}

void i8254_init(struct i8254 *p, struct clock *clock)
{
	p->wire.clock = clock;
	p->wire.timer = clock_add(clock, on_deadline, p);
	i8254_reset(p);
}

void i8254_reset(struct i8254 *p)
{
	for (unsigned i = 0; i < 3; i++) {
		/* The chip has no reset pin and wakes up undefined; counters
		 * that stand still are the quiet choice.  Gates 0 and 1 are
		 * tied high, gate 2 is bit 0 of port 61h. */
		p->chan[i] = (struct i8254_chan){.mode = 3, .rw = 3, .gate = i != 2};
		p->chan[i].count = 0x10000;
	}
	p->lost = p->behind_mask = p->delivered = p->dropped = 0;
	p->began = CLOCK_NEVER;
	update(p);
}

/* Load the counting element at the next clock. */
static void load(struct i8254_chan *c, u64 t)
{
	take_reload(c);
	c->running = true;
	c->strobed = false;
	c->start = t + 1;
	c->held = 0;
	c->phase = true;
	c->frozen = !c->gate && c->mode != 1 && c->mode != 5;
}

static void count_written(struct i8254_chan *c, u32 raw, u64 t)
{
	if (c->bcd)
		raw = (raw & 15) + (raw >> 4 & 15) * 10 + (raw >> 8 & 15) * 100 +
		      (raw >> 12 & 15) * 1000;
	/* Zero is the largest count; BCD digits above 9 are out of spec. */
	c->reload = raw ? raw : c->bcd ? 10000 : 0x10000;
	c->pending = true;
	if (c->mode == 0 || c->mode == 4 || (!c->running && (c->mode & 3) >= 2))
		load(c, t); /* mode 2 and 3: only the first count after control */
}

static void stop(struct i8254_chan *c, u64 t)
{
	c->held = elapsed(c, t);
	c->running = c->frozen = false;
}

static void write_count(struct i8254_chan *c, u8 v, u64 t)
{
	if (c->rw == 1) {
		count_written(c, v, t);
	} else if (c->rw == 2) {
		count_written(c, (u32)v << 8, t);
	} else if (!c->write_high) {
		c->low = v;
		c->write_high = true;
		if (c->mode == 0)
			stop(c, t); /* first byte stops, OUT low */
	} else {
		c->write_high = false;
		count_written(c, c->low | (u32)v << 8, t);
	}
}

static void latch_count(struct i8254_chan *c, u64 t)
{
	if (c->latched)
		return; /* a second latch before the read is ignored */
	c->latch = chan_value(c, t);
	c->latched = c->rw;
}

static void latch_status(struct i8254_chan *c, u64 t)
{
	bool null = c->pending || (c->running && !c->frozen && t < c->start);

	if (c->status_latched)
		return;
	c->status = (u8)(chan_out(c, t) << 7 | null << 6 | c->rw << 4 | c->mode << 1 | c->bcd);
	c->status_latched = true;
}

static u8 read_count(struct i8254_chan *c, u64 t)
{
	u16 v = c->latch;
	u8 rw = c->latched;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (!rw) {
		v = chan_value(c, t);
		rw = c->rw;
	}
	if (rw == 3) { /* both bytes: low first, the toggle is shared */
		c->read_high = !c->read_high;
		if (c->read_high)
			return (u8)v;
	}
	c->latched = 0;
	return rw == 1 ? (u8)v : (u8)(v >> 8);
}

static void write_control(struct i8254 *p, u8 v, u64 t)
{
	struct i8254_chan *c;
	unsigned which = v >> 6;

	if (which == 3) { /* read-back: bit 5 count, bit 4 status, both low active */
		for (unsigned i = 0; i < 3; i++) {
			if (!(v >> (i + 1) & 1))
				continue;
			if (!(v & 0x20))
				latch_count(&p->chan[i], t);
			if (!(v & 0x10))
				latch_status(&p->chan[i], t);
		}
		return;
	}
	c = &p->chan[which];
	if (!(v >> 4 & 3)) {
		latch_count(c, t);
		return;
	}
	c->rw = v >> 4 & 3;
	c->mode = v >> 1 & 7;
	if (c->mode > 5)
		c->mode &= 3; /* x10 and x11: bit 2 is don't care */
	c->bcd = v & 1;
	stop(c, t);
	if (which == 0) {
		p->lost = p->behind_mask = p->delivered = p->dropped = 0;
		p->began = CLOCK_NEVER;
	}
	c->reload = 0;
	c->write_high = c->read_high = c->status_latched = false;
	c->latched = 0;
	c->pending = true; /* null count until a count arrives */
}

u8 i8254_in(void *chip, unsigned reg)
{
	struct i8254 *p = chip;
	u64 t = ticks_now(p);

	if (reg == 3)
		return 0xff; /* no read of the control word: bus floats */
	if (reg)
		sync_chan(&p->chan[reg], t);
	else
		update(p);
	return read_count(&p->chan[reg], t);
}

void i8254_out(void *chip, unsigned reg, u8 v)
{
	struct i8254 *p = chip;
	u64 t = ticks_now(p);

	update(p);
	sync_chan(&p->chan[1], t);
	sync_chan(&p->chan[2], t);
	if (reg == 3)
		write_control(p, v, t);
	else
		write_count(&p->chan[reg], v, t);
	if (reg == 2 || (reg == 3 && v >> 6 == 2 && v >> 4 & 3))
		p->touched++;
	if (reg == 2 && p->chan[2].running && p->chan[2].start == t + 1) {
		p->loaded = true;
		if (p->wire.on_load)
			p->wire.on_load(p->wire.board);
	}
	update(p);
}

void i8254_went_on(struct i8254 *p)
{
	struct i8254_chan *c = &p->chan[2];

	if (p->loaded && c->running && !c->frozen)
		c->start = ticks_now(p) + 1;
	p->loaded = false;
}

void i8254_gate(struct i8254 *p, unsigned chan, bool level)
{
	struct i8254_chan *c = &p->chan[chan];
	u64 t = ticks_now(p);

	if (c->gate == level)
		return;
	sync_chan(c, t);
	if (!level) {
		if (c->running && c->mode != 1 && c->mode != 5) {
			c->held = elapsed(c, t);
			c->frozen = true;
		}
	} else if (c->mode == 0 || c->mode == 4) {
		c->start = t >= c->held ? t - c->held : 0;
		c->frozen = false;
	}
	c->gate = level;
	p->touched += chan == 2;
	/* A rising gate restarts the other modes once a count is there. */
	if (level && (c->mode & 3) && c->reload)
		load(c, t);
	update(p);
}

bool i8254_output(struct i8254 *p, unsigned chan)
{
	u64 t = ticks_now(p);

	sync_chan(&p->chan[chan], t);
	return chan_out(&p->chan[chan], t);
}

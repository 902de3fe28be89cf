/* SPDX-License-Identifier: MIT
 * National Semiconductor PC16550D universal asynchronous receiver/transmitter.
 * Facts: data sheet TL/C/8652: register table II, interrupt table IV, FIFO
 * interrupt mode operation section 8.2, line control 8.4.
 *
 * A character takes its real time on the wire (1.8432 MHz / 16 / divisor), so
 * THRE and TEMT behave as software that polls them expects.  Words of 5-7 bits
 * lose their upper bits, as in the chip.  Input is taken from the back end only
 * when there is room: the line has flow control and never overruns.
 */
#include "devices/ns16550.h"

enum { IER_RX = 1, IER_TX = 2, IER_LINE = 4, IER_MODEM = 8 };
enum { LSR_DR = 0x01, LSR_OE = 0x02, LSR_ERRORS = 0x1e, LSR_THRE = 0x20, LSR_TEMT = 0x40 };
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2, FCR_CLEAR_TX = 4 };
enum { LCR_BREAK = 0x40, LCR_DLAB = 0x80, MCR_OUT2 = 8, MCR_LOOP = 0x10 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

static void fifo_push(struct ns16550_fifo *f, u8 v)
{
	f->data[(f->head + f->count) % NS16550_FIFO] = v;
	f->count++;
}

static u8 fifo_pop(struct ns16550_fifo *f)
{
	u8 v = f->data[f->head];

	f->head = (u8)((f->head + 1) % NS16550_FIFO);
	f->count--;
	return v;
}

static unsigned depth(const struct ns16550 *u)
{
	return u->fcr & FCR_ENABLE ? NS16550_FIFO : 1;
}

static unsigned trigger(const struct ns16550 *u)
{
	static const u8 level[4] = {1, 4, 8, 14};

	return u->fcr & FCR_ENABLE ? level[u->fcr >> 6] : 1;
}

static u8 word_mask(const struct ns16550 *u)
{
	return (u8)(0xff >> (3 - (u->lcr & 3)));
}

/* One start bit, 5-8 data bits, parity, 1, 1.5 or 2 stop bits. */
static u64 char_time(const struct ns16550 *u)
{
	unsigned half_bits = 2 * (1 + 5 + (u->lcr & 3) + (u->lcr >> 3 & 1) + 1);
	u64 divisor = u->divisor ? u->divisor : 0x10000;

	if (u->lcr & 4)
		half_bits += u->lcr & 3 ? 2 : 1;
	return half_bits * 8 * divisor * 1000000000u / 1843200;
}

/* Interrupt identification, highest priority first (table IV). */
static u8 pending(const struct ns16550 *u)
{
	if ((u->ier & IER_LINE) && (u->lsr & LSR_ERRORS))
		return 0x06;
	if ((u->ier & IER_RX) && u->rx.count >= trigger(u))
		return 0x04;
	if ((u->ier & IER_RX) && u->timeout)
		return 0x0c;
	if ((u->ier & IER_TX) && u->thre_int)
		return 0x02;
	if ((u->ier & IER_MODEM) && (u->msr & 0x0f))
		return 0x00;
	return 0x01;
}

static void update_irq(struct ns16550 *u)
{
	/* OUT2 gates the request on PC adapters; in loopback the pin is off. */
	bool gate = (u->mcr & MCR_OUT2) && !(u->mcr & MCR_LOOP);

	line_set(&u->wire.irq, gate && pending(u) != 0x01);
}

/* Modem inputs as they are now: the peer is there and ready, or in loopback
 * our own outputs. */
static u8 modem_inputs(const struct ns16550 *u)
{
	if (!(u->mcr & MCR_LOOP))
		return u->wire.backend.write ? MSR_CTS | MSR_DSR | MSR_DCD : 0;
	return (u->mcr & 2 ? MSR_CTS : 0) | (u->mcr & 1 ? MSR_DSR : 0) | (u->mcr & 4 ? MSR_RI : 0) |
	       (u->mcr & 8 ? MSR_DCD : 0);
}

static void update_modem(struct ns16550 *u)
{
	u8 now = modem_inputs(u), changed = (u->msr ^ now) & 0xf0;

	/* Deltas latch; RI only its trailing edge. */
	if ((changed & MSR_RI) && (now & MSR_RI))
		changed &= (u8)~MSR_RI;
	u->msr = now | (u->msr & 0x0f) | (u8)(changed >> 4);
}

static void receive(struct ns16550 *u, u8 v)
{
	v &= word_mask(u);
	if (u->rx.count == depth(u)) {
		u->lsr |= LSR_OE; /* loopback only: nobody stops us there */
		if (depth(u) > 1)
			return;
		fifo_pop(&u->rx);
	}
	fifo_push(&u->rx, v);
	u->lsr |= LSR_DR;
	u->timeout = false;
	if (u->fcr & FCR_ENABLE)
		clock_set(u->wire.clock, u->wire.timeout_timer,
			  clock_now(u->wire.clock) + 4 * char_time(u));
}

/* Hand the character in the shift register over; false: the peer is not ready. */
static bool send(struct ns16550 *u)
{
	u8 v = u->shift & word_mask(u);

	if (u->mcr & MCR_LOOP) {
		receive(u, v);
		return true;
	}
	if (!u->wire.backend.write || (u->lcr & LCR_BREAK))
		return true;
	return u->wire.backend.write(u->wire.backend.arg, &v, 1) != 0;
}

static void start_next(struct ns16550 *u)
{
	do {
		u->shifting = u->tx.count != 0;
		if (!u->shifting) {
			u->lsr |= LSR_TEMT;
			return;
		}
		u->shift = fifo_pop(&u->tx);
		u->lsr &= (u8)~LSR_TEMT;
		if (!u->tx.count) {
			u->lsr |= LSR_THRE;
			u->thre_int = true;
		}
	} while (u->wire.unpaced && !(u->mcr & MCR_LOOP) && send(u));
	clock_set(u->wire.clock, u->wire.tx_timer, clock_now(u->wire.clock) + char_time(u));
}

static void on_sent(void *arg)
{
	struct ns16550 *u = arg;

	if (!u->shifting)
		return;
	if (send(u))
		start_next(u);
	else /* hold the character */
		clock_set(u->wire.clock, u->wire.tx_timer, clock_now(u->wire.clock) + char_time(u));
	update_irq(u);
}

static void on_receive(void *arg)
{
	struct ns16550 *u = arg;
	u8 v;

	if (!u->wire.backend.read || (u->mcr & MCR_LOOP) || u->rx.count >= depth(u))
		return;
	if (u->wire.backend.read(u->wire.backend.arg, &v, 1) != 1)
		return;
	receive(u, v);
	clock_set(u->wire.clock, u->wire.rx_timer, clock_now(u->wire.clock) + char_time(u));
	update_irq(u);
}

static void on_timeout(void *arg)
{
	struct ns16550 *u = arg;

	u->timeout = u->rx.count != 0;
	update_irq(u);
}

void ns16550_poll(struct ns16550 *u)
{
	if (u->wire.clock->at[u->wire.rx_timer] == CLOCK_NEVER)
		on_receive(u);
}

void ns16550_init(struct ns16550 *u, struct clock *clock)
{
	u->wire.clock = clock;
	u->wire.tx_timer = clock_add(clock, on_sent, u);
	u->wire.rx_timer = clock_add(clock, on_receive, u);
	u->wire.timeout_timer = clock_add(clock, on_timeout, u);
	u->divisor = 12; /* 9600 bit/s; the chip leaves it undefined */
	ns16550_reset(u);
}

void ns16550_reset(struct ns16550 *u)
{
	u->ier = u->lcr = u->mcr = u->fcr = u->scr = 0;
	u->lsr = LSR_THRE | LSR_TEMT;
	u->tx.count = u->rx.count = 0;
	u->shifting = u->thre_int = u->timeout = false;
	u->msr = modem_inputs(u);
	clock_set(u->wire.clock, u->wire.tx_timer, CLOCK_NEVER);
	clock_set(u->wire.clock, u->wire.rx_timer, CLOCK_NEVER);
	clock_set(u->wire.clock, u->wire.timeout_timer, CLOCK_NEVER);
	update_irq(u);
}

static u8 read_rbr(struct ns16550 *u)
{
	u8 v = 0;

	if (u->rx.count)
		v = fifo_pop(&u->rx);
	u->timeout = false;
	if (!u->rx.count) {
		u->lsr &= (u8)~LSR_DR;
		clock_set(u->wire.clock, u->wire.timeout_timer, CLOCK_NEVER);
	} else if (u->fcr & FCR_ENABLE) {
		clock_set(u->wire.clock, u->wire.timeout_timer,
			  clock_now(u->wire.clock) + 4 * char_time(u));
	}
	ns16550_poll(u);
	return v;
}

u8 ns16550_in(void *chip, unsigned reg)
{
	struct ns16550 *u = chip;
	bool dlab = u->lcr & LCR_DLAB;
	u8 v = 0;

	switch (reg & 7) {
	case 0:
		v = dlab ? (u8)u->divisor : read_rbr(u);
		break;
	case 1:
		v = dlab ? (u8)(u->divisor >> 8) : u->ier;
		break;
	case 2:
		v = pending(u);
		if (v == 0x02)
			u->thre_int = false; /* reading IIR answers it */
		v |= u->fcr & FCR_ENABLE ? 0xc0 : 0;
		break;
	case 3:
		v = u->lcr;
		break;
	case 4:
		v = u->mcr;
		break;
	case 5:
		v = u->lsr;
		u->lsr &= (u8)~LSR_ERRORS;
		break;
	case 6:
		update_modem(u);
		v = u->msr;
		u->msr &= 0xf0;
		break;
	case 7:
		v = u->scr;
		break;
	}
	update_irq(u);
	return v;
}

static void write_thr(struct ns16550 *u, u8 v)
{
	if (u->tx.count == depth(u))
		u->tx.count--; /* overwritten: the program did not wait for THRE */
	fifo_push(&u->tx, v);
	u->lsr &= (u8)~LSR_THRE;
	u->thre_int = false;
	if (!u->shifting)
		start_next(u);
}

static void write_fcr(struct ns16550 *u, u8 v)
{
	bool toggled = (v ^ u->fcr) & FCR_ENABLE;

	/* The other bits are only programmed together with bit 0. */
	u->fcr = v & FCR_ENABLE ? v & 0xc9 : 0;
	if (toggled || ((v & FCR_ENABLE) && (v & FCR_CLEAR_RX))) {
		u->rx.count = 0;
		u->lsr &= (u8)~LSR_DR;
		u->timeout = false;
		clock_set(u->wire.clock, u->wire.timeout_timer, CLOCK_NEVER);
		ns16550_poll(u);
	}
	if (toggled || ((v & FCR_ENABLE) && (v & FCR_CLEAR_TX))) {
		u->tx.count = 0;
		u->lsr |= LSR_THRE;
	}
}

void ns16550_out(void *chip, unsigned reg, u8 v)
{
	struct ns16550 *u = chip;
	bool dlab = u->lcr & LCR_DLAB;

	switch (reg & 7) {
	case 0:
		if (dlab)
			u->divisor = (u16)((u->divisor & 0xff00) | v);
		else
			write_thr(u, v);
		break;
	case 1:
		if (dlab) {
			u->divisor = (u16)((u->divisor & 0x00ff) | v << 8);
			break;
		}
		/* Enabling the transmitter interrupt while THR is empty raises it. */
		if ((v & IER_TX) && !(u->ier & IER_TX) && (u->lsr & LSR_THRE))
			u->thre_int = true;
		u->ier = v & 15;
		break;
	case 2:
		write_fcr(u, v);
		break;
	case 3:
		u->lcr = v;
		break;
	case 4:
		u->mcr = v & 0x1f;
		update_modem(u);
		ns16550_poll(u);
		break;
	case 7:
		u->scr = v;
		break;
	}
	update_irq(u);
}

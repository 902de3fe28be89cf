/* SPDX-License-Identifier: MIT
 * Intel 8259A programmable interrupt controller, two of them as in the PC/AT.
 * Facts: 8259A datasheet, order 231468-003: initialisation figure 6, operation
 * words figure 8, edge and level figure 10, cascade figure 12.
 *
 * A request must stay up until it is acknowledged: in edge mode too, IRR drops
 * with the input (datasheet, "Edge and level triggered modes").
 */
#include "devices/i8259.h"

#define CASCADE_BIT 0x04u

enum { ICW1_IC4 = 0x01, ICW1_SNGL = 0x02, ICW1_LTIM = 0x08, ICW1 = 0x10 };
enum { ICW4_AEOI = 0x02, ICW4_SFNM = 0x10 };
enum {
	OCW3 = 0x08,
	OCW3_RIS = 0x01,
	OCW3_RR = 0x02,
	OCW3_P = 0x04,
	OCW3_SMM = 0x20,
	OCW3_ESMM = 0x40
};

static bool is_level(const struct i8259_chip *c, u8 bit)
{
	return (c->elcr & bit) || (c->icw1 & ICW1_LTIM);
}

/* The IR number that deserves service now, or -1. */
static int winner(const struct i8259_chip *c, bool master)
{
	u8 want = c->irr & (u8)~c->imr;
	u8 busy = c->isr;

	if (!c->ready || c->expect)
		return -1;
	if (c->special_mask)
		busy &= (u8)~c->imr;
	for (unsigned i = 1; i <= 8; i++) {
		unsigned ir = (c->low + i) & 7;
		u8 bit = (u8)(1u << ir);
		bool nested = master && bit == CASCADE_BIT && (c->icw4 & ICW4_SFNM);

		if ((busy & bit) && !nested)
			return -1;
		if (want & bit)
			return (int)ir;
		if (busy & bit)
			return -1;
	}
	return -1;
}

static void chip_line(struct i8259_chip *c, u8 bit, bool level)
{
	bool was = c->line & bit;

	c->line = level ? c->line | bit : c->line & (u8)~bit;
	if (!level)
		c->irr &= (u8)~bit;
	else if (!was || is_level(c, bit))
		c->irr |= bit;
}

static void update(struct i8259 *p)
{
	bool intr;

	if (!(p->chip[0].icw1 & ICW1_SNGL))
		chip_line(&p->chip[0], CASCADE_BIT, winner(&p->chip[1], false) >= 0);
	intr = winner(&p->chip[0], true) >= 0;
	if (intr != p->intr) {
		p->intr = intr;
		line_set(&p->wire.intr, intr);
	}
}

void i8259_reset(struct i8259 *p)
{
	for (unsigned i = 0; i < 2; i++) {
		u8 line = p->chip[i].line; /* driven by the devices, not by us */

		p->chip[i] = (struct i8259_chip){.low = 7, .line = line};
	}
	update(p);
}

void i8259_irq(void *arg, unsigned irq, bool level)
{
	struct i8259 *p = arg;

	if (irq == 2)
		return;
	chip_line(&p->chip[irq >> 3 & 1], (u8)(1u << (irq & 7)), level);
	update(p);
}

/* What INTA does inside one chip; returns the IR number, 7 when spurious. */
static unsigned acknowledge(struct i8259_chip *c, int ir)
{
	u8 bit;

	if (ir < 0)
		return 7;
	bit = (u8)(1u << ir);
	if (!is_level(c, bit))
		c->irr &= (u8)~bit;
	if (!(c->icw4 & ICW4_AEOI))
		c->isr |= bit;
	else if (c->rotate_aeoi)
		c->low = (u8)ir;
	return (unsigned)ir;
}

u8 i8259_intack(struct i8259 *p)
{
	struct i8259_chip *m = &p->chip[0], *s = &p->chip[1];
	int ir = winner(m, true);
	u8 vector = m->base | (u8)acknowledge(m, ir);

	if (ir == 2 && !(m->icw1 & ICW1_SNGL)) {
		vector = s->base | (u8)acknowledge(s, winner(s, false));
		/* INT of the slave drops between two requests: a new edge. */
		chip_line(m, CASCADE_BIT, false);
	}
	update(p);
	return vector;
}

bool i8259_waiting(const struct i8259 *p, unsigned irq)
{
	return p->chip[0].irr & (u8)~p->chip[0].imr & 1u << irq;
}

bool i8259_requested(const struct i8259 *p, unsigned irq)
{
	return p->chip[0].irr & 1u << irq;
}

static void start_init(struct i8259_chip *c, u8 v)
{
	c->icw1 = v;
	c->icw4 = 0;
	c->imr = 0;
	c->isr = 0;
	c->low = 7;
	c->special_mask = c->read_isr = c->poll = c->rotate_aeoi = false;
	/* The edge sense circuit is reset: a new edge is needed. */
	c->irr = 0;
	for (unsigned i = 0; i < 8; i++)
		if (is_level(c, (u8)(1u << i)))
			c->irr |= c->line & (u8)(1u << i);
	c->ready = false;
	c->expect = 2;
}

static void next_icw(struct i8259_chip *c, u8 v)
{
	switch (c->expect) {
	case 2:
		c->base = v & 0xf8;
		c->expect = !(c->icw1 & ICW1_SNGL) ? 3 : c->icw1 & ICW1_IC4 ? 4 : 0;
		break;
	case 3: /* the cascade is wired to IR2 whatever ICW3 says */
		c->expect = c->icw1 & ICW1_IC4 ? 4 : 0;
		break;
	case 4:
		c->icw4 = v;
		c->expect = 0;
		break;
	}
	c->ready = c->expect == 0;
}

/* OCW2 (figure 8): R, SL, EOI in bits 7-5, level in bits 2-0. */
static void ocw2(struct i8259_chip *c, u8 v)
{
	bool rotate = v & 0x80, specific = v & 0x40, eoi = v & 0x20;
	unsigned level = v & 7;

	if (!eoi) {
		if (rotate && specific)
			c->low = (u8)level; /* set priority */
		else if (!specific)
			c->rotate_aeoi = rotate;
		return; /* 010: no operation */
	}
	if (!specific) { /* the highest priority bit in service */
		unsigned i;

		for (i = 1; i <= 8; i++) {
			level = (c->low + i) & 7;
			if ((c->isr >> level & 1) && !(c->special_mask && (c->imr >> level & 1)))
				break;
		}
		if (i > 8)
			return;
	}
	c->isr &= (u8) ~(1u << level);
	if (rotate)
		c->low = (u8)level;
}

static void ocw3(struct i8259_chip *c, u8 v)
{
	if (v & OCW3_ESMM)
		c->special_mask = v & OCW3_SMM;
	if (v & OCW3_P)
		c->poll = true;
	else if (v & OCW3_RR)
		c->read_isr = v & OCW3_RIS;
}

u8 i8259_in(void *chip, unsigned reg)
{
	struct i8259 *p = chip;
	struct i8259_chip *c = &p->chip[reg >> 1 & 1];

	if (c->poll) { /* a read is the INTA of poll mode */
		int ir = winner(c, c == &p->chip[0]);
		u8 v = ir < 0 ? 0 : (u8)(0x80 | ir);

		c->poll = false;
		if (ir >= 0)
			acknowledge(c, ir);
		update(p);
		return v;
	}
	if (reg & 1)
		return c->imr;
	return c->read_isr ? c->isr : c->irr;
}

void i8259_out(void *chip, unsigned reg, u8 v)
{
	struct i8259 *p = chip;
	struct i8259_chip *c = &p->chip[reg >> 1 & 1];

	if (reg & 1) {
		if (c->expect)
			next_icw(c, v);
		else
			c->imr = v;
	} else if (v & ICW1) {
		start_init(c, v);
	} else if (v & OCW3) {
		ocw3(c, v);
	} else {
		ocw2(c, v);
	}
	update(p);
}

u8 i8259_elcr_in(void *chip, unsigned reg)
{
	struct i8259 *p = chip;

	return p->chip[reg & 1].elcr;
}

void i8259_elcr_out(void *chip, unsigned reg, u8 v)
{
	/* IRQ0-2, 8 and 13 are always edge triggered. */
	static const u8 legal[2] = {0xf8, 0xde};
	struct i8259 *p = chip;
	struct i8259_chip *c = &p->chip[reg & 1];

	c->elcr = v & legal[reg & 1];
	c->irr = (c->irr & (u8)~c->elcr) | (c->line & c->elcr);
	update(p);
}

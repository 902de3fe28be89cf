/* SPDX-License-Identifier: MIT
 * Intel 8237A DMA controller, two as in the PC/AT.
 * Facts: 8237A datasheet 231466-005: register table, mode and command register
 * figures; page register ports from the IBM PC/AT Technical Reference.
 */
#include "devices/i8237.h"

#include <string.h>

enum { CMD_DISABLE = 0x04 };
enum {
	MODE_VERIFY = 0x00,
	MODE_WRITE = 0x04,
	MODE_READ = 0x08,
	MODE_TYPE = 0x0c,
	MODE_AUTOINIT = 0x10,
	MODE_DOWN = 0x20,
	MODE_CASCADE = 0xc0
};

/* Page register of each channel, as offset from port 80h. */
static const u8 page_of[8] = {0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa};

static void master_clear(struct i8237_chip *c)
{
	c->command = c->status = c->request = c->temp = 0;
	c->flipflop = false;
	c->mask = 0x0f;
}

void i8237_reset(struct i8237 *d)
{
	memset(d->chip, 0, sizeof d->chip);
	memset(d->page, 0, sizeof d->page);
	master_clear(&d->chip[0]);
	master_clear(&d->chip[1]);
}

static void step(struct i8237_chip *c, unsigned n, bool *tc)
{
	struct i8237_chan *ch = &c->chan[n];

	ch->addr = (u16)(ch->mode & MODE_DOWN ? ch->addr - 1 : ch->addr + 1);
	if (ch->count--)
		return;
	*tc = true; /* rolled over from 0 to FFFFh */
	c->status |= (u8)(1u << n);
	c->request &= (u8) ~(1u << n);
	if (ch->mode & MODE_AUTOINIT) {
		ch->addr = ch->base_addr;
		ch->count = ch->base_count;
	} else {
		c->mask |= (u8)(1u << n);
	}
}

u32 i8237_transfer(struct i8237 *d, unsigned chan, u8 *buf, u32 n, bool to_memory, bool *tc)
{
	struct i8237_chip *c = &d->chip[chan >> 2 & 1];
	struct i8237_chan *ch = &c->chan[chan & 3];
	u8 type = ch->mode & MODE_TYPE;
	u32 unit = chan & 4 ? 2 : 1, done = 0;

	*tc = false;
	if ((c->command & CMD_DISABLE) || (c->mask >> (chan & 3) & 1))
		return 0;
	if ((ch->mode & MODE_CASCADE) == MODE_CASCADE)
		return 0;
	if (type != MODE_VERIFY && type != (to_memory ? MODE_WRITE : MODE_READ))
		return 0;
	for (; done + unit <= n && !*tc; done += unit) {
		u32 phys = (u32)d->page[page_of[chan & 7]] << 16 | ch->addr;

		if (unit == 2) /* A16-A1; the low page bit is not used */
			phys = (u32)(d->page[page_of[chan & 7]] & 0xfe) << 16 | (u32)ch->addr << 1;
		if (type == MODE_WRITE)
			d->wire.mem_write(d->wire.host, phys, buf + done, unit);
		else if (type == MODE_READ)
			d->wire.mem_read(d->wire.host, phys, buf + done, unit);
		else if (!to_memory)
			memset(buf + done, 0, unit); /* verify: nothing is driven */
		step(c, chan & 3, tc);
	}
	return done;
}

static u8 half_of(struct i8237_chip *c, u16 v)
{
	c->flipflop = !c->flipflop;
	return c->flipflop ? (u8)v : (u8)(v >> 8);
}

u8 i8237_in(void *chip, unsigned reg)
{
	struct i8237 *d = chip;
	struct i8237_chip *c = &d->chip[reg >> 4 & 1];
	u8 v;

	reg &= 15;
	if (reg < 8)
		return half_of(c, reg & 1 ? c->chan[reg >> 1].count : c->chan[reg >> 1].addr);
	switch (reg) {
	case 8: /* reading clears the terminal count bits */
		v = c->status | (u8)(c->request << 4);
		c->status = 0;
		return v;
	case 13:
		return c->temp;
	case 15: /* the PIIX3 lets the mask register be read */
		return c->mask | 0xf0;
	default:
		return 0xff;
	}
}

static void write_half(struct i8237_chip *c, u16 *base, u16 *now, u8 v)
{
	if (c->flipflop)
		*base = (u16)((*base & 0x00ff) | v << 8);
	else
		*base = (u16)((*base & 0xff00) | v);
	*now = *base;
	c->flipflop = !c->flipflop;
}

void i8237_out(void *chip, unsigned reg, u8 v)
{
	struct i8237 *d = chip;
	struct i8237_chip *c = &d->chip[reg >> 4 & 1];
	struct i8237_chan *ch;
	u8 bit = (u8)(1u << (v & 3));

	reg &= 15;
	if (reg < 8) {
		ch = &c->chan[reg >> 1];
		if (reg & 1)
			write_half(c, &ch->base_count, &ch->count, v);
		else
			write_half(c, &ch->base_addr, &ch->addr, v);
		return;
	}
	switch (reg) {
	case 8:
		c->command = v;
		break;
	case 9: /* software request */
		c->request = v & 4 ? c->request | bit : c->request & (u8)~bit;
		break;
	case 10:
		c->mask = v & 4 ? c->mask | bit : c->mask & (u8)~bit;
		break;
	case 11:
		c->chan[v & 3].mode = v & 0xfc;
		break;
	case 12:
		c->flipflop = false;
		break;
	case 13:
		master_clear(c);
		break;
	case 14:
		c->mask = 0;
		break;
	case 15:
		c->mask = v & 15;
		break;
	}
}

u8 i8237_page_in(void *chip, unsigned reg)
{
	struct i8237 *d = chip;

	return d->page[reg & 15];
}

void i8237_page_out(void *chip, unsigned reg, u8 v)
{
	struct i8237 *d = chip;

	d->page[reg & 15] = v;
}

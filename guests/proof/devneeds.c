/* SPDX-License-Identifier: MIT
 * Which devices this machine has (enum dev_need): each by what its data sheet lets a
 * program see of it, never by what a VMM calls itself.
 */
#include "guests/lib/channel.h"
#include "guests/lib/io.h"
#include "guests/proof/dev.h"

#define IDE1    0x1f0
#define IDE2    0x170
#define WAIT_MS 1000u

static u8 cmos(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static bool wait_for(u16 port, u8 mask, u8 value)
{
	struct dev_timer t;

	dev_timer_start(&t, WAIT_MS);
	while ((inb(port) & mask) != value)
		if (dev_timer_over(&t))
			return false;
	return true;
}

static bool holds(u16 port, u8 value)
{
	u8 before = inb(port), now;

	outb(port, value);
	now = inb(port);
	outb(port, before);
	return now == value;
}

static bool has_pit(void)
{
	outb(0x43, 0xb0);
	outb(0x43, 0xe8);
	return (inb(0x42) & 0x3f) == 0x30;
}

static bool has_dma(void)
{
	u8 low, high;

	outb(0x0c, 0);
	outb(0x02, 0x55);
	outb(0x02, 0xaa);
	outb(0x0c, 0);
	low = inb(0x02);
	high = inb(0x02);
	return low == 0x55 && high == 0xaa;
}

static bool has_mouse(void)
{
	u8 answer;

	if (!wait_for(0x64, 2, 0))
		return false;
	outb(0x64, 0xa8);
	if (!wait_for(0x64, 2, 0))
		return false;
	outb(0x64, 0xd4);
	if (!wait_for(0x64, 2, 0))
		return false;
	outb(0x60, 0xf5); /* stop reporting */
	if (!wait_for(0x64, 0x21, 0x21))
		return false;
	answer = inb(0x60);
	if (wait_for(0x64, 2, 0))
		outb(0x64, 0xa7);
	return answer == 0xfa;
}

/* 82077: command phase wants RQM and DIO = 0, results DIO = 1. */
static bool fdc_put(u8 v)
{
	if (!wait_for(0x3f4, 0xc0, 0x80))
		return false;
	outb(0x3f5, v);
	return true;
}

static bool fdc_get(u8 *v)
{
	if (!wait_for(0x3f4, 0xc0, 0xc0))
		return false;
	*v = inb(0x3f5);
	return true;
}

static bool has_floppy(void)
{
	u8 st0 = 0xff, cyl, i;

	outb(0x3f2, 0x08);
	outb(0x3f2, 0x1c); /* drive 0, motor on */
	outb(0x3f7, 0);    /* 500 kb/s */
	dev_wait_ms(20);
	for (i = 0; i < 4; i++)
		if (!fdc_put(0x08) || !fdc_get(&st0))
			return false;
		else if (st0 != 0x80 && !fdc_get(&cyl))
			return false;
	if (!fdc_put(0x03) || !fdc_put(0xaf) || !fdc_put(0x02) || !fdc_put(0x07) || !fdc_put(0))
		return false;
	dev_wait_ms(50);
	if (!fdc_put(0x08) || !fdc_get(&st0) || st0 == 0x80 || !fdc_get(&cyl))
		return false;
	/* READ ID finds a sector only on a medium. */
	if (!fdc_put(0x4a) || !fdc_put(0) || !fdc_get(&st0))
		return false;
	for (i = 0; i < 6; i++)
		if (!fdc_get(&cyl))
			return false;
	return !(st0 & 0xc0);
}

static void drain(u16 base)
{
	u32 n = 256;

	while (n-- && (inb(base + 7) & 8))
		__asm__ volatile("inw %w0, %%ax" : : "Nd"(base) : "eax");
}

/* IDENTIFY DEVICE or IDENTIFY PACKET DEVICE has data to give. */
static bool identifies(u16 base, u8 command)
{
	bool is;

	outb((u16)(base + 0x206), 2);
	outb((u16)(base + 6), 0xa0);
	if (inb((u16)(base + 7)) == 0xff || !wait_for((u16)(base + 7), 0x80, 0))
		return false;
	outb((u16)(base + 7), command);
	dev_wait_ms(1);
	if (!inb((u16)(base + 7)) || !wait_for((u16)(base + 7), 0x80, 0))
		return false;
	is = (inb((u16)(base + 7)) & 9) == 8;
	drain(base);
	return is;
}

/* TEST UNIT READY: the first answers may be about a reset or a new medium. */
static bool has_medium(void)
{
	unsigned i, tries;

	for (tries = 0; tries < 6; tries++) {
		outb(IDE2 + 6, 0xa0);
		outb(IDE2 + 1, 0);
		outb(IDE2 + 4, 0);
		outb(IDE2 + 5, 0);
		outb(IDE2 + 7, 0xa0);
		if (!wait_for(IDE2 + 7, 0x88, 0x08))
			return false;
		for (i = 0; i < 6; i++)
			__asm__ volatile("outw %w0, %w1" : : "a"(0), "Nd"((u16)IDE2));
		if (!wait_for(IDE2 + 7, 0x80, 0))
			return false;
		if (!(inb(IDE2 + 7) & 1))
			return true;
		dev_wait_ms(20);
	}
	return false;
}

static u32 pci_config(u32 function, u32 reg)
{
	u32 v;

	__asm__ volatile("outl %0, %w1"
			 :
			 : "a"(0x80000000u | function << 8 | reg), "Nd"((u16)0xcf8));
	__asm__ volatile("inl %w1, %0" : "=a"(v) : "Nd"((u16)0xcfc));
	return v;
}

static u32 pci_needs(void)
{
	u32 need = 1u << NEED_pci, id = pci_config(0, 0), south = pci_config(8, 0);

	if (id == 0xffffffff || !(id & 0xffff))
		return 0;
	if (id == 0x12378086 && (south == 0x70008086 || south == 0x71108086))
		need |= 1u << NEED_piix;
	id = pci_config(9, 0);
	if ((id == 0x70108086 || id == 0x71118086) && (pci_config(9, 4) & 1) &&
	    (pci_config(9, 0x20) & 0xfff0))
		need |= 1u << NEED_bm;
	if (pci_config(11, 0) == 0x71138086 && (pci_config(11, 0x80) & 1) &&
	    (pci_config(11, 0x40) & 0xffc0))
		need |= 1u << NEED_pm;
	return need;
}

u32 dev_machine(void)
{
	u32 m = 0;

	if (holds(0x21, 0x5a) && holds(0xa1, 0xa5))
		m |= 1u << NEED_pic;
	if (has_pit())
		m |= 1u << NEED_pit;
	if (!(cmos(0x0d) & 0x7f))
		m |= 1u << NEED_rtc;
	if (inb(0x64) != 0xff) {
		m |= 1u << NEED_kbc;
		if (has_mouse())
			m |= 1u << NEED_mouse;
	}
	if (has_dma())
		m |= 1u << NEED_dma;
	if (!channel_uses_com1() && holds(0x3ff, 0x5a) && holds(0x3ff, 0xa5))
		m |= 1u << NEED_com1;
	if (inb(0x3f4) != 0xff) {
		m |= 1u << NEED_fdc;
		if (has_floppy())
			m |= 1u << NEED_fdd;
	}
	/* A record area is no disk to play with. */
	if (!channel_redirected() && identifies(IDE1, 0xec))
		m |= 1u << NEED_ide;
	if (identifies(IDE2, 0xa1)) {
		m |= 1u << NEED_atapi;
		if (has_medium())
			m |= 1u << NEED_cd;
	}
	outb(0x3c4, 2);
	if (inb(0x3cc) != 0xff && holds(0x3c5, 0x0a))
		m |= 1u << NEED_vga;
	m |= pci_needs();
	if (inb(0x92) != 0xff)
		m |= 1u << NEED_p92;
	if (!(inb(0x4d0) & 7) && !(inb(0x4d1) & 0x21))
		m |= 1u << NEED_elcr;
	return m;
}

/* SPDX-License-Identifier: MIT
 * VGA registers: which bits exist, protection, index and data toggles, the DAC's
 * counters, port decoding, the status bits.  Facts to compare with: IBM PS/2
 * Hardware Interface Technical Reference, VGA function.
 */
#include "guests/display/say.h"
#include "guests/display/vga.h"

void program_main(void);

/* What remains of all ones and all zeros. */
static void bits(const char *name, u16 port, u8 count)
{
	u32 got[32];

	for (u8 i = 0; i < count; i++) {
		u8 old = reg_read(port, i);

		reg_write(port, i, 0xff);
		got[i] = (u32)reg_read(port, i) << 8;
		reg_write(port, i, 0x00);
		got[i] |= reg_read(port, i);
		reg_write(port, i, old);
	}
	say_values(name, got, count, 4);
}

static void attribute_bits(void)
{
	u32 got[21];

	for (u8 i = 0; i < 21; i++) {
		attr_write(i, 0xff);
		got[i] = (u32)attr_read(i) << 8;
		attr_write(i, 0x00);
		got[i] |= attr_read(i);
		attr_write(i, mode_12h.attr[i]);
	}
	say_values("attribute bits", got, 21, 4);
}

static void crtc_protection(void)
{
	u32 got[4];

	reg_write(CRTC, 0x11, 0x8c);
	reg_write(CRTC, 0x00, 0x11);
	reg_write(CRTC, 0x07, 0x00); /* only line compare bit 8 gets through */
	got[0] = reg_read(CRTC, 0x00);
	got[1] = reg_read(CRTC, 0x07);
	reg_write(CRTC, 0x09, 0x41);
	got[2] = reg_read(CRTC, 0x09);
	reg_write(CRTC, 0x11, 0x0c);
	reg_write(CRTC, 0x00, 0x11);
	got[3] = reg_read(CRTC, 0x00);
	say_values("crtc protection", got, 4, 2);
	mode_set(&mode_12h);
}

static void indexes(void)
{
	u32 got[4];

	outb(SEQ, 0xff);
	got[0] = inb(SEQ);
	outb(GFX, 0xff);
	got[1] = inb(GFX);
	outb(CRTC, 0xff);
	got[2] = inb(CRTC);
	inb(0x3da);
	outb(0x3c0, 0xff);
	got[3] = inb(0x3c0);
	inb(0x3da);
	outb(0x3c0, 0x20);
	inb(0x3da);
	SAY("sequencer index", 2, got[0]);
	SAY("graphics index", 2, got[1]);
	SAY("crtc index", 2, got[2]);
	SAY("attribute index", 2, got[3]);
}

static void attribute_toggle(void)
{
	u32 got[3];

	inb(0x3da);
	outb(0x3c0, 0x10 | 0x20);
	outb(0x3c0, 0x41);
	outb(0x3c0, 0x12 | 0x20); /* the toggle is back at the index */
	outb(0x3c0, 0x0e);
	got[0] = attr_read(0x10);
	got[1] = attr_read(0x12);
	/* The palette is locked while the screen is on. */
	inb(0x3da);
	outb(0x3c0, 0x03 | 0x20);
	outb(0x3c0, 0x2a);
	got[2] = attr_read(0x03);
	say_values("attribute toggle and lock", got, 3, 2);
	mode_set(&mode_12h);
}

static void dac(void)
{
	u32 got[12];

	dac_write(0x10, 0xff, 0x41, 0x00);
	outb(0x3c8, 0x10);
	got[0] = inb(0x3c8);
	got[1] = inb(0x3c7);
	outb(0x3c7, 0x10);
	got[2] = inb(0x3c7);
	got[3] = inb(0x3c8);
	for (unsigned i = 4; i < 7; i++)
		got[i] = inb(0x3c9);
	got[7] = inb(0x3c8); /* one entry on */
	SAY("dac write index and state", 2, got[0], got[1] & 3);
	SAY("dac read state", 2, got[2] & 3);
	SAY("dac values", 2, got[4], got[5], got[6]);
	SAY("dac index while reading", 2, got[3], got[7]);
	/* Two bytes only: an unfinished colour changes nothing. */
	outb(0x3c8, 0x11);
	for (unsigned i = 0; i < 3; i++)
		outb(0x3c9, 0x05);
	outb(0x3c8, 0x11);
	outb(0x3c9, 0x3f);
	outb(0x3c9, 0x3e);
	outb(0x3c7, 0x11);
	for (unsigned i = 0; i < 3; i++)
		got[i] = inb(0x3c9);
	SAY("dac unfinished colour", 2, got[0], got[1], got[2]);
	outb(0x3c6, 0xa5);
	got[0] = inb(0x3c6);
	outb(0x3c6, 0xff);
	SAY("dac mask", 2, got[0]);
}

static void misc(void)
{
	u32 got[6];

	outb(0x3c2, 0xff);
	got[0] = inb(0x3cc);
	outb(0x3c2, 0x63);
	got[1] = inb(0x3cc);
	SAY("misc output", 2, got[0], got[1]);
	/* Monochrome addresses: the other group is not there. */
	reg_write(CRTC, 0x0f, 0x12);
	outb(0x3c2, 0x62);
	got[2] = reg_read(CRTC, 0x0f);
	got[3] = reg_read(0x3b4, 0x0f);
	got[4] = inb(0x3da);
	outb(0x3c2, 0x63);
	got[5] = reg_read(0x3b4, 0x0f);
	SAY("monochrome addresses", 2, got[2], got[3], got[4], got[5]);
	outb(0x3da, 0x03);
	got[0] = inb(0x3ca);
	outb(0x3da, 0x00);
	SAY("feature control", 2, got[0], inb(0x3ca));
	SAY("video enable", 2, inb(0x3c3) & 1);
}

/* Both edges of both status bits come by. */
static void status(void)
{
	u32 seen = 0;

	for (u32 i = 0; i < 20000000 && seen != 0xf; i++) {
		u8 s = inb(0x3da);

		seen |= (s & 1 ? 1 : 2) | (s & 8 ? 4 : 8);
	}
	SAY("status bits seen", 1, seen);
}

void program_main(void)
{
	channel_open();
	say("display registers\n");
	mode_set(&mode_12h);
	bits("sequencer bits", SEQ, 5);
	bits("graphics bits", GFX, 9);
	reg_write(CRTC, 0x11, 0x0c);
	bits("crtc bits", CRTC, 25);
	mode_set(&mode_12h);
	attribute_bits();
	crtc_protection();
	indexes();
	attribute_toggle();
	dac();
	misc();
	status();
	program_end();
}

/* SPDX-License-Identifier: MIT
 * Keyboard controller, keyboard and mouse by polling: what drivers ask before
 * they trust them.
 */
#include "guests/display/say.h"
#include "guests/lib/io.h"

void program_main(void);

enum { NONE = 0x100 };

static void ready(void)
{
	for (u32 i = 0; i < 1000000 && (inb(0x64) & 2); i++)
		;
}

static void command(u8 v)
{
	ready();
	outb(0x64, v);
}

static void data(u8 v)
{
	ready();
	outb(0x60, v);
}

/* The next byte, 1xx: it came from the auxiliary cable, NONE + 100: none came. */
static u32 answer(void)
{
	for (u32 i = 0; i < 300000; i++) {
		u8 s = inb(0x64);

		if (s & 1)
			return inb(0x60) | (s & 0x20 ? 0x100 : 0);
	}
	return 0xfff;
}

static void drain(void)
{
	while (answer() != 0xfff)
		;
}

static void to_mouse(u8 v)
{
	command(0xd4);
	data(v);
}

/* Bytes until there are no more. */
static void answers(const char *name)
{
	say(name);
	say(":");
	for (unsigned i = 0; i < 16; i++) {
		u32 v = answer();

		if (v == 0xfff)
			break;
		say(" ");
		say_hex(v, 3);
	}
	say("\n");
}

static void controller(void)
{
	command(0xaa);
	answers("self-test");
	command(0xab);
	answers("keyboard cable");
	command(0xa9);
	answers("mouse cable");
	command(0x60);
	data(0x30); /* both cables off, no interrupts, no translation */
	command(0x20);
	answers("command byte");
	command(0xa8);
	command(0x20);
	answers("mouse enabled");
	command(0xa7);
	command(0x20);
	answers("mouse disabled");
	command(0xae);
	command(0x20);
	answers("keyboard enabled");
	command(0xad);
	command(0x20);
	answers("keyboard disabled");
	command(0xd2);
	data(0x55);
	answers("keyboard loop");
	command(0xd3);
	data(0xaa);
	answers("mouse loop");
	command(0xd0);
	SAY("output port", 3, answer() & 0x103);
}

static void keyboard(void)
{
	command(0x60);
	data(0x20);
	data(0xff);
	answers("keyboard reset");
	data(0xf2);
	answers("keyboard identity");
	data(0xee);
	answers("keyboard echo");
	data(0xed);
	answers("lights");
	data(0x07);
	answers("lights set");
	data(0xf3);
	answers("rate");
	data(0x20);
	answers("rate set");
	data(0xf0);
	answers("code set");
	data(0x00);
	answers("code set read");
	data(0xf5);
	answers("disable");
	data(0xf4);
	answers("enable");
	command(0x60);
	data(0x60); /* with translation the identity is translated too */
	data(0xf2);
	answers("translated identity");
}

static void rate(u8 v)
{
	to_mouse(0xf3);
	answer();
	to_mouse(v);
	answer();
}

static void mouse(void)
{
	command(0x60);
	data(0x10);
	to_mouse(0xff);
	answers("mouse reset");
	to_mouse(0xf2);
	answers("mouse identity");
	to_mouse(0xe9);
	answers("mouse status");
	to_mouse(0xe8);
	answers("resolution");
	to_mouse(0x03);
	answers("resolution set");
	to_mouse(0xe7);
	answers("scaling");
	to_mouse(0xe9);
	answers("changed status");
	to_mouse(0xeb);
	answers("packet on demand");
	rate(200);
	rate(100);
	rate(80);
	to_mouse(0xf2);
	answers("wheel");
	to_mouse(0xeb);
	answers("wheel packet");
	rate(200);
	rate(200);
	rate(80);
	to_mouse(0xf2);
	answers("five buttons");
	to_mouse(0xf6);
	answers("defaults");
	to_mouse(0xe9);
	answers("status by default");
	to_mouse(0xee);
	answers("wrap");
	to_mouse(0x5a);
	answers("wrapped");
	to_mouse(0xec);
	answers("unwrap");
	to_mouse(0x77);
	answers("no such command");
}

void program_main(void)
{
	channel_open();
	say("keyboard controller\n");
	drain();
	controller();
	keyboard();
	mouse();
	program_end();
}

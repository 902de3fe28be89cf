/* SPDX-License-Identifier: MIT
 * VGA memory as the processor sees it: windows, write modes 0-3 with every
 * function of the graphics controller, read modes, odd/even and chain-4.
 */
#include "guests/display/say.h"
#include "guests/display/vga.h"

void program_main(void);

static void put4(u32 offset, u8 p0, u8 p1, u8 p2, u8 p3)
{
	const u8 v[4] = {p0, p1, p2, p3};
	u8 mode = reg_read(GFX, 5), mask = reg_read(SEQ, 2), bit = reg_read(GFX, 8);
	u8 enable = reg_read(GFX, 1), rotate = reg_read(GFX, 3);

	reg_write(GFX, 5, mode & ~3);
	reg_write(GFX, 8, 0xff);
	reg_write(GFX, 1, 0);
	reg_write(GFX, 3, 0);
	for (u8 p = 0; p < 4; p++) {
		reg_write(SEQ, 2, (u8)(1 << p));
		*video(offset) = v[p];
	}
	reg_write(GFX, 5, mode);
	reg_write(SEQ, 2, mask);
	reg_write(GFX, 8, bit);
	reg_write(GFX, 1, enable);
	reg_write(GFX, 3, rotate);
}

/* The planes at an address of mode 12h, through read mode 0. */
static u32 get4(u32 offset)
{
	u8 mode = reg_read(GFX, 5), map = reg_read(GFX, 4);
	u32 v = 0;

	reg_write(GFX, 5, mode & ~8);
	for (u8 p = 0; p < 4; p++) {
		reg_write(GFX, 4, p);
		v = v << 8 | *video(offset);
	}
	reg_write(GFX, 5, mode);
	reg_write(GFX, 4, map);
	return v;
}

static void fresh(void)
{
	mode_set(&mode_12h);
	put4(0, 0x0f, 0x33, 0x55, 0xff);
	put4(1, 0, 0, 0, 0);
}

/* Latches from address 0, a byte to address 1, the planes there. */
static u32 through(u8 mode, u8 value)
{
	u32 v;

	reg_write(GFX, 5, mode);
	(void)*video(0);
	*video(1) = value;
	reg_write(GFX, 5, 0);
	v = get4(1);
	return v;
}

static void write_modes(void)
{
	u32 got[4];

	for (u8 function = 0; function < 4; function++) {
		fresh();
		reg_write(GFX, 3, (u8)(function << 3 | function)); /* and rotate */
		reg_write(GFX, 8, 0xf3);
		got[function] = through(0, 0x96);
	}
	say_values("write mode 0 functions", got, 4, 8);
	for (u8 i = 0; i < 4; i++) {
		fresh();
		reg_write(GFX, 0, 0x05);
		reg_write(GFX, 1, (u8)(0x3 << i));
		reg_write(GFX, 8, 0x3c);
		reg_write(SEQ, 2, (u8)(0x0f - (1 << i)));
		got[i] = through(0, 0x81);
	}
	say_values("write mode 0 set/reset and map mask", got, 4, 8);
	fresh();
	got[0] = through(1, 0xaa);
	reg_write(SEQ, 2, 0x06);
	put4(1, 1, 2, 3, 4);
	got[1] = through(1, 0xaa);
	say_values("write mode 1", got, 2, 8);
	for (u8 function = 0; function < 4; function++) {
		fresh();
		reg_write(GFX, 3, (u8)(function << 3 | 3));
		reg_write(GFX, 8, 0x7e);
		got[function] = through(2, 0xa9);
	}
	say_values("write mode 2 functions", got, 4, 8);
	for (u8 function = 0; function < 4; function++) {
		fresh();
		reg_write(GFX, 0, 0x09);
		reg_write(GFX, 3, (u8)(function << 3 | 2));
		reg_write(GFX, 8, 0x7e);
		got[function] = through(3, 0xe7);
	}
	say_values("write mode 3 functions", got, 4, 8);
}

static void read_modes(void)
{
	u32 got[16];

	fresh();
	for (u8 color = 0; color < 16; color++) {
		reg_write(GFX, 5, 8);
		reg_write(GFX, 2, color);
		reg_write(GFX, 7, 0x0f);
		got[color] = *video(0);
	}
	say_values("read mode 1 colours", got, 16, 2);
	for (u8 care = 0; care < 16; care++) {
		reg_write(GFX, 2, 0x06);
		reg_write(GFX, 7, care);
		got[care] = *video(0);
	}
	say_values("read mode 1 don't care", got, 16, 2);
	/* Read mode 1 loads the latches too. */
	reg_write(GFX, 5, 8 | 1);
	(void)*video(0);
	*video(1) = 0;
	SAY("latches behind read mode 1", 8, get4(1));
}

static void windows(void)
{
	static const u32 at[5] = {0x00000, 0x0fff0, 0x10000, 0x18000, 0x1fff0};

	for (u8 map = 0; map < 4; map++) {
		u32 got[5];

		mode_set(&mode_12h);
		reg_write(GFX, 6, (u8)(map << 2 | 1));
		for (unsigned i = 0; i < 5; i++)
			*video(at[i]) = (u8)(0x40 + i);
		for (unsigned i = 0; i < 5; i++)
			got[i] = *video(at[i]);
		say_values(map == 0   ? "window 0"
			   : map == 1 ? "window 1"
			   : map == 2 ? "window 2"
				      : "window 3",
			   got, 5, 2);
	}
	mode_set(&mode_12h);
	*video(0) = 0x77;
	outb(0x3c2, 0xe1); /* memory off */
	*video(0) = 0x11;
	SAY("memory disabled", 2, *video(0));
	outb(0x3c2, 0xe3);
	SAY("memory enabled", 2, *video(0));
}

static void odd_even(void)
{
	u32 got[8];

	mode_set(&mode_text);
	for (u8 i = 0; i < 8; i++)
		*video(0x18000 + i) = (u8)(0x51 + i);
	for (u8 i = 0; i < 8; i++)
		got[i] = *video(0x18000 + i);
	say_values("text memory", got, 8, 2);
	/* Behind the scenes: planes 0 and 1 at even addresses. */
	mode_set(&mode_12h);
	for (u8 i = 0; i < 4; i++)
		got[i] = get4(i);
	say_values("text memory in the planes", got, 4, 8);
	/* A font: plane 2 as bytes. */
	reg_write(SEQ, 2, 0x04);
	reg_write(SEQ, 4, 0x07);
	reg_write(GFX, 4, 0x02);
	reg_write(GFX, 5, 0x00);
	reg_write(GFX, 6, 0x04);
	for (u8 i = 0; i < 4; i++)
		*video(0x4000 + i) = (u8)(0x81 + i);
	for (u8 i = 0; i < 4; i++)
		got[i] = *video(0x4000 + i);
	say_values("font memory", got, 4, 2);
}

static void chain_4(void)
{
	u32 got[8];

	mode_set(&mode_13h);
	for (u8 i = 0; i < 8; i++)
		*video(0x100 + i) = (u8)(0x61 + i);
	for (u8 i = 0; i < 8; i++)
		got[i] = *video(0x100 + i);
	say_values("chain-4 memory", got, 8, 2);
	reg_write(SEQ, 2, 0x05);
	*(volatile u32 *)video(0x100) = 0x04030201;
	got[0] = *(volatile u32 *)video(0x100);
	reg_write(SEQ, 2, 0x0f);
	SAY("chain-4 map mask", 8, got[0]);
	reg_write(GFX, 3, 0x18); /* XOR with the latches of the last read */
	(void)*video(0x104);
	*video(0x105) = 0xff;
	reg_write(GFX, 3, 0x00);
	SAY("chain-4 function", 8, *(volatile u32 *)video(0x104));
	*(volatile u32 *)video(0xfffc) = 0x89abcdef;
	SAY("chain-4 end of the window", 8, *(volatile u32 *)video(0xfffc));
}

void program_main(void)
{
	channel_open();
	say("display memory\n");
	write_modes();
	read_modes();
	windows();
	odd_even();
	chain_4();
	program_end();
}

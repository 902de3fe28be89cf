/* SPDX-License-Identifier: MIT
 * The DISPI registers and the banked window (Bochs developer documentation, "VBE
 * display API").
 */
#include "guests/display/say.h"
#include "guests/display/vga.h"

void program_main(void);

static void mode(u16 x, u16 y, u16 bpp, u16 flags)
{
	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_XRES, x);
	dispi_write(DISPI_YRES, y);
	dispi_write(DISPI_BPP, bpp);
	dispi_write(DISPI_ENABLE, flags);
}

static void identity(void)
{
	u32 got[7];

	got[0] = dispi_read(DISPI_ID);
	for (u16 i = 0; i < 6; i++) {
		dispi_write(DISPI_ID, (u16)(0xb0c0 + i));
		got[i + 1] = dispi_read(DISPI_ID);
	}
	say_values("version", got, 7, 4);
	dispi_write(DISPI_ID, 0xb0c5);
}

static void geometry(void)
{
	mode(640, 480, 8, 0x41);
	SAY("640x480x8", 4, dispi_read(DISPI_XRES), dispi_read(DISPI_YRES), dispi_read(DISPI_BPP),
	    dispi_read(DISPI_ENABLE), dispi_read(DISPI_BANK), dispi_read(DISPI_VIRT_WIDTH),
	    dispi_read(DISPI_X_OFFSET), dispi_read(DISPI_Y_OFFSET));
	dispi_write(DISPI_XRES, 800); /* fixed while it is shown */
	SAY("width while enabled", 4, dispi_read(DISPI_XRES));
	dispi_write(DISPI_VIRT_WIDTH, 1024);
	dispi_write(DISPI_X_OFFSET, 16);
	dispi_write(DISPI_Y_OFFSET, 20);
	SAY("virtual 1024", 4, dispi_read(DISPI_VIRT_WIDTH), dispi_read(DISPI_X_OFFSET),
	    dispi_read(DISPI_Y_OFFSET));
}

static void banks(void)
{
	volatile u8 *w = video(0);
	u32 got[4];

	mode(640, 480, 8, 0x01);
	reg_write(GFX, 6, 0x05);
	reg_write(SEQ, 4, 0x0e);
	for (u16 b = 0; b < 4; b++) {
		dispi_write(DISPI_BANK, b);
		w[0x1234] = (u8)(0x90 + b);
	}
	for (u16 b = 0; b < 4; b++) {
		dispi_write(DISPI_BANK, b);
		got[b] = w[0x1234];
	}
	say_values("banks", got, 4, 2);
	mode(640, 480, 8, 0x81); /* do not clear */
	dispi_write(DISPI_BANK, 0);
	SAY("kept", 2, w[0x1234]);
	mode(640, 480, 8, 0x01);
	dispi_write(DISPI_BANK, 0);
	SAY("cleared", 2, w[0x1234]);
}

static void linear(void)
{
	u32 base = frame_buffer();
	volatile u8 *lfb = (volatile u8 *)(uintptr_t)base;

	if (!base) {
		say("no PCI display\n");
		return;
	}
	mode(640, 480, 8, 0x41);
	lfb[0x31234] = 0x5a;
	*(volatile u32 *)&lfb[0x30000] = 0x01020304;
	dispi_write(DISPI_BANK, 3);
	SAY("linear frame buffer", 8, *(volatile u32 *)&lfb[0x31234], *(volatile u32 *)video(0),
	    *video(0x1234));
}

void program_main(void)
{
	channel_open();
	say("display interface\n");
	identity();
	geometry();
	banks();
	linear();
	dispi_write(DISPI_ENABLE, 0);
	mode_set(&mode_text);
	program_end();
}

/* SPDX-License-Identifier: MIT
 * DISPI modes of 15 to 32 bits per pixel: geometry, limits, and stores through
 * the bank window that turn up in the linear frame buffer.
 */
#include "guests/display/say.h"
#include "guests/display/vga.h"

void program_main(void);

static void mode(const char *name, u16 x, u16 y, u16 bpp)
{
	volatile u8 *lfb = (volatile u8 *)(uintptr_t)frame_buffer();
	u32 last;

	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_XRES, x);
	dispi_write(DISPI_YRES, y);
	dispi_write(DISPI_BPP, bpp);
	dispi_write(DISPI_ENABLE, 0x41);
	SAY(name, 4, dispi_read(DISPI_XRES), dispi_read(DISPI_YRES), dispi_read(DISPI_BPP),
	    dispi_read(DISPI_ENABLE), dispi_read(DISPI_VIRT_WIDTH), dispi_read(DISPI_VIRT_HEIGHT));
	/* The last pixel of the picture, through the window. */
	last = (u32)x * y * ((bpp + 7u) / 8) - 1;
	dispi_write(DISPI_BANK, (u16)(last >> 16));
	*video(last & 0xffff) = (u8)bpp;
	SAY("its last byte", 2, lfb[last], lfb[last + 1]);
}

static void limits(void)
{
	dispi_write(DISPI_ENABLE, 2);
	SAY("limits", 4, dispi_read(DISPI_BPP));
	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_BPP, 7);
	SAY("seven bits", 4, dispi_read(DISPI_BPP));
}

void program_main(void)
{
	channel_open();
	say("display depths\n");
	reg_write(GFX, 6, 0x05);
	reg_write(SEQ, 4, 0x0e);
	mode("640x480x8", 640, 480, 8);
	mode("640x480x15", 640, 480, 15);
	mode("800x600x16", 800, 600, 16);
	mode("1024x768x24", 1024, 768, 24);
	mode("1024x768x32", 1024, 768, 32);
	mode("1280x1024x32", 1280, 1024, 32);
	mode("1920x1080x16", 1920, 1080, 16);
	limits();
	dispi_write(DISPI_ENABLE, 0);
	mode_set(&mode_text);
	program_end();
}

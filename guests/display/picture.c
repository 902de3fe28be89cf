/* SPDX-License-Identifier: MIT
 * Draws one picture, PICTURE says which, and ends: what the screen then shows is
 * compared between machines (pictures.sh).  Nothing blinks.
 */
#include "guests/display/say.h"
#include "guests/display/vga.h"

enum {
	PICTURE_text,
	PICTURE_text8,
	PICTURE_planar,
	PICTURE_split,
	PICTURE_mode13h,
	PICTURE_modex,
	PICTURE_cga,
	PICTURE_lfb8,
	PICTURE_lfb15,
	PICTURE_lfb16,
	PICTURE_lfb24,
	PICTURE_lfb32,
	PICTURE_pan32,
	PICTURE_planar4
};

void program_main(void);

/* Two fonts of made-up characters: A at 0, B at 16 KiB. */
static void load_fonts(void)
{
	mode_set(&mode_text);
	reg_write(SEQ, 2, 0x04);
	reg_write(SEQ, 4, 0x07);
	reg_write(GFX, 5, 0x00);
	reg_write(GFX, 6, 0x04);
	for (u32 i = 0; i < 256 * 32; i++) {
		u32 c = i >> 5, row = i & 31;

		*video(i) = (u8)(c << (row & 3) ^ row * 0x11 ^ (row == 15 ? 0xff : 0));
		*video(0x4000 + i) = (u8)(row & 1 ? c : ~c);
	}
	mode_set(&mode_text);
}

static void text(bool eight_dots)
{
	load_fonts();
	palette_set();
	reg_write(CRTC, 0x0a, 0x20); /* no cursor: it blinks elsewhere */
	attr_write(0x10, 0x04);      /* line graphics, bright backgrounds */
	if (eight_dots) {
		reg_write(SEQ, 1, 0x01);
		reg_write(SEQ, 3, 0x04); /* attribute bit 3 chooses font B */
	}
	for (u32 i = 0; i < 80 * 25; i++) {
		*video(0x18000 + 2 * i) = (u8)i;
		*video(0x18001 + 2 * i) = (u8)(i * 7 >> 3);
	}
	reg_write(CRTC, 0x0d, 80); /* start at the second row */
}

static void planar(void)
{
	mode_set(&mode_12h);
	palette_set();
	for (u8 p = 0; p < 4; p++) {
		reg_write(SEQ, 2, (u8)(1 << p));
		for (u32 y = 0; y < 480; y++)
			for (u32 x = 0; x < 80; x++)
				*video(y * 80 + x) = (u8)(x * (p + 1) ^ y >> p);
	}
	reg_write(SEQ, 2, 0x0f);
}

static void split(void)
{
	planar();
	reg_write(CRTC, 0x0c, 0x25);
	reg_write(CRTC, 0x0d, 0x80); /* from line 120 on */
	/* From line 301 on the picture begins at 0 again. */
	reg_write(CRTC, 0x18, 300 & 0xff);
	reg_write(CRTC, 0x07, 0x3e);
	reg_write(CRTC, 0x09, 0x00);
	reg_write(CRTC, 0x11, 0x0c);
	reg_write(CRTC, 0x07, 0x3e | (300 >> 4 & 0x10));
	reg_write(CRTC, 0x13, 0x29); /* 82 bytes a line */
	attr_write(0x12, 0x0b);      /* plane 2 is off */
}

static void mode13h(void)
{
	mode_set(&mode_13h);
	palette_set();
	for (u32 y = 0; y < 200; y++)
		for (u32 x = 0; x < 320; x++)
			*video(y * 320 + x) = (u8)(x + y * 3);
}

static void modex(void)
{
	mode_set(&mode_x);
	palette_set();
	for (u8 p = 0; p < 4; p++) {
		reg_write(SEQ, 2, (u8)(1 << p));
		for (u32 y = 0; y < 241; y++)
			for (u32 x = p; x < 320; x += 4)
				*video(y * 80 + x / 4) = (u8)(x ^ y * 2);
	}
	reg_write(CRTC, 0x0d, 80);
}

/* BIOS mode 4: 320 x 200, two bits per pixel, two banks of lines. */
static void cga(void)
{
	static const struct vga_mode mode_4 = {
		.misc = 0x63,
		.seq = {0x03, 0x09, 0x03, 0x00, 0x02},
		.crtc = {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0x00,
			 0xc1, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
			 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff},
		.gfx = {0, 0, 0, 0, 0, 0x30, 0x0f, 0x0f, 0xff},
		.attr = {0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11, 0x12,
			 0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0x00, 0x03, 0x00, 0x00},
	};

	mode_set(&mode_4);
	palette_set();
	for (u32 y = 0; y < 200; y++)
		for (u32 x = 0; x < 80; x++)
			*video(0x18000 + (y & 1) * 0x2000 + y / 2 * 80 + x) = (u8)(x * 3 ^ y);
}

static void lfb(u16 width, u16 height, u16 bpp)
{
	u32 base = frame_buffer(), bytes = (bpp + 7) / 8;
	volatile u8 *p = (volatile u8 *)(uintptr_t)base;

	if (!base) {
		say("no frame buffer\n");
		return;
	}
	palette_set();
	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_XRES, width);
	dispi_write(DISPI_YRES, height);
	dispi_write(DISPI_BPP, bpp);
	dispi_write(DISPI_ENABLE, 0x41);
	inb(0x3da);
	outb(0x3c0, 0x20); /* screen on */
	for (u32 y = 0; y < height; y++)
		for (u32 x = 0; x < width; x++)
			for (u32 i = 0; i < bytes; i++)
				*p++ = (u8)(i == 0 ? x + y : i == 1 ? x * y >> 4 : y >> i);
}

/* 16 colours at 1152 x 864: the planes need two banks. */
static void planar4(void)
{
	mode_set(&mode_12h);
	palette_set();
	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_XRES, 1152);
	dispi_write(DISPI_YRES, 864);
	dispi_write(DISPI_BPP, 4);
	dispi_write(DISPI_ENABLE, 0x41);
	inb(0x3da);
	outb(0x3c0, 0x20); /* screen on */
	for (u8 p = 0; p < 4; p++) {
		reg_write(SEQ, 2, (u8)(1 << p));
		for (u32 i = 0; i < 1152 / 8 * 864; i++) {
			if (!(i & 0xffff))
				dispi_write(DISPI_BANK, (u16)(i >> 16));
			*video(i & 0xffff) = (u8)(i % 144 * (p + 1) ^ i / 144 >> p);
		}
	}
}

static void draw(int picture)
{
	switch (picture) {
	case PICTURE_text:
	case PICTURE_text8:
		text(picture == PICTURE_text8);
		break;
	case PICTURE_planar:
		planar();
		break;
	case PICTURE_split:
		split();
		break;
	case PICTURE_mode13h:
		mode13h();
		break;
	case PICTURE_modex:
		modex();
		break;
	case PICTURE_cga:
		cga();
		break;
	case PICTURE_lfb8:
		lfb(640, 480, 8);
		break;
	case PICTURE_lfb15:
		lfb(800, 600, 15);
		break;
	case PICTURE_lfb16:
		lfb(800, 600, 16);
		break;
	case PICTURE_lfb24:
		lfb(640, 400, 24);
		break;
	case PICTURE_lfb32:
		lfb(1024, 768, 32);
		break;
	case PICTURE_planar4:
		planar4();
		break;
	case PICTURE_pan32:
		lfb(640, 480, 32);
		dispi_write(DISPI_VIRT_WIDTH, 704);
		dispi_write(DISPI_X_OFFSET, 24);
		dispi_write(DISPI_Y_OFFSET, 100);
		break;
	}
}

void program_main(void)
{
	channel_open();
	draw(PICTURE);
	program_end();
}

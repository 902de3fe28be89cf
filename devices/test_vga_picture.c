/* SPDX-License-Identifier: MIT
 * The picture: text with its font and attributes, planar, 256 colours, CGA
 * layout, panning, split screen, DISPI depths.
 */
#include "devices/vgabench.h"

static u32 *pixels;
static unsigned width, height;

static void shoot(void)
{
	free(pixels);
	vga_picture_size(&vga, &width, &height);
	pixels = malloc((size_t)width * height * sizeof *pixels);
	vga_picture(&vga, pixels);
}

static u32 at(unsigned x, unsigned y)
{
	return pixels[y * width + x];
}

static void attribute(u8 index, u8 v)
{
	vga_get(0x3da);
	vga_put(0x3c0, index);
	vga_put(0x3c0, v);
	vga_put(0x3c0, 0x20); /* screen on */
}

static void dac(u8 index, u8 r, u8 g, u8 b)
{
	vga_put(0x3c8, index);
	vga_put(0x3c9, r);
	vga_put(0x3c9, g);
	vga_put(0x3c9, b);
}

/* Palette entry n is DAC entry n is colour (n, 0, 63 - n) in six bits. */
static void colors(void)
{
	for (u8 i = 0; i < 16; i++) {
		attribute(i, i);
		dac(i, i, 0, 63 - i);
	}
	attribute(0x10, 0x01);
	attribute(0x12, 0x0f);
	attribute(0x13, 0x00);
	attribute(0x14, 0x00);
}

static u32 color(unsigned n)
{
	u32 r = n << 2 | (n & 1) * 3, b = (63 - n) << 2 | ((63 - n) & 1) * 3;

	return r << 16 | b;
}

static void text(void)
{
	vga_setup();
	vga_text_mode();
	vga_set(0x3d4, 0x0a, 0x20); /* no cursor */
	colors();
	attribute(0x10, 0x0c);
	attribute(0x13, 0x08);
}

static void put_cell(unsigned n, u8 c, u8 a)
{
	vga_poke(0xb8000 + 2 * n, c);
	vga_poke(0xb8000 + 2 * n + 1, a);
}

START_TEST(text_characters_and_attributes)
{
	text();
	*vga_plane(2, 'A' * 32) = 0x81;
	*vga_plane(2, 'A' * 32 + 15) = 0x10;
	*vga_plane(2, 0xc4 * 32) = 0x01; /* a line character */
	put_cell(0, 'A', 0x1e);
	put_cell(80, 0xc4, 0x07);
	put_cell(81, 'A', 0x9e); /* blinking: background 1, not 9 */
	shoot();
	ck_assert_uint_eq(width, 720);
	ck_assert_uint_eq(height, 400);
	ck_assert_uint_eq(at(0, 0), color(14));
	ck_assert_uint_eq(at(1, 0), color(1));
	ck_assert_uint_eq(at(7, 0), color(14));
	ck_assert_uint_eq(at(8, 0), color(1)); /* the ninth dot is background */
	ck_assert_uint_eq(at(3, 15), color(14));
	ck_assert_uint_eq(at(7, 16), color(7));
	ck_assert_uint_eq(at(8, 16), color(7)); /* unless the line goes on */
	ck_assert_uint_eq(at(9 + 1, 16), color(1));
	attribute(0x10, 0x04); /* bright backgrounds instead of blinking */
	shoot();
	ck_assert_uint_eq(at(9 + 1, 16), color(9));
	vga_set(0x3c4, 1, 0x01); /* eight dots */
	shoot();
	ck_assert_uint_eq(width, 640);
	vga_set(0x3c4, 1, 0x09);
	put_cell(0, 'A', 0x1e);
	shoot();
	ck_assert_uint_eq(width, 1280); /* every dot twice */
	ck_assert_uint_eq(at(1, 0), color(14));
	ck_assert_uint_eq(at(2, 0), color(1));
}
END_TEST

START_TEST(text_cursor_and_two_fonts)
{
	text();
	vga_set(0x3d4, 0x0a, 13);
	vga_set(0x3d4, 0x0b, 14);
	vga_set(0x3d4, 0x0f, 2);
	put_cell(2, ' ', 0x07);
	shoot();
	ck_assert_uint_eq(at(18, 12), color(0));
	ck_assert_uint_eq(at(18, 13), color(7));
	ck_assert_uint_eq(at(26, 14), color(7));
	ck_assert_uint_eq(at(18, 15), color(0));
	vga_set(0x3c4, 3, 0x04); /* attribute bit 3 chooses font 1, at 16 KiB */
	*vga_plane(2, 0x4000 + 'A' * 32) = 0xff;
	put_cell(0, 'A', 0x07);
	put_cell(1, 'A', 0x0f);
	shoot();
	ck_assert_uint_eq(at(0, 0), color(0));
	ck_assert_uint_eq(at(9, 0), color(15));
}
END_TEST

START_TEST(blanked_screen_is_black)
{
	text();
	*vga_plane(2, 0) = 0xff;
	put_cell(0, 0, 0x0f);
	vga_get(0x3da);
	vga_put(0x3c0, 0x00); /* palette access: no display */
	shoot();
	ck_assert_uint_eq(at(0, 0), 0);
	vga_put(0x3c0, 0x20);
	vga_get(0x3da);
	vga_put(0x3c0, 0x20);
	shoot();
	ck_assert_uint_eq(at(0, 0), color(15));
	vga_set(0x3c4, 1, 0x20); /* clocking mode: screen off */
	shoot();
	ck_assert_uint_eq(at(0, 0), 0);
}
END_TEST

static void planar(void)
{
	vga_setup();
	vga_planar_mode();
	vga_set(0x3c4, 1, 0x01);
	vga_set(0x3d4, 0x17, 0xe3); /* byte addresses */
	vga_set(0x3d4, 0x14, 0x00);
	vga_set(0x3d4, 0x09, 0x40);
	vga_set(0x3d4, 0x07, 0x3e);
	vga_set(0x3d4, 0x12, 0xdf);
	colors();
}

START_TEST(planar_pixels)
{
	planar();
	memcpy(vga_plane(0, 0), ((u8[]){0x80, 0x40, 0x80, 0x01}), 4);
	memcpy(vga_plane(0, 80), ((u8[]){0x00, 0x80, 0x00, 0x00}), 4);
	shoot();
	ck_assert_uint_eq(width, 640);
	ck_assert_uint_eq(height, 480);
	ck_assert_uint_eq(at(0, 0), color(5));
	ck_assert_uint_eq(at(1, 0), color(2));
	ck_assert_uint_eq(at(7, 0), color(8));
	ck_assert_uint_eq(at(0, 1), color(2));
	attribute(0x12, 0x04); /* only plane 2 gets through */
	shoot();
	ck_assert_uint_eq(at(0, 0), color(4));
	ck_assert_uint_eq(at(1, 0), color(0));
	attribute(0x12, 0x0f);
	attribute(0x13, 0x01); /* one dot to the left */
	shoot();
	ck_assert_uint_eq(at(0, 0), color(2));
	ck_assert_uint_eq(at(6, 0), color(8));
}
END_TEST

START_TEST(color_select_and_dac_mask)
{
	planar();
	*vga_plane(0, 0) = 0x80;
	attribute(0x14, 0x08);
	dac(0x81, 1, 2, 3);
	shoot();
	ck_assert_uint_eq(at(0, 0), 0x07080f);
	attribute(0x10, 0x81); /* P5 and P4 from the select register too */
	attribute(0x14, 0x03);
	dac(0x31, 4, 4, 4);
	shoot();
	ck_assert_uint_eq(at(0, 0), 0x101010);
	vga_put(0x3c6, 0x0f);
	shoot();
	ck_assert_uint_eq(at(0, 0), color(1));
}
END_TEST

START_TEST(start_address_offset_and_split)
{
	planar();
	vga_set(0x3d4, 0x0d, 3);
	vga_set(0x3d4, 0x13, 0x32); /* 100 bytes a line */
	vga_set(0x3d4, 0x18, 9);    /* line 10 begins at address 0 again */
	vga_set(0x3d4, 0x07, 0x2e);
	vga_set(0x3d4, 0x09, 0x00);
	*vga_plane(0, 3) = 0x80;
	*vga_plane(0, 103) = 0x40;
	*vga_plane(0, 0) = 0x20;
	shoot();
	ck_assert_uint_eq(at(0, 0), color(1));
	ck_assert_uint_eq(at(1, 1), color(1));
	ck_assert_uint_eq(at(2, 9), color(0));
	ck_assert_uint_eq(at(2, 10), color(1));
	attribute(0x13, 0x02);
	shoot();
	ck_assert_uint_eq(at(0, 10), color(1));
	attribute(0x10, 0x21); /* panning stops at the split */
	shoot();
	ck_assert_uint_eq(at(0, 10), color(0));
	ck_assert_uint_eq(at(2, 10), color(1));
}
END_TEST

START_TEST(mode_13h)
{
	vga_setup();
	vga_text_mode();
	vga_set(0x3c4, 1, 0x01);
	vga_set(0x3c4, 2, 0x0f);
	vga_set(0x3c4, 4, 0x0e);
	vga_set(0x3ce, 5, 0x40);
	vga_set(0x3ce, 6, 0x05);
	vga_set(0x3d4, 0x09, 0x41);
	vga_set(0x3d4, 0x14, 0x40);
	vga_set(0x3d4, 0x17, 0xa3);
	colors();
	for (unsigned i = 0; i < 8; i++)
		dac((u8)(0x80 + i), (u8)(8 * i), 0, 0);
	vga_poke(0xa0000, 0x81);
	vga_poke(0xa0005, 0x82);
	vga_poke(0xa0000 + 320 + 319, 0x83);
	vga_poke(0xa0000 + 320 * 150, 0x84); /* beyond 16 KiB */
	shoot();
	ck_assert_uint_eq(width, 640);
	ck_assert_uint_eq(height, 400);
	ck_assert_uint_eq(at(0, 0), 0x200000);
	ck_assert_uint_eq(at(1, 1), 0x200000);
	ck_assert_uint_eq(at(2, 0), color(0));
	ck_assert_uint_eq(at(10, 0), 0x400000);
	ck_assert_uint_eq(at(639, 3), 0x600000);
	ck_assert_uint_eq(at(0, 300), 0x800000);
	ck_assert_uint_eq(at(639, 1), color(0));
}
END_TEST

START_TEST(cga_layout)
{
	vga_setup();
	vga_text_mode(); /* odd/even memory, word addresses */
	vga_set(0x3c4, 1, 0x09);
	vga_set(0x3ce, 5, 0x30);
	vga_set(0x3ce, 6, 0x0f);
	vga_set(0x3d4, 0x11, 0x0e); /* unprotect */
	vga_set(0x3d4, 0x01, 0x27);
	vga_set(0x3d4, 0x09, 0xc1);
	vga_set(0x3d4, 0x13, 0x14);
	vga_set(0x3d4, 0x17, 0xa2);
	colors();
	vga_poke(0xb8000, 0x1b); /* colours 0 1 2 3 */
	vga_poke(0xb8001, 0xc0);
	vga_poke(0xba000, 0x80); /* odd lines */
	vga_poke(0xb8050, 0x40); /* line 2 */
	shoot();
	ck_assert_uint_eq(width, 640);
	ck_assert_uint_eq(height, 400);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(at(2 * i, 1), color(i));
	ck_assert_uint_eq(at(8, 0), color(3));
	ck_assert_uint_eq(at(0, 2), color(2));
	ck_assert_uint_eq(at(0, 4), color(1));
}
END_TEST

static void dispi(u16 index, u16 value)
{
	dispi_out(&vga, 0, index, 2);
	dispi_out(&vga, 1, value, 2);
}

static void dispi_mode(u16 bpp)
{
	dispi(DISPI_ENABLE, 0);
	dispi(DISPI_XRES, 320);
	dispi(DISPI_YRES, 200);
	dispi(DISPI_BPP, bpp);
	dispi(DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB);
}

START_TEST(dispi_depths)
{
	u8 *m;

	vga_setup();
	vga_text_mode();
	colors();
	m = vga.wire.memory;
	dispi_mode(8);
	m[0] = 3;
	shoot();
	ck_assert_uint_eq(width, 320);
	ck_assert_uint_eq(height, 200);
	ck_assert_uint_eq(at(0, 0), color(3));
	dispi_mode(15);
	memcpy(m + 2, "\x01\x7c", 2);
	shoot();
	ck_assert_uint_eq(at(1, 0), 0xff0008);
	dispi_mode(16);
	memcpy(m + 640, "\x01\xf8", 2);
	shoot();
	ck_assert_uint_eq(at(0, 1), 0xff0008);
	dispi_mode(24);
	memcpy(m + 3 * 321, "\x12\x34\x56", 3);
	shoot();
	ck_assert_uint_eq(at(1, 1), 0x563412);
	dispi_mode(32);
	memcpy(m + 4 * 320, "\x12\x34\x56\x78", 4);
	shoot();
	ck_assert_uint_eq(at(0, 1), 0x563412);
	dispi(DISPI_Y_OFFSET, 1);
	shoot();
	ck_assert_uint_eq(at(0, 0), 0x563412);
	dispi(DISPI_VIRT_WIDTH, 512);
	dispi(DISPI_X_OFFSET, 5);
	memcpy(m + 4 * (512 + 6), "\x78\x56\x34\x12", 4);
	shoot();
	ck_assert_uint_eq(at(1, 0), 0x345678);
	dispi_mode(4);
	memcpy(m + 4 * (40 + 1), "\x80\x80\x00\x00", 4);
	shoot();
	ck_assert_uint_eq(at(8, 1), color(3));
}
END_TEST

START_TEST(dispi_offset_beyond_memory_is_black)
{
	vga_setup();
	vga_text_mode();
	colors();
	dispi_mode(32);
	memset(vga.wire.memory, 0xff, VGA_MEMORY);
	dispi(DISPI_Y_OFFSET, 0xffff);
	shoot();
	ck_assert_uint_eq(at(319, 199), 0);
	dispi(DISPI_Y_OFFSET, (u16)(VGA_MEMORY / 1280 - 199));
	shoot();
	ck_assert_uint_eq(at(319, 198), 0xffffff);
	ck_assert_uint_eq(at(319, 199), 0);
}
END_TEST

BENCH_MAIN("vga_picture", text_characters_and_attributes, text_cursor_and_two_fonts,
	   blanked_screen_is_black, planar_pixels, color_select_and_dac_mask,
	   start_address_offset_and_split, mode_13h, cga_layout, dispi_depths,
	   dispi_offset_beyond_memory_is_black)

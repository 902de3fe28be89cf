/* SPDX-License-Identifier: MIT
 * Text screen as the CRT controller shows it.
 */
#include "devices/vgabench.h"

static struct pc_screen screen;

static void print(u32 at, const char *s)
{
	for (; *s; s++, at += 2) {
		vga_poke(at, (u8)*s);
		vga_poke(at + 1, 7);
	}
}

static const u8 *row(unsigned y)
{
	return &screen.cell[y * screen.cols];
}

START_TEST(reads_80_by_25)
{
	vga_setup();
	vga_text_mode();
	print(0xb8000, "first");
	print(0xb8000 + 24 * 160 + 150, "last!");
	vga_set(0x3d4, 0x0e, 0x02);
	vga_set(0x3d4, 0x0f, 0x83); /* 643: row 8, column 3 */
	ck_assert(vga_text(&vga, &screen));
	ck_assert_uint_eq(screen.cols, 80);
	ck_assert_uint_eq(screen.rows, 25);
	ck_assert_mem_eq(row(0), "first", 5);
	ck_assert_mem_eq(row(24) + 75, "last!", 5);
	ck_assert_uint_eq(screen.cursor_x, 3);
	ck_assert_uint_eq(screen.cursor_y, 8);
	vga_set(0x3d4, 0x0a, 0x2d); /* cursor off */
	vga_text(&vga, &screen);
	ck_assert_uint_eq(screen.cursor_x, 80);
}
END_TEST

START_TEST(follows_the_start_address)
{
	vga_setup();
	vga_text_mode();
	print(0xb8000 + 160, "second line");
	vga_set(0x3d4, 0x0d, 80);
	vga_text(&vga, &screen);
	ck_assert_mem_eq(row(0), "second line", 11);
}
END_TEST

START_TEST(line_compare_splits_the_screen)
{
	vga_setup();
	vga_text_mode();
	print(0xb8000, "status");
	print(0xb8000 + 80 * 160, "scrolled");
	vga_set(0x3d4, 0x0c, 6400 >> 8);
	vga_set(0x3d4, 0x0d, 6400 & 255);
	/* rows 0-19 scroll; line compare 319 (bits 8 and 9 clear) */
	vga_set(0x3d4, 0x18, 319 & 255);
	vga_set(0x3d4, 0x07, 0x1f);
	vga_set(0x3d4, 0x09, 0x0f);
	vga_text(&vga, &screen);
	ck_assert_mem_eq(row(0), "scrolled", 8);
	ck_assert_mem_eq(row(20), "status", 6);
}
END_TEST

START_TEST(eight_line_font_gives_fifty_rows)
{
	vga_setup();
	vga_text_mode();
	vga_set(0x3d4, 0x09, 0x47);
	print(0xb8000 + 49 * 160, "row 49");
	vga_text(&vga, &screen);
	ck_assert_uint_eq(screen.rows, 50);
	ck_assert_mem_eq(row(49), "row 49", 6);
}
END_TEST

START_TEST(graphics_is_not_text)
{
	vga_setup();
	vga_planar_mode();
	ck_assert(!vga_text(&vga, &screen));
	vga_text_mode();
	dispi_out(&vga, 0, 4, 2);
	dispi_out(&vga, 1, 1, 2);
	ck_assert(!vga_text(&vga, &screen));
}
END_TEST

START_TEST(any_register_values_stay_inside)
{
	unsigned seed = 7;

	vga_setup();
	for (unsigned i = 0; i < 2000; i++) {
		for (unsigned k = 0; k < 25; k++)
			vga.crtc[k] = (u8)(rand_r(&seed) >> 4);
		ck_assert(vga_text(&vga, &screen));
		ck_assert_uint_le(screen.rows, 60);
		ck_assert_uint_le(screen.cols, 132);
	}
}
END_TEST

BENCH_MAIN("vga_text", reads_80_by_25, follows_the_start_address, line_compare_splits_the_screen,
	   eight_line_font_gives_fifty_rows, graphics_is_not_text, any_register_values_stay_inside)

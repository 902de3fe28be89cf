/* SPDX-License-Identifier: MIT
 * VGA memory: windows, planes, latches, write and read modes, chaining.
 */
#include "devices/vgabench.h"

static void planes_at(u32 address, u8 p0, u8 p1, u8 p2, u8 p3)
{
	ck_assert_mem_eq(vga_plane(0, address), ((u8[]){p0, p1, p2, p3}), 4);
}

START_TEST(windows)
{
	static const struct {
		u8 map;
		u32 first, last;
	} t[] = {{0, 0xa0000, 0xbffff},
		 {1, 0xa0000, 0xaffff},
		 {2, 0xb0000, 0xb7fff},
		 {3, 0xb8000, 0xbffff}};

	vga_setup();
	vga_planar_mode();
	for (unsigned i = 0; i < 4; i++) {
		vga_set(0x3ce, 6, (u8)(t[i].map << 2 | 1));
		for (u32 p = 0xa0000; p < 0xc0000; p += 0x4000) {
			bool in = p >= t[i].first && p <= t[i].last;

			vga_poke(p, 0x12);
			ck_assert_uint_eq(vga_peek(p), in ? 0x12 : 0xff);
		}
	}
	vga_put(0x3c2, 0x65); /* memory disabled */
	ck_assert_uint_eq(vga_peek(0xb8000), 0xff);
}
END_TEST

START_TEST(text_is_odd_even)
{
	vga_setup();
	vga_text_mode();
	vga_poke(0xb8000, 'A');
	vga_poke(0xb8001, 0x07);
	vga_poke(0xb8002, 'B');
	ck_assert_uint_eq(vga_peek(0xb8000), 'A');
	ck_assert_uint_eq(vga_peek(0xb8001), 0x07);
	planes_at(0, 'A', 0x07, 0, 0);
	planes_at(2, 'B', 0, 0, 0); /* every other address of the plane */
}
END_TEST

START_TEST(font_loading_reaches_plane_2)
{
	vga_setup();
	vga_text_mode();
	vga_set(0x3c4, 2, 0x04);
	vga_set(0x3c4, 4, 0x07);
	vga_set(0x3ce, 4, 0x02);
	vga_set(0x3ce, 5, 0x00);
	vga_set(0x3ce, 6, 0x04);
	vga_poke(0xa0021, 0x7e);
	planes_at(0x21, 0, 0, 0x7e, 0);
	ck_assert_uint_eq(vga_peek(0xa0021), 0x7e);
}
END_TEST

START_TEST(write_mode_0)
{
	vga_setup();
	vga_planar_mode();
	vga_set(0x3c4, 2, 0x05);
	vga_poke(0xa0000, 0xf0);
	planes_at(0, 0xf0, 0, 0xf0, 0);
	vga_set(0x3c4, 2, 0x0f);
	vga_set(0x3ce, 0, 0x0a); /* set planes 1 and 3 */
	vga_set(0x3ce, 1, 0x0c); /* planes 2 and 3 take set/reset */
	vga_set(0x3ce, 3, 0x04); /* rotate by 4 */
	vga_poke(0xa0000, 0x1f);
	planes_at(0, 0xf1, 0xf1, 0x00, 0xff);
}
END_TEST

START_TEST(bit_mask_and_logic)
{
	vga_setup();
	vga_planar_mode();
	vga_poke(0xa0000, 0xcc);
	vga_set(0x3ce, 8, 0x0f);
	vga_peek(0xa0000); /* load the latches */
	vga_poke(0xa0000, 0x55);
	planes_at(0, 0xc5, 0xc5, 0xc5, 0xc5);
	vga_set(0x3ce, 8, 0xff);
	vga_peek(0xa0000);
	vga_set(0x3ce, 3, 0x08);
	vga_poke(0xa0001, 0x0f);
	planes_at(1, 0x05, 0x05, 0x05, 0x05); /* AND */
	vga_set(0x3ce, 3, 0x10);
	vga_poke(0xa0001, 0x0f);
	planes_at(1, 0xcf, 0xcf, 0xcf, 0xcf); /* OR */
	vga_set(0x3ce, 3, 0x18);
	vga_poke(0xa0001, 0x0f);
	planes_at(1, 0xca, 0xca, 0xca, 0xca); /* XOR */
}
END_TEST

START_TEST(write_modes_1_2_3)
{
	vga_setup();
	vga_planar_mode();
	memcpy(vga_plane(0, 5), ((u8[]){1, 2, 3, 4}), 4);
	vga_set(0x3ce, 5, 0x01);
	vga_peek(0xa0005);
	vga_poke(0xa0009, 0xff); /* copies the latches */
	planes_at(9, 1, 2, 3, 4);
	vga_set(0x3ce, 5, 0x02);
	vga_poke(0xa0009, 0x06); /* bits 0-3 are the planes */
	planes_at(9, 0x00, 0xff, 0xff, 0x00);
	vga_set(0x3ce, 5, 0x03);
	vga_set(0x3ce, 0, 0x01);
	vga_set(0x3ce, 8, 0x3c);
	vga_peek(0xa0009);
	vga_poke(0xa0009, 0xf0); /* the data is another bit mask */
	planes_at(9, 0x30, 0xcf, 0xcf, 0x00);
}
END_TEST

START_TEST(read_modes)
{
	vga_setup();
	vga_planar_mode();
	memcpy(vga_plane(0, 3), ((u8[]){0x0f, 0x33, 0x55, 0x00}), 4);
	vga_set(0x3ce, 4, 2);
	ck_assert_uint_eq(vga_peek(0xa0003), 0x55);
	vga_set(0x3ce, 5, 0x08);
	vga_set(0x3ce, 2, 0x03); /* planes 0 and 1 set, 2 and 3 clear */
	vga_set(0x3ce, 7, 0x0f);
	ck_assert_uint_eq(vga_peek(0xa0003), 0x0f & 0x33 & 0xaa);
	vga_set(0x3ce, 7, 0x01); /* only plane 0 counts */
	ck_assert_uint_eq(vga_peek(0xa0003), 0x0f);
	vga_set(0x3ce, 7, 0x00);
	ck_assert_uint_eq(vga_peek(0xa0003), 0xff);
}
END_TEST

START_TEST(chain_4_uses_every_fourth_address)
{
	vga_setup();
	vga_planar_mode();
	vga_set(0x3c4, 4, 0x0e);
	for (u8 i = 0; i < 8; i++)
		vga_poke(0xa0100u + i, (u8)(0x10 + i));
	planes_at(0x100, 0x10, 0x11, 0x12, 0x13);
	planes_at(0x104, 0x14, 0x15, 0x16, 0x17);
	planes_at(0x101, 0, 0, 0, 0);
	ck_assert_uint_eq(vga_peek(0xa0106), 0x16);
	vga_set(0x3c4, 2, 0x0e); /* plane 0 masked */
	vga_poke(0xa0100, 0xff);
	ck_assert_uint_eq(vga_peek(0xa0100), 0x10);
}
END_TEST

START_TEST(latches_can_be_read_back)
{
	vga_setup();
	vga_planar_mode();
	memcpy(vga_plane(0, 3), ((u8[]){9, 8, 7, 6}), 4);
	vga_peek(0xa0003);
	vga_set(0x3ce, 4, 1);
	vga_put(0x3d4, 0x22);
	ck_assert_uint_eq(vga_get(0x3d5), 8);
}
END_TEST

BENCH_MAIN("vga_memory", windows, text_is_odd_even, font_loading_reaches_plane_2, write_mode_0,
	   bit_mask_and_logic, write_modes_1_2_3, read_modes, chain_4_uses_every_fourth_address,
	   latches_can_be_read_back)

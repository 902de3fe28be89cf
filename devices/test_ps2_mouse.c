/* SPDX-License-Identifier: MIT
 * Mouse commands, packets, the IntelliMouse knocks.
 */
#include <stdio.h>

#include "devices/ps2_mouse.h"
#include "devices/testbench.h"

static struct ps2_mouse mouse;

/* Everything the mouse has to say, as hexadecimal text. */
static const char *said(void)
{
	static char text[64];
	u8 v;

	text[0] = 0;
	while (ps2_mouse_take(&mouse, &v))
		sprintf(text + strlen(text), "%02x ", v);
	return text;
}

static const char *ask(u8 v)
{
	ps2_mouse_write(&mouse, v);
	return said();
}

static const char *moved(s32 dx, s32 dy, s32 dz, u8 buttons)
{
	ps2_mouse_move(&mouse, dx, dy, dz, buttons);
	ps2_mouse_sample(&mouse);
	return said();
}

static void rates(u8 a, u8 b, u8 c)
{
	const u8 rate[3] = {a, b, c};

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_str_eq(ask(0xf3), "fa ");
		ck_assert_str_eq(ask(rate[i]), "fa ");
	}
}

START_TEST(commands_and_replies)
{
	ps2_mouse_reset(&mouse);
	ck_assert_str_eq(ask(0xff), "fa aa 00 ");
	ck_assert_str_eq(ask(0xf2), "fa 00 ");
	ck_assert_str_eq(ask(0xe9), "fa 00 02 64 ");
	ck_assert_str_eq(ask(0x12), "fe ");
	ck_assert_str_eq(ask(0xe8), "fa ");
	ck_assert_str_eq(ask(3), "fa ");
	ck_assert_str_eq(ask(0xe8), "fa ");
	ck_assert_str_eq(ask(4), "fc ");
	ask(0xe7);
	ask(0xf4);
	ps2_mouse_move(&mouse, 0, 0, 0, MOUSE_LEFT | MOUSE_MIDDLE);
	ck_assert_str_eq(ask(0xe9), "fa 36 03 64 ");
	ck_assert_str_eq(ask(0xf6), "fa ");
	ck_assert_str_eq(ask(0xe9), "fa 06 02 64 ");
}
END_TEST

START_TEST(nothing_is_sent_before_enable)
{
	ps2_mouse_reset(&mouse);
	ck_assert_str_eq(moved(5, 5, 0, 1), "");
	ask(0xf4);
	ck_assert_str_eq(moved(0, 0, 0, 1), "09 00 00 ");
	ck_assert_str_eq(moved(0, 0, 0, 1), "");
	ask(0xf5);
	ck_assert_str_eq(moved(1, 0, 0, 0), "");
}
END_TEST

START_TEST(long_way_takes_several_packets)
{
	ps2_mouse_reset(&mouse);
	ask(0xf4);
	ck_assert_str_eq(moved(300, -300, 0, 2), "2a ff 00 ");
	ck_assert(ps2_mouse_moved(&mouse));
	ps2_mouse_sample(&mouse);
	ck_assert_str_eq(said(), "2a 2d d4 ");
	ck_assert(!ps2_mouse_moved(&mouse));
}
END_TEST

START_TEST(full_queue_keeps_the_motion)
{
	ps2_mouse_reset(&mouse);
	ask(0xf4);
	for (unsigned i = 0; i < 8; i++) {
		ps2_mouse_move(&mouse, 1, 0, 0, 0);
		ps2_mouse_sample(&mouse);
	}
	ck_assert_str_eq(said(), "08 01 00 08 01 00 08 01 00 08 01 00 08 01 00 ");
	ps2_mouse_sample(&mouse);
	ck_assert_str_eq(said(), "08 03 00 ");
}
END_TEST

START_TEST(remote_mode_is_polled)
{
	ps2_mouse_reset(&mouse);
	ask(0xf0);
	ask(0xf4);
	ck_assert_str_eq(moved(4, 1, 0, 0), "");
	ck_assert_str_eq(ask(0xeb), "fa 08 04 01 ");
	ck_assert_str_eq(ask(0xfe), "08 04 01 ");
	ck_assert_str_eq(ask(0xee), "fa ");
	ck_assert_str_eq(ask(0x55), "55 "); /* wrap mode */
	ck_assert_str_eq(ask(0xec), "fa ");
}
END_TEST

START_TEST(scaling_2_to_1)
{
	ps2_mouse_reset(&mouse);
	ask(0xf4);
	ask(0xe7);
	ck_assert_str_eq(moved(2, 3, 0, 0), "08 01 03 ");
	ck_assert_str_eq(moved(-4, 6, 0, 0), "18 fa 0c ");
}
END_TEST

START_TEST(wheel_and_five_buttons)
{
	ps2_mouse_reset(&mouse);
	rates(200, 100, 80);
	ck_assert_str_eq(ask(0xf2), "fa 03 ");
	ask(0xf4);
	ck_assert_str_eq(moved(0, 0, -1, 0), "08 00 00 ff ");
	ck_assert_str_eq(moved(0, 0, 0, MOUSE_4TH), ""); /* not in this packet */
	rates(200, 200, 80);
	ck_assert_str_eq(ask(0xf2), "fa 04 ");
	ck_assert_str_eq(moved(0, 0, 1, MOUSE_4TH), "08 00 00 11 ");
	ck_assert_str_eq(ask(0xff), "fa aa 00 ");
}
END_TEST

BENCH_MAIN("ps2_mouse", commands_and_replies, nothing_is_sent_before_enable,
	   long_way_takes_several_packets, full_queue_keeps_the_motion, remote_mode_is_polled,
	   scaling_2_to_1, wheel_and_five_buttons)

/* SPDX-License-Identifier: MIT
 * Keyboard commands and queue.
 */
#include <stdio.h>

#include "devices/at_keyboard.h"
#include "devices/testbench.h"

static struct at_keyboard kbd;

/* Everything the keyboard has to say, as hexadecimal text. */
static const char *said(void)
{
	static char text[64];
	u8 v;

	text[0] = 0;
	while (at_keyboard_take(&kbd, &v))
		sprintf(text + strlen(text), "%02x ", v);
	return text;
}

static const char *ask(u8 v)
{
	at_keyboard_write(&kbd, v);
	return said();
}

START_TEST(commands_and_replies)
{
	at_keyboard_reset(&kbd);
	ck_assert_str_eq(ask(0xff), "fa aa ");
	ck_assert_str_eq(ask(0xf2), "fa ab 83 ");
	ck_assert_str_eq(ask(0xee), "ee ");
	ck_assert_str_eq(ask(0xf4), "fa ");
	ck_assert_str_eq(ask(0x12), "fe ");
	ck_assert_str_eq(ask(0xfe), "fe "); /* resend the last byte */
}
END_TEST

START_TEST(parameters)
{
	at_keyboard_reset(&kbd);
	ck_assert_str_eq(ask(0xed), "fa ");
	ck_assert_str_eq(ask(0x05), "fa ");
	ck_assert_uint_eq(kbd.leds, 5);
	ask(0xf0);
	ck_assert_str_eq(ask(0), "fa 02 ");
	ask(0xf0);
	ask(1);
	ck_assert_uint_eq(kbd.set, 1);
	ask(0xf3); /* a command instead of the parameter wins */
	ck_assert_str_eq(ask(0xf2), "fa ab 83 ");
	ck_assert_uint_eq(kbd.rate, 0x2b);
}
END_TEST

START_TEST(keys_need_scanning)
{
	at_keyboard_reset(&kbd);
	at_keyboard_key(&kbd, 0x1c);
	ck_assert_str_eq(said(), "1c ");
	ask(0xf5);
	at_keyboard_key(&kbd, 0x1c);
	ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(overrun_ends_the_queue)
{
	at_keyboard_reset(&kbd);
	for (unsigned i = 0; i < 40; i++)
		at_keyboard_key(&kbd, 0x1c);
	ck_assert_str_eq(said(), "1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 00 ");
}
END_TEST

BENCH_MAIN("at_keyboard", commands_and_replies, parameters, keys_need_scanning,
	   overrun_ends_the_queue)

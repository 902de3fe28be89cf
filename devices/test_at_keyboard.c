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
	at_keyboard_key(&kbd, KEY_A, true);
	ck_assert_str_eq(said(), "1c ");
	ask(0xf5);
	at_keyboard_key(&kbd, KEY_A, true);
	ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(overrun_ends_the_queue)
{
	at_keyboard_reset(&kbd);
	for (unsigned i = 0; i < 40; i++)
		at_keyboard_key(&kbd, KEY_A, true);
	ck_assert_str_eq(said(), "1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 1c 00 ");
}
END_TEST

/* What a press and a release say. */
static const char *stroke(enum key key)
{
	at_keyboard_key(&kbd, key, true);
	at_keyboard_key(&kbd, key, false);
	return said();
}

START_TEST(sequences_of_set_2)
{
	at_keyboard_reset(&kbd);
	ck_assert_str_eq(stroke(KEY_A), "1c f0 1c ");
	ck_assert_str_eq(stroke(KEY_F7), "83 f0 83 ");
	ck_assert_str_eq(stroke(KEY_UP), "e0 75 e0 f0 75 ");
	ck_assert_str_eq(stroke(KEY_PAUSE), "e1 14 77 e1 f0 14 f0 77 ");
	ck_assert_str_eq(stroke(KEY_PRINT), "e0 12 e0 7c e0 f0 7c e0 f0 12 ");
	at_keyboard_key(&kbd, KEY_ALT, true);
	said();
	ck_assert_str_eq(stroke(KEY_PRINT), "84 f0 84 ");
	at_keyboard_key(&kbd, KEY_ALT, false);
	at_keyboard_key(&kbd, KEY_CTRL_R, true);
	said();
	ck_assert_str_eq(stroke(KEY_PAUSE), "e0 7e e0 f0 7e ");
}
END_TEST

START_TEST(sequences_of_set_1)
{
	at_keyboard_reset(&kbd);
	ask(0xf0);
	ask(1);
	ck_assert_str_eq(stroke(KEY_A), "1e 9e ");
	ck_assert_str_eq(stroke(KEY_UP), "e0 48 e0 c8 ");
	ck_assert_str_eq(stroke(KEY_PAUSE), "e1 1d 45 e1 9d c5 ");
	ck_assert_str_eq(stroke(KEY_PRINT), "e0 2a e0 37 e0 b7 e0 aa ");
	ck_assert_str_eq(stroke(KEY_F7), "41 c1 ");
}
END_TEST

START_TEST(sequences_of_set_3)
{
	at_keyboard_reset(&kbd);
	ask(0xf0);
	ask(3);
	ck_assert_str_eq(stroke(KEY_A), "1c ");
	ck_assert_str_eq(stroke(KEY_SHIFT), "12 f0 12 ");
	ck_assert_str_eq(stroke(KEY_UP), "63 ");
	ask(0xf8); /* all keys: make and break */
	ck_assert_str_eq(stroke(KEY_PAUSE), "62 f0 62 ");
	ck_assert_uint_eq(kbd.held, KEY_NONE);
	ask(0xfb); /* typematic: A and B */
	ask(0x1c);
	ask(0x32);
	ck_assert_str_eq(stroke(KEY_B), "32 ");
	ck_assert_str_eq(stroke(KEY_C), "21 f0 21 ");
	at_keyboard_key(&kbd, KEY_A, true);
	ck_assert_uint_eq(kbd.held, KEY_A);
}
END_TEST

START_TEST(replies_go_before_keys)
{
	at_keyboard_reset(&kbd);
	at_keyboard_key(&kbd, KEY_A, true);
	ck_assert_str_eq(ask(0xed), "fa 1c ");
	at_keyboard_key(&kbd, KEY_A, false);
	ck_assert_str_eq(ask(0x07), "fa f0 1c ");
	ck_assert_uint_eq(kbd.leds, 7);
	at_keyboard_key(&kbd, KEY_A, true);
	ck_assert_str_eq(ask(0xf4), "fa "); /* enable clears the queue */
}
END_TEST

START_TEST(typematic_rate_and_delay)
{
	at_keyboard_reset(&kbd);
	ck_assert_uint_eq(at_keyboard_delay(&kbd, true), 500000000);
	ck_assert_uint_eq(at_keyboard_delay(&kbd, false), 91740000); /* 10.9 a second */
	ask(0xf3);
	ask(0x00);
	ck_assert_uint_eq(at_keyboard_delay(&kbd, true), 250000000);
	ck_assert_uint_eq(at_keyboard_delay(&kbd, false), 33360000); /* 30 a second */
	ask(0xf3);
	ask(0x7f);
	ck_assert_uint_eq(at_keyboard_delay(&kbd, true), 1000000000);
	ck_assert_uint_eq(at_keyboard_delay(&kbd, false), 500400000); /* 2 a second */
}
END_TEST

START_TEST(names_and_characters)
{
	bool shift;

	for (unsigned i = 0; i < KEY_COUNT; i++) {
		const char *name = key_name((enum key)i);

		ck_assert_uint_eq(key_by_name(name, strlen(name)), i);
	}
	ck_assert_uint_eq(key_by_name("no", 2), KEY_NONE);
	for (char c = ' '; c < 0x7f; c++)
		ck_assert_uint_ne(key_for_char(c, &shift), KEY_NONE);
	ck_assert_uint_eq(key_for_char('A', &shift), KEY_A);
	ck_assert(shift);
	ck_assert_uint_eq(key_for_char('\n', &shift), KEY_RET);
	ck_assert(!shift);
	ck_assert_uint_eq(key_for_char('\0', &shift), KEY_NONE);
}
END_TEST

BENCH_MAIN("at_keyboard", commands_and_replies, parameters, keys_need_scanning,
	   overrun_ends_the_queue, sequences_of_set_2, sequences_of_set_1, sequences_of_set_3,
	   replies_go_before_keys, typematic_rate_and_delay, names_and_characters)

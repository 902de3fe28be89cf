/* SPDX-License-Identifier: MIT
 * The text screen: plain dump, terminal drawing, code page 437.
 */
#include "refvmm/screen_text.h"
#include "refvmm/test_main.h"
#include "refvmm/test_pty.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct pc_screen screen(void)
{
	struct pc_screen s = {.cols = 80, .rows = 25};

	memset(s.cell, ' ', 80 * 25);
	return s;
}

static void put(struct pc_screen *s, unsigned x, unsigned y, const char *text)
{
	memcpy(s->cell + y * s->cols + x, text, strlen(text));
}

START_TEST(plain_dump)
{
	struct pc_screen s = screen();
	struct screen_text *t;
	FILE *out = tmpfile();
	char got[200] = "";

	t = screen_text_open(out);
	put(&s, 0, 0, "old");
	screen_text_update(t, &s);
	put(&s, 0, 0, "SeaBIOS");
	put(&s, 2, 2, "A: \xda\xc4 \x01");
	screen_text_update(t, &s);
	ck_assert_int_eq(ftell(out), 0); /* nothing before the end */
	ck_assert(screen_text_close(t));
	rewind(out);
	ck_assert_uint_gt(fread(got, 1, sizeof(got) - 1, out), 0);
	ck_assert_str_eq(got, "SeaBIOS\n\n  A: \u250c\u2500 \u263a\n");
}
END_TEST

START_TEST(nothing_shown)
{
	FILE *out = tmpfile();

	ck_assert(screen_text_close(screen_text_open(out)));
	ck_assert_int_eq(ftell(out), 0);
}
END_TEST

START_TEST(full_output)
{
	struct pc_screen s = screen();
	struct screen_text *t = screen_text_open(fopen("/dev/full", "w"));

	put(&s, 0, 0, "x");
	screen_text_update(t, &s);
	ck_assert(!screen_text_close(t));
}
END_TEST

/* What the far side of a pseudo terminal got since the last call. */
static const char *terminal_got(int far)
{
	static char text[8192];
	ssize_t n = read(far, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

START_TEST(terminal)
{
	struct pc_screen s = screen();
	struct screen_text *t;
	struct termios raw;
	FILE *out;
	int far;

	if (!have_pty("terminal"))
		return;
	far = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	ck_assert_int_eq(grantpt(far) | unlockpt(far), 0);
	out = fopen(ptsname(far), "w");
	ck_assert_int_eq(tcgetattr(far, &raw), 0);
	raw.c_oflag = 0;
	tcsetattr(far, TCSANOW, &raw);
	t = screen_text_open(out);
	put(&s, 0, 24, "$");
	s.cursor_x = 1;
	s.cursor_y = 24;
	screen_text_update(t, &s);
	ck_assert_ptr_nonnull(strstr(terminal_got(far), "\033[25;1H$\033[K\033[25;2H"));
	screen_text_update(t, &s); /* no change: not a byte */
	ck_assert_str_eq(terminal_got(far), "");
	put(&s, 0, 3, "new");
	screen_text_update(t, &s);
	ck_assert_str_eq(terminal_got(far), "\033[4;1Hnew\033[K\033[25;2H");
	s.cursor_x = 7;
	screen_text_update(t, &s);
	ck_assert_str_eq(terminal_got(far), "\033[25;8H");
	s = (struct pc_screen){.cols = 40, .rows = 25}; /* mode change: all again */
	screen_text_update(t, &s);
	ck_assert_int_eq(strncmp(terminal_got(far), "\033[2J\033[1;1H\033[K", 13), 0);
	ck_assert(screen_text_close(t));
}
END_TEST

START_TEST(code_page)
{
	for (unsigned c = 0x20; c < 0x7f; c++)
		ck_assert_uint_eq(cp437_to_unicode((u8)c), c);
	/* Corners of the table: house, C cedilla, full block, no-break space. */
	ck_assert_uint_eq(cp437_to_unicode(0x7f), 0x2302);
	ck_assert_uint_eq(cp437_to_unicode(0x80), 0xc7);
	ck_assert_uint_eq(cp437_to_unicode(0xdb), 0x2588);
	ck_assert_uint_eq(cp437_to_unicode(0xff), 0xa0);
	ck_assert_uint_eq(cp437_to_unicode(0x1f), 0x25bc);
	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = a + 1; b < 256; b++)
			ck_assert_uint_ne(cp437_to_unicode((u8)a), cp437_to_unicode((u8)b));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, plain_dump);
	tcase_add_test(tc, nothing_shown);
	tcase_add_test(tc, full_output);
	tcase_add_test(tc, terminal);
	tcase_add_test(tc, code_page);
}

TEST_MAIN("screen_text")

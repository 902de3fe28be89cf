/* SPDX-License-Identifier: MIT
 * The parts of bootwatch: following and searching channels, keys, text cells,
 * words about pictures.
 */
#include "harness/boot/channel.h"
#include "harness/boot/control.h"
#include "harness/boot/picture.h"
#include "harness/boot/sample.h"

#include <check.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/test_boot_XXXXXX";

static void add(const char *s, size_t n)
{
	FILE *f = fopen(path, "a");

	ck_assert(f && fwrite(s, 1, n, f) == n);
	fclose(f);
}

static void fresh(void)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fclose(f);
}

static bool hit(struct text *t, const char *re, char *seen)
{
	regex_t r;
	bool got;

	ck_assert(!regcomp(&r, re, REG_EXTENDED | REG_NEWLINE));
	got = text_milestone(t, &r, seen, 40);
	regfree(&r);
	return got;
}

static bool bad(struct text *t, const char *re, char *seen)
{
	regex_t r;
	bool got;

	ck_assert(!regcomp(&r, re, REG_EXTENDED | REG_NEWLINE));
	got = text_failure(t, &r, seen, 40);
	regfree(&r);
	return got;
}

START_TEST(milestones_consume)
{
	struct text t = {.path = path};
	char seen[40];

	fresh();
	text_follow(&t);
	ck_assert(!hit(&t, "one", seen));
	add("zero\r\none t\0wo\r\n", 16);
	text_follow(&t);
	ck_assert(hit(&t, "^one", seen));
	ck_assert_str_eq(seen, "one two");
	ck_assert(!hit(&t, "one|zero", seen)); /* consumed */
	ck_assert(!hit(&t, "^ two", seen));    /* no start of a line */
	ck_assert(hit(&t, " two$", seen));
	add("thr", 3);
	text_follow(&t);
	ck_assert(!hit(&t, "^three$", seen));
	add("ee\n", 3);
	text_follow(&t);
	ck_assert(hit(&t, "^three$", seen));
	free(t.buf);
}
END_TEST

START_TEST(failures_in_growing_lines)
{
	struct text t = {.path = path};
	char seen[40];

	fresh();
	add("fine\nker", 8);
	text_follow(&t);
	ck_assert(!bad(&t, "kernel panic", seen));
	text_checked(&t);
	add("nel panic\n", 10);
	text_follow(&t);
	ck_assert(bad(&t, "kernel panic", seen));
	ck_assert_str_eq(seen, "kernel panic");
	text_checked(&t);
	ck_assert(!bad(&t, "kernel panic", seen)); /* told once */
	free(t.buf);
}
END_TEST

START_TEST(a_screen_is_replaced)
{
	struct text t = {0};
	char seen[40];

	ck_assert(!hit(&t, "x", seen));
	text_set(&t, "first\n");
	ck_assert(hit(&t, "first", seen));
	ck_assert(hit(&t, "first", seen)); /* still to be seen */
	text_set(&t, "second\n");
	ck_assert(!hit(&t, "first", seen));
	free(t.buf);
}
END_TEST

START_TEST(cells_become_lines)
{
	static unsigned char cells[SCREEN_TEXT];
	static char out[SCREEN_TEXT + 1];

	for (size_t i = 0; i < sizeof(cells); i += 2)
		cells[i + 1] = 7;
	memcpy(cells + 160, "A\7 \7B\7\xc9\7", 8);
	control_cells(cells, sizeof(cells), out);
	ck_assert_str_eq(out, "\nA B.\n");
	for (size_t i = 0; i < sizeof(cells); i += 2)
		cells[i] = 'x'; /* full to the last column */
	control_cells(cells, sizeof(cells), out);
	ck_assert_uint_eq(strlen(out), SCREEN_TEXT / 160 * 81);
}
END_TEST

START_TEST(keys_by_name_and_letter)
{
	static const char *const want[] = {"a",           "shift-b",     "1",
					   "spc",         "minus",       "ret",
					   "ctrl-b",      "f10",         "shift-backslash",
					   "shift-comma", "shift-comma", "ctrl-alt-delete",
					   "alt-f7"};
	const char *p = "aB1 -<enter><ctrl-b><f10>|<lt><lt><ctrl-alt-delete><alt-f7>";
	char key[KEY_NAME];
	bool wrong;

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		p = control_next_key(p, key, &wrong);
		ck_assert(p && !wrong);
		ck_assert_str_eq(key, want[i]);
	}
	ck_assert(!control_next_key(p, key, &wrong) && !wrong);
	ck_assert(!control_next_key("<no-such-key>", key, &wrong) && wrong);
	ck_assert(!control_next_key("<x>", key, &wrong) && wrong);
	ck_assert(!control_next_key("<ctrl->", key, &wrong) && wrong);
	for (char c = ' '; c < 0x7f; c++) {
		const char one[] = {c, 0};

		p = control_next_key(one, key, &wrong);
		ck_assert_msg(c == '<' ? wrong : p == one + 1, "key %c", c);
	}
	ck_assert(!control_next_key("\1", key, &wrong) && wrong);
}
END_TEST

START_TEST(control_by_kind)
{
	struct control c;

	ck_assert(control_init(&c, "qmp:/a:b") && !strcmp(c.arg, "/a:b") && !c.ops->stdin_pipe);
	ck_assert(control_init(&c, "bochs:x") && c.ops->stdin_pipe && !c.ops->key);
	ck_assert(!control_init(&c, "qm:x"));
}
END_TEST

START_TEST(words_of_a_picture)
{
	static unsigned char rgb[10 * 20 * 3];
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = 20, .height = 10, .format = PNG_FORMAT_RGB};
	char words[120];

	fresh();
	ck_assert(!picture_words(path, words, sizeof(words)));
	rgb[3 * (20 * 4 + 7)] = 255; /* a red dot in row 4, a blue one in row 9 */
	rgb[3 * (20 * 9 + 19) + 2] = 255;
	ck_assert(png_image_write_to_file(&image, path, 0, rgb, 0, NULL));
	ck_assert(picture_words(path, words, sizeof(words)));
	ck_assert_str_eq(words, "20x10 colours=3 rows=20\n");
}
END_TEST

START_TEST(counters_in_pieces)
{
	static const char two[] = "ok 1\n{\"rss\":1}\nok 1\n{\"a\":2}\n";
	bool wrong;

	for (size_t n = 0; n < sizeof(two) - 1; n++) {
		const char *first = sample_reply(two, n, 0, &wrong);

		ck_assert(!wrong);
		ck_assert_int_eq(first != NULL, n >= 15);
		ck_assert_ptr_null(sample_reply(two, n, 1, &wrong));
		ck_assert(!wrong);
	}
	ck_assert_ptr_eq(sample_reply(two, sizeof(two) - 1, 0, &wrong), two + 5);
	ck_assert_ptr_eq(sample_reply(two, sizeof(two) - 1, 1, &wrong), two + 20);
	ck_assert_ptr_null(sample_reply("error what\n", 11, 0, &wrong));
	ck_assert(wrong);
	ck_assert_ptr_null(sample_reply("ok 1\n{}\nok\n", 11, 1, &wrong));
	ck_assert(wrong);
}
END_TEST

START_TEST(a_process_in_numbers)
{
	struct sample s;

	ck_assert(sample_proc(&s, getpid(), true));
	ck_assert(s.rss_kb > 100 && s.maps > 5 && s.anon_kb > 0 && s.anon_kb <= s.rss_kb);
	ck_assert(s.pss_kb > 0 && s.pss_kb <= s.rss_kb + 64);
	ck_assert(sample_proc(&s, getpid(), false) && s.maps == -1 && s.pss_kb == -1);
	ck_assert(!sample_proc(&s, 0x7fffffff, true));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("boot");
	TCase *t = tcase_create("boot");
	SRunner *r = srunner_create(s);
	int failed, f = mkstemp(path);

	if (f < 0)
		return 1;
	close(f);
	tcase_add_test(t, milestones_consume);
	tcase_add_test(t, failures_in_growing_lines);
	tcase_add_test(t, a_screen_is_replaced);
	tcase_add_test(t, cells_become_lines);
	tcase_add_test(t, keys_by_name_and_letter);
	tcase_add_test(t, control_by_kind);
	tcase_add_test(t, words_of_a_picture);
	tcase_add_test(t, counters_in_pieces);
	tcase_add_test(t, a_process_in_numbers);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	unlink(path);
	return failed != 0;
}

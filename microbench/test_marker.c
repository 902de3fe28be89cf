/* SPDX-License-Identifier: MIT
 * The marker parser with whole, split and damaged input.
 */
#include "microbench/marker.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct seen {
	struct marker m[16];
	unsigned n;
};

static void note(void *arg, const struct marker *m)
{
	struct seen *s = arg;

	ck_assert_uint_lt(s->n, 16);
	s->m[s->n++] = *m;
}

static void feed(struct marker_parser *p, const char *text, s64 ns, struct seen *s)
{
	marker_feed(p, text, strlen(text), ns, note, s);
}

static const char good[] = "\nBalu.0\n\nEalu.0 1024 fea3d932\n\nQ\n";

static void check_good(const struct seen *s)
{
	ck_assert_uint_eq(s->n, 3);
	ck_assert_int_eq(s->m[0].kind, MARK_BEGIN);
	ck_assert_str_eq(s->m[0].id, "alu.0");
	ck_assert_int_eq(s->m[1].kind, MARK_END);
	ck_assert_str_eq(s->m[1].id, "alu.0");
	ck_assert_uint_eq(s->m[1].iterations, 1024);
	ck_assert_uint_eq(s->m[1].checksum, 0xfea3d932);
	ck_assert_int_eq(s->m[2].kind, MARK_QUIT);
}

/* Every way to cut the text in two, and byte by byte. */
START_TEST(split_reads)
{
	for (size_t cut = 0; cut <= strlen(good); cut++) {
		struct marker_parser p = {.length = 0};
		struct seen s = {.n = 0};

		marker_feed(&p, good, cut, 1, note, &s);
		marker_feed(&p, good + cut, strlen(good) - cut, 2, note, &s);
		check_good(&s);
		ck_assert_uint_eq(p.other_lines, 0);
	}
	struct marker_parser p = {.length = 0};
	struct seen s = {.n = 0};

	for (size_t i = 0; i < strlen(good); i++)
		marker_feed(&p, good + i, 1, (s64)i, note, &s);
	check_good(&s);
}
END_TEST

/* The kernel runs between the newline of B and the letter E. */
START_TEST(stamps)
{
	struct marker_parser p = {.length = 0};
	struct seen s = {.n = 0};

	feed(&p, "\nB", 10, &s);
	feed(&p, "fib.3", 11, &s);
	feed(&p, "\n", 12, &s);
	feed(&p, "\n", 50, &s);
	feed(&p, "E", 51, &s);
	feed(&p, "fib.3 1 2\n", 60, &s);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.m[0].first_ns, 10);
	ck_assert_int_eq(s.m[0].complete_ns, 12);
	ck_assert_int_eq(s.m[1].first_ns, 51);
	ck_assert_int_eq(s.m[1].complete_ns, 60);
}
END_TEST

/* What Bochs and its debugger print around the markers. */
START_TEST(other_text_is_skipped)
{
	struct marker_parser p = {.length = 0};
	struct seen s = {.n = 0};

	feed(&p, "=====\nBochs x86 Emulator 2.7\n<bochs:1> \nBalu.0\nnoise\n\nEalu.0 1 ff\n", 1,
	     &s);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_uint_eq(p.other_lines, 4);
}
END_TEST

static const char *const damaged[] = {
	"B",
	"B \n",
	"Balu.0 \n",
	"BALU.0\n",
	"Ealu.0\n",
	"Ealu.0 12\n",
	"Ealu.0 x ff\n",
	"Ealu.0 12 xyz\n",
	"Ealu.0 12 ff \n",
	"Ealu.0  12 ff\n",
	"Ealu.0 12 ff 1\n",
	"Ealu.0 -1 ff\n",
	"Ealu.0 4294967296 ff\n",
	"Ealu.0 1 123456789\n",
	"Q.\n",
	"X\n",
	"B01234567890123456789012345678901234567890\n",
	"xBalu.0\n",
};

START_TEST(damaged_lines_are_no_markers)
{
	struct marker_parser p = {.length = 0};
	struct seen s = {.n = 0};

	feed(&p, damaged[_i], 1, &s);
	feed(&p, "\n", 1, &s);
	ck_assert_msg(s.n == 0, "taken for a marker: %s", damaged[_i]);
	ck_assert_uint_eq(p.other_lines, 1);
	feed(&p, good, 1, &s);
	check_good(&s);
}
END_TEST

START_TEST(long_and_binary_lines)
{
	struct marker_parser p = {.length = 0};
	struct seen s = {.n = 0};

	for (int i = 0; i < 100000; i++)
		feed(&p, "B", 1, &s);
	feed(&p, "\n", 1, &s);
	marker_feed(&p, "Balu.0\0.\n", 9, 1, note, &s);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_uint_eq(p.other_lines, 2);
	feed(&p, good, 1, &s);
	check_good(&s);
}
END_TEST

START_TEST(error_text)
{
	struct marker_parser p = {.length = 0};
	struct seen s = {.n = 0};

	feed(&p, "\nXexception 0000000d\n", 1, &s);
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.m[0].kind, MARK_ERROR);
	ck_assert_str_eq(s.m[0].text, "exception 0000000d");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("microbench markers");
	TCase *t = tcase_create("marker");
	SRunner *r;
	int failed;

	tcase_add_test(t, split_reads);
	tcase_add_test(t, stamps);
	tcase_add_test(t, other_text_is_skipped);
	tcase_add_loop_test(t, damaged_lines_are_no_markers, 0,
			    sizeof(damaged) / sizeof(damaged[0]));
	tcase_add_test(t, long_and_binary_lines);
	tcase_add_test(t, error_text);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

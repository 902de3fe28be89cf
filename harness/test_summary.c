/* SPDX-License-Identifier: MIT
 * The summary on a screen: whole, cut anywhere, changed anywhere, twice, not there.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/protocol.h"
#include "harness/summary.h"

#define BODY "SUMMARY 0a1b2c3d 1000 fa4ecafe 00000240"

static char line[100], screen[1000];

static const char *whole(void)
{
	snprintf(line, sizeof line, "%s %08x", BODY, proto_crc32(0, BODY, strlen(BODY)));
	snprintf(screen, sizeof screen, "vmproof conformance cases\n\ncase 1000 of 1000\n\n%s\n\n",
		 line);
	return screen;
}

START_TEST(a_whole_one)
{
	struct summary s;

	summary_parse(whole(), &s);
	ck_assert_int_eq(s.state, SUMMARY_WHOLE);
	ck_assert_str_eq(s.digest, "0a1b2c3d");
	ck_assert_uint_eq(s.cases, 1000);
	ck_assert_uint_eq(s.crc, 0xfa4ecafe);
	ck_assert_uint_eq(s.unmet, 0x240);
	ck_assert_int_eq(s.done, 1000);
	ck_assert_int_eq(s.all, 1000);
	ck_assert_str_eq(s.stopped, "");
}
END_TEST

START_TEST(cut_anywhere)
{
	size_t n;
	struct summary s;

	whole();
	for (n = strlen(line) - 1; n; n--) {
		line[n] = 0;
		summary_parse(line, &s);
		ck_assert_int_eq(s.state, SUMMARY_DAMAGED);
	}
}
END_TEST

START_TEST(changed_anywhere)
{
	size_t i, n;
	struct summary s;

	whole();
	n = strlen(line);
	for (i = 8; i < n; i++) {
		char was = line[i];

		line[i] = was == '7' ? '1' : '7';
		summary_parse(line, &s);
		ck_assert_int_eq(s.state, SUMMARY_DAMAGED);
		line[i] = was;
	}
	strcat(line, "0");
	summary_parse(line, &s);
	ck_assert_int_eq(s.state, SUMMARY_DAMAGED);
}
END_TEST

START_TEST(two_are_none)
{
	struct summary s;
	char two[300];

	whole();
	snprintf(two, sizeof two, "%s\n%s\n", line, line);
	summary_parse(two, &s);
	ck_assert_int_eq(s.state, SUMMARY_DAMAGED);
}
END_TEST

START_TEST(not_there)
{
	struct summary s;

	summary_parse("SeaBIOS\nBooting from Floppy...\n", &s);
	ck_assert_int_eq(s.state, SUMMARY_NONE);
	ck_assert_int_eq(s.done, -1);
	summary_parse("", &s);
	ck_assert_int_eq(s.state, SUMMARY_NONE);
	summary_parse("vmproof conformance cases\n\ncase 64 of 200\n\n\n\nstopped: the runtime was "
		      "damaged\n",
		      &s);
	ck_assert_int_eq(s.state, SUMMARY_NONE);
	ck_assert_int_eq(s.done, 64);
	ck_assert_int_eq(s.all, 200);
	ck_assert_str_eq(s.stopped, "the runtime was damaged");
}
END_TEST

START_TEST(the_last_screen)
{
	ck_assert_str_eq(summary_last("\fone\n\ftwo\n"), "two\n");
	ck_assert_str_eq(summary_last("plain\n"), "plain\n");
	ck_assert_str_eq(summary_last("\fone\n\f"), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("summary");
	TCase *tc = tcase_create("summary");
	SRunner *r;
	int bad;

	tcase_add_test(tc, a_whole_one);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, changed_anywhere);
	tcase_add_test(tc, two_are_none);
	tcase_add_test(tc, not_there);
	tcase_add_test(tc, the_last_screen);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT
 * main() of a Check program with one test case: list the tests in a function
 * `static void add_tests(TCase *tc)`.
 */
#ifndef REFVMM_TEST_MAIN_H
#define REFVMM_TEST_MAIN_H

#include <check.h>

static void add_tests(TCase *tc);

static inline int run_tests(const char *name)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *r;
	int failed;

	/* A guard against hangs only: no result depends on time. */
	tcase_set_timeout(tc, 900);
	add_tests(tc);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

#define TEST_MAIN(name)                                                                            \
	int main(void)                                                                             \
	{                                                                                          \
		return run_tests(name);                                                            \
	}

#endif

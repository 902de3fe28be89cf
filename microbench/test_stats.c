/* SPDX-License-Identifier: MIT
 * Median, MAD and geometric mean on small hand-computed sets.
 */
#include "microbench/stats.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

START_TEST(median_of_odd_even_and_none)
{
	const double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 100};

	ck_assert_double_eq(stats_median(odd, 3), 5);
	ck_assert_double_eq(stats_median(even, 4), 3.5);
	ck_assert_double_eq(stats_median(odd, 1), 9);
	ck_assert(isnan(stats_median(odd, 0)));
	ck_assert_double_eq(odd[0], 9); /* input is not sorted in place */
}
END_TEST

START_TEST(mad_ignores_one_outlier)
{
	const double v[] = {10, 11, 12, 13, 1000};

	/* median 12, deviations 2 1 0 1 988 */
	ck_assert_double_eq(stats_mad(v, 5), 1);
	ck_assert_double_eq(stats_mad(v, 1), 0);
	ck_assert(isnan(stats_mad(v, 0)));
}
END_TEST

START_TEST(geomean_is_symmetric_in_ratios)
{
	const double v[] = {4, 0.25}, w[] = {1, 8}, zero[] = {2, 0}, none[] = {2, NAN};

	ck_assert_double_eq_tol(stats_geomean(v, 2), 1, 1e-12);
	ck_assert_double_eq_tol(stats_geomean(w, 2), sqrt(8), 1e-12);
	ck_assert(isnan(stats_geomean(v, 0)));
	ck_assert(isnan(stats_geomean(zero, 2)));
	ck_assert(isnan(stats_geomean(none, 2)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("microbench stats");
	TCase *t = tcase_create("stats");
	SRunner *r;
	int failed;

	tcase_add_test(t, median_of_odd_even_and_none);
	tcase_add_test(t, mad_ignores_one_outlier);
	tcase_add_test(t, geomean_is_symmetric_in_ratios);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

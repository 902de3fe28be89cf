/* SPDX-License-Identifier: MIT
 * Classes and witnesses of all cases: no group rests on emulators.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "conformance/oracle.h"
#include "conformance/sys/sys.h"
#include "conformance/test/test_support.h"

START_TEST(classes)
{
	static struct tcase t;

	t.mode = CM_PM32;
	t.cpl = 3;
	ck_assert_int_eq(oracle_class(&t), ORACLE_REQUIRED); /* silicon */
	t.no_native = "privileged";
	ck_assert_int_eq(oracle_class(&t), ORACLE_REPORT);
	expect(&t, X_GPR, A_ECX, 0, 0x1234);
	ck_assert_int_eq(oracle_class(&t), ORACLE_REQUIRED); /* a rule */
	expect_or(&t, "push_sreg32", 0x51234);
	ck_assert_int_eq(oracle_class(&t), ORACLE_CHOICE);
	ck_assert_uint_eq(t.ign_mask, 0x50000);
}
END_TEST

/* What sees its ring says nothing at another one. */
START_TEST(silicon_of_ring_0)
{
	static struct tcase t;

	t.mode = CM_FLAT32;
	ck_assert_ptr_null(oracle_no_silicon(&t));
	t.sees_ring = true;
	ck_assert_ptr_nonnull(oracle_no_silicon(&t));
	t.cpl = 3;
	ck_assert_ptr_null(oracle_no_silicon(&t));
	t.cpl = 0;
	t.mode = CM_REAL16;
	ck_assert_ptr_null(oracle_no_silicon(&t));
}
END_TEST

/* At most one case in twenty of a group is left to the agreement of emulators. */
START_TEST(few_report_only)
{
	const struct tlist *l = all_cases();
	unsigned i, k, n, report, bad = 0;

	for (i = 0; i < l->n; i++) {
		const char *group = l->v[i].group;
		bool seen = i && !strcmp(l->v[i - 1].group, group);

		for (k = 0; k < i && !seen; k++)
			seen = !strcmp(l->v[k].group, group);
		if (seen)
			continue;
		for (k = i, n = report = 0; k < l->n; k++)
			if (!strcmp(l->v[k].group, group)) {
				n++;
				report += oracle_class(&l->v[k]) == ORACLE_REPORT;
			}
		if (report * 20 > n) {
			fprintf(stderr, "%s: %u of %u cases are report-only\n", group, report, n);
			bad++;
		}
	}
	ck_assert_uint_eq(bad, 0);
}
END_TEST

/* Every choice of a case is a row of choices.def, with expectations that leave it open:
 * one, or one for each part of an image that shows it. */
START_TEST(choices_are_known)
{
	const struct tlist *l = all_cases();
	unsigned i, k, open;

	for (i = 0; i < l->n; i++) {
		const struct tcase *t = &l->v[i];

		for (k = open = 0; k < t->nexp; k++)
			open += t->exp[k].either;
		ck_assert_msg((open > 0) == (t->choice != NULL), "%s", t->name);
		ck_assert_msg(!t->choice || oracle_choice_known(t->choice), "%s: %s", t->name,
			      t->choice);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("oracle");
	TCase *tc = tcase_create("policy");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, classes);
	tcase_add_test(tc, silicon_of_ring_0);
	tcase_add_test(tc, few_report_only);
	tcase_add_test(tc, choices_are_known);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

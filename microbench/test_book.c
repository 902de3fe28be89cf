/* SPDX-License-Identifier: MIT
 * Finding wrong checksums.
 */
#include "microbench/book.h"

#include <check.h>
#include <stdlib.h>

enum { NATIVE, A, B, C };

START_TEST(agreement)
{
	struct book b = {.count = 0};
	struct book_verdict v;

	for (unsigned vmm = NATIVE; vmm <= C; vmm++)
		for (u32 n = 1; n <= 64; n *= 2)
			ck_assert_int_eq(book_add(&b, 5, vmm, n, n * 7), 0);
	for (unsigned vmm = NATIVE; vmm <= C; vmm++) {
		v = book_judge(&b, 5, vmm, NATIVE);
		ck_assert(!v.wrong);
		ck_assert_uint_eq(v.compared, 7);
	}
	book_free(&b);
}
END_TEST

START_TEST(native_decides_against_the_majority)
{
	struct book b = {.count = 0};
	struct book_verdict v;

	book_add(&b, 1, A, 8, 111);
	book_add(&b, 1, B, 8, 111);
	book_add(&b, 1, NATIVE, 8, 222);
	v = book_judge(&b, 1, A, NATIVE);
	ck_assert(v.wrong);
	ck_assert_uint_eq(v.iterations, 8);
	ck_assert_uint_eq(v.got, 111);
	ck_assert_uint_eq(v.expected, 222);
	ck_assert(!book_judge(&b, 1, NATIVE, NATIVE).wrong);
	book_free(&b);
}
END_TEST

START_TEST(majority_decides_without_native)
{
	struct book b = {.count = 0};

	book_add(&b, 1, A, 8, 111);
	book_add(&b, 1, B, 8, 222);
	book_add(&b, 1, C, 8, 222);
	ck_assert(book_judge(&b, 1, A, NATIVE).wrong);
	ck_assert(!book_judge(&b, 1, B, NATIVE).wrong);
	ck_assert(!book_judge(&b, 1, C, NATIVE).wrong);
	book_free(&b);
}
END_TEST

/* One wrong count among many right ones is enough. */
START_TEST(one_count_is_enough)
{
	struct book b = {.count = 0};
	struct book_verdict v;

	for (u32 n = 1; n <= 64; n *= 2) {
		book_add(&b, 1, NATIVE, n, n);
		book_add(&b, 1, A, n, n == 32 ? 0 : n);
	}
	v = book_judge(&b, 1, A, NATIVE);
	ck_assert(v.wrong);
	ck_assert_uint_eq(v.iterations, 32);
	book_free(&b);
}
END_TEST

START_TEST(contradicting_itself_is_wrong)
{
	struct book b = {.count = 0};

	book_add(&b, 1, A, 8, 1);
	book_add(&b, 1, A, 8, 2);
	ck_assert(book_judge(&b, 1, A, NATIVE).wrong);
	book_free(&b);
}
END_TEST

START_TEST(unrelated_entries_do_not_count)
{
	struct book b = {.count = 0};
	struct book_verdict v;

	book_add(&b, 1, A, 8, 1);
	book_add(&b, 1, NATIVE, 16, 2); /* other count */
	book_add(&b, 2, NATIVE, 8, 3);  /* other kernel */
	v = book_judge(&b, 1, A, NATIVE);
	ck_assert(!v.wrong);
	ck_assert_uint_eq(v.compared, 0);
	book_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("microbench checksums");
	TCase *t = tcase_create("book");
	SRunner *r;
	int failed;

	tcase_add_test(t, agreement);
	tcase_add_test(t, native_decides_against_the_majority);
	tcase_add_test(t, majority_decides_without_native);
	tcase_add_test(t, one_count_is_enough);
	tcase_add_test(t, contradicting_itself_is_wrong);
	tcase_add_test(t, unrelated_entries_do_not_count);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

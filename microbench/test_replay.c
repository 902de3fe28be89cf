/* SPDX-License-Identifier: MIT
 * The replay of guest profiles on profiles of a few lines, whose mmaps and faults can
 * be counted by hand (replay.c).
 */
#include "microbench/replay.h"

#include <check.h>
#include <stdlib.h>

#define NONE " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

/* Two address spaces that differ at page 10 and share page 12. */
#define A_CR3 "C 1000\nR 10 a07\nR 12 c05\nT 10 a07 1 10 11" NONE "T 12 c05 0 12 13" NONE
#define B_CR3 "C 2000\nR 10 b07\nR 12 c05\nT 10 b07 1 10 11" NONE "T 12 c05 0 12 13" NONE

static const struct map_costs ones = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static struct tally run(const char *text, struct policy p)
{
	FILE *f = tmpfile();
	struct tally t;

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert(replay(f, &p, &ones, &t));
	fclose(f);
	return t;
}

START_TEST(nothing_kept)
{
	struct tally t = run(A_CR3 B_CR3 A_CR3, (struct policy){.run = 1, .cr3s = 4});

	ck_assert_uint_eq(t.loads, 3);
	ck_assert_uint_eq(t.faults, 6);
	ck_assert_uint_eq(t.maps, 6);
	ck_assert_uint_eq(t.touches, 6);
	ck_assert_uint_eq(t.unmaps, 2); /* both pages in one call, each time */
	ck_assert_uint_eq(t.unmapped_more, 2);
	ck_assert_double_eq(t.ns, 6 + 6 + 6 + 2 + 2 + (double)t.walks);
}
END_TEST

START_TEST(shared_pages_kept)
{
	struct tally t = run(A_CR3 B_CR3 A_CR3, (struct policy){.run = 1, .keep = true, .cr3s = 4});

	ck_assert_uint_eq(t.faults, 4); /* page 12 once, page 10 three times */
	ck_assert_uint_eq(t.maps, 4);
	ck_assert_uint_eq(t.unmaps, 2);
}
END_TEST

START_TEST(recalled)
{
	struct policy p = {.run = 1,
			   .keep = true,
			   .recall = RECALL_TOUCHED,
			   .cr3s = 4,
			   .pages = 8,
			   .populate = 1};
	struct tally t = run(A_CR3 B_CR3 A_CR3, p);

	ck_assert_uint_eq(t.faults, 3); /* the second residence of A faults no more */
	ck_assert_uint_eq(t.maps, 4);
	ck_assert_uint_eq(t.populated, 4);
	ck_assert_uint_eq(t.touches, 0);
	p.replace = true;
	t = run(A_CR3 B_CR3 A_CR3, p);
	ck_assert_uint_eq(t.replaces, 1);
	ck_assert_uint_eq(t.unmaps, 1);
	p.learn = 1; /* always finding out: nothing is recalled */
	t = run(A_CR3 B_CR3 A_CR3, p);
	ck_assert_uint_eq(t.faults, 4);
	p.learn = 0;
	p.cr3s = 1; /* B drives A out */
	t = run(A_CR3 B_CR3 A_CR3, p);
	ck_assert_uint_eq(t.faults, 4);
}
END_TEST

START_TEST(spaces)
{
	struct policy p = {.run = 1, .spaces = true, .cr3s = 4};
	struct tally t = run(A_CR3 B_CR3 A_CR3, p);

	ck_assert_uint_eq(t.faults, 4);
	ck_assert_uint_eq(t.handoffs, 3);
	ck_assert_uint_eq(t.unmaps, 0);
}
END_TEST

START_TEST(runs_and_rights)
{
	const char *text = "C 1000\n"
			   "T 10 a07 0 10 14" NONE /* 10 to 13 go on in one run */
			   "T 12 c07 1 10 14" NONE "T 20 505 0 20 21" NONE
			   "T 20 507 1 20 21" NONE; /* dirty now */
	struct tally t = run(text, (struct policy){.run = 16, .cr3s = 4});

	ck_assert_uint_eq(t.maps, 2);
	ck_assert_uint_eq(t.pages, 5);
	ck_assert_uint_eq(t.faults, 3);
	ck_assert_uint_eq(t.protects, 1);
	t = run(text, (struct policy){.run = 2, .cr3s = 4});
	ck_assert_uint_eq(t.maps, 3);
}
END_TEST

START_TEST(eager)
{
	const char *text = "C 1000\nP 10\nT 10 a07 0 10 11" NONE;

	ck_assert_uint_eq(run(text, (struct policy){.run = 1, .cr3s = 4}).faults, 1);
	ck_assert_uint_eq(run(text, (struct policy){.run = 1, .cr3s = 4, .eager = true}).faults, 0);
}
END_TEST

/* Anything else is refused. */
static const char *const bad[] = {
	"X 10\n",
	"C\n",
	"hello\n",
	"C 1000\nR 10\n",
	"C 1000\nR 100000 1\n",
	"C 1000\nT 10 a07 0 10 11 0 0\n",
	"C 1000\nT 100000 a07 0 100000 100001" NONE,
	"C 1000\nT 10 a07 0 11 12" NONE,
};

START_TEST(refused)
{
	FILE *f = tmpfile();
	struct policy p = {.run = 1, .cr3s = 4};
	struct tally t;

	ck_assert_ptr_nonnull(f);
	fputs(bad[_i], f);
	ck_assert(!replay(f, &p, &ones, &t));
	fclose(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("replay");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, nothing_kept);
	tcase_add_test(tc, shared_pages_kept);
	tcase_add_test(tc, recalled);
	tcase_add_test(tc, spaces);
	tcase_add_test(tc, runs_and_rights);
	tcase_add_test(tc, eager);
	tcase_add_loop_test(tc, refused, 0, sizeof(bad) / sizeof(bad[0]));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

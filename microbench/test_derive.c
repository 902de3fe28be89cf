/* SPDX-License-Identifier: MIT
 * Paired ratios, noise and class means on made-up samples.
 */
#include "microbench/bench.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three cells of kernel 0 (alu): native, QEMU, refvmm.  Two rounds; in the
 * second the host is ten times slower. */
static double native_ns[] = {2, 2, 2, 2, 20, 20, 22, 22}, qemu_ns[] = {6, 6, 60, 60},
	      ours_ns[] = {2.5, 2.5, 26, 26};
static unsigned native_boot[] = {0, 0, 1, 1, 2, 2, 3, 3}, guest_boot[] = {0, 0, 1, 1};
static struct cell cell[3];
static struct bench b;

static void setup(void)
{
	cell[0] = (struct cell){.ring = 3,
				.vmm = VMM_NATIVE,
				.ns = native_ns,
				.cpu_ns = native_ns,
				.boot = native_boot,
				.samples = 8,
				.boots = 4};
	cell[1] = (struct cell){.ring = 3,
				.vmm = VMM_QEMU_TCG,
				.ns = qemu_ns,
				.cpu_ns = qemu_ns,
				.boot = guest_boot,
				.samples = 4,
				.boots = 2};
	cell[2] = (struct cell){.ring = 3,
				.vmm = VMM_REFVMM,
				.ns = ours_ns,
				.cpu_ns = ours_ns,
				.boot = guest_boot,
				.samples = 4,
				.boots = 2};
	memset(&b, 0, sizeof(b));
	b.cell = cell;
	b.cells = 3;
}

START_TEST(slow_phases_cancel_out)
{
	struct geomean g;

	bench_derive(&b);
	/* rounds: 6/2 and 60/21; 2.5/2 and 26/21; 2.5/6 and 26/60 */
	ck_assert_double_eq_tol(cell[1].x_native, (3 + 60.0 / 21) / 2, 1e-9);
	ck_assert_double_eq_tol(cell[2].x_native, (1.25 + 26.0 / 21) / 2, 1e-9);
	ck_assert_double_eq_tol(cell[2].x_tcg, (2.5 / 6 + 26.0 / 60) / 2, 1e-9);
	ck_assert_double_eq_tol(cell[0].x_native, 1, 1e-9);
	ck_assert(isnan(cell[0].x_tcg));
	g = bench_geomean(&b, INTEGER, VMM_REFVMM, false);
	ck_assert_uint_eq(g.of, 1);
	ck_assert_double_eq_tol(g.wall, cell[2].x_native, 1e-9);
	ck_assert(isnan(bench_geomean(&b, CALLS, VMM_REFVMM, false).wall));
}
END_TEST

START_TEST(noise_compares_boots_of_one_round)
{
	double typical, worst;

	bench_derive(&b);
	ck_assert_uint_eq(bench_noise(&b, &typical, &worst), 1);
	ck_assert_double_eq_tol(worst, 1 / ((1 + 20.0 / 22) / 2), 1e-9);
}
END_TEST

START_TEST(wrong_or_failed_cells_have_no_ratio)
{
	book_add(&b.book, 0, VMM_NATIVE, 1024, 1);
	book_add(&b.book, 0, VMM_REFVMM, 1024, 2);
	strcpy(cell[1].error, "crashed");
	bench_derive(&b);
	ck_assert(cell[2].sum.wrong);
	ck_assert(isnan(cell[2].x_native));
	ck_assert(isnan(cell[2].x_tcg));
	ck_assert(isnan(cell[1].x_native));
	ck_assert_uint_eq(bench_wrong(&b), 2);
	book_free(&b.book);
}
END_TEST

START_TEST(random_order_repeats_with_its_seed)
{
	u64 s = 7, t = 7, u = 8;

	for (int i = 0; i < 100; i++) {
		u64 x = bench_random(&s);

		ck_assert_uint_eq(x, bench_random(&t));
		ck_assert_uint_ne(x, bench_random(&u));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("microbench figures");
	TCase *t = tcase_create("derive");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, slow_phases_cancel_out);
	tcase_add_test(t, noise_compares_boots_of_one_round);
	tcase_add_test(t, wrong_or_failed_cells_have_no_ratio);
	tcase_add_test(t, random_order_repeats_with_its_seed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

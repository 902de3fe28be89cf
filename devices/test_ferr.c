/* SPDX-License-Identifier: MIT
 * FERR#, IRQ 13 and IGNNE#.
 */
#include "devices/ferr.h"
#include "devices/testbench.h"

START_TEST(error_and_handler)
{
	struct ferr f = {.wire = {bench_line(0), bench_line(1)}};

	ferr_set(&f, true);
	ck_assert(bench.level[0]);
	ck_assert(!bench.level[1]);
	ferr_out(&f, 0, 0); /* the handler: IRQ gone, errors ignored */
	ck_assert(!bench.level[0]);
	ck_assert(bench.level[1]);
	ferr_set(&f, false); /* FNCLEX */
	ck_assert(!bench.level[1]);
	ck_assert(!bench.level[0]);
}
END_TEST

START_TEST(latched)
{
	struct ferr f = {.wire = {bench_line(0), bench_line(1)}};

	ferr_set(&f, true);
	ferr_set(&f, false); /* cleared without the port: the request stays */
	ck_assert(bench.level[0]);
	ferr_out(&f, 0, 0);
	ck_assert(!bench.level[0]);
	ck_assert(!bench.level[1]); /* nothing to ignore */
	ferr_set(&f, true);
	ferr_out(&f, 1, 0);
	ck_assert(!bench.level[0]);
	ck_assert(!bench.level[1]);
	ferr_set(&f, true); /* no edge */
	ck_assert(!bench.level[0]);
	ferr_reset(&f);
	ferr_set(&f, true);
	ck_assert(bench.level[0]);
}
END_TEST

BENCH_MAIN("ferr", error_and_handler, latched)

/* SPDX-License-Identifier: MIT
 * System control port A.
 */
#include "devices/port92.h"
#include "devices/testbench.h"

START_TEST(a20_and_reset_edge)
{
	struct port92 p = {.wire = {bench_line(0), bench_line(1)}};

	port92_out(&p, 0, 0xfe);
	ck_assert(bench.level[0]);
	ck_assert(!bench.level[1]);
	ck_assert_uint_eq(port92_in(&p, 0), 2);
	port92_out(&p, 0, 0);
	ck_assert(!bench.level[0]);
	port92_out(&p, 0, 1);
	ck_assert(bench.level[1]);
	bench.level[1] = false;
	port92_out(&p, 0, 1); /* no edge */
	ck_assert(!bench.level[1]);
}
END_TEST

BENCH_MAIN("port92", a20_and_reset_edge)

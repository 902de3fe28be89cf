/* SPDX-License-Identifier: MIT
 * POST code port.
 */
#include "devices/post80.h"
#include "devices/testbench.h"

START_TEST(reads_back_and_counts)
{
	struct post80 p = {0};

	post80_out(&p, 0, 0x12);
	post80_out(&p, 0, 0x34);
	ck_assert_uint_eq(post80_in(&p, 0), 0x34);
	ck_assert_uint_eq(p.writes, 2);
}
END_TEST

BENCH_MAIN("post80", reads_back_and_counts)

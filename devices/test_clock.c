/* SPDX-License-Identifier: MIT
 * Deadlines: order, ties, what the host is told, rounding.
 */
#include "devices/testbench.h"

static char order[16];
static unsigned again;

static void fire(void *arg)
{
	strcat(order, arg);
}

static void fire_periodic(void *arg)
{
	strcat(order, "p");
	if (++again < 3)
		clock_set(&bench.clock, *(unsigned *)arg, bench.now);
}

START_TEST(runs_in_time_order_then_in_order_of_adding)
{
	struct clock *c = bench_clock();
	unsigned a = clock_add(c, fire, "a"), b = clock_add(c, fire, "b"),
		 d = clock_add(c, fire, "d");

	clock_set(c, d, 50);
	clock_set(c, b, 100);
	clock_set(c, a, 100);
	ck_assert_uint_eq(bench.deadline, 50);
	bench.now = 99;
	clock_run(c);
	ck_assert_str_eq(order, "d");
	ck_assert_uint_eq(bench.deadline, 100);
	bench.now = 100;
	clock_run(c);
	ck_assert_str_eq(order, "dab");
	ck_assert_uint_eq(bench.deadline, CLOCK_NEVER);
}
END_TEST

START_TEST(a_timer_may_arm_itself_again)
{
	struct clock *c = bench_clock();
	static unsigned id;

	id = clock_add(c, fire_periodic, &id);
	clock_set(c, id, 10);
	bench.now = 10;
	clock_run(c);
	ck_assert_str_eq(order, "ppp");
}
END_TEST

START_TEST(disarming_tells_the_host)
{
	struct clock *c = bench_clock();
	unsigned a = clock_add(c, fire, "a");

	clock_set(c, a, 7);
	clock_set(c, a, CLOCK_NEVER);
	ck_assert_uint_eq(bench.deadline, CLOCK_NEVER);
	bench.now = 100;
	clock_run(c);
	ck_assert_str_eq(order, "");
}
END_TEST

START_TEST(conversion_survives_years)
{
	u64 year = 31536000ull * S;

	ck_assert_uint_eq(muldiv(year, 1193182, S), 31536000ull * 1193182);
	ck_assert_uint_eq(muldiv(1, 1, 2), 0);
	ck_assert_uint_eq(muldiv_up(1, 1, 2), 1);
}
END_TEST

BENCH_MAIN("clock", runs_in_time_order_then_in_order_of_adding, a_timer_may_arm_itself_again,
	   disarming_tells_the_host, conversion_survives_years)

/* SPDX-License-Identifier: MIT
 * RTC: calendar, formats, update flag, alarm, periodic rates, reset.
 */
#include "devices/mc146818.h"
#include "devices/testbench.h"

static struct mc146818 rtc;

static u8 get(u8 index)
{
	mc146818_out(&rtc, 0, index);
	return mc146818_in(&rtc, 1);
}

static void put(u8 index, u8 v)
{
	mc146818_out(&rtc, 0, index);
	mc146818_out(&rtc, 1, v);
}

static void setup(u64 epoch)
{
	memset(&rtc, 0, sizeof rtc);
	rtc.wire.irq = bench_line(8);
	mc146818_init(&rtc, bench_clock(), epoch);
}

START_TEST(starts_at_the_given_time)
{
	setup(1709210096); /* Thu 2024-02-29 12:34:56 UTC */
	ck_assert_uint_eq(get(0), 0x56);
	ck_assert_uint_eq(get(2), 0x34);
	ck_assert_uint_eq(get(4), 0x12);
	ck_assert_uint_eq(get(6), 5);
	ck_assert_uint_eq(get(7), 0x29);
	ck_assert_uint_eq(get(8), 0x02);
	ck_assert_uint_eq(get(9), 0x24);
	ck_assert_uint_eq(get(0x32), 0x20);
	ck_assert_uint_eq(get(0x0d), 0x80);
	ck_assert_uint_eq(mc146818_in(&rtc, 0), 0xff);
}
END_TEST

START_TEST(rolls_over_the_century)
{
	setup(946684799); /* Fri 1999-12-31 23:59:59 */
	bench_pass(S);
	ck_assert_uint_eq(get(0), 0);
	ck_assert_uint_eq(get(4), 0);
	ck_assert_uint_eq(get(6), 7); /* Saturday */
	ck_assert_uint_eq(get(7), 1);
	ck_assert_uint_eq(get(8), 1);
	ck_assert_uint_eq(get(9), 0);
	ck_assert_uint_eq(get(0x32), 0x20);
}
END_TEST

START_TEST(binary_and_12_hours)
{
	setup(0);
	put(0x0b, 0x84); /* SET, binary, 12 hours */
	put(4, 0x8b);    /* 11 pm */
	put(2, 59);
	put(0, 59);
	put(0x0b, 0x04);
	bench_pass(S + MS);
	ck_assert_uint_eq(get(4), 12); /* 12 am */
	ck_assert_uint_eq(get(2), 0);
	ck_assert_uint_eq(get(7), 2);
}
END_TEST

START_TEST(set_bit_stops_the_clock)
{
	setup(0);
	put(0x0b, 0x82);
	bench_pass(10 * S);
	ck_assert_uint_eq(get(0), 0);
	ck_assert_uint_eq(get(0x0a) & 0x80, 0);
	put(0x0b, 0x02);
	bench_pass(S);
	ck_assert_uint_eq(get(0), 1);
}
END_TEST

START_TEST(update_in_progress_warns_244us_ahead)
{
	setup(0);
	bench_pass(S - 2300 * US);
	ck_assert_uint_eq(get(0x0a) & 0x80, 0);
	bench_pass(200 * US);
	ck_assert_uint_eq(get(0x0a) & 0x80, 0x80);
	bench_pass(2100 * US);
	ck_assert_uint_eq(get(0x0a) & 0x80, 0);
	ck_assert_uint_eq(get(0), 1);
}
END_TEST

START_TEST(update_interrupt_and_flag_register)
{
	setup(0);
	put(0x0b, 0x12);
	bench_pass(S);
	ck_assert(bench.level[8]);
	ck_assert_uint_eq(get(0x0c) & 0xb0, 0x90);
	ck_assert(!bench.level[8]);
	ck_assert_uint_eq(get(0x0c), 0); /* reading clears */
}
END_TEST

START_TEST(alarm_with_wildcards)
{
	setup(0);
	put(1, 0x05); /* second 5 of any minute and hour */
	put(3, 0xff);
	put(5, 0xc0);
	put(0x0b, 0x22);
	bench_pass(4 * S + MS);
	ck_assert(!bench.level[8]);
	bench_pass(S);
	ck_assert(bench.level[8]);
	ck_assert_uint_eq(get(0x0c) & 0xa0, 0xa0);
	bench_pass(60 * S);
	ck_assert(bench.level[8]);
}
END_TEST

START_TEST(periodic_rates)
{
	setup(0);
	for (u8 rate = 3; rate <= 15; rate++) {
		unsigned expect = 32768u >> (rate - 1), got = 0;

		put(0x0a, 0x20 | rate);
		put(0x0b, 0x42);
		get(0x0c);
		for (u64 end = bench.now + S; bench.now < end;) {
			bench_pass(bench.deadline - bench.now);
			if (bench.level[8]) {
				got++;
				get(0x0c);
			}
		}
		ck_assert_uint_ge(got, expect);
		ck_assert_uint_le(got, expect + 1);
	}
}
END_TEST

START_TEST(periodic_flag_without_interrupt)
{
	setup(0);
	get(0x0c);
	bench_pass(3 * MS);
	ck_assert_uint_eq(get(0x0c), 0x40);
	ck_assert(!bench.level[8]);
	ck_assert_uint_eq(get(0x0c), 0);
}
END_TEST

START_TEST(reset_keeps_time_and_memory)
{
	setup(0);
	put(0x40, 0xa5);
	put(0x0b, 0x72);
	bench_pass(1500 * MS);
	mc146818_reset(&rtc);
	ck_assert(!bench.level[8]);
	ck_assert_uint_eq(get(0x0b), 0x02);
	ck_assert_uint_eq(get(0x40), 0xa5);
	bench_pass(S);
	ck_assert_uint_eq(get(0), 2);
}
END_TEST

START_TEST(divider_reset_gives_half_a_second)
{
	setup(0);
	put(0x0a, 0x76);
	bench_pass(5 * S);
	ck_assert_uint_eq(get(0), 0);
	put(0x0a, 0x26);
	bench_pass(S / 2 - MS);
	ck_assert_uint_eq(get(0), 0);
	bench_pass(2 * MS);
	ck_assert_uint_eq(get(0), 1);
}
END_TEST

BENCH_MAIN("mc146818", starts_at_the_given_time, rolls_over_the_century, binary_and_12_hours,
	   set_bit_stops_the_clock, update_in_progress_warns_244us_ahead,
	   update_interrupt_and_flag_register, alarm_with_wildcards, periodic_rates,
	   periodic_flag_without_interrupt, reset_keeps_time_and_memory,
	   divider_reset_gives_half_a_second)

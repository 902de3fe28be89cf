/* SPDX-License-Identifier: MIT
 * 8254: the six modes on counter 2 (its gate can be driven), access forms,
 * latches, read-back, IRQ0 rate.
 */
#include "devices/i8254.h"
#include "devices/testbench.h"

static struct i8254 pit;

static void setup(void)
{
	memset(&pit, 0, sizeof pit);
	pit.wire.out0 = bench_line(0);
	i8254_init(&pit, bench_clock());
}

/* Virtual time at which `clocks` PIT clocks have passed, plus a little. */
static void at(u64 clocks)
{
	bench.now = muldiv_up(clocks, S, I8254_HZ) + 10;
}

static void write(unsigned reg, u8 v)
{
	i8254_out(&pit, reg, v);
}

static void program(u8 control, u16 count)
{
	write(3, control);
	write(2, (u8)count);
	write(2, (u8)(count >> 8));
}

static u16 count(void)
{
	u8 low = i8254_in(&pit, 2);

	return (u16)(low | i8254_in(&pit, 2) << 8);
}

static bool out(void)
{
	return i8254_output(&pit, 2);
}

START_TEST(mode0_counts_once)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb0, 100); /* loaded at clock 1 */
	ck_assert(!out());
	at(41);
	ck_assert_uint_eq(count(), 60);
	at(100);
	ck_assert(!out());
	at(101);
	ck_assert(out());
	at(103);
	ck_assert_uint_eq(count(), 0xfffe);
	write(2, 5); /* the first byte of a new count drops OUT */
	ck_assert(!out());
}
END_TEST

START_TEST(mode0_gate_pauses)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb0, 100);
	at(51);
	i8254_gate(&pit, 2, false);
	at(1000);
	ck_assert_uint_eq(count(), 50);
	i8254_gate(&pit, 2, true);
	at(1049);
	ck_assert(!out());
	at(1050);
	ck_assert(out());
}
END_TEST

START_TEST(mode1_gate_triggers)
{
	setup();
	program(0xb2, 50);
	ck_assert(out());
	at(1000);
	ck_assert(out());
	i8254_gate(&pit, 2, true);
	at(1001);
	ck_assert(!out());
	at(1051);
	ck_assert(out());
	i8254_gate(&pit, 2, false);
	i8254_gate(&pit, 2, true);
	at(1061);
	i8254_gate(&pit, 2, false);
	i8254_gate(&pit, 2, true); /* retrigger */
	at(1111);
	ck_assert(!out());
	at(1112);
	ck_assert(out());
}
END_TEST

START_TEST(mode2_reloads_with_the_new_count)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb4, 10);
	at(1);
	ck_assert_uint_eq(count(), 10);
	at(10);
	ck_assert_uint_eq(count(), 1);
	ck_assert(!out()); /* low during count 1 */
	at(11);
	ck_assert(out());
	ck_assert_uint_eq(count(), 10);
	at(15);
	write(2, 20);
	write(2, 0);
	ck_assert_uint_eq(count(), 6); /* the period runs out first */
	at(21);
	ck_assert_uint_eq(count(), 20);
	at(41 + 20 * 1000 + 3);
	ck_assert_uint_eq(count(), 17);
}
END_TEST

START_TEST(mode2_gate_low_raises_out_and_restarts)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb4, 10);
	at(10);
	ck_assert(!out());
	i8254_gate(&pit, 2, false);
	ck_assert(out());
	at(50);
	i8254_gate(&pit, 2, true);
	at(51);
	ck_assert_uint_eq(count(), 10);
}
END_TEST

START_TEST(mode3_square_even_and_odd)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb6, 10);
	at(1);
	ck_assert_uint_eq(count(), 10);
	at(2);
	ck_assert_uint_eq(count(), 8); /* counts by two */
	ck_assert(out());
	at(5);
	ck_assert(out());
	at(6);
	ck_assert(!out());
	at(11);
	ck_assert(out());

	program(0xb6, 5); /* high for 3, low for 2 */
	at(12);
	ck_assert(out());
	at(14);
	ck_assert(out());
	at(15);
	ck_assert(!out());
	at(17);
	ck_assert(out());
}
END_TEST

START_TEST(mode4_strobes_once)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb8, 5);
	at(5);
	ck_assert(out());
	at(6);
	ck_assert(!out());
	at(7);
	ck_assert(out());
	at(6 + 65536);
	ck_assert(out());
}
END_TEST

START_TEST(mode5_strobes_after_trigger)
{
	setup();
	program(0xba, 5);
	at(100);
	ck_assert(out());
	i8254_gate(&pit, 2, true);
	at(105);
	ck_assert(out());
	at(106);
	ck_assert(!out());
	at(107);
	ck_assert(out());
}
END_TEST

START_TEST(bcd_and_single_byte_access)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb1, 0x1000); /* BCD 1000 */
	at(2);
	ck_assert_uint_eq(count(), 0x0999);
	program(0xb1, 0); /* BCD zero is 10000 */
	at(4);
	ck_assert_uint_eq(count(), 0x9999);
	write(3, 0x90); /* low byte only */
	write(2, 0x80);
	at(5);
	ck_assert_uint_eq(i8254_in(&pit, 2), 0x80);
	write(3, 0xa0); /* high byte only */
	write(2, 0x12);
	at(6);
	ck_assert_uint_eq(i8254_in(&pit, 2), 0x12);
}
END_TEST

START_TEST(count_zero_is_65536)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb0, 0);
	at(2);
	ck_assert_uint_eq(count(), 0xffff);
	at(65536);
	ck_assert(!out());
	at(65537);
	ck_assert(out());
}
END_TEST

START_TEST(latch_holds_until_read_and_ignores_a_second)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb0, 1000);
	at(101);
	write(3, 0x80);
	at(201);
	write(3, 0x80);
	ck_assert_uint_eq(count(), 900);
	ck_assert_uint_eq(count(), 800);
}
END_TEST

START_TEST(read_back_status)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb4, 1000);
	write(3, 0xe8); /* status of counter 2: count not yet loaded */
	ck_assert_uint_eq(i8254_in(&pit, 2), 0xf4);
	at(10);
	write(3, 0xc8); /* status and count */
	ck_assert_uint_eq(i8254_in(&pit, 2), 0xb4);
	ck_assert_uint_eq(count(), 991);
	write(3, 0xb4);
	write(3, 0xe8); /* control word alone: null count */
	ck_assert_uint_eq(i8254_in(&pit, 2) & 0x40, 0x40);
}
END_TEST

START_TEST(irq0_rate)
{
	setup();
	write(3, 0x34);
	write(0, 0xa9); /* 1193: 1000.15 Hz */
	write(0, 0x04);
	bench_pass(S);
	ck_assert_uint_eq(bench.rises[0], 1000 + 1); /* and OUT rising with the mode */
	write(3, 0x36);                              /* mode 3, 65536: 18.2 Hz */
	write(0, 0);
	write(0, 0);
	bench.rises[0] = 0;
	bench_pass(10 * S);
	ck_assert_uint_eq(bench.rises[0], 182);
}
END_TEST

static enum i8254_request request;

static enum i8254_request on_request(void *arg)
{
	return request;
}

/* The host looks again after five periods.  One tick comes then; the others follow
 * it one by one as the processor takes them, and the phase is kept. */
START_TEST(late_host_keeps_ticks_and_phase)
{
	setup();
	pit.wire.request = on_request;
	request = I8254_TAKEN;
	write(3, 0x34);
	write(0, 0xe8);
	write(0, 0x03);
	bench.rises[0] = 0;
	at(1 + 1000 * 5 + 1);
	clock_run(&bench.clock);
	ck_assert_uint_eq(bench.rises[0], 1);
	ck_assert_uint_eq(bench.deadline, muldiv_up(1 + 1000 * 6, S, I8254_HZ));
	for (unsigned k = 2; k <= 7; k++) {
		i8254_served(&pit);
		ck_assert_uint_eq(bench.rises[0], k < 5 ? k : 5);
	}
}
END_TEST

/* The processor has interrupts off over three periods. */
START_TEST(ticks_wait_for_the_processor)
{
	setup();
	pit.wire.request = on_request;
	request = I8254_WAITS;
	write(3, 0x34);
	write(0, 0xe8);
	write(0, 0x03);
	bench.rises[0] = 0;
	for (unsigned k = 1; k <= 3; k++) {
		at(1 + 1000 * k + 1);
		clock_run(&bench.clock);
	}
	ck_assert_uint_eq(pit.lost, 3);
	write(3, 0x30); /* another mode: nobody waits for them now */
	ck_assert_uint_eq(pit.lost, 0);
	/* Not more than ten seconds of them. */
	write(3, 0x34);
	write(0, 0xe8);
	write(0, 0x03);
	bench_pass(60 * S);
	ck_assert_uint_eq(pit.lost, 10 * I8254_HZ / 1000);
	ck_assert_uint_eq(pit.dropped, 60 * I8254_HZ / 1000 - pit.lost);
}
END_TEST

/* OUT is low for a clock in mode 2 and for half the time in mode 3: a tick that waits
 * stays requested, and one that comes while OUT is low again is not lost either. */
START_TEST(low_output_withdraws_no_tick)
{
	static const u16 low_at[] = {1000, 1500}; /* clocks after the load */

	for (unsigned mode = 2; mode <= 3; mode++) {
		bench.now = 0;
		setup();
		pit.wire.request = on_request;
		request = I8254_TAKEN;
		write(3, (u8)(0x30 | mode << 1));
		write(0, 0xe8);
		write(0, 0x03);
		bench.rises[0] = 0;
		at(1 + 1000 + 1);
		clock_run(&bench.clock);
		ck_assert_uint_eq(bench.rises[0], 1);
		ck_assert(bench.level[0]);
		request = I8254_WAITS;
		at(low_at[mode - 2] +
		   (mode == 2 ? 1000 : 1)); /* the last clock of the period, the low half */
		write(3, 0);                /* latch: it is looked at */
		ck_assert(bench.level[0]);
		/* Three periods later, at such a moment again. */
		at(low_at[mode - 2] + (mode == 2 ? 1000 : 1) + 3000);
		clock_run(&bench.clock);
		ck_assert_uint_eq(pit.lost, 3);
	}
}
END_TEST

/* A handler masks its interrupt while it works; ticks that come meanwhile follow.  A mask
 * of seconds is meant: one tick is on the line then, the others are dropped. */
START_TEST(ticks_behind_a_mask)
{
	static const unsigned periods[] = {3, 1192, 1195};

	for (unsigned i = 0; i < 3; i++) {
		unsigned n = periods[i];

		bench.now = 0;
		setup();
		pit.wire.request = on_request;
		request = I8254_TAKEN;
		write(3, 0x34);
		write(0, 0xe8);
		write(0, 0x03);
		for (unsigned k = 1; k <= n; k++) {
			at(1 + 1000 * k + 1);
			clock_run(&bench.clock);
			request = I8254_MASKED; /* the first of them */
		}
		ck_assert_uint_eq(pit.behind_mask, n - 1);
		ck_assert_uint_eq(pit.lost, 0);
		request = I8254_TAKEN;
		i8254_served(&pit);
		ck_assert_uint_eq(pit.behind_mask, 0);
		ck_assert_uint_eq(pit.delivered, 1);
		/* One of those that wait is on the line again. */
		ck_assert_uint_eq(pit.lost, n > 1194 ? 0 : n - 2);
		ck_assert_uint_eq(pit.dropped, n > 1194 ? n - 1 : 0);
		ck_assert_uint_eq(i8254_counted(&pit) / 1000, n);
	}
}
END_TEST

/* Mode 4: the one low clock lies between two looks of the host. */
START_TEST(late_host_sees_the_strobe)
{
	setup();
	write(3, 0x38);
	write(0, 0xe8);
	write(0, 0x03);
	bench.rises[0] = 0;
	at(5000);
	clock_run(&bench.clock);
	ck_assert_uint_eq(bench.rises[0], 1);
	at(9000);
	clock_run(&bench.clock);
	ck_assert_uint_eq(bench.rises[0], 1);
	write(0, 0xe8);
	write(0, 0x03);
	at(20000);
	clock_run(&bench.clock);
	ck_assert_uint_eq(bench.rises[0], 2);
}
END_TEST

START_TEST(counts_from_where_the_processor_goes_on)
{
	setup();
	i8254_gate(&pit, 2, true);
	program(0xb0, 100);
	at(50); /* the host was busy */
	i8254_went_on(&pit);
	at(110);
	ck_assert(!out());
	i8254_went_on(&pit); /* nothing new */
	at(151);
	ck_assert(out());
	program(0xb0, 100);
	i8254_gate(&pit, 2, false); /* stands still until the gate rises */
	at(500);
	i8254_went_on(&pit);
	i8254_gate(&pit, 2, true);
	at(590);
	ck_assert(!out());
	at(601);
	ck_assert(out());
}
END_TEST

BENCH_MAIN("i8254", mode0_counts_once, counts_from_where_the_processor_goes_on, mode0_gate_pauses,
	   mode1_gate_triggers, mode2_reloads_with_the_new_count,
	   mode2_gate_low_raises_out_and_restarts, mode3_square_even_and_odd, mode4_strobes_once,
	   mode5_strobes_after_trigger, bcd_and_single_byte_access, count_zero_is_65536,
	   latch_holds_until_read_and_ignores_a_second, read_back_status, irq0_rate,
	   late_host_keeps_ticks_and_phase, ticks_wait_for_the_processor, ticks_behind_a_mask,
	   low_output_withdraws_no_tick, late_host_sees_the_strobe)

/* SPDX-License-Identifier: MIT
 * System control port B.
 */
#include "devices/port61.h"
#include "devices/testbench.h"

static struct i8254 pit;
static struct port61 port;
static unsigned edges;
static bool pin;

static void nmi(void *arg, unsigned n, bool level)
{
	edges += level && !pin;
	pin = level;
}

static void setup(void)
{
	i8254_init(&pit, bench_clock());
	port.wire.timer = &pit;
	port.wire.clock = &bench.clock;
	port.wire.nmi = (struct line){nmi, NULL, 0};
	port61_reset(&port);
	edges = 0;
	pin = false;
}

START_TEST(gate_and_output_of_counter_2)
{
	setup();
	port61_out(&port, 0, 0xf1);
	ck_assert_uint_eq(port61_in(&port, 0) & 0xcf, 0x01);
	i8254_out(&pit, 3, 0xb0);
	i8254_out(&pit, 2, 0x00);
	i8254_out(&pit, 2, 0x10);
	ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0);
	bench_pass(4 * MS); /* 4096 clocks are 3.43 ms */
	ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0x20);
	port61_out(&port, 0, 0x0e);
	ck_assert_uint_eq(port61_in(&port, 0) & 0x0f, 0x0e);
}
END_TEST

START_TEST(host_away_during_a_loop)
{
	setup();
	port61_out(&port, 0, 0x01);
	i8254_out(&pit, 3, 0xb0);
	i8254_out(&pit, 2, 0x00);
	i8254_out(&pit, 2, 0x10);
	for (unsigned i = 0; i < 100; i++) {
		bench_pass(US);
		ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0);
	}
	bench_pass(4 * MS);
	ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0); /* one more round */
	bench_pass(US);
	ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0x20);
	bench_pass(4 * MS);
	ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0x20); /* stays */
	/* Where the host stays, OUT shows at once. */
	i8254_out(&pit, 2, 0x00);
	i8254_out(&pit, 2, 0x10);
	for (unsigned us = 0; us < 3440; us += 10) {
		ck_assert_uint_eq(port61_in(&port, 0) & 0x20, us >= 3434 ? 0x20 : 0);
		bench_pass(10 * US);
	}
	ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0x20);
}
END_TEST

/* The pause before a look is not the loop's when the guest did something to the counter. */
START_TEST(host_away_behind_a_change)
{
	static const u8 mode3[] = {0xb6, 0x00, 0x40};

	for (unsigned change = 0; change < 2; change++) {
		setup();
		port61_out(&port, 0, 0x01);
		for (unsigned i = 0; i < 3; i++)
			i8254_out(&pit, i ? 2 : 3, mode3[i]);
		bench_pass(7 * MS); /* half of 16,384 clocks are 6.87 ms */
		for (unsigned i = 0; i < 100; i++) {
			bench_pass(US);
			ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0);
		}
		if (change)
			i8254_out(&pit, 3, 0xb6); /* both set OUT high at once */
		else
			port61_out(&port, 0, 0x00);
		bench_pass(MS);
		ck_assert_uint_eq(port61_in(&port, 0) & 0x20, 0x20);
	}
}
END_TEST

START_TEST(refresh_bit_toggles_every_15us)
{
	unsigned toggles = 0, last;

	setup();
	last = port61_in(&port, 0) & 0x10;
	for (unsigned us = 0; us < 1000; us++) {
		unsigned v;

		bench.now += US;
		v = port61_in(&port, 0) & 0x10;
		toggles += v != last;
		last = v;
	}
	ck_assert_uint_eq(toggles, 66);
}
END_TEST

/* The flow of the datasheet: status, clear and enable by bit 3, the mask makes a new
 * edge of what still waits. */
START_TEST(nmi_of_iochk)
{
	setup();
	port61_iochk(&port);
	ck_assert_uint_eq(edges, 0); /* masked since reset */
	ck_assert_uint_eq(port61_in(&port, 0) & 0xc0, 0x40);
	port61_mask(&port, 0, false);
	ck_assert_uint_eq(edges, 1);
	port61_iochk(&port);
	ck_assert_uint_eq(edges, 1); /* still high */
	port61_mask(&port, 0, true);
	port61_mask(&port, 0, false);
	ck_assert_uint_eq(edges, 2);
	port61_out(&port, 0, 0x08);
	ck_assert_uint_eq(port61_in(&port, 0) & 0xc8, 0x08);
	ck_assert(!pin);
	port61_iochk(&port); /* disabled */
	ck_assert(!pin);
	port61_out(&port, 0, 0x04); /* the other source */
	ck_assert(!pin);
	port61_iochk(&port);
	ck_assert_uint_eq(edges, 3);
	port61_reset(&port);
	ck_assert(!pin);
	ck_assert_uint_eq(port61_in(&port, 0) & 0xc0, 0);
}
END_TEST

BENCH_MAIN("port61", gate_and_output_of_counter_2, host_away_during_a_loop,
	   host_away_behind_a_change, refresh_bit_toggles_every_15us, nmi_of_iochk)

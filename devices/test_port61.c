/* SPDX-License-Identifier: MIT
 * System control port B.
 */
#include "devices/port61.h"
#include "devices/testbench.h"

static struct i8254 pit;
static struct port61 port;

static void setup(void)
{
	i8254_init(&pit, bench_clock());
	port.wire.timer = &pit;
	port.wire.clock = &bench.clock;
	port61_reset(&port);
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

BENCH_MAIN("port61", gate_and_output_of_counter_2, refresh_bit_toggles_every_15us)

/* SPDX-License-Identifier: MIT
 * Keyboard controller: self-test, command byte, A20, reset, translation, IRQ1.
 */
#include "devices/i8042.h"
#include "devices/testbench.h"

enum { IRQ1, IRQ12, A20, RESET };

static struct i8042 kbc;

static void setup(void)
{
	memset(&kbc, 0, sizeof kbc);
	kbc.wire.irq1 = bench_line(IRQ1);
	kbc.wire.irq12 = bench_line(IRQ12);
	kbc.wire.a20 = bench_line(A20);
	kbc.wire.reset = bench_line(RESET);
	i8042_init(&kbc, bench_clock());
}

static void command(u8 v)
{
	i8042_out(&kbc, 1, v);
}

static void data(u8 v)
{
	i8042_out(&kbc, 0, v);
}

static u8 status(void)
{
	return i8042_in(&kbc, 1);
}

static u8 read(void)
{
	bench_pass(MS);
	ck_assert_uint_eq(status() & 1, 1);
	return i8042_in(&kbc, 0);
}

START_TEST(self_test_and_port_tests)
{
	setup();
	ck_assert_uint_eq(status(), 0x18);
	command(0xaa);
	ck_assert_uint_eq(read(), 0x55);
	ck_assert_uint_eq(status() & 0x04, 0x04); /* system flag */
	command(0xab);
	ck_assert_uint_eq(read(), 0x00);
	command(0xa9);
	ck_assert_uint_eq(read(), 0x00);
	ck_assert_uint_eq(status() & 1, 0);
}
END_TEST

START_TEST(command_byte_and_ram)
{
	setup();
	command(0x60);
	ck_assert_uint_eq(status() & 8, 8);
	data(0x47);
	ck_assert_uint_eq(status() & 8, 0);
	command(0x20);
	ck_assert_uint_eq(read(), 0x47);
	command(0xad);
	command(0x20);
	ck_assert_uint_eq(read(), 0x57);
	command(0x65);
	data(0x99);
	command(0x25);
	ck_assert_uint_eq(read(), 0x99);
}
END_TEST

START_TEST(a20_through_the_output_port)
{
	setup();
	command(0xd0);
	ck_assert_uint_eq(read() & 3, 3);
	command(0xd1);
	data(0xdd);
	ck_assert(!bench.level[A20]);
	command(0xd1);
	data(0xdf);
	ck_assert(bench.level[A20]);
	ck_assert(!bench.level[RESET]);
	command(0xdd);
	ck_assert(!bench.level[A20]);
	command(0xdf);
	ck_assert(bench.level[A20]);
}
END_TEST

START_TEST(reset_by_pulse_and_by_port)
{
	setup();
	command(0xff); /* pulses nothing */
	ck_assert(!bench.level[RESET]);
	command(0xfe);
	ck_assert(bench.level[RESET]);
	bench.level[RESET] = false;
	command(0xd1);
	data(0xde);
	ck_assert(bench.level[RESET]);
}
END_TEST

START_TEST(keyboard_answers_raise_irq1_byte_by_byte)
{
	setup();
	command(0x60);
	data(0x01); /* interrupt, no translation */
	data(0xf2);
	ck_assert(!bench.level[IRQ1]);
	bench_pass(MS);
	ck_assert(bench.level[IRQ1]);
	ck_assert_uint_eq(i8042_in(&kbc, 0), 0xfa);
	ck_assert(!bench.level[IRQ1]);
	ck_assert_uint_eq(read(), 0xab);
	ck_assert_uint_eq(read(), 0x83);
	ck_assert_uint_eq(bench.rises[IRQ1], 3);
}
END_TEST

START_TEST(translates_set_2_to_set_1)
{
	setup();
	command(0x60);
	data(0x41);
	i8042_key(&kbc, 0x1c); /* A down */
	ck_assert_uint_eq(read(), 0x1e);
	i8042_key(&kbc, 0xf0); /* A up */
	i8042_key(&kbc, 0x1c);
	ck_assert_uint_eq(read(), 0x9e);
	i8042_key(&kbc, 0x83); /* F7 */
	ck_assert_uint_eq(read(), 0x41);
	i8042_key(&kbc, 0xe0);
	ck_assert_uint_eq(read(), 0xe0);
}
END_TEST

START_TEST(disabled_interface_holds_keys)
{
	setup();
	command(0xad);
	i8042_key(&kbc, 0x1c);
	bench_pass(10 * MS);
	ck_assert_uint_eq(status() & 1, 0);
	command(0xae);
	ck_assert_uint_eq(read(), 0x1c);
	command(0xad);
	data(0xf4); /* a byte to the keyboard enables it */
	ck_assert_uint_eq(read(), 0xfa);
}
END_TEST

START_TEST(no_mouse_is_a_timeout)
{
	setup();
	command(0xd4);
	data(0xff);
	ck_assert_uint_eq(status() & 0x61, 0x61);
	ck_assert_uint_eq(read(), 0xfe);
	ck_assert_uint_eq(status() & 0x61, 0);
	command(0xd3); /* loop back as auxiliary data */
	data(0x5a);
	ck_assert_uint_eq(status() & 0x21, 0x21);
	ck_assert_uint_eq(read(), 0x5a);
}
END_TEST

BENCH_MAIN("i8042", self_test_and_port_tests, command_byte_and_ram, a20_through_the_output_port,
	   reset_by_pulse_and_by_port, keyboard_answers_raise_irq1_byte_by_byte,
	   translates_set_2_to_set_1, disabled_interface_holds_keys, no_mouse_is_a_timeout)

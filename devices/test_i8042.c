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
	i8042_key(&kbc, KEY_A, KEY_PRESSED);
	ck_assert_uint_eq(read(), 0x1e);
	i8042_key(&kbc, KEY_A, KEY_RELEASED);
	ck_assert_uint_eq(read(), 0x9e);
	i8042_key(&kbc, KEY_F7, KEY_PRESSED);
	ck_assert_uint_eq(read(), 0x41);
	i8042_key(&kbc, KEY_F7, KEY_RELEASED);
	ck_assert_uint_eq(read(), 0xc1);
	i8042_key(&kbc, KEY_UP, KEY_PRESSED);
	ck_assert_uint_eq(read(), 0xe0);
	ck_assert_uint_eq(read(), 0x48);
}
END_TEST

START_TEST(disabled_interface_holds_keys)
{
	setup();
	command(0xad);
	i8042_key(&kbc, KEY_A, KEY_PRESSED);
	bench_pass(10 * MS);
	ck_assert_uint_eq(status() & 1, 0);
	command(0xae);
	ck_assert_uint_eq(read(), 0x1c);
	i8042_key(&kbc, KEY_A, KEY_RELEASED);
	read();
	read();
	command(0xad);
	data(0xf4); /* a byte to the keyboard enables it */
	ck_assert_uint_eq(read(), 0xfa);
}
END_TEST

START_TEST(mouse_answers_on_the_auxiliary_cable)
{
	setup();
	command(0x60);
	data(0x02); /* auxiliary interrupt, both cables on */
	command(0xd4);
	data(0xff);
	bench_pass(MS);
	ck_assert_uint_eq(status() & 0x61, 0x21);
	ck_assert(bench.level[IRQ12]);
	ck_assert(!bench.level[IRQ1]);
	ck_assert_uint_eq(read(), 0xfa);
	ck_assert(!bench.level[IRQ12]);
	ck_assert_uint_eq(read(), 0xaa);
	ck_assert_uint_eq(read(), 0x00);
	command(0xa7); /* cable off: the answer waits */
	command(0xd4);
	data(0xf2);
	bench_pass(10 * MS);
	ck_assert_uint_eq(status() & 1, 0);
	command(0xa8);
	ck_assert_uint_eq(read(), 0xfa);
	ck_assert_uint_eq(read(), 0x00);
	command(0xd3); /* loop back as auxiliary data */
	data(0x5a);
	ck_assert_uint_eq(status() & 0x21, 0x21);
	ck_assert_uint_eq(read(), 0x5a);
}
END_TEST

START_TEST(mouse_packets_come_at_the_sample_rate)
{
	u8 b[3];

	setup();
	command(0x60);
	data(0x00);
	command(0xd4);
	data(0xf4);
	ck_assert_uint_eq(read(), 0xfa);
	i8042_mouse(&kbc, 3, -2, 0, 1);
	for (unsigned i = 0; i < 3; i++)
		b[i] = read();
	ck_assert_mem_eq(b, ((u8[]){0x29, 0x03, 0xfe}), 3);
	i8042_mouse(&kbc, 1, 0, 0, 0); /* within 10 ms of the last sample */
	i8042_mouse(&kbc, 1, 0, 0, 0);
	bench_pass(2 * MS);
	ck_assert_uint_eq(status() & 1, 0);
	bench_pass(10 * MS);
	for (unsigned i = 0; i < 3; i++)
		b[i] = read();
	ck_assert_mem_eq(b, ((u8[]){0x08, 0x02, 0x00}), 3);
	bench_pass(S);
	ck_assert_uint_eq(status() & 1, 0);
}
END_TEST

START_TEST(keyboard_and_mouse_share_the_output_buffer)
{
	setup();
	command(0x60);
	data(0x03);
	command(0xd4);
	data(0xe6);
	data(0xee); /* echo of the keyboard goes first */
	bench_pass(MS);
	ck_assert_uint_eq(status() & 0x21, 0x01);
	ck_assert_uint_eq(read(), 0xee);
	bench_pass(MS);
	ck_assert_uint_eq(status() & 0x21, 0x21);
	ck_assert_uint_eq(read(), 0xfa);
	ck_assert(i8042_idle(&kbc));
}
END_TEST

START_TEST(held_keys_repeat)
{
	unsigned n = 0;

	setup();
	command(0x60);
	data(0x40);
	i8042_key(&kbc, KEY_X, KEY_PRESSED);
	ck_assert_uint_eq(read(), 0x2d);
	bench_pass(490 * MS);
	ck_assert_uint_eq(status() & 1, 0);
	for (unsigned i = 0; i < 1010; i++) {
		bench_pass(MS);
		if (status() & 1) {
			ck_assert_uint_eq(i8042_in(&kbc, 0), 0x2d);
			n++;
		}
	}
	ck_assert_uint_eq(n, 11); /* after 500 ms, then 10.9 a second */
	i8042_key(&kbc, KEY_X, KEY_RELEASED);
	ck_assert_uint_eq(read(), 0xad);
	bench_pass(2 * S);
	ck_assert_uint_eq(status() & 1, 0);
	i8042_key(&kbc, KEY_X, KEY_TAPPED);
	ck_assert_uint_eq(read(), 0x2d);
	bench_pass(2 * S);
	ck_assert_uint_eq(status() & 1, 0);
}
END_TEST

BENCH_MAIN("i8042", self_test_and_port_tests, command_byte_and_ram, a20_through_the_output_port,
	   reset_by_pulse_and_by_port, keyboard_answers_raise_irq1_byte_by_byte,
	   translates_set_2_to_set_1, disabled_interface_holds_keys,
	   mouse_answers_on_the_auxiliary_cable, mouse_packets_come_at_the_sample_rate,
	   keyboard_and_mouse_share_the_output_buffer, held_keys_repeat)

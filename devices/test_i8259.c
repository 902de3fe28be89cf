/* SPDX-License-Identifier: MIT
 * 8259A pair: initialisation, priorities, EOI forms, edge and level, poll.
 */
#include "devices/i8259.h"
#include "devices/testbench.h"

static struct i8259 pic;

static void write(unsigned reg, u8 v)
{
	i8259_out(&pic, reg, v);
}

static void setup(u8 icw4_master)
{
	memset(&pic, 0, sizeof pic);
	pic.wire.intr = bench_line(0);
	i8259_reset(&pic);
	write(0, 0x11);
	write(1, 0x08);
	write(1, 0x04);
	write(1, icw4_master);
	write(2, 0x11);
	write(3, 0x70);
	write(3, 0x02);
	write(3, 0x01);
}

static void irq(unsigned n, bool level)
{
	i8259_irq(&pic, n, level);
}

static u8 isr(unsigned chip)
{
	write(2 * chip, 0x0b);
	return i8259_in(&pic, 2 * chip);
}

static u8 irr(unsigned chip)
{
	write(2 * chip, 0x0a);
	return i8259_in(&pic, 2 * chip);
}

START_TEST(delivers_nothing_before_initialisation)
{
	memset(&pic, 0, sizeof pic);
	pic.wire.intr = bench_line(0);
	i8259_reset(&pic);
	irq(0, true);
	ck_assert(!bench.level[0]);
	write(0, 0x11);
	write(1, 0x08);
	irq(1, true);
	ck_assert(!bench.level[0]);
}
END_TEST

START_TEST(fully_nested_priorities)
{
	setup(1);
	irq(4, true);
	ck_assert(bench.level[0]);
	ck_assert_uint_eq(i8259_intack(&pic), 0x0c);
	ck_assert(!bench.level[0]);
	ck_assert_uint_eq(isr(0), 0x10);
	irq(6, true); /* lower priority waits */
	ck_assert(!bench.level[0]);
	irq(1, true); /* higher priority nests */
	ck_assert(bench.level[0]);
	ck_assert_uint_eq(i8259_intack(&pic), 0x09);
	write(0, 0x20); /* non-specific EOI ends IR1 */
	ck_assert_uint_eq(isr(0), 0x10);
	write(0, 0x64); /* specific EOI ends IR4 */
	ck_assert_uint_eq(isr(0), 0);
	ck_assert_uint_eq(i8259_intack(&pic), 0x0e);
}
END_TEST

START_TEST(slave_goes_through_the_cascade)
{
	setup(1);
	irq(14, true);
	irq(8, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x70);
	ck_assert_uint_eq(isr(0), 0x04);
	ck_assert_uint_eq(isr(1), 0x01);
	ck_assert(!bench.level[0]);
	write(2, 0x20);
	write(0, 0x20);
	ck_assert(bench.level[0]);
	ck_assert_uint_eq(i8259_intack(&pic), 0x76);
}
END_TEST

START_TEST(special_fully_nested_lets_the_slave_nest)
{
	setup(0x11);
	irq(14, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x76);
	irq(8, true);
	ck_assert(bench.level[0]);
	ck_assert_uint_eq(i8259_intack(&pic), 0x70);

	setup(1); /* without it the cascade is busy */
	irq(14, false);
	irq(8, false);
	irq(14, true);
	i8259_intack(&pic);
	irq(8, true);
	ck_assert(!bench.level[0]);
}
END_TEST

START_TEST(edge_request_goes_with_its_line)
{
	setup(1);
	irq(3, true);
	ck_assert_uint_eq(irr(0), 0x08);
	irq(3, false);
	ck_assert_uint_eq(irr(0), 0);
	ck_assert(!bench.level[0]);
	/* INTA without a request: default IR7, nothing in service */
	ck_assert_uint_eq(i8259_intack(&pic), 0x0f);
	ck_assert_uint_eq(isr(0), 0);
}
END_TEST

START_TEST(one_edge_one_interrupt)
{
	setup(1);
	irq(3, true);
	i8259_intack(&pic);
	write(0, 0x20);
	ck_assert(!bench.level[0]);
	irq(3, true); /* still high: no edge */
	ck_assert(!bench.level[0]);
	irq(3, false);
	irq(3, true);
	ck_assert(bench.level[0]);
}
END_TEST

START_TEST(level_mode_repeats_while_high)
{
	setup(1);
	i8259_elcr_out(&pic, 1, 0xff);
	ck_assert_uint_eq(i8259_elcr_in(&pic, 1), 0xde);
	i8259_elcr_out(&pic, 0, 0xff);
	ck_assert_uint_eq(i8259_elcr_in(&pic, 0), 0xf8);
	irq(11, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x73);
	write(2, 0x20);
	write(0, 0x20);
	ck_assert(bench.level[0]);
	irq(11, false);
	ck_assert(!bench.level[0]);
}
END_TEST

START_TEST(mask_holds_and_releases)
{
	setup(1);
	write(1, 0xff);
	ck_assert_uint_eq(i8259_in(&pic, 1), 0xff);
	irq(0, true);
	ck_assert(!bench.level[0]);
	write(1, 0xfe);
	ck_assert(bench.level[0]);
}
END_TEST

START_TEST(automatic_eoi_and_rotation)
{
	setup(3);
	write(0, 0x80); /* rotate in AEOI mode */
	irq(0, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x08);
	ck_assert_uint_eq(isr(0), 0);
	irq(0, false);
	irq(0, true);
	irq(1, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x09); /* IR0 is lowest now */
}
END_TEST

START_TEST(rotation_and_set_priority)
{
	setup(1);
	write(0, 0xc3); /* IR3 lowest: IR4 is the highest */
	irq(0, true);
	irq(5, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x0d);
	write(0, 0xa0); /* rotate on non-specific EOI: IR5 lowest */
	irq(6, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x0e);
}
END_TEST

START_TEST(special_mask_mode_lets_lower_levels_in)
{
	setup(1);
	irq(2 + 1, true);
	i8259_intack(&pic);
	irq(7, true);
	ck_assert(!bench.level[0]);
	write(1, 0x08);
	write(0, 0x68); /* OCW3 ESMM SMM */
	ck_assert(bench.level[0]);
	ck_assert_uint_eq(i8259_intack(&pic), 0x0f);
	ck_assert_uint_eq(isr(0), 0x88);
}
END_TEST

START_TEST(poll_command_acknowledges)
{
	setup(1);
	irq(5, true);
	write(0, 0x0c);
	ck_assert_uint_eq(i8259_in(&pic, 0), 0x85);
	ck_assert_uint_eq(isr(0), 0x20);
	write(0, 0x0c);
	ck_assert_uint_eq(i8259_in(&pic, 0), 0);
}
END_TEST

START_TEST(icw1_clears_mask_and_edges)
{
	setup(1);
	write(1, 0x55);
	irq(1, true);
	write(0, 0x11);
	ck_assert_uint_eq(pic.chip[0].imr, 0);
	write(1, 0x20);
	write(1, 0x04);
	write(1, 0x01);
	ck_assert(!bench.level[0]); /* a new edge is needed */
	irq(1, false);
	irq(1, true);
	ck_assert_uint_eq(i8259_intack(&pic), 0x21);
}
END_TEST

BENCH_MAIN("i8259", delivers_nothing_before_initialisation, fully_nested_priorities,
	   slave_goes_through_the_cascade, special_fully_nested_lets_the_slave_nest,
	   edge_request_goes_with_its_line, one_edge_one_interrupt, level_mode_repeats_while_high,
	   mask_holds_and_releases, automatic_eoi_and_rotation, rotation_and_set_priority,
	   special_mask_mode_lets_lower_levels_in, poll_command_acknowledges,
	   icw1_clears_mask_and_edges)

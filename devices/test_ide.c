/* SPDX-License-Identifier: MIT
 * ATA channel: registers, resets, absent device, empty cable, interrupts.
 */
#include "devices/ide.h"
#include "devices/testbench.h"

enum { DATA, ERROR, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS };

static struct ide ide;

static void setup(bool disk)
{
	memset(&ide, 0, sizeof ide);
	ide.wire.irq = bench_line(14);
	ide_init(&ide, bench_clock());
	if (disk)
		ide_attach(&ide, 0, &ata_disk, bench_disk(4096));
}

static u8 get(unsigned reg)
{
	return (u8)ide_in(&ide, reg, 1);
}

static void put(unsigned reg, u8 v)
{
	ide_out(&ide, reg, v, 1);
}

START_TEST(signature_after_reset)
{
	setup(true);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(get(ERROR), 1);
	ck_assert_uint_eq(get(COUNT), 1);
	ck_assert_uint_eq(get(LBA0), 1);
	ck_assert_uint_eq(get(LBA1), 0);
	ck_assert_uint_eq(get(LBA2), 0);
	ck_assert_uint_eq(get(DEVICE), 0xa0);
}
END_TEST

START_TEST(software_reset_shows_busy)
{
	setup(true);
	put(DEVICE, 0xf0);
	put(COUNT, 0x55);
	ide_control_out(&ide, 0, 0x04);
	ck_assert_uint_eq(get(STATUS), 0x80); /* device 0 selected */
	ide_control_out(&ide, 0, 0x00);
	ck_assert_uint_eq(get(STATUS), 0x80);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(get(COUNT), 1);
	ck_assert(!bench.level[14]);
}
END_TEST

START_TEST(device_1_is_absent)
{
	setup(true);
	put(DEVICE, 0xb0);
	ck_assert_uint_eq(get(DEVICE), 0xb0);
	ck_assert_uint_eq(get(STATUS), 0);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0);
	put(STATUS, 0xec); /* nobody listens */
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0);
	put(STATUS, 0x90); /* except to the diagnostic */
	bench_pass(MS);
	ck_assert_uint_eq(get(DEVICE), 0xa0);
	ck_assert_uint_eq(get(ERROR), 1);
}
END_TEST

START_TEST(empty_cable_reads_7f)
{
	setup(false);
	for (unsigned i = ERROR; i <= STATUS; i++)
		ck_assert_uint_eq(get(i), 0x7f);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0x7f);
	put(STATUS, 0xec);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x7f);
}
END_TEST

START_TEST(only_the_main_status_clears_the_interrupt)
{
	setup(true);
	put(STATUS, 0xe7);
	ck_assert_uint_eq(get(STATUS), 0x80);
	bench_pass(MS);
	ck_assert(bench.level[14]);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0x50);
	ck_assert(bench.level[14]);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert(!bench.level[14]);
}
END_TEST

START_TEST(nien_gates_the_pin)
{
	setup(true);
	ide_control_out(&ide, 0, 0x02);
	put(STATUS, 0xe7);
	bench_pass(MS);
	ck_assert(!bench.level[14]);
	ide_control_out(&ide, 0, 0x00);
	ck_assert(bench.level[14]);
}
END_TEST

START_TEST(previous_contents_show_with_hob)
{
	setup(true);
	put(LBA0, 0x11);
	put(LBA0, 0x22);
	ck_assert_uint_eq(get(LBA0), 0x22);
	ide_control_out(&ide, 0, 0x80);
	ck_assert_uint_eq(get(LBA0), 0x11);
	put(COUNT, 3); /* a command block write ends it */
	ck_assert_uint_eq(get(LBA0), 0x22);
}
END_TEST

START_TEST(registers_are_locked_while_busy)
{
	setup(true);
	put(COUNT, 7);
	put(STATUS, 0xe7);
	put(COUNT, 9);
	bench_pass(MS);
	ck_assert_uint_eq(get(COUNT), 7);
}
END_TEST

START_TEST(default_geometry)
{
	struct ata_geometry g = ata_geometry_of(2048);

	ck_assert_uint_eq(g.cylinders, 2);
	ck_assert_uint_eq(g.heads, 16);
	ck_assert_uint_eq(g.sectors, 63);
	ck_assert_uint_eq(ata_geometry_of(1).cylinders, 1);
	ck_assert_uint_eq(ata_geometry_of(1ull << 40).cylinders, 16383);
}
END_TEST

BENCH_MAIN("ide", signature_after_reset, software_reset_shows_busy, device_1_is_absent,
	   empty_cable_reads_7f, only_the_main_status_clears_the_interrupt, nien_gates_the_pin,
	   previous_contents_show_with_hob, registers_are_locked_while_busy, default_geometry)

/* SPDX-License-Identifier: MIT
 * CMOS bytes the firmware reads.
 */
#include "devices/cmos_pc.h"
#include "devices/testbench.h"

static u8 ram[128];

static unsigned word(unsigned at)
{
	return ram[at] | ram[at + 1] << 8;
}

static struct cmos_setup base(u64 ram_size)
{
	return (struct cmos_setup){.ram_size = ram_size, .boot_order = ""};
}

START_TEST(memory_sizes)
{
	struct cmos_setup s = base(8u << 20);

	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(word(0x15), 640);
	ck_assert_uint_eq(word(0x17), 7 * 1024);
	ck_assert_uint_eq(word(0x30), 7 * 1024);
	ck_assert_uint_eq(word(0x34), 0);

	s = base(256u << 20);
	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(word(0x17), 0xffff); /* saturates */
	ck_assert_uint_eq(word(0x34), 240 * 16);
}
END_TEST

START_TEST(boot_sequence_nibbles)
{
	struct cmos_setup s = base(64u << 20);

	s.boot_order = "dca";
	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(ram[0x3d], 0x23);
	ck_assert_uint_eq(ram[0x38], 0x10);
	ck_assert_uint_eq(ram[0x3f], 1);
	s.boot_order = "a";
	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(ram[0x3d], 0x01);
	ck_assert_uint_eq(ram[0x38], 0);
}
END_TEST

START_TEST(drives)
{
	struct cmos_setup s = base(64u << 20);

	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(ram[0x10], 0);
	ck_assert_uint_eq(ram[0x12], 0);
	ck_assert_uint_eq(ram[0x14] & 1, 0);
	s.floppy_type = 4;
	s.disk[0] = (struct cmos_disk){520 * 16 * 63, 520, 16, 63};
	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(ram[0x10], 0x40);
	ck_assert_uint_eq(ram[0x12], 0xf0);
	ck_assert_uint_eq(ram[0x14] & 1, 1);
	ck_assert_uint_eq(ram[0x19], 47);
	ck_assert_uint_eq(word(0x1b), 520);
	ck_assert_uint_eq(ram[0x1d], 16);
	ck_assert_uint_eq(ram[0x23], 63);
	ck_assert_uint_eq(ram[0x39], 0);
	s.disk[0].cylinders = 16383;
	s.disk[0].sectors_total = 40000000;
	s.disk[1] = (struct cmos_disk){100 * 16 * 63, 100, 16, 63};
	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(ram[0x39], 1); /* LBA translation */
	ck_assert_uint_eq(ram[0x12], 0xff);
	ck_assert_uint_eq(ram[0x1a], 47);
	ck_assert_uint_eq(word(0x24), 100);
	ck_assert_uint_eq(ram[0x2c], 63);
	s.disk[1].sectors_total = 40000000;
	cmos_pc_fill(ram, &s);
	ck_assert_uint_eq(ram[0x39], 5);
}
END_TEST

START_TEST(checksum_and_clock_untouched)
{
	struct cmos_setup s = base(64u << 20);
	unsigned sum = 0;

	memset(ram, 0x77, sizeof ram);
	cmos_pc_fill(ram, &s);
	for (unsigned i = 0x10; i <= 0x2d; i++)
		sum += ram[i];
	ck_assert_uint_eq(ram[0x2e] << 8 | ram[0x2f], sum & 0xffff);
	for (unsigned i = 0; i < 0x0e; i++)
		ck_assert_uint_eq(ram[i], 0x77);
	ck_assert_uint_eq(ram[0x32], 0x77); /* century */
}
END_TEST

BENCH_MAIN("cmos_pc", memory_sizes, boot_sequence_nibbles, drives, checksum_and_clock_untouched)

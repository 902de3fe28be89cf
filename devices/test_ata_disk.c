/* SPDX-License-Identifier: MIT
 * ATA commands other than transfers.
 */
#include "devices/atabench.h"

START_TEST(initialize_parameters_changes_the_translation)
{
	setup();
	ck_assert_uint_eq(ide_command(0xa3, 0, 17, 0x91), 0x50); /* 4 heads, 17 sectors */
	ide_command(0xa1, 0x000101, 1, 0x20);
	ck_assert_uint_eq(take_sector(), (1 * 4 + 1) * 17);
	ide_command(0xa0, 0x000111, 2, 0x20); /* last of its track, then the next head */
	take_sector();
	bench_pass(MS);
	take_sector();
	ck_assert_uint_eq(get(LBA0), 1);
	ck_assert_uint_eq(get(DEVICE) & 15, 1);
	ck_assert_uint_eq(ide_command(0xa3, 0, 0, 0x91), 0x51);
}
END_TEST

START_TEST(unknown_commands_abort)
{
	static const u8 codes[] = {0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xff};

	setup();
	for (unsigned i = 0; i < sizeof codes; i++) {
		ck_assert_uint_eq(ide_command(0xe0, 0, 1, codes[i]), 0x51);
		ck_assert_uint_eq(get(ERROR), 0x04);
		get(STATUS);
	}
}
END_TEST

START_TEST(a_new_command_drops_the_old_block)
{
	setup();
	ide_command(0xe0, 7, 2, 0x20);
	ide_in(&ide, DATA, 2);
	/* the command register is open while DRQ is set */
	put(STATUS, 0xe7);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(ide_in(&ide, DATA, 2), 0xffffffff);
}
END_TEST

START_TEST(commands_without_data)
{
	static const u8 codes[] = {0x10, 0x1f, 0x70, 0x94, 0x95, 0x96, 0x97, 0x99,
				   0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0xe7, 0xea};

	setup();
	for (unsigned i = 0; i < sizeof codes; i++) {
		bench.rises[14] = 0;
		ck_assert_uint_eq(ide_command(0xe0, 0, 1, codes[i]), 0x50);
		ck_assert_uint_eq(bench.rises[14], 1);
		get(STATUS);
	}
	ck_assert_uint_eq(ide_command(0xe0, 0, 1, 0xe5), 0x50); /* CHECK POWER MODE */
	ck_assert_uint_eq(get(COUNT), 0xff);
}
END_TEST

START_TEST(native_size)
{
	setup();
	ide_command(0xe0, 0, 0, 0xf8);
	ck_assert_uint_eq(get(LBA0) | get(LBA1) << 8, SECTORS - 1);
	disk->sectors = 1ull << 33;
	ide_command(0xe0, 0, 0, 0xf8);
	ck_assert_uint_eq(get(LBA0), 0xfe); /* as much as 28 bits can say */
	ck_assert_uint_eq(get(DEVICE) & 15, 15);
	ide_command(0xe0, 0, 0, 0x27);
	ide_control_out(&ide, 0, 0x80);
	ck_assert_uint_eq(get(LBA1), 1); /* bits 32-39 of 1FFFFFFFFh */
}
END_TEST

BENCH_MAIN("ata_disk", commands_without_data, native_size,
	   initialize_parameters_changes_the_translation, unknown_commands_abort,
	   a_new_command_drops_the_old_block)

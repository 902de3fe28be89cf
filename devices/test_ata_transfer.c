/* SPDX-License-Identifier: MIT
 * Sectors by PIO: addressing, block protocol, errors.
 */
#include "devices/atabench.h"

START_TEST(reads_lba_sector_by_sector)
{
	setup();
	ck_assert_uint_eq(ide_command(0xe0, 1000, 3, 0x20), 0x58);
	ck_assert(bench.level[14]);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(get(STATUS), 0x58);
		ck_assert_uint_eq(take_sector(), 1000 + i);
		bench_pass(MS);
	}
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(bench.rises[14], 3); /* one per block */
	ck_assert_uint_eq(get(LBA0) | get(LBA1) << 8, 1002);
	ck_assert_uint_eq(get(COUNT), 0);
}
END_TEST

START_TEST(reads_chs)
{
	setup();
	/* cylinder 1, head 2, sector 3 of 16 x 63 */
	ck_assert_uint_eq(ide_command(0xa2, 0x000103, 1, 0x20), 0x58);
	ck_assert_uint_eq(take_sector(), (1 * 16 + 2) * 63 + 2);
	ck_assert_uint_eq(ide_command(0xa0, 0x000100, 1, 0x20), 0x51); /* sector 0 */
	ck_assert_uint_eq(get(ERROR), 0x10);
	ck_assert_uint_eq(ide_command(0xa0, 0x000140, 1, 0x20), 0x51); /* sector 64 */
}
END_TEST

START_TEST(writes_with_an_interrupt_after_each_block)
{
	setup();
	ck_assert_uint_eq(ide_command(0xe0, 10, 2, 0x30), 0x58);
	ck_assert(!bench.level[14]); /* none before the first */
	give_sector(0xaaaa);
	ck_assert(bench.level[14]);
	ck_assert_uint_eq(get(STATUS), 0x58);
	give_sector(0xbbbb);
	ck_assert(bench.level[14]);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(stored(10), 0xaaaa);
	ck_assert_uint_eq(stored(11), 0xbbbb);
	ck_assert_uint_eq(stored(12), 12);
}
END_TEST

START_TEST(count_zero_is_256)
{
	unsigned n = 0;

	setup();
	ide_command(0xe0, 0, 0, 0x20);
	while (get(STATUS) & 8) {
		ck_assert_uint_eq(take_sector(), n++);
		bench_pass(MS);
	}
	ck_assert_uint_eq(n, 256);
}
END_TEST

START_TEST(multiple_moves_blocks)
{
	setup();
	ck_assert_uint_eq(ide_command(0xe0, 0, 0, 0xc6), 0x50);
	ck_assert_uint_eq(ide_command(0xe0, 0, 4, 0xc4), 0x51); /* switched off */
	ck_assert_uint_eq(get(ERROR), 0x04);
	ck_assert_uint_eq(ide_command(0xe0, 0, 3, 0xc6), 0x51); /* not a power of two */
	ck_assert_uint_eq(ide_command(0xe0, 0, 4, 0xc6), 0x50);
	get(STATUS);
	bench.rises[14] = 0;
	ide_command(0xe0, 100, 6, 0xc4);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_uint_eq(get(STATUS) & 8, 8);
		ck_assert_uint_eq(take_sector(), 100 + i);
		bench_pass(MS);
	}
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(bench.rises[14], 2); /* 4 + 2 sectors */
	ck_assert_uint_eq(ide_command(0xe0, 200, 4, 0xc5), 0x58);
	for (u16 i = 0; i < 4; i++)
		give_sector(0x1000 + i);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(stored(203), 0x1003);
}
END_TEST

START_TEST(extended_commands_take_48_bits)
{
	setup();
	put(COUNT, 0); /* high bytes first */
	put(LBA0, 0);
	put(LBA1, 0);
	put(LBA2, 0);
	ck_assert_uint_eq(ide_command(0xe0, 0x000abc, 1, 0x24), 0x58);
	ck_assert_uint_eq(take_sector(), 0xabc);
	put(COUNT, 0);
	put(LBA0, 1); /* LBA bit 24 */
	put(LBA1, 0);
	put(LBA2, 0);
	ck_assert_uint_eq(ide_command(0xe0, 0, 1, 0x24), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x10);
}
END_TEST

START_TEST(ends_of_the_disk)
{
	setup();
	ide_command(0xe0, SECTORS - 1, 2, 0x20);
	take_sector();
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x10);
	ck_assert_uint_eq(ide_command(0xe0, SECTORS, 1, 0x20), 0x51);
	ck_assert_uint_eq(ide_command(0xe0, SECTORS - 4, 4, 0x40), 0x50);
	ck_assert_uint_eq(ide_command(0xe0, SECTORS - 4, 5, 0x40), 0x51);
}
END_TEST

START_TEST(host_errors_reach_the_guest)
{
	setup();
	disk->read = bench_disk_broken;
	ck_assert_uint_eq(ide_command(0xe0, 5, 1, 0x20), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x40);
	ck_assert_uint_eq(get(LBA0), 5);
	disk->read_only = true;
	ck_assert_uint_eq(ide_command(0xe0, 5, 1, 0x30), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x04);
}
END_TEST

BENCH_MAIN("ata_transfer", reads_lba_sector_by_sector, reads_chs,
	   writes_with_an_interrupt_after_each_block, count_zero_is_256, multiple_moves_blocks,
	   extended_commands_take_48_bits, ends_of_the_disk, host_errors_reach_the_guest)

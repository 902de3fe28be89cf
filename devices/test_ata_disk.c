/* SPDX-License-Identifier: MIT
 * ATA commands: addressing, block protocol, errors, IDENTIFY.
 */
#include "devices/ide.h"
#include "devices/testbench.h"

enum { DATA, ERROR, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS };
enum { SECTORS = 4096 };

static struct ide ide;
static struct pc_block *disk;

static void setup(void)
{
	memset(&ide, 0, sizeof ide);
	ide.wire.irq = bench_line(14);
	disk = bench_disk(SECTORS);
	ide_init(&ide, bench_clock());
	ide_attach(&ide, 0, &ata_disk, disk);
}

static u8 get(unsigned reg)
{
	return (u8)ide_in(&ide, reg, 1);
}

static void put(unsigned reg, u8 v)
{
	ide_out(&ide, reg, v, 1);
}

/* Issue a command and wait until it is no longer busy. */
static u8 command(u8 device, u32 address, u8 count, u8 code)
{
	put(DEVICE, device);
	put(COUNT, count);
	put(LBA0, (u8)address);
	put(LBA1, (u8)(address >> 8));
	put(LBA2, (u8)(address >> 16));
	put(STATUS, code);
	ck_assert_uint_eq(ide_control_in(&ide, 0) & 0x80, 0x80);
	bench_pass(MS);
	return ide_control_in(&ide, 0);
}

/* The number a sector of the test disk starts with. */
static unsigned take_sector(void)
{
	unsigned v = ide_in(&ide, DATA, 2);

	for (unsigned i = 1; i < 256; i++)
		ide_in(&ide, DATA, 2);
	return v;
}

static void give_sector(u16 v)
{
	for (unsigned i = 0; i < 128; i++)
		ide_out(&ide, DATA, i ? 0 : v, 4);
}

static u16 stored(u64 lba)
{
	const u8 *p = (u8 *)disk->arg + lba * 512;

	return (u16)(p[0] | p[1] << 8);
}

START_TEST(reads_lba_sector_by_sector)
{
	setup();
	ck_assert_uint_eq(command(0xe0, 1000, 3, 0x20), 0x58);
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
	ck_assert_uint_eq(command(0xa2, 0x000103, 1, 0x20), 0x58);
	ck_assert_uint_eq(take_sector(), (1 * 16 + 2) * 63 + 2);
	ck_assert_uint_eq(command(0xa0, 0x000100, 1, 0x20), 0x51); /* sector 0 */
	ck_assert_uint_eq(get(ERROR), 0x10);
	ck_assert_uint_eq(command(0xa0, 0x000140, 1, 0x20), 0x51); /* sector 64 */
}
END_TEST

START_TEST(initialize_parameters_changes_the_translation)
{
	setup();
	ck_assert_uint_eq(command(0xa3, 0, 17, 0x91), 0x50); /* 4 heads, 17 sectors */
	command(0xa1, 0x000101, 1, 0x20);
	ck_assert_uint_eq(take_sector(), (1 * 4 + 1) * 17);
	command(0xa0, 0x000111, 2, 0x20); /* last of its track, then the next head */
	take_sector();
	bench_pass(MS);
	take_sector();
	ck_assert_uint_eq(get(LBA0), 1);
	ck_assert_uint_eq(get(DEVICE) & 15, 1);
	ck_assert_uint_eq(command(0xa3, 0, 0, 0x91), 0x51);
}
END_TEST

START_TEST(writes_with_an_interrupt_after_each_block)
{
	setup();
	ck_assert_uint_eq(command(0xe0, 10, 2, 0x30), 0x58);
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
	command(0xe0, 0, 0, 0x20);
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
	ck_assert_uint_eq(command(0xe0, 0, 4, 0xc4), 0x51); /* not set up */
	ck_assert_uint_eq(get(ERROR), 0x04);
	ck_assert_uint_eq(command(0xe0, 0, 3, 0xc6), 0x51); /* not a power of two */
	ck_assert_uint_eq(command(0xe0, 0, 4, 0xc6), 0x50);
	get(STATUS);
	bench.rises[14] = 0;
	command(0xe0, 100, 6, 0xc4);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_uint_eq(get(STATUS) & 8, 8);
		ck_assert_uint_eq(take_sector(), 100 + i);
		bench_pass(MS);
	}
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(bench.rises[14], 2); /* 4 + 2 sectors */
	ck_assert_uint_eq(command(0xe0, 200, 4, 0xc5), 0x58);
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
	ck_assert_uint_eq(command(0xe0, 0x000abc, 1, 0x24), 0x58);
	ck_assert_uint_eq(take_sector(), 0xabc);
	put(COUNT, 0);
	put(LBA0, 1); /* LBA bit 24 */
	put(LBA1, 0);
	put(LBA2, 0);
	ck_assert_uint_eq(command(0xe0, 0, 1, 0x24), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x10);
}
END_TEST

START_TEST(ends_of_the_disk)
{
	setup();
	command(0xe0, SECTORS - 1, 2, 0x20);
	take_sector();
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x10);
	ck_assert_uint_eq(command(0xe0, SECTORS, 1, 0x20), 0x51);
	ck_assert_uint_eq(command(0xe0, SECTORS - 4, 4, 0x40), 0x50);
	ck_assert_uint_eq(command(0xe0, SECTORS - 4, 5, 0x40), 0x51);
	command(0xe0, 0, 0, 0xf8);
	ck_assert_uint_eq(get(LBA0) | get(LBA1) << 8, SECTORS - 1);
}
END_TEST

START_TEST(host_errors_reach_the_guest)
{
	setup();
	disk->read = bench_disk_broken;
	ck_assert_uint_eq(command(0xe0, 5, 1, 0x20), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x40);
	ck_assert_uint_eq(get(LBA0), 5);
	disk->read_only = true;
	ck_assert_uint_eq(command(0xe0, 5, 1, 0x30), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x04);
}
END_TEST

START_TEST(identify_describes_the_disk)
{
	u16 w[256];

	setup();
	ck_assert_uint_eq(command(0xa0, 0, 0, 0xec), 0x58);
	for (unsigned i = 0; i < 256; i++)
		w[i] = (u16)ide_in(&ide, DATA, 2);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(w[0] & 0x8000, 0);
	ck_assert_uint_eq(w[1], 4);
	ck_assert_uint_eq(w[3], 16);
	ck_assert_uint_eq(w[5], 512);
	ck_assert_uint_eq(w[6], 63);
	ck_assert_uint_eq(w[27], 'V' << 8 | 'M');
	ck_assert_uint_eq(w[49] & 0x0300, 0x0300); /* LBA, DMA */
	ck_assert_uint_eq(w[60], SECTORS);
	ck_assert_uint_eq(w[63], 0x0007);
	ck_assert_uint_eq(w[88], 0x003f);
	ck_assert_uint_eq(w[83] & 0xc000, 0x4000);
	ck_assert_uint_eq(w[100], SECTORS);
}
END_TEST

START_TEST(unknown_commands_abort)
{
	static const u8 codes[] = {0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xff};

	setup();
	for (unsigned i = 0; i < sizeof codes; i++) {
		ck_assert_uint_eq(command(0xe0, 0, 1, codes[i]), 0x51);
		ck_assert_uint_eq(get(ERROR), 0x04);
		get(STATUS);
	}
	put(ERROR, 0x03); /* SET FEATURES: PIO 4, then multiword DMA 2 */
	ck_assert_uint_eq(command(0xa0, 0, 0x0c, 0xef), 0x50);
	put(ERROR, 0x03);
	ck_assert_uint_eq(command(0xa0, 0, 0x22, 0xef), 0x50);
	put(ERROR, 0x03);
	ck_assert_uint_eq(command(0xa0, 0, 0x12, 0xef), 0x51); /* single word DMA */
}
END_TEST

START_TEST(a_new_command_drops_the_old_block)
{
	setup();
	command(0xe0, 7, 2, 0x20);
	ide_in(&ide, DATA, 2);
	/* the command register is open while DRQ is set */
	put(STATUS, 0xe7);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(ide_in(&ide, DATA, 2), 0xffffffff);
}
END_TEST

BENCH_MAIN("ata_disk", reads_lba_sector_by_sector, reads_chs,
	   initialize_parameters_changes_the_translation, writes_with_an_interrupt_after_each_block,
	   count_zero_is_256, multiple_moves_blocks, extended_commands_take_48_bits,
	   ends_of_the_disk, host_errors_reach_the_guest, identify_describes_the_disk,
	   unknown_commands_abort, a_new_command_drops_the_old_block)

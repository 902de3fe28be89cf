/* SPDX-License-Identifier: MIT
 * Bus master: registers, descriptor tables, and disk transfers by DMA with every
 * combination of table and transfer size.
 */
#include "devices/idebench.h"

enum { READ_DMA = 0xc8, WRITE_DMA = 0xca, READ_DMA_EXT = 0x25, WRITE_DMA_EXT = 0x35 };
enum { SECTORS = 4096, ACTIVE = 1, FAULT = 2, IRQ = 4 };

static struct pc_block *disk;

static void setup(void)
{
	ide_bench();
	disk = bench_disk(SECTORS);
	ide_attach(&ide, 0, &ata_disk, disk);
}

START_TEST(registers)
{
	setup();
	busmaster_out(master, BM_TABLE, 0x12345677, 4);
	ck_assert_uint_eq(busmaster_in(master, BM_TABLE, 4), 0x12345674);
	ck_assert_uint_eq(busmaster_in(master, BM_TABLE + 1, 1), 0x56);
	ck_assert_uint_eq(busmaster_in(master, BM_TABLE + 2, 2), 0x1234);
	busmaster_out(master, 8 + BM_TABLE, 0xabcdef00, 4); /* secondary */
	ck_assert_uint_eq(master[1].table, 0xabcdef00);
	ck_assert_uint_eq(master[0].table, 0x12345674);
	ck_assert_uint_eq(busmaster_in(master, 1, 1), 0);
	busmaster_out(master, BM_STATUS, 0x60, 1); /* drives are DMA capable */
	ck_assert_uint_eq(bm_status(), 0x60);
	master[0].status |= FAULT | IRQ;
	busmaster_out(master, BM_STATUS, 0x64, 1); /* a one clears */
	ck_assert_uint_eq(bm_status(), 0x60 | FAULT);
	busmaster_out(master, BM_COMMAND, 0xff, 1);
	ck_assert_uint_eq(busmaster_in(master, BM_COMMAND, 1), 0x09);
	ck_assert_uint_eq(bm_status(), 0x60 | FAULT | ACTIVE);
	busmaster_out(master, BM_COMMAND, 0x08, 1);
	ck_assert_uint_eq(bm_status(), 0x60 | FAULT);
	busmaster_reset(&master[0]);
	ck_assert_uint_eq(bm_status(), 0);
	ck_assert_uint_eq(busmaster_in(master, BM_TABLE, 4), 0);
}
END_TEST

START_TEST(scatters_over_the_table)
{
	setup();
	ide_prd(0, 0x20000, 512 + 2, false);
	ide_prd(1, 0x30001, 510, false); /* bit 0 of an address is not there */
	ide_prd(2, 0x40000, 512, true);
	bm_start(true);
	ck_assert_uint_eq(ide_command(0xe0, 700, 3, READ_DMA), 0x50);
	ck_assert_uint_eq(word_at(memory + 0x20000), 700);
	ck_assert_uint_eq(word_at(memory + 0x20000 + 512), 701);
	ck_assert_uint_eq(word_at(memory + 0x40000), 702);
	ck_assert_uint_eq(bm_status(), IRQ); /* tables and transfer end together */
	ck_assert(bench.level[14]);
	ck_assert_uint_eq(get(LBA0) | get(LBA1) << 8, 702);
	ck_assert_uint_eq(get(COUNT), 0);
}
END_TEST

START_TEST(either_side_may_start_first)
{
	setup();
	ide_prd(0, 0x20000, 512, true);
	ck_assert_uint_eq(ide_command(0xe0, 5, 1, READ_DMA), 0x58); /* asks */
	ck_assert(!bench.level[14]);
	ck_assert_uint_eq(ide_in(&ide, DATA, 2), 0xffffffff); /* not this way */
	bm_start(true);
	ck_assert_uint_eq(bm_status(), ACTIVE);
	bench_pass(MS);
	ck_assert_uint_eq(bm_status(), IRQ);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(word_at(memory + 0x20000), 5);
	ck_assert_uint_eq(bm_status(), IRQ); /* only a write of one clears it */
}
END_TEST

START_TEST(writes_from_memory)
{
	setup();
	memory[0x20000] = 0x11;
	memory[0x20200] = 0x22;
	ide_prd(0, 0x20000, 1024, true);
	bm_start(false);
	ck_assert_uint_eq(ide_command(0xe0, 9, 2, WRITE_DMA), 0x50);
	ck_assert_uint_eq(((u8 *)disk->arg)[9 * 512], 0x11);
	ck_assert_uint_eq(((u8 *)disk->arg)[10 * 512], 0x22);
	disk->read_only = true;
	ck_assert_uint_eq(ide_command(0xe0, 9, 2, WRITE_DMA), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x04);
}
END_TEST

START_TEST(count_zero_is_64k)
{
	setup();
	ide_prd(0, 0x20000, 0, false);
	ide_prd(1, 0x40000, 0, true);
	bm_start(true);
	put(COUNT, 1); /* 256 sectors, high byte first */
	put(LBA0, 0);
	put(LBA1, 0);
	put(LBA2, 0);
	ck_assert_uint_eq(ide_command(0xe0, 1000, 0, READ_DMA_EXT), 0x50);
	ck_assert_uint_eq(word_at(memory + 0x20000 + 127 * 512), 1127);
	ck_assert_uint_eq(word_at(memory + 0x40000), 1128);
	ck_assert_uint_eq(word_at(memory + 0x40000 + 127 * 512), 1255);
	ck_assert_uint_eq(bm_status(), IRQ);
}
END_TEST

START_TEST(table_too_long_stays_active)
{
	setup();
	ide_prd(0, 0x20000, 1024, true);
	bm_start(true);
	ck_assert_uint_eq(ide_command(0xe0, 5, 1, READ_DMA), 0x50);
	ck_assert_uint_eq(bm_status(), ACTIVE | IRQ);
	busmaster_out(master, BM_COMMAND, 0, 1);
	ck_assert_uint_eq(bm_status(), IRQ);
}
END_TEST

START_TEST(table_too_short_leaves_the_disk_asking)
{
	setup();
	ide_prd(0, 0x20000, 512, true);
	bm_start(true);
	ck_assert_uint_eq(ide_command(0xe0, 5, 2, READ_DMA), 0x58);
	ck_assert_uint_eq(bm_status(), 0); /* neither active nor interrupt */
	ck_assert(!bench.level[14]);
	busmaster_out(master, BM_COMMAND, 0, 1);
	bm_start(true); /* a new table takes the rest */
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(word_at(memory + 0x20000), 6);
}
END_TEST

START_TEST(no_bus_without_permission)
{
	setup();
	function.config[PCI_COMMAND] = PCI_COMMAND_IO;
	ide_prd(0, 0x20000, 512, true);
	bm_start(true);
	ck_assert_uint_eq(ide_command(0xe0, 5, 1, READ_DMA), 0x58);
	ck_assert_uint_eq(bm_status(), ACTIVE);
	ck_assert_uint_eq(word_at(memory + 0x20000), 0);
}
END_TEST

START_TEST(stopped_before_the_data)
{
	setup();
	ide_prd(0, 0x20000, 512, true);
	ide_command(0xe0, 5, 1, READ_DMA);
	bm_start(true);
	busmaster_out(master, BM_COMMAND, 0, 1);
	bench_pass(MS);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0x58);
	ck_assert_uint_eq(word_at(memory + 0x20000), 0);
	ide_control_out(&ide, 0, 0x04); /* software reset ends it */
	ide_control_out(&ide, 0, 0x00);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0x50);
}
END_TEST

START_TEST(nien_keeps_the_interrupt_bit_clear)
{
	setup();
	ide_control_out(&ide, 0, 0x02);
	ide_prd(0, 0x20000, 512, true);
	bm_start(true);
	ck_assert_uint_eq(ide_command(0xe0, 5, 1, READ_DMA), 0x50);
	ck_assert_uint_eq(bm_status(), 0);
	ide_control_out(&ide, 0, 0x00);
	ck_assert_uint_eq(bm_status(), IRQ);
}
END_TEST

START_TEST(pio_commands_set_the_interrupt_bit_too)
{
	setup();
	ide_command(0xe0, 0, 0, 0xe7);
	ck_assert_uint_eq(bm_status(), IRQ);
}
END_TEST

START_TEST(disk_errors_end_the_command)
{
	setup();
	ide_prd(0, 0x20000, 2048, true);
	bm_start(true);
	ck_assert_uint_eq(ide_command(0xe0, SECTORS - 1, 2, READ_DMA), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x10);
	ck_assert_uint_eq(get(LBA0) | get(LBA1) << 8, SECTORS);
	ck_assert_uint_eq(word_at(memory + 0x20000), SECTORS - 1);
	ck_assert_uint_eq(bm_status(), ACTIVE | IRQ);
	disk->read = bench_disk_broken;
	ck_assert_uint_eq(ide_command(0xe0, 3, 2, READ_DMA), 0x51);
	ck_assert_uint_eq(get(ERROR), 0x40);
	ck_assert_uint_eq(get(LBA0), 3);
}
END_TEST

START_TEST(the_table_wraps_at_64k)
{
	setup();
	ide_prd(0, 0x30000, 512, true);
	memcpy(memory + 0x20000, memory + IDE_TABLE, 8);
	ide_prd(0, 0x28000, 512, false);
	memcpy(memory + 0x2fff8, memory + IDE_TABLE, 8);
	busmaster_out(master, BM_TABLE, 0x2fff8, 4);
	busmaster_out(master, BM_COMMAND, 9, 1);
	ck_assert_uint_eq(ide_command(0xe0, 40, 2, READ_DMA), 0x50);
	ck_assert_uint_eq(word_at(memory + 0x28000), 40);
	ck_assert_uint_eq(word_at(memory + 0x30000), 41);
}
END_TEST

START_TEST(large_transfers_pass_the_buffer)
{
	setup();
	for (unsigned i = 0; i < 8; i++)
		ide_prd(i, 0x20000 + i * 0x10000, 0, i == 7);
	bm_start(true);
	put(COUNT, 4);
	put(LBA0, 0);
	put(LBA1, 0);
	put(LBA2, 0);
	ck_assert_uint_eq(ide_command(0xe0, 77, 0, READ_DMA_EXT), 0x50);
	for (unsigned i = 0; i < 1024; i++)
		ck_assert_uint_eq(word_at(memory + 0x20000 + i * 512), 77 + i);
	put(COUNT, 4);
	put(LBA0, 0);
	put(LBA1, 0);
	put(LBA2, 0);
	busmaster_out(master, BM_COMMAND, 0, 1);
	bm_start(false);
	ck_assert_uint_eq(ide_command(0xe0, 2077, 0, WRITE_DMA_EXT), 0x50);
	ck_assert_uint_eq(word_at((u8 *)disk->arg + 3100 * 512), 77 + 1023);
	ck_assert_uint_eq(word_at((u8 *)disk->arg + 3101 * 512), 3101);
}
END_TEST

BENCH_MAIN("ide_busmaster", registers, scatters_over_the_table, either_side_may_start_first,
	   writes_from_memory, count_zero_is_64k, table_too_long_stays_active,
	   table_too_short_leaves_the_disk_asking, no_bus_without_permission,
	   stopped_before_the_data, nien_keeps_the_interrupt_bit_clear,
	   pio_commands_set_the_interrupt_bit_too, disk_errors_end_the_command,
	   the_table_wraps_at_64k, large_transfers_pass_the_buffer)

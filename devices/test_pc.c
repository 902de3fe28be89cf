/* SPDX-License-Identifier: MIT
 * The board's wiring: interrupts from device to vector, A20, resets, memory
 * windows, back ends.
 */
#include "devices/pcbench.h"

static void program_pic(void)
{
	static const u8 master[] = {0x08, 0x04, 0x01}, slave[] = {0x70, 0x02, 0x01};

	pc_out(pc, 0x20, 0x11, 1);
	pc_out(pc, 0xa0, 0x11, 1);
	for (unsigned i = 0; i < 3; i++) {
		pc_out(pc, 0x21, master[i], 1);
		pc_out(pc, 0xa1, slave[i], 1);
	}
}

static struct pc_config config(void)
{
	return (struct pc_config){.ram_size = 16u << 20, .boot_order = "ac", .rtc_epoch = 0};
}

START_TEST(timer_tick_becomes_vector_8)
{
	struct pc_config c = config();

	pc_setup(&c);
	program_pic();
	pc_out(pc, 0x43, 0x34, 1);
	pc_out(pc, 0x40, 0, 1);
	pc_out(pc, 0x40, 0, 1);
	pc_intack(pc); /* OUT went high with the mode: edge 1 */
	pc_out(pc, 0x20, 0x20, 1);
	ck_assert(!seen.intr);
	pc_pass(54 * MS);
	ck_assert(!seen.intr);
	pc_pass(MS);
	ck_assert(seen.intr);
	ck_assert_uint_eq(pc_intack(pc), 0x08);
	ck_assert(!seen.intr);
}
END_TEST

START_TEST(rtc_and_disk_come_through_the_slave)
{
	struct pc_config c = config();

	c.hda = bench_disk(2048);
	pc_setup(&c);
	program_pic();
	pc_intack(pc);
	pc_out(pc, 0x20, 0x20, 1);
	pc_out(pc, 0x0b70, 0, 1);
	pc_out(pc, 0x70, 0x120b, 2); /* update interrupt */
	pc_out(pc, 0x1f7, 0xec, 1);
	pc_pass(MS);
	ck_assert_uint_eq(pc_intack(pc), 0x76);
	pc_out(pc, 0xa0, 0x20, 1);
	pc_out(pc, 0x20, 0x20, 1);
	pc_in(pc, 0x1f7, 1);
	pc_pass(S);
	ck_assert_uint_eq(pc_intack(pc), 0x70);
}
END_TEST

START_TEST(drives_are_where_they_belong)
{
	struct pc_config c = config();
	struct pc_block hda = *bench_disk(2048), cd = *bench_disk(64);

	c.hda = &hda;
	c.cdrom = &cd;
	c.hdb = bench_disk(100);
	pc_setup(&c);
	program_pic();
	pc_intack(pc);
	pc_out(pc, 0x20, 0x20, 1);
	ck_assert_uint_eq(pc_in(pc, 0x1f4, 1), 0);
	pc_out(pc, 0x1f6, 0xb0, 1);
	ck_assert_uint_eq(pc_in(pc, 0x1f7, 1), 0x50);
	ck_assert_uint_eq(pc_in(pc, 0x174, 1), 0x14); /* a packet device */
	pc_out(pc, 0x177, 0xa1, 1);
	pc_pass(MS);
	ck_assert_uint_eq(pc_in(pc, 0x376, 1), 0x58);
	ck_assert_uint_eq(pc_intack(pc), 0x77); /* IRQ 15 */
	ck_assert_uint_eq(pc_in(pc, 0x170, 2), 0x85c0);
}
END_TEST

START_TEST(disks_reach_memory_as_bus_masters)
{
	struct pc_config c = config();

	c.hda = bench_disk(2048);
	pc_setup(&c);
	pc_out(pc, 0xcf8, 0x80000920, 4);
	pc_out(pc, 0xcfc, 0xc000, 4);
	pc_out(pc, 0xcf8, 0x80000904, 4);
	pc_out(pc, 0xcfc, 5, 2);
	ram[0x500] = 0;
	ram[0x501] = 0x80; /* 8000h, 512 bytes, end */
	ram[0x505] = 2;
	ram[0x507] = 0x80;
	pc_out(pc, 0xc004, 0x500, 4);
	pc_out(pc, 0xc000, 9, 1);
	pc_out(pc, 0x1f2, 1, 1);
	pc_out(pc, 0x1f3, 77, 1);
	pc_out(pc, 0x1f6, 0xe0, 1);
	pc_out(pc, 0x1f7, 0xc8, 1);
	pc_pass(MS);
	ck_assert_uint_eq(pc_in(pc, 0x1f7, 1), 0x50);
	ck_assert_uint_eq(pc_in(pc, 0xc002, 1), 4);
	ck_assert_uint_eq(ram[0x8000], 77);
	pc_reset(pc);
	ck_assert_uint_eq(pc_in(pc, 0xc002, 1), 0xff);
}
END_TEST

START_TEST(a20_has_one_latch_and_two_handles)
{
	struct pc_config c = config();

	pc_setup(&c);
	ck_assert(seen.a20);
	ck_assert_uint_eq(pc_in(pc, 0x92, 1), 2);
	pc_out(pc, 0x92, 0, 1);
	ck_assert(!seen.a20);
	pc_out(pc, 0x64, 0xd0, 1);
	ck_assert_uint_eq(pc_in(pc, 0x60, 1) & 2, 0);
	pc_out(pc, 0x64, 0xd1, 1);
	pc_out(pc, 0x60, 0xdf, 1);
	ck_assert(seen.a20);
	ck_assert_uint_eq(pc_in(pc, 0x92, 1), 2);
	pc_out(pc, 0x92, 0, 1);
	pc_reset(pc);
	ck_assert(seen.a20);
}
END_TEST

START_TEST(three_ways_to_reset)
{
	struct pc_config c = config();

	pc_setup(&c);
	pc_out(pc, 0x64, 0xfe, 1);
	ck_assert_uint_eq(seen.resets, 1);
	ck_assert_int_eq(seen.cause, PC_RESET_8042);
	pc_out(pc, 0x92, 3, 1);
	ck_assert_int_eq(seen.cause, PC_RESET_PORT92);
	pc_out(pc, 0xcf9, 6, 1);
	ck_assert_int_eq(seen.cause, PC_RESET_CF9);
	ck_assert_uint_eq(seen.resets, 3);
}
END_TEST

START_TEST(reset_restores_the_power_on_picture)
{
	struct pc_config c = config();
	unsigned pams;

	pc_setup(&c);
	ck_assert_uint_eq(seen.pams, 13);
	program_pic();
	pc_out(pc, 0x70, 0xa540, 2);
	pc_out(pc, 0xcf8, 0x80000058, 4);
	pc_out(pc, 0xcfc, 0x33333030, 4);
	pc_out(pc, 0x43, 0x34, 1);
	pc_out(pc, 0x40, 0x1000, 2);
	pams = seen.pams;
	pc_reset(pc);
	ck_assert_uint_eq(seen.pams, pams + 13);
	ck_assert(!seen.intr);
	pc_pass(S / 2);
	ck_assert(!seen.intr);
	pc_out(pc, 0x70, 0x40, 1);
	ck_assert_uint_eq(pc_in(pc, 0x71, 1), 0xa5); /* the battery keeps CMOS */
}
END_TEST

START_TEST(floppy_reads_into_memory)
{
	static const u8 cmd[] = {0xe6, 0, 0, 0, 2, 2, 18, 0x1b, 0xff};
	struct pc_config c = config();

	c.floppy = bench_disk(2880);
	pc_setup(&c);
	program_pic();
	pc_intack(pc);
	pc_out(pc, 0x20, 0x20, 1);
	pc_out(pc, 0x3f2, 0x1c, 1);
	pc_pass(MS);
	ck_assert_uint_eq(pc_intack(pc), 0x0e);
	for (unsigned i = 0; i < 4; i++) {
		pc_out(pc, 0x3f5, 0x08, 1);
		pc_in(pc, 0x3f5, 1);
		pc_in(pc, 0x3f5, 1);
	}
	pc_out(pc, 0x0c, 0, 1);
	pc_out(pc, 0x04, 0x00, 1);
	pc_out(pc, 0x04, 0x7c, 1);
	pc_out(pc, 0x05, 0xff, 1);
	pc_out(pc, 0x05, 0x01, 1);
	pc_out(pc, 0x0b, 0x46, 1);
	pc_out(pc, 0x81, 0, 1);
	pc_out(pc, 0x0a, 2, 1);
	for (unsigned i = 0; i < sizeof cmd; i++)
		pc_out(pc, 0x3f5, cmd[i], 1);
	pc_pass(MS);
	ck_assert_uint_eq(ram[0x7c00], 1);
	ck_assert_uint_eq(pc_in(pc, 0x3f5, 1), 0);
}
END_TEST

START_TEST(cmos_describes_the_board)
{
	struct pc_config c = config();

	c.floppy = bench_disk(2880);
	pc_setup(&c);
	pc_out(pc, 0x70, 0x10, 1);
	ck_assert_uint_eq(pc_in(pc, 0x71, 1), 0x40);
	pc_out(pc, 0x70, 0x3d, 1);
	ck_assert_uint_eq(pc_in(pc, 0x71, 1), 0x21);
	pc_out(pc, 0x70, 0x31, 1);
	ck_assert_uint_eq(pc_in(pc, 0x71, 1), 15 * 1024 >> 8);
}
END_TEST

START_TEST(oversized_floppy_stops)
{
	struct pc_config c = config();

	c.floppy = bench_disk(6000);
	pc_setup(&c);
	ck_assert_uint_eq(seen.stops, 1);
	ck_assert_int_eq(seen.why, PC_STOP_IO_ERROR);
}
END_TEST

START_TEST(memory_windows)
{
	struct pc_config c = config();

	pc_setup(&c);
	ck_assert_uint_eq(pc_mmio_read(pc, 0xd0000000, 4), 0xffffffff);
	pc_out(pc, 0x3c2, 0x67, 1);
	pc_out(pc, 0x3c4, 0x0302, 2);
	pc_out(pc, 0x3ce, 0x1005, 2);
	pc_out(pc, 0x3ce, 0x0e06, 2);
	pc_out(pc, 0x3ce, 0xff08, 2);
	pc_mmio_write(pc, 0xb8000, 0x07420741, 4);
	ck_assert_uint_eq(pc_mmio_read(pc, 0xb8000, 4), 0x07420741);
	ck_assert_uint_eq(pc_mmio_read(pc, 0xb8002, 2), 0x0742);
	pc_out(pc, 0xcf8, 0x80001010, 4);
	pc_out(pc, 0xcfc, 0xe0000000, 4);
	pc_out(pc, 0xcf8, 0x80001004, 4);
	pc_out(pc, 0xcfc, 2, 1);
	pc_mmio_write(pc, 0xe0000100, 0xdeadbeef, 4);
	ck_assert_uint_eq(pc_mmio_read(pc, 0xe0000101, 2), 0xadbe);
	pc_mmio_write(pc, 0xfffffffe, 0, 4); /* wraps without harm */
}
END_TEST

START_TEST(keys_reach_port_60)
{
	struct pc_config c = config();

	pc_setup(&c);
	pc_out(pc, 0x64, 0x60, 1);
	pc_out(pc, 0x60, 0x41, 1);
	pc_key(pc, KEY_SPC, KEY_PRESSED);
	pc_pass(MS);
	ck_assert_uint_eq(pc_in(pc, 0x60, 1), 0x39);
}
END_TEST

START_TEST(exit_port_takes_any_size)
{
	struct pc_config c = config();

	pc_setup(&c);
	pc_out(pc, 0xf4, 0x10, 4);
	ck_assert_int_eq(seen.code, 33);
	pc_out(pc, 0xf4, 0x11, 1);
	ck_assert_int_eq(seen.code, 35);
	for (const char *s = "Shutdown"; *s; s++)
		pc_out(pc, 0x8900, (u8)*s, 1);
	ck_assert_int_eq(seen.why, PC_STOP_SHUTDOWN);
	ck_assert_uint_eq(pc_in(pc, 0xe9, 1), 0xe9);
	ck_assert_uint_eq(pc_in(pc, 0x402, 1), 0xe9);
}
END_TEST

BENCH_MAIN("pc", timer_tick_becomes_vector_8, rtc_and_disk_come_through_the_slave,
	   drives_are_where_they_belong, disks_reach_memory_as_bus_masters,
	   a20_has_one_latch_and_two_handles, three_ways_to_reset,
	   reset_restores_the_power_on_picture, floppy_reads_into_memory, cmos_describes_the_board,
	   oversized_floppy_stops, memory_windows, keys_reach_port_60, exit_port_takes_any_size)

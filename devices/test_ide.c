/* SPDX-License-Identifier: MIT
 * ATA channel: registers, resets, absent device, empty cable, interrupts.
 */
#include "devices/idebench.h"

static void setup(bool disk)
{
	ide_bench();
	if (disk)
		ide_attach(&ide, 0, &ata_disk, bench_disk(4096));
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

static void two_disks(void)
{
	static struct pc_block first;

	ide_bench();
	first = *bench_disk(1000); /* bench_disk() has one block */
	ide_attach(&ide, 0, &ata_disk, &first);
	ide_attach(&ide, 1, &ata_disk, bench_disk(2000));
}

static u32 sectors_of(u8 device)
{
	u16 w[256];

	ck_assert_uint_eq(ide_command(device, 0, 0, 0xec), 0x58);
	for (unsigned i = 0; i < 256; i++)
		w[i] = (u16)ide_in(&ide, DATA, 2);
	ck_assert_uint_eq(w[93] & 0x2000, 0x2000);
	ck_assert_uint_eq(w[93] & 0x001f ? 0 : 1, device >> 4 & 1); /* who am I */
	return w[60];
}

START_TEST(two_devices_share_the_registers)
{
	two_disks();
	ck_assert_uint_eq(sectors_of(0xa0), 1000);
	ck_assert_uint_eq(sectors_of(0xb0), 2000);
	put(COUNT, 0x5a); /* both latch it */
	put(DEVICE, 0xa0);
	ck_assert_uint_eq(get(COUNT), 0x5a);
	put(DEVICE, 0xb0);
	ck_assert_uint_eq(get(COUNT), 0x5a);
	ck_assert_uint_eq(ide_command(0xf0, 1500, 1, 0x40), 0x50); /* only device 1 works */
	ck_assert_uint_eq(ide_command(0xe0, 1500, 1, 0x40), 0x51);
	put(DEVICE, 0xb0);
	ck_assert_uint_eq(get(STATUS), 0x50);
}
END_TEST

START_TEST(the_selected_device_drives_the_interrupt)
{
	two_disks();
	ide_command(0xf0, 0, 1, 0x40);
	ck_assert(bench.level[14]);
	put(DEVICE, 0xa0);
	ck_assert(!bench.level[14]);
	get(STATUS); /* not the device that asks */
	put(DEVICE, 0xb0);
	ck_assert(bench.level[14]);
	get(STATUS);
	ck_assert(!bench.level[14]);
}
END_TEST

START_TEST(diagnostic_runs_in_both)
{
	two_disks();
	put(DEVICE, 0xb0);
	put(LBA1, 7);
	put(STATUS, 0x90);
	ck_assert_uint_eq(get(STATUS), 0x80);
	bench_pass(MS);
	ck_assert_uint_eq(bench.rises[14], 1);
	for (u8 device = 0xa0; device <= 0xb0; device += 0x10) {
		ck_assert_uint_eq(get(DEVICE), 0xa0); /* device 0 is selected */
		put(DEVICE, device);
		ck_assert_uint_eq(get(ERROR), 1);
		ck_assert_uint_eq(get(LBA1), 0);
		ck_assert_uint_eq(get(STATUS), 0x50);
		put(DEVICE, 0xa0);
	}
}
END_TEST

START_TEST(device_1_without_device_0)
{
	ide_bench();
	ide_attach(&ide, 1, &ata_disk, bench_disk(2000));
	ck_assert_uint_eq(get(STATUS), 0x7f);
	put(DEVICE, 0xb0);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(sectors_of(0xb0), 2000);
	put(STATUS, 0x90);
	bench_pass(MS);
	put(DEVICE, 0xb0);
	ck_assert_uint_eq(get(STATUS), 0x50);
}
END_TEST

START_TEST(software_reset_keeps_the_settings)
{
	two_disks();
	ide_command(0xe0, 0, 0, 0xc6);
	ide_control_out(&ide, 0, 0x04);
	ide_control_out(&ide, 0, 0x00);
	bench_pass(MS);
	ck_assert_uint_eq(ide_command(0xe0, 0, 8, 0xc4), 0x51);
	ide_reset(&ide);
	ck_assert_uint_eq(ide_command(0xe0, 0, 8, 0xc4), 0x58);
}
END_TEST

BENCH_MAIN("ide", two_devices_share_the_registers, the_selected_device_drives_the_interrupt,
	   diagnostic_runs_in_both, device_1_without_device_0, software_reset_keeps_the_settings,
	   signature_after_reset, software_reset_shows_busy, device_1_is_absent,
	   empty_cable_reads_7f, only_the_main_status_clears_the_interrupt, nien_gates_the_pin,
	   previous_contents_show_with_hob, registers_are_locked_while_busy)

/* SPDX-License-Identifier: MIT
 * Floppy controller: reset, phases, seek, sense, status registers.
 */
#include "devices/fdcbench.h"

START_TEST(reset_ends_in_four_statuses)
{
	fdc_setup(2880);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0);
	i82077_out(&fdc, DOR, 0x0c);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0);
	ck_assert(!bench.level[6]);
	bench_pass(MS);
	ck_assert(bench.level[6]);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0x80);
	for (u8 i = 0; i < 4; i++) {
		ck_assert_uint_eq(FDC(0x08), 2);
		ck_assert(!bench.level[6]);
		ck_assert_uint_eq(result[0], 0xc0 | i);
		ck_assert_uint_eq(result[1], 0);
	}
	ck_assert_uint_eq(FDC(0x08), 1); /* nothing left: invalid */
	ck_assert_uint_eq(result[0], 0x80);
}
END_TEST

START_TEST(dor_gates_the_interrupt)
{
	fdc_setup(2880);
	i82077_out(&fdc, DOR, 0x04);
	bench_pass(MS);
	ck_assert(!bench.level[6]);
	i82077_out(&fdc, DOR, 0x0c);
	ck_assert(bench.level[6]);
	ck_assert_uint_eq(i82077_in(&fdc, DOR), 0x0c);
}
END_TEST

START_TEST(data_rate_select_resets_too)
{
	fdc_start(2880);
	i82077_out(&fdc, MSR, 0x80);
	bench_pass(MS);
	ck_assert(bench.level[6]);
	FDC(0x08);
	ck_assert_uint_eq(result[0], 0xc0);
}
END_TEST

START_TEST(recalibrate_and_seek)
{
	fdc_start(2880);
	ck_assert_uint_eq(i82077_in(&fdc, DIR) & 0x80, 0x80); /* disk changed */
	ck_assert_uint_eq(FDC(0x07, 0), 0);
	ck_assert(bench.level[6]);
	ck_assert_uint_eq(FDC(0x08), 2);
	ck_assert_uint_eq(result[0], 0x20);
	ck_assert_uint_eq(result[1], 0);
	ck_assert_uint_eq(i82077_in(&fdc, DIR) & 0x80, 0);
	FDC(0x0f, 0x04, 39);
	FDC(0x08);
	ck_assert_uint_eq(result[0], 0x24);
	ck_assert_uint_eq(result[1], 39);
	FDC(0x8f, 0, 9); /* relative, outwards */
	FDC(0x08);
	ck_assert_uint_eq(result[1], 30);
	FDC(0xcf, 0, 3);
	FDC(0x08);
	ck_assert_uint_eq(result[1], 33);
}
END_TEST

START_TEST(seeking_drive_shows_busy)
{
	fdc_start(2880);
	i82077_out(&fdc, FIFO, 0x07);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0x90);
	i82077_out(&fdc, FIFO, 0);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0x01);
	bench_pass(MS);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0x80);
}
END_TEST

START_TEST(drive_b_has_no_track_0)
{
	fdc_start(2880);
	FDC(0x07, 1);
	FDC(0x08);
	ck_assert_uint_eq(result[0], 0x71);
}
END_TEST

START_TEST(sense_drive_status)
{
	fdc_start(2880);
	ck_assert_uint_eq(FDC(0x04, 0x04), 1);
	ck_assert_uint_eq(result[0], 0x3c);
	FDC(0x0f, 0, 5);
	FDC(0x08);
	disk->read_only = true;
	FDC(0x04, 0);
	ck_assert_uint_eq(result[0], 0x68);
}
END_TEST

START_TEST(identification_and_configuration)
{
	fdc_start(2880);
	ck_assert_uint_eq(FDC(0x10), 1);
	ck_assert_uint_eq(result[0], 0x90);
	FDC(0x13, 0, 0x57, 0);
	ck_assert_uint_eq(FDC(0x94), 1);
	ck_assert_uint_eq(result[0], 0x10);
	ck_assert_uint_eq(FDC(0x0e), 10);
	ck_assert_uint_eq(result[4], 0xaf);
	ck_assert_uint_eq(result[6], 18);
	ck_assert_uint_eq(result[8], 0x57);
	i82077_out(&fdc, DOR, 0x18);
	i82077_out(&fdc, DOR, 0x1c);
	bench_pass(MS);
	FDC(0x08);
	FDC(0x0e);
	ck_assert_uint_eq(result[8], 0x57); /* locked against software reset */
	ck_assert_uint_eq(FDC(0x1f), 1);
	ck_assert_uint_eq(result[0], 0x80); /* invalid command */
}
END_TEST

BENCH_MAIN("i82077", reset_ends_in_four_statuses, dor_gates_the_interrupt,
	   data_rate_select_resets_too, recalibrate_and_seek, seeking_drive_shows_busy,
	   drive_b_has_no_track_0, sense_drive_status, identification_and_configuration)

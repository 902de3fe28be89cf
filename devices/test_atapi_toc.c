/* SPDX-License-Identifier: MIT
 * Table of contents, sub-channel, disc information.
 */
#include "devices/atapibench.h"

START_TEST(tracks)
{
	cd_bench();
	ck_assert_int_eq(CD(0x43, 0, 0, 0, 0, 0, 0, 1, 0), 20);
	ck_assert_uint_eq(get_be16(answer), 18);
	ck_assert_uint_eq(answer[2], 1);
	ck_assert_uint_eq(answer[3], 1);
	ck_assert_uint_eq(answer[5], 0x14);
	ck_assert_uint_eq(answer[6], 1);
	ck_assert_uint_eq(get_be32(answer + 8), 0);
	ck_assert_uint_eq(answer[14], 0xaa);
	ck_assert_uint_eq(get_be32(answer + 16), CD_BLOCKS);
	ck_assert_int_eq(CD(0x43, 0, 0, 0, 0, 0, 0xaa, 1, 0), 12); /* lead-out alone */
	ck_assert_uint_eq(answer[6], 0xaa);
	ck_assert_int_eq(CD(0x43, 0, 0, 0, 0, 0, 2, 1, 0), -5);
	ck_assert_uint_eq(cd_take_sense(), 0x52400);
	ck_assert_int_eq(CD(0x43, 0, 0, 0, 0, 0, 0, 0, 4), 4);
	ck_assert_uint_eq(get_be16(answer), 18); /* the size is the whole one */
}
END_TEST

START_TEST(minutes_seconds_frames)
{
	cd_bench();
	ck_assert_int_eq(CD(0x43, 2, 0, 0, 0, 0, 0, 1, 0), 20);
	ck_assert_uint_eq(get_be32(answer + 8), 0x000200); /* block 0 is 00:02:00 */
	ck_assert_uint_eq(get_be32(answer + 16), (1024 + 150) / 75 << 8 | (1024 + 150) % 75);
	disc->sectors = 4 * (75 * 60 * 3 - 150);
	CD(0x43, 2, 0, 0, 0, 0, 0xaa, 1, 0);
	ck_assert_uint_eq(get_be32(answer + 8), 0x030000);
}
END_TEST

START_TEST(sessions_and_raw)
{
	cd_bench();
	ck_assert_int_eq(CD(0x43, 0, 1, 0, 0, 0, 0, 1, 0), 12);
	ck_assert_uint_eq(get_be16(answer), 10);
	ck_assert_uint_eq(answer[6], 1);
	ck_assert_int_eq(CD(0x43, 0, 0, 0, 0, 0, 0, 1, 0, 0x40), 12); /* old place */
	ck_assert_int_eq(CD(0x43, 0, 2, 0, 0, 0, 0, 1, 0), 4 + 4 * 11);
	ck_assert_uint_eq(answer[4 + 3], 0xa0);
	ck_assert_uint_eq(answer[4 + 8], 1);
	ck_assert_uint_eq(answer[4 + 22 + 3], 0xa2);
	ck_assert_uint_eq(get_be32(answer + 4 + 22 + 7), CD_BLOCKS);
	ck_assert_int_eq(CD(0x43, 0, 4, 0, 0, 0, 0, 1, 0), -5);
}
END_TEST

START_TEST(sub_channel)
{
	cd_bench();
	ck_assert_int_eq(CD(0x42, 0, 0, 1, 0, 0, 0, 0, 64), 4); /* header only */
	ck_assert_uint_eq(answer[1], 0x15);
	ck_assert_int_eq(CD(0x42, 0, 0x40, 1, 0, 0, 0, 0, 64), 16);
	ck_assert_uint_eq(get_be16(answer + 2), 12);
	ck_assert_uint_eq(answer[4], 1);
	ck_assert_uint_eq(answer[6], 1);
	ck_assert_int_eq(CD(0x42, 0, 0x40, 2, 0, 0, 0, 0, 64), 24);
	ck_assert_uint_eq(answer[8], 0); /* no catalogue number */
	ck_assert_int_eq(CD(0x42, 0, 0x40, 0, 0, 0, 0, 0, 64), -5);
}
END_TEST

START_TEST(disc_information)
{
	cd_bench();
	ck_assert_int_eq(CD(0x51, 0, 0, 0, 0, 0, 0, 0, 34), 34);
	ck_assert_uint_eq(get_be16(answer), 32);
	ck_assert_uint_eq(answer[2], 0x0e);
	ck_assert_uint_eq(answer[3], 1);
	ck_assert_int_eq(CD(0x51, 1, 0, 0, 0, 0, 0, 0, 34), -5);
}
END_TEST

BENCH_MAIN("atapi_toc", tracks, minutes_seconds_frames, sessions_and_raw, sub_channel,
	   disc_information)

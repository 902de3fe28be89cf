/* SPDX-License-Identifier: MIT
 * Packet commands: sense data, unit attention, the tray, capacity, reading.
 */
#include "devices/atapibench.h"

START_TEST(unit_attention_comes_once)
{
	cd_power_on();
	ck_assert_int_eq(CD(0x12, 0, 0, 0, 36), 36); /* INQUIRY does not mind */
	ck_assert_int_eq(CD(0x25), -6);
	ck_assert_uint_eq(cd_take_sense(), 0x62900);
	ck_assert_uint_eq(cd_take_sense(), 0);
	ck_assert_int_eq(CD(0x25), 8);
	cd_power_on();
	ck_assert_uint_eq(cd_take_sense(), 0x62900); /* asked for, it is told too */
	ck_assert_int_eq(CD(0x00), 0);
}
END_TEST

START_TEST(sense_data_lasts_until_the_next_command)
{
	cd_bench();
	ck_assert_int_eq(CD(0xff), -5);
	ck_assert_int_eq(CD(0x00), 0);
	ck_assert_uint_eq(cd_take_sense(), 0);
	ck_assert_int_eq(CD(0xff), -5);
	ck_assert_uint_eq(get(ERROR), 0x54);       /* key, and aborted */
	ck_assert_int_eq(CD(0x03, 0, 0, 0, 8), 8); /* cut to what was asked for */
	ck_assert_uint_eq(answer[0], 0xf0);
	ck_assert_uint_eq(answer[2], 5);
	ck_assert_uint_eq(answer[7], 10);
	ck_assert_uint_eq(answer[8], 0xee);
	ck_assert_int_eq(CD(0xff), -5);
	ck_assert_uint_eq(cd_take_sense(), 0x52000);
}
END_TEST

START_TEST(inquiry)
{
	cd_bench();
	ck_assert_int_eq(CD(0x12, 0, 0, 0, 96), 36);
	ck_assert_uint_eq(answer[0], 5);
	ck_assert_uint_eq(answer[1], 0x80);
	ck_assert_int_eq(memcmp(answer + 8, "VMPROOF CD-ROM          1.0 ", 28), 0);
	ck_assert_int_eq(CD(0x12, 1, 0, 0, 96), -5);
	ck_assert_uint_eq(cd_take_sense(), 0x52400);
	ck_assert_int_eq(CD(0x12, 0, 0, 0, 0), 0);
}
END_TEST

START_TEST(capacity_counts_a_short_last_block)
{
	cd_bench();
	ck_assert_int_eq(CD(0x25), 8);
	ck_assert_uint_eq(get_be32(answer), CD_BLOCKS - 1);
	ck_assert_uint_eq(get_be32(answer + 4), 2048);
	disc->sectors = CD_SECTORS - 3;
	ck_assert_int_eq(CD(0x25), 8);
	ck_assert_uint_eq(get_be32(answer), CD_BLOCKS - 1);
	ck_assert_int_eq(CD(0x28, 0, 0, 0, 3, 0xff, 0, 0, 1), 2048);
	ck_assert_uint_eq(word_at(answer), CD_SECTORS - 4);
	ck_assert_uint_eq(word_at(answer + 512), 0);
	ck_assert_uint_eq(word_at(answer + 2046), 0);
}
END_TEST

START_TEST(reading)
{
	cd_bench();
	ck_assert_int_eq(CD(0x28, 0, 0, 0, 1, 0, 0, 0, 1), 2048);
	ck_assert_uint_eq(word_at(answer), 1024);
	ck_assert_uint_eq(word_at(answer + 1536), 1027);
	ck_assert_int_eq(CD(0xa8, 0, 0, 0, 0, 2, 0, 0, 0, 3), 3 * 2048);
	ck_assert_uint_eq(word_at(answer + 4096), 16);
	ck_assert_int_eq(CD(0xbe, 0, 0, 0, 0, 2, 0, 0, 2, 0x10), 2 * 2048);
	ck_assert_uint_eq(word_at(answer + 2048), 12);
	ck_assert_int_eq(CD(0x28, 0, 0, 0, 0, 2, 0, 0, 0), 0); /* no blocks: a seek */
	ck_assert_int_eq(CD(0x2b, 0, 0, 0, 0, 2), 0);
	ck_assert_int_eq(CD(0xbe, 0, 0, 0, 0, 2, 0, 0, 2, 0), 0); /* no fields */
}
END_TEST

START_TEST(reading_past_the_end)
{
	cd_bench();
	ck_assert_int_eq(CD(0x28, 0, 0, 0, 4, 0, 0, 0, 1), -5);
	ck_assert_uint_eq(cd_take_sense(), 0x52100);
	ck_assert_int_eq(CD(0x28, 0, 0, 0, 3, 0xff, 0, 0, 2), -5);
	ck_assert_int_eq(CD(0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1), -5);
	ck_assert_int_eq(CD(0xa8, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), -5);
	ck_assert_int_eq(CD(0x2b, 0, 0, 1, 0, 0), -5);
	ck_assert_int_eq(CD(0xbe, 0, 0, 0, 0, 2, 0, 0, 2, 0xf8), -5); /* raw */
	ck_assert_uint_eq(cd_take_sense(), 0x52400);
	ck_assert_int_eq(CD(0xbe, 0, 0, 0, 0, 2, 0, 0, 2, 0x10, 1), -5); /* subchannels */
}
END_TEST

START_TEST(the_tray)
{
	cd_bench();
	ck_assert_int_eq(CD(0x1e, 0, 0, 0, 1), 0);
	ck_assert_int_eq(CD(0x1b, 0, 0, 0, 2), -5); /* locked */
	ck_assert_uint_eq(cd_take_sense(), 0x55302);
	ck_assert_int_eq(CD(0x1e, 0, 0, 0, 0), 0);
	ck_assert_int_eq(CD(0x1b, 0, 0, 0, 2), 0);
	ck_assert_int_eq(CD(0x00), -2);
	ck_assert_uint_eq(cd_take_sense(), 0x23a02);
	ck_assert_int_eq(CD(0x25), -2);
	ck_assert_int_eq(CD(0x28, 0, 0, 0, 0, 0, 0, 0, 1), -2);
	ck_assert_int_eq(CD(0x1b, 0, 0, 0, 3), 0); /* load */
	ck_assert_int_eq(CD(0x00), -6);
	ck_assert_uint_eq(cd_take_sense(), 0x62800);
	ck_assert_int_eq(CD(0x00), 0);
	ck_assert_int_eq(CD(0x1b, 0, 0, 0, 0), 0); /* stop, start: nothing to do */
	ck_assert_int_eq(CD(0x1b, 0, 0, 0, 1), 0);
	ck_assert_int_eq(CD(0x00), 0);
	ck_assert_int_eq(CD(0x1b, 0, 0, 0, 0x20), -5);
}
END_TEST

START_TEST(commands_without_effect)
{
	cd_bench();
	ck_assert_int_eq(CD(0xbb, 0, 0xff, 0xff), 0);
	ck_assert_int_eq(CD(0xa4), -5);
	ck_assert_int_eq(CD(0x2a), -5); /* no writing */
	ck_assert_uint_eq(cd_take_sense(), 0x52000);
}
END_TEST

BENCH_MAIN("atapi_command", unit_attention_comes_once, sense_data_lasts_until_the_next_command,
	   inquiry, capacity_counts_a_short_last_block, reading, reading_past_the_end, the_tray,
	   commands_without_effect)

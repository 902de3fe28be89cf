/* SPDX-License-Identifier: MIT
 * Mode pages, features, media events, changer.
 */
#include "devices/atapibench.h"

START_TEST(mode_pages)
{
	cd_bench();
	ck_assert_int_eq(CD(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128), 28);
	ck_assert_uint_eq(get_be16(answer), 26);
	ck_assert_uint_eq(answer[2], 0x01);
	ck_assert_uint_eq(answer[8], 0x2a);
	ck_assert_uint_eq(answer[9], 18);
	ck_assert_uint_eq(answer[14] & 0x2b, 0x29);
	CD(0x1e, 0, 0, 0, 1);
	CD(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128);
	ck_assert_uint_eq(answer[14] & 0x2b, 0x2b); /* locked now */
	ck_assert_int_eq(CD(0x5a, 0, 0x01, 0, 0, 0, 0, 0, 128), 16);
	ck_assert_int_eq(CD(0x5a, 0, 0x0e, 0, 0, 0, 0, 0, 128), 24);
	ck_assert_int_eq(CD(0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 128), 8 + 8 + 16 + 20);
	ck_assert_uint_eq(answer[8], 0x01);
	ck_assert_uint_eq(answer[16], 0x0e);
	ck_assert_uint_eq(answer[32], 0x2a);
	ck_assert_int_eq(CD(0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 9), 9);
	ck_assert_int_eq(CD(0x5a, 0, 0x1c, 0, 0, 0, 0, 0, 128), -5);
	ck_assert_uint_eq(cd_take_sense(), 0x52400);
}
END_TEST

START_TEST(mode_page_controls)
{
	cd_bench();
	ck_assert_int_eq(CD(0x5a, 0, 0x41, 0, 0, 0, 0, 0, 128), 16); /* changeable */
	ck_assert_uint_eq(answer[8], 0x01);
	ck_assert_uint_eq(answer[9], 6);
	for (unsigned i = 10; i < 16; i++)
		ck_assert_uint_eq(answer[i], 0);
	ck_assert_int_eq(CD(0x5a, 0, 0xc1, 0, 0, 0, 0, 0, 128), -5); /* saved */
	ck_assert_uint_eq(cd_take_sense(), 0x53900);
}
END_TEST

/* Is the feature in answer[]?  *current tells its bit. */
static bool has_feature(int size, unsigned number, bool *current)
{
	for (int at = 8; at < size; at += 4 + answer[at + 3])
		if (get_be16(answer + at) == number) {
			*current = answer[at + 2] & 1;
			return true;
		}
	return false;
}

START_TEST(configuration)
{
	bool current;
	int n;

	cd_bench();
	n = CD(0x46, 0, 0, 0, 0, 0, 0, 1, 0);
	ck_assert_uint_eq(get_be32(answer), (u32)n - 4);
	ck_assert_uint_eq(get_be16(answer + 6), 0x08); /* CD-ROM */
	ck_assert(has_feature(n, 0x0000, &current) && current);
	ck_assert(has_feature(n, 0x001e, &current) && current);
	n = CD(0x46, 2, 0, 0x10, 0, 0, 0, 1, 0); /* one */
	ck_assert_int_eq(n, 8 + 12);
	ck_assert_uint_eq(get_be32(answer + 12), 2048);
	n = CD(0x46, 0, 0, 0x1d, 0, 0, 0, 1, 0); /* from here on */
	ck_assert(!has_feature(n, 0x0010, &current));
	ck_assert(has_feature(n, 0x001e, &current));
	ck_assert_int_eq(CD(0x46, 2, 1, 0, 0, 0, 0, 1, 0), 8); /* unknown */
	ck_assert_int_eq(CD(0x46, 0, 0, 0, 0, 0, 0, 0, 6), 6);
	ck_assert_int_eq(CD(0x46, 3, 0, 0, 0, 0, 0, 1, 0), -5);
	disc->sectors = 4 * 400000; /* more than a CD holds */
	n = CD(0x46, 1, 0, 0, 0, 0, 0, 1, 0);
	ck_assert_uint_eq(get_be16(answer + 6), 0x10); /* DVD-ROM */
	ck_assert(!has_feature(n, 0x001e, &current));
	CD(0x1b, 0, 0, 0, 2);
	n = CD(0x46, 1, 0, 0, 0, 0, 0, 1, 0);
	ck_assert_uint_eq(get_be16(answer + 6), 0); /* no disc, no profile */
	ck_assert(!has_feature(n, 0x0010, &current));
}
END_TEST

START_TEST(media_events)
{
	cd_bench();
	ck_assert_int_eq(CD(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8), 8);
	ck_assert_uint_eq(get_be16(answer), 6);
	ck_assert_uint_eq(answer[2], 4);
	ck_assert_uint_eq(answer[3], 0x10);
	ck_assert_uint_eq(answer[4], 2); /* the disc of power-on */
	ck_assert_uint_eq(answer[5], 2);
	CD(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8);
	ck_assert_uint_eq(answer[4], 0); /* told once */
	CD(0x1b, 0, 0, 0, 2);
	CD(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8);
	ck_assert_uint_eq(answer[4], 3);
	ck_assert_uint_eq(answer[5], 1);
	CD(0x1b, 0, 0, 0, 3);
	CD(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8); /* does not mind unit attention */
	ck_assert_uint_eq(answer[4], 2);
	ck_assert_int_eq(CD(0x4a, 1, 0, 0, 0x02, 0, 0, 0, 8), 4);
	ck_assert_uint_eq(answer[2], 0x80);                        /* no such class */
	ck_assert_int_eq(CD(0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8), -5); /* no waiting */
	ck_assert_int_eq(CD(0x00), -6);                            /* it is still to be told */
}
END_TEST

START_TEST(mechanism)
{
	cd_bench();
	ck_assert_int_eq(CD(0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8), 8);
	ck_assert_uint_eq(answer[1], 0);
	ck_assert_uint_eq(answer[5], 1);
	CD(0x1b, 0, 0, 0, 2);
	CD(0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8);
	ck_assert_uint_eq(answer[1], 0x10);
}
END_TEST

BENCH_MAIN("atapi_mode", mode_pages, mode_page_controls, configuration, media_events, mechanism)

/* SPDX-License-Identifier: MIT
 * Formats by size.
 */
#include "devices/floppy_media.h"
#include "devices/testbench.h"

START_TEST(standard_sizes)
{
	static const struct {
		u64 sectors;
		struct floppy_media m;
	} t[] = {
		{320, {40, 1, 8, 1}},   {720, {40, 2, 9, 1}},   {1440, {80, 2, 9, 3}},
		{2400, {80, 2, 15, 2}}, {2880, {80, 2, 18, 4}}, {3360, {80, 2, 21, 4}},
		{5760, {80, 2, 36, 5}},
	};

	for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++)
		ck_assert_mem_eq(floppy_media_of(t[i].sectors), &t[i].m, sizeof t[i].m);
}
END_TEST

START_TEST(other_sizes)
{
	ck_assert_uint_eq(floppy_media_of(1)->sectors, 18);
	ck_assert_uint_eq(floppy_media_of(2879)->sectors, 18);
	ck_assert_uint_eq(floppy_media_of(4000)->sectors, 36);
	ck_assert_ptr_null(floppy_media_of(5761));
}
END_TEST

BENCH_MAIN("floppy_media", standard_sizes, other_sizes)

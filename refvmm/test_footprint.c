/* SPDX-License-Identifier: MIT
 * The footprint: what is mapped and touched here has to appear in it.
 */
#include "refvmm/footprint.h"
#include "refvmm/test_main.h"

#include <string.h>
#include <sys/mman.h>

START_TEST(grows_by_what_is_mapped_and_touched)
{
	const size_t size = 32u << 20;
	struct footprint before, mapped, touched, after;
	char *p;

	ck_assert(footprint_read(&before));
	/* Shared: it does not melt into a neighbour of other flags. */
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(p != MAP_FAILED);
	mprotect(p + size / 2, 4096, PROT_READ); /* one mapping becomes three */
	ck_assert(footprint_read(&mapped));
	ck_assert_uint_eq(mapped.mappings, before.mappings + 3);
	ck_assert_uint_lt(mapped.rss_kb, before.rss_kb + 1024);
	memset(p, 1, size / 2);
	ck_assert(footprint_read(&touched));
	ck_assert_uint_ge(touched.rss_kb, mapped.rss_kb + size / 2 / 1024 - 512);
	munmap(p, size);
	ck_assert(footprint_read(&after));
	ck_assert_uint_eq(after.mappings, before.mappings);
	ck_assert_uint_lt(after.rss_kb, before.rss_kb + 1024);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, grows_by_what_is_mapped_and_touched);
}

TEST_MAIN("footprint")

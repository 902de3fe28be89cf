/* SPDX-License-Identifier: MIT
 * Host rules 13, 15 and 17 (docs/host-rules.md): page 0, the number of mappings,
 * and truncation at the monitor base of this build.
 */
#include "refvmm/check_host.h"
#include "refvmm/hosttest.h"
#include "refvmm/machine.h"
#include "refvmm/test_main.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MONITOR REFVMM_MONITOR_BASE

static void setup(void)
{
	const char *what;
	int rc = hosttest_init(&what);

	ck_assert_msg(rc == 0, "%s: %s", what, strerror(-rc));
}

static u32 *map_page(u32 addr)
{
	void *want = (void *)(uintptr_t)addr;
	void *got = mmap(want, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return got == want ? got : NULL;
}

/* mov eax, [ebx]; hlt, through a given segment; 1: came to the HLT */
static bool load(u16 sel, u32 off, struct hosttest_out *out)
{
	struct hosttest_in in = hosttest_flat32();

	in.ds = sel;
	in.gpr[3] = off;
	HT_RUN(&in, out, 0x8b, 0x03, 0xf4);
	return out->trapno == 13 && (u32)out->rip == HT_CODE + 2;
}

/* Base configuration "map": address 0 is an address like any other. */
START_TEST(rule13_page0_mapped)
{
	struct hosttest_out out;
	u32 *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (page == MAP_FAILED) {
		/* Not allowed here: then --page0 auto must know it. */
		ck_assert_msg(errno == EPERM || errno == EACCES, "%s", strerror(errno));
		ck_assert(!check_host_page0());
		return;
	}
	ck_assert_ptr_null(page);
	/* Written by LDT code: C may not assume that a null pointer is valid. */
	{
		struct hosttest_in in = hosttest_flat32();

		in.gpr[0] = 0xc0ffee;
		HT_RUN(&in, &out, 0xa3, 0, 0, 0, 0, 0xf4); /* mov [0], eax */
		ck_assert_uint_eq((u32)out.rip, HT_CODE + 5);
	}
	ck_assert(load(HT_DS32, 0, &out));
	ck_assert_uint_eq(out.gpr[0], 0xc0ffee);
	munmap(NULL, 4096);
	ck_assert(!load(HT_DS32, 0, &out));
	ck_assert_uint_eq(out.trapno, 14);
	ck_assert_uint_eq(out.cr2, 0);
}
END_TEST

static void drop_rawio(void)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];

	ck_assert_int_eq((int)syscall(SYS_capget, &h, d), 0);
	d[0].effective &= ~(1u << CAP_SYS_RAWIO);
	d[0].permitted &= ~(1u << CAP_SYS_RAWIO);
	d[0].inheritable &= ~(1u << CAP_SYS_RAWIO);
	ck_assert_int_eq((int)syscall(SYS_capset, &h, d), 0);
}

/* Base configuration "shift", without privilege: bases 64 KiB up, so that guest
 * address 0 is host address 0x10000. */
START_TEST(rule13_shifted)
{
	struct hosttest_out out;
	u32 *page;
	int sel;

	drop_rawio();
	page = map_page(0x10000);
	ck_assert_ptr_nonnull(page);
	page[0] = 0xc0ffee;
	sel = hosttest_segment(HT_FREE, 0x10000, MONITOR - 0x10000 - 1, HT_DATA_RW | HT_BIG);
	ck_assert_int_gt(sel, 0);
	ck_assert(load((u16)sel, 0, &out));
	ck_assert_uint_eq(out.gpr[0], 0xc0ffee);
	/* The truncated limit still ends below the monitor. */
	ck_assert_ptr_nonnull(map_page(MONITOR));
	ck_assert(!load((u16)sel, MONITOR - 0x10000, &out));
	ck_assert_uint_eq(out.trapno, 13);
}
END_TEST

/* Isolated pages run into a limit sooner or later; then giving some back is
 * enough to go on. */
START_TEST(rule15_map_count)
{
	enum { PAGES = 70000, STEP = 8192 };
	char *base = mmap(NULL, (size_t)PAGES * STEP, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int n, err = 0;

	ck_assert_ptr_ne(base, MAP_FAILED);
	for (n = 0; n < PAGES; n++) {
		if (mprotect(base + (size_t)n * STEP, 4096, PROT_READ) < 0) {
			err = errno;
			break;
		}
	}
	/* vm.max_map_count, at least the 16,384 that --check-host asks for */
	ck_assert_int_ge(n, 8192 - 256);
	if (n < PAGES)
		ck_assert_int_eq(err, ENOMEM);
	ck_assert_int_eq(mprotect(base, (size_t)STEP * 1000, PROT_NONE), 0);
	for (int i = 0; i < 900 && n < PAGES; i++)
		ck_assert_int_eq(mprotect(base + (size_t)(n + i) * STEP, 4096, PROT_READ), 0);
}
END_TEST

/* Truncation at the monitor base of this build: 0xff800000, or below ASan's
 * shadow memory. */
START_TEST(rule17_monitor_base)
{
	struct hosttest_out out;
	u32 *below = map_page(MONITOR - 4096), *at = map_page(MONITOR);
	int flat;

	ck_assert_msg(below && at, "%s", strerror(errno));
	below[1023] = 0x1111;
	at[0] = 0x2222;
	ck_assert(load(HT_DS32, MONITOR - 4, &out));
	ck_assert_uint_eq(out.gpr[0], 0x1111);
	ck_assert(!load(HT_DS32, MONITOR - 3, &out)); /* one byte over */
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert(!load(HT_DS32, MONITOR, &out));
	ck_assert_uint_eq(out.trapno, 13);
	/* The reserved segment of the monitor reaches it. */
	flat = hosttest_segment(HT_FREE, 0, 0xffffffff, HT_DATA_RW | HT_BIG);
	ck_assert_int_gt(flat, 0);
	ck_assert(load((u16)flat, MONITOR, &out));
	ck_assert_uint_eq(out.gpr[0], 0x2222);
}
END_TEST

/* The code segment ends there too. */
START_TEST(rule17_no_jump_into_the_monitor)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	ck_assert_ptr_nonnull(map_page(MONITOR));
	in.gpr[0] = MONITOR;
	HT_RUN(&in, &out, 0x50, 0xc3); /* push eax; ret */
	ck_assert_uint_eq(out.trapno, 13);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, rule13_page0_mapped);
	tcase_add_test(tc, rule13_shifted);
	tcase_add_test(tc, rule15_map_count);
	tcase_add_test(tc, rule17_monitor_base);
	tcase_add_test(tc, rule17_no_jump_into_the_monitor);
}

TEST_MAIN("host_rules_memory")

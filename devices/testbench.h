/* SPDX-License-Identifier: MIT
 * What the tests of the chips share: a hand-driven clock, lines that remember,
 * a block device in memory, and the main() around Check.
 */
#ifndef DEVICES_TESTBENCH_H
#define DEVICES_TESTBENCH_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "devices/clock.h"
#include "devices/line.h"
#include "devices/pc.h"

#define US 1000u
#define MS 1000000u
#define S  1000000000ull

/* Static: each test runs in its own process (Check forks). */
static struct {
	u64 now, deadline;
	struct clock clock;
	bool level[16];
	unsigned rises[16];
} bench;

static u64 bench_now(void *host)
{
	return bench.now;
}

static void bench_deadline(void *host, u64 ns)
{
	bench.deadline = ns;
}

static inline struct clock *bench_clock(void)
{
	bench.deadline = CLOCK_NEVER;
	clock_init(&bench.clock, bench_now, bench_deadline, NULL);
	return &bench.clock;
}

static inline void bench_line_set(void *arg, unsigned n, bool level)
{
	bench.rises[n] += level && !bench.level[n];
	bench.level[n] = level;
}

static inline struct line bench_line(unsigned n)
{
	return (struct line){bench_line_set, NULL, n};
}

/* Let `ns` pass, stopping at every deadline like the machine does. */
static inline void bench_pass(u64 ns)
{
	u64 end = bench.now + ns;

	while (bench.deadline <= end) {
		if (bench.now < bench.deadline)
			bench.now = bench.deadline;
		clock_run(&bench.clock);
	}
	bench.now = end;
}

/* A disk whose sector n starts with n (little endian). */
struct bench_disk {
	u8 *data;
	struct pc_block block;
};

static inline int bench_disk_read(void *arg, u64 lba, void *dst, u32 sectors)
{
	memcpy(dst, (u8 *)arg + lba * 512, (size_t)sectors * 512);
	return 0;
}

static inline int bench_disk_write(void *arg, u64 lba, const void *src, u32 sectors)
{
	memcpy((u8 *)arg + lba * 512, src, (size_t)sectors * 512);
	return 0;
}

static inline int bench_disk_broken(void *arg, u64 lba, void *dst, u32 sectors)
{
	return -5;
}

static inline struct pc_block *bench_disk(u64 sectors)
{
	static struct pc_block b;
	u8 *data = calloc(sectors, 512);

	for (u64 i = 0; i < sectors; i++) {
		data[i * 512] = (u8)i;
		data[i * 512 + 1] = (u8)(i >> 8);
	}
	b = (struct pc_block){data, sectors, false, bench_disk_read, bench_disk_write};
	return &b;
}

static inline int bench_main(const char *name, const TTest **tests, unsigned count)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *r;
	int failed;

	for (unsigned i = 0; i < count; i++)
		tcase_add_test(tc, tests[i]);
	tcase_set_timeout(tc, 900); /* a hang, not a speed limit */
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define BENCH_MAIN(name, ...)                                                                      \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *tests[] = {__VA_ARGS__};                                              \
		return bench_main(name, tests, sizeof tests / sizeof tests[0]);                    \
	}

#endif

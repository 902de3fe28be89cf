/* SPDX-License-Identifier: MIT
 * A whole board with a recording host around it.
 */
#ifndef DEVICES_PCBENCH_H
#define DEVICES_PCBENCH_H

#include "devices/board.h"
#include "devices/testbench.h"

static struct pc *pc;
static u8 ram[1 << 20];
static struct {
	bool intr, a20;
	bool asked; /* cell is no plain register now */
	unsigned cell;
	unsigned resets, stops, pams;
	enum pc_reset_cause cause;
	enum pc_stop why;
	int code;
} seen;

static void host_intr(void *host, bool level)
{
	seen.intr = level;
}

static void host_a20(void *host, bool on)
{
	seen.a20 = on;
}

static void host_pam(void *host, u32 base, u32 size, unsigned attr)
{
	seen.pams++;
}

static void host_cell(void *host, unsigned k, bool plain)
{
	seen.asked = !plain;
	seen.cell = k;
}

static void host_read(void *host, u32 phys, void *dst, u32 n)
{
	memset(dst, 0xff, n);
	if (phys < sizeof ram && n <= sizeof ram - phys)
		memcpy(dst, ram + phys, n);
}

static void host_write(void *host, u32 phys, const void *src, u32 n)
{
	if (phys < sizeof ram && n <= sizeof ram - phys)
		memcpy(ram + phys, src, n);
}

static void host_reset(void *host, enum pc_reset_cause cause)
{
	seen.resets++;
	seen.cause = cause;
}

static void host_stop(void *host, enum pc_stop why, int code, const char *text)
{
	seen.stops++;
	seen.why = why;
	seen.code = code;
}

static const struct pc_host bench_host = {
	.now_ns = bench_now,
	.deadline = bench_deadline,
	.intr = host_intr,
	.a20 = host_a20,
	.pam = host_pam,
	.cell = host_cell,
	.dma_read = host_read,
	.dma_write = host_write,
	.reset = host_reset,
	.stop = host_stop,
};

static inline void pc_setup(const struct pc_config *cfg)
{
	bench.deadline = CLOCK_NEVER;
	pc = pc_create(cfg, &bench_host);
	ck_assert_ptr_nonnull(pc);
}

static inline void pc_pass(u64 ns)
{
	u64 end = bench.now + ns;

	while (bench.deadline <= end) {
		if (bench.now < bench.deadline)
			bench.now = bench.deadline;
		pc_run(pc);
	}
	bench.now = end;
}

#endif

/* SPDX-License-Identifier: MIT
 * A floppy controller on the bench, for its two tests.
 */
#ifndef DEVICES_FDCBENCH_H
#define DEVICES_FDCBENCH_H

#include "devices/i82077.h"
#include "devices/testbench.h"

enum { DOR = 2, MSR = 4, FIFO = 5, DIR = 7 };

static struct i82077 fdc;
static struct i8237 dma;
static u8 memory[1 << 17];
static struct pc_block *disk;
static u8 result[16];

static void mem_read(void *host, u32 phys, void *dst, u32 n)
{
	memcpy(dst, memory + phys, n);
}

static void mem_write(void *host, u32 phys, const void *src, u32 n)
{
	memcpy(memory + phys, src, n);
}

static inline void fdc_setup(u64 sectors)
{
	dma.wire.mem_read = mem_read;
	dma.wire.mem_write = mem_write;
	i8237_reset(&dma);
	fdc.wire.irq = bench_line(6);
	fdc.wire.dma = &dma;
	disk = sectors ? bench_disk(sectors) : NULL;
	i82077_init(&fdc, bench_clock(), disk);
}

/* Send a command; returns the number of result bytes now in result[]. */
static inline unsigned fdc_command(const u8 *bytes, unsigned n)
{
	unsigned got = 0;

	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(i82077_in(&fdc, MSR) & 0xc0, 0x80);
		i82077_out(&fdc, FIFO, bytes[i]);
	}
	bench_pass(MS);
	while ((i82077_in(&fdc, MSR) & 0xf0) == 0xd0)
		result[got++] = i82077_in(&fdc, FIFO);
	return got;
}

#define FDC(...) fdc_command((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* Out of reset with the motor on, the four reset statuses taken. */
static inline void fdc_start(u64 sectors)
{
	fdc_setup(sectors);
	i82077_out(&fdc, DOR, 0x1c);
	bench_pass(MS);
	for (unsigned i = 0; i < 4; i++)
		FDC(0x08);
	FDC(0x03, 0xaf, 0x02);
	bench.rises[6] = 0;
}

/* DMA channel 2 for `n` bytes at 10000h; read is disk to memory. */
static inline void fdc_dma(unsigned n, bool read)
{
	i8237_out(&dma, 12, 0);
	i8237_out(&dma, 4, 0);
	i8237_out(&dma, 4, 0);
	i8237_out(&dma, 5, (u8)(n - 1));
	i8237_out(&dma, 5, (u8)((n - 1) >> 8));
	i8237_out(&dma, 11, read ? 0x46 : 0x4a);
	i8237_page_out(&dma, 1, 1);
	i8237_out(&dma, 10, 2);
}

#endif

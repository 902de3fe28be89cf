/* SPDX-License-Identifier: MIT
 * Firmware configuration items, by port and by DMA.
 */
#include "devices/fwcfg.h"
#include "devices/testbench.h"

#define RAM 0x4000u

static struct fwcfg cfg;
static u8 data[128], ram[RAM];

static void mem_read(void *host, u32 phys, void *dst, u32 size)
{
	memcpy(dst, ram + phys, size);
}

static void mem_write(void *host, u32 phys, const void *src, u32 size)
{
	ck_assert_uint_le(phys + size, RAM);
	memcpy(ram + phys, src, size);
}

static void start(void)
{
	fwcfg_init(&cfg, 0x04000000);
	fwcfg_reset(&cfg);
	cfg.wire.mem_read = mem_read;
	cfg.wire.mem_write = mem_write;
	memset(ram, 0xcc, sizeof ram);
}

static void get(u16 item, unsigned n)
{
	fwcfg_out(&cfg, 0, item, 2);
	for (unsigned i = 0; i < n; i++)
		data[i] = (u8)fwcfg_in(&cfg, 1, 1);
}

static u32 be(u32 v)
{
	return __builtin_bswap32(v);
}

/* Start a transfer with its descriptor at 100h; returns the control word. */
static u32 dma(u32 control, u32 length, u64 to)
{
	u32 d[4] = {be(control), be(length), be((u32)(to >> 32)), be((u32)to)}, result;

	memcpy(ram + 0x100, d, sizeof d);
	fwcfg_dma_out(&cfg, 0, 0, 4);
	fwcfg_dma_out(&cfg, 4, be(0x100), 4);
	memcpy(&result, ram + 0x100, 4);
	return be(result);
}

START_TEST(signature_and_version)
{
	start();
	get(0, 5);
	ck_assert_mem_eq(data, "QEMU\0", 5);
	get(1, 4);
	ck_assert_mem_eq(data, "\3\0\0\0", 4); /* ports and DMA */
	ck_assert_uint_eq(fwcfg_dma_in(&cfg, 0, 4), 0x554d4551);
	ck_assert_uint_eq(fwcfg_dma_in(&cfg, 4, 4), 0x47464320);
	ck_assert_uint_eq(fwcfg_dma_in(&cfg, 7, 1), 'G');
}
END_TEST

START_TEST(file_directory_leads_to_the_files)
{
	u16 select;

	start();
	ck_assert(fwcfg_add_file(&cfg, "opt/x", "hello", 5));
	get(0x19, 68);
	ck_assert_mem_eq(data, "\0\0\0\2\0\0\0\x14", 8); /* big endian */
	ck_assert_str_eq((char *)data + 12, "etc/e820");
	select = (u16)(data[8] << 8 | data[9]);
	get(select, 20);
	ck_assert_mem_eq(data, "\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\1\0\0\0", 20);
	get((u16)(select + 1), 6);
	ck_assert_mem_eq(data, "hello\0", 6);
	get((u16)(select + 1) | 0x4000, 2); /* the write channel's number */
	ck_assert_mem_eq(data, "he", 2);
}
END_TEST

START_TEST(unknown_items_are_zeros)
{
	start();
	memset(data, 0xff, sizeof data);
	get(0x8002, 4);
	ck_assert_mem_eq(data, "\0\0\0\0", 4);
	get(0x0e, 2);
	ck_assert_mem_eq(data, "\0\0", 2);
	get(5, 2);
	ck_assert_mem_eq(data, "\1\0", 2);
	get(0, 1);
	fwcfg_out(&cfg, 0, 5, 1); /* the selector is 16 bits wide */
	ck_assert_uint_eq(fwcfg_in(&cfg, 1, 1), 'E');
}
END_TEST

START_TEST(dma_reads_selects_and_skips)
{
	start();
	ck_assert(fwcfg_add(&cfg, 0x8100, "abcdefgh", 8));
	ck_assert_uint_eq(dma(0x8100u << 16 | 8 | 2, 3, 0x200), 0);
	ck_assert_mem_eq(ram + 0x200, "abc\xcc", 4);
	ck_assert_uint_eq(dma(4, 2, 0), 0);
	ck_assert_uint_eq(dma(2, 2, 0x203), 0);
	ck_assert_mem_eq(ram + 0x200, "abcfg\xcc", 6);
	ck_assert_uint_eq(fwcfg_in(&cfg, 1, 1), 'h'); /* one position for both */
	ck_assert_uint_eq(dma(0x8100u << 16 | 8, 0, 0), 0);
	ck_assert_uint_eq(fwcfg_in(&cfg, 1, 1), 'a');
}
END_TEST

START_TEST(dma_fills_with_zeros_behind_the_end)
{
	start();
	ck_assert(fwcfg_add(&cfg, 0x8100, "ab", 2));
	ck_assert_uint_eq(dma(0x8100u << 16 | 8 | 2, 0x1800, 0x1000), 0);
	ck_assert_mem_eq(ram + 0x1000, "ab\0", 3);
	for (unsigned i = 2; i < 0x1800; i++)
		ck_assert_uint_eq(ram[0x1000 + i], 0);
	ck_assert_uint_eq(ram[0x2800], 0xcc);
	ck_assert_uint_eq(dma(4, 0xffffffff, 0), 0);
	ck_assert_uint_eq(dma(4, 0xffffffff, 0), 0); /* the position does not wrap */
	ck_assert_uint_eq(fwcfg_in(&cfg, 1, 1), 0);
}
END_TEST

START_TEST(dma_refuses_what_there_is_not)
{
	start();
	ck_assert_uint_eq(dma(0u << 16 | 8 | 16, 4, 0x200), 1);
	ck_assert_uint_eq(dma(0u << 16 | 8 | 2, 4, 0x100000200), 1);
	ck_assert_uint_eq(ram[0x200], 0xcc);
}
END_TEST

START_TEST(there_is_an_end_of_room)
{
	char name[] = "etc/a";
	unsigned files = 1;

	start();
	while (fwcfg_add_file(&cfg, name, "", 0)) {
		name[4]++;
		files++;
	}
	ck_assert_uint_eq(files, FWCFG_FILES);
	ck_assert(fwcfg_add(&cfg, 0x8100, "", 0));
	while (fwcfg_add(&cfg, 0x8100, "", 0))
		;
	ck_assert_uint_eq(cfg.wire.items, FWCFG_ITEMS);
}
END_TEST

BENCH_MAIN("fwcfg", signature_and_version, file_directory_leads_to_the_files,
	   unknown_items_are_zeros, dma_reads_selects_and_skips,
	   dma_fills_with_zeros_behind_the_end, dma_refuses_what_there_is_not,
	   there_is_an_end_of_room)

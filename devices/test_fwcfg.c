/* SPDX-License-Identifier: MIT
 * Firmware configuration items.
 */
#include "devices/fwcfg.h"
#include "devices/testbench.h"

static struct fwcfg cfg = {.ram_size = 0x04000000};
static u8 data[128];

static void get(u16 item, unsigned n)
{
	fwcfg_out(&cfg, 0, item, 2);
	for (unsigned i = 0; i < n; i++)
		data[i] = (u8)fwcfg_in(&cfg, 1, 1);
}

START_TEST(signature_and_version)
{
	get(0, 5);
	ck_assert_mem_eq(data, "QEMU\0", 5);
	get(1, 4);
	ck_assert_mem_eq(data, "\1\0\0\0", 4); /* no DMA */
}
END_TEST

START_TEST(file_directory_leads_to_the_memory_map)
{
	u16 select;

	get(0x19, 68);
	ck_assert_mem_eq(data, "\0\0\0\1\0\0\0\x14", 8); /* big endian */
	ck_assert_str_eq((char *)data + 12, "etc/e820");
	select = (u16)(data[8] << 8 | data[9]);
	get(select, 20);
	ck_assert_mem_eq(data, "\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\1\0\0\0", 20);
}
END_TEST

START_TEST(unknown_items_are_zeros)
{
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

BENCH_MAIN("fwcfg", signature_and_version, file_directory_leads_to_the_memory_map,
	   unknown_items_are_zeros)

/* SPDX-License-Identifier: MIT
 * DMA: programming, transfers, terminal count, autoinitialise, wrap.
 */
#include "devices/i8237.h"
#include "devices/testbench.h"

static u8 memory[1 << 20];
static struct i8237 dma;

static void mem_read(void *host, u32 phys, void *dst, u32 n)
{
	memcpy(dst, memory + phys, n);
}

static void mem_write(void *host, u32 phys, const void *src, u32 n)
{
	memcpy(memory + phys, src, n);
}

static void setup(void)
{
	memset(&dma, 0, sizeof dma);
	dma.wire.mem_read = mem_read;
	dma.wire.mem_write = mem_write;
	i8237_reset(&dma);
}

/* Program channel 2: page 1, address, count register, mode; unmask. */
static void program(u16 addr, u16 count, u8 mode)
{
	i8237_out(&dma, 12, 0);
	i8237_out(&dma, 4, (u8)addr);
	i8237_out(&dma, 4, (u8)(addr >> 8));
	i8237_out(&dma, 5, (u8)count);
	i8237_out(&dma, 5, (u8)(count >> 8));
	i8237_out(&dma, 11, mode | 2);
	i8237_page_out(&dma, 1, 0x01);
	i8237_out(&dma, 10, 2);
}

static u16 now(unsigned reg)
{
	u8 low;

	i8237_out(&dma, 12, 0);
	low = i8237_in(&dma, reg);
	return (u16)(low | i8237_in(&dma, reg) << 8);
}

START_TEST(moves_to_memory_until_terminal_count)
{
	u8 data[600];
	bool tc;

	setup();
	memset(data, 0x5a, sizeof data);
	ck_assert_uint_eq(i8237_transfer(&dma, 2, data, 10, true, &tc), 0); /* masked */
	program(0x2000, 511, 0x44);
	ck_assert_uint_eq(i8237_transfer(&dma, 2, data, 100, true, &tc), 100);
	ck_assert(!tc);
	ck_assert_uint_eq(now(4), 0x2064);
	ck_assert_uint_eq(now(5), 411);
	ck_assert_uint_eq(i8237_transfer(&dma, 2, data, 600, true, &tc), 412);
	ck_assert(tc);
	ck_assert_uint_eq(memory[0x12000], 0x5a);
	ck_assert_uint_eq(memory[0x121ff], 0x5a);
	ck_assert_uint_eq(memory[0x12200], 0);
	ck_assert_uint_eq(now(5), 0xffff);
	ck_assert_uint_eq(i8237_in(&dma, 8), 0x04);
	ck_assert_uint_eq(i8237_in(&dma, 8), 0x00);                        /* reading clears */
	ck_assert_uint_eq(i8237_transfer(&dma, 2, data, 1, true, &tc), 0); /* masked again */
}
END_TEST

START_TEST(direction_must_agree)
{
	u8 data[4];
	bool tc;

	setup();
	program(0, 3, 0x48);
	ck_assert_uint_eq(i8237_transfer(&dma, 2, data, 4, true, &tc), 0);
	memory[0x10000] = 0x11;
	memory[0x10003] = 0x44;
	ck_assert_uint_eq(i8237_transfer(&dma, 2, data, 4, false, &tc), 4);
	ck_assert_uint_eq(data[0], 0x11);
	ck_assert_uint_eq(data[3], 0x44);
}
END_TEST

START_TEST(autoinit_and_decrement)
{
	u8 data[2] = {1, 2};
	bool tc;

	setup();
	program(0x10, 1, 0x74); /* decrement, autoinitialise, write */
	i8237_transfer(&dma, 2, data, 2, true, &tc);
	ck_assert(tc);
	ck_assert_uint_eq(memory[0x10010], 1);
	ck_assert_uint_eq(memory[0x1000f], 2);
	ck_assert_uint_eq(now(4), 0x10);
	ck_assert_uint_eq(now(5), 1);
	ck_assert_uint_eq(i8237_in(&dma, 15) & 4, 0);
}
END_TEST

START_TEST(wraps_inside_its_64k_page)
{
	u8 data[4] = {1, 2, 3, 4};
	bool tc;

	setup();
	program(0xfffe, 3, 0x44);
	i8237_transfer(&dma, 2, data, 4, true, &tc);
	ck_assert_uint_eq(memory[0x1ffff], 2);
	ck_assert_uint_eq(memory[0x10000], 3);
}
END_TEST

START_TEST(word_channels_shift_the_address)
{
	u8 data[4] = {1, 2, 3, 4};
	bool tc;

	setup();
	i8237_out(&dma, 16 + 2, 0x00); /* channel 5: word address 0x800 */
	i8237_out(&dma, 16 + 2, 0x08);
	i8237_out(&dma, 16 + 3, 0x01);
	i8237_out(&dma, 16 + 3, 0x00);
	i8237_out(&dma, 16 + 11, 0x45);
	i8237_page_out(&dma, 0x0b, 0x03); /* bit 0 is not used */
	i8237_out(&dma, 16 + 10, 1);
	ck_assert_uint_eq(i8237_transfer(&dma, 5, data, 4, true, &tc), 4);
	ck_assert(tc);
	ck_assert_uint_eq(memory[0x21000], 1);
	ck_assert_uint_eq(memory[0x21003], 4);
}
END_TEST

START_TEST(master_clear_and_masks)
{
	setup();
	i8237_out(&dma, 14, 0);
	ck_assert_uint_eq(i8237_in(&dma, 15), 0xf0);
	i8237_out(&dma, 15, 5);
	ck_assert_uint_eq(i8237_in(&dma, 15), 0xf5);
	i8237_out(&dma, 13, 0);
	ck_assert_uint_eq(i8237_in(&dma, 15), 0xff);
	i8237_page_out(&dma, 4, 0x77); /* unused page register is plain storage */
	ck_assert_uint_eq(i8237_page_in(&dma, 4), 0x77);
}
END_TEST

BENCH_MAIN("i8237", moves_to_memory_until_terminal_count, direction_must_agree,
	   autoinit_and_decrement, wraps_inside_its_64k_page, word_channels_shift_the_address,
	   master_clear_and_masks)

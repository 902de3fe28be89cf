/* SPDX-License-Identifier: MIT
 * A debugger's look at memory: page tables of each format, and that nothing is
 * written by looking.
 */
#include "refvmm/gdbmem.h"
#include "refvmm/test_main.h"

#include <string.h>

#define RAM 0x20000u /* 32 pages; a device is behind them */

static u8 ram[RAM];
static struct vm machine, *vm = &machine;
static struct vcpu cpu;
static u32 written_frame;

u8 *phys_page(struct vm *v, u32 phys, bool write, u32 *frame)
{
	*frame = phys >> 12;
	return phys < RAM ? ram + (phys & ~0xfffu) : NULL;
}

void bt_frame_written(struct bt *bt, u32 frame, u32 offset, u32 n)
{
	written_frame = frame;
}

static void start(void)
{
	vm->v = &cpu;
	vm->v->a20 = true;
	memset(ram, 0, sizeof(ram));
}

static void put32(u32 at, u32 v)
{
	memcpy(ram + at, &v, 4);
}

static u32 walk(u32 lin)
{
	u32 phys;

	return gdbmem_walk(vm, lin, &phys) ? phys : 0xdead;
}

START_TEST(without_paging)
{
	u8 b[4];

	start();
	ck_assert_uint_eq(walk(0x12345), 0x12345);
	vm->v->a20 = false;
	ck_assert_uint_eq(walk(0x112345), 0x12345);
	ram[0xfff] = 1;
	ram[0x1000] = 2;
	ck_assert(gdbmem_read(vm, 0xfff, b, 2));
	ck_assert_mem_eq(b, "\1\2", 2);
	ck_assert(!gdbmem_read(vm, RAM - 1, b, 2));
	ck_assert(!gdbmem_write(vm, RAM - 1, (const u8 *)"xy", 2));
	ck_assert_uint_eq(ram[RAM - 1], 0); /* all or nothing */
	ck_assert(gdbmem_write(vm, 0x1fff, (const u8 *)"xy", 2));
	ck_assert_mem_eq(ram + 0x1fff, "xy", 2);
	ck_assert_uint_eq(written_frame, 2);
}
END_TEST

START_TEST(two_levels)
{
	start();
	vm->v->cr0 = CR0_PE | CR0_PG;
	vm->v->cr3 = 0x1018; /* PCD, PWT are not address */
	put32(0x1000 + 4 * 0x300, 0x2000 | 1);
	put32(0x2000 + 4 * 5, 0x7000 | 1); /* supervisor, read-only, A clear */
	put32(0x1000 + 4 * 0x301, 0x00400000 | 0x81);
	ck_assert_uint_eq(walk(0xc0005123), 0x7123);
	ck_assert_uint_eq(walk(0xc0006000), 0xdead);
	ck_assert_uint_eq(walk(0x10000000), 0xdead);
	vm->v->cr4 = CR4_PSE;
	ck_assert_uint_eq(walk(0xc0412345), 0x412345);
	put32(0x1000 + 4 * 0x302, 0x00402000 | 0x81); /* PSE-36: bit 32 */
	ck_assert_uint_eq(walk(0xc0800000), 0xdead);
	ck_assert_uint_eq(ram[0x2000 + 4 * 5], 1); /* no A bit */
	ck_assert_uint_eq(ram[0x1000 + 4 * 0x300], 1);
}
END_TEST

START_TEST(three_levels)
{
	start();
	vm->v->cr0 = CR0_PE | CR0_PG;
	vm->v->cr4 = CR4_PAE;
	vm->v->cr3 = 0x1020;
	put32(0x1020 + 8 * 3, 0x2000 | 1);
	put32(0x2000 + 8 * 2, 0x3000 | 1);
	put32(0x3000 + 8 * 1, 0x9000 | 1);
	put32(0x3000 + 8 * 1 + 4, 0x80000000); /* NX is no address */
	put32(0x2000 + 8 * 3, 0x00600000 | 0x81);
	put32(0x3000 + 8 * 2, 0x9000 | 1);
	put32(0x3000 + 8 * 2 + 4, 1); /* above 4 GiB */
	ck_assert_uint_eq(walk(0xc0401234), 0x9234);
	ck_assert_uint_eq(walk(0xc0612345), 0x612345);
	ck_assert_uint_eq(walk(0xc0402000), 0xdead);
	ck_assert_uint_eq(walk(0x80000000), 0xdead);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, without_paging);
	tcase_add_test(tc, two_levels);
	tcase_add_test(tc, three_levels);
}

TEST_MAIN("gdbmem")

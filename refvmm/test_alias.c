/* SPDX-License-Identifier: MIT
 * The tables that lead stores of translated code to another mapping, looked up as
 * emitted code does (bt/translate_store.c).
 */
#include "refvmm/machine.h"
#include "refvmm/test_main.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct vm *vm;
static struct vcpu vcpu;

static u32 frame_units[0x100];

static void start(void)
{
	void *at = (void *)(uintptr_t)REFVMM_MONITOR_BASE;

	if (mmap(at, MON_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != at)
		abort();
	vm = aligned_alloc(64, (sizeof(*vm) + 63) & ~63ul);
	if (!vm)
		abort();
	memset(vm, 0, sizeof(*vm));
	memset(&vcpu, 0, sizeof(vcpu));
	vm->v = &vcpu;
	vm->bt = calloc(1, sizeof(*vm->bt));
	if (!vm->bt)
		abort();
	vm->bt->frame_units = frame_units;
	memset(frame_units, 0, sizeof(frame_units));
	vm->mon = REFVMM_MONITOR_BASE;
	vcpu.vm = vm;
	alias_update(vm);
}

/* Where a store at `lin` goes, 0: to the window. */
static u32 goes_to(u32 lin)
{
	u8 group = *(u8 *)(uintptr_t)(vm->mon + MON_GRANULES + (lin >> 16));
	u32 at;

	if (!group)
		return 0;
	at = *(u32 *)(uintptr_t)(vm->mon + MON_ALIASES + 4 * (group << 8 | (lin >> 8 & 0xff)));
	return at ? at + (lin & 0xff) : 0;
}

/* 16 KiB regions from C0000h on, as the PAM registers have them. */
static void set_region(unsigned region, u8 attr)
{
	memset(&vm->pam[region * 4], attr, 4);
}

START_TEST(nothing_at_reset)
{
	start();
	for (u32 lin = 0; lin < 0x200000; lin += 0x100)
		ck_assert_uint_eq(goes_to(lin), 0);
	ck_assert(!alias_covers(vm, 0xc0000));
}
END_TEST

START_TEST(write_only_regions)
{
	start();
	set_region(0, PC_PAM_WRITE);
	set_region(1, PC_PAM_WRITE);
	set_region(2, PC_PAM_READ | PC_PAM_WRITE);
	set_region(3, PC_PAM_READ);
	set_region(5, PC_PAM_WRITE);
	alias_update(vm);
	for (u32 lin = 0xb0000; lin < 0x110000; lin += 0x80) {
		u32 off = lin - 0xc0000;
		/* The last 256 bytes of each run are left out. */
		bool in = (lin >= 0xc0000 && off < 0x7f00) || (off >= 0x14000 && off < 0x17f00);

		ck_assert_uint_eq(goes_to(lin), in ? vm->mon + MON_SHADOW_RAM + off : 0);
		ck_assert(alias_covers(vm, lin) == in);
	}
	ck_assert_uint_eq(goes_to(0x1c0000), 0); /* A20 is the slow path's */
	set_region(0, PC_PAM_READ);
	alias_update(vm);
	ck_assert_uint_eq(goes_to(0xc0000), 0);
	ck_assert_uint_ne(goes_to(0xc4000), 0);
}
END_TEST

START_TEST(the_last_region)
{
	start();
	memset(vm->pam, PC_PAM_WRITE, sizeof(vm->pam));
	alias_update(vm);
	ck_assert_uint_eq(goes_to(0xcffff), vm->mon + MON_SHADOW_RAM + 0xffff);
	ck_assert_uint_eq(goes_to(0xffeff), vm->mon + MON_SHADOW_RAM + 0x3feff);
	ck_assert_uint_eq(goes_to(0xfff00), 0);
	ck_assert_uint_eq(goes_to(0x100000), 0);
}
END_TEST

/* A store there has to drop translations: the slow path does that. */
START_TEST(not_where_code_is)
{
	start();
	memset(vm->pam, PC_PAM_WRITE, sizeof(vm->pam));
	frame_units[0xc9] = 5;
	alias_update(vm);
	ck_assert_uint_ne(goes_to(0xc8eff), 0);
	ck_assert_uint_eq(goes_to(0xc8f00), 0); /* could run over */
	ck_assert_uint_eq(goes_to(0xc9000), 0);
	ck_assert_uint_eq(goes_to(0xc9fff), 0);
	ck_assert_uint_ne(goes_to(0xca000), 0);
}
END_TEST

START_TEST(not_with_paging)
{
	start();
	memset(vm->pam, PC_PAM_WRITE, sizeof(vm->pam));
	vcpu.cr0 = CR0_PE | CR0_PG;
	alias_update(vm);
	ck_assert_uint_eq(goes_to(0xc0000), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, nothing_at_reset);
	tcase_add_test(tc, write_only_regions);
	tcase_add_test(tc, the_last_region);
	tcase_add_test(tc, not_where_code_is);
	tcase_add_test(tc, not_with_paging);
}

TEST_MAIN("alias")

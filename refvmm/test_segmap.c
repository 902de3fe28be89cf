/* SPDX-License-Identifier: MIT
 * The tables of real-mode segments that translated code loads from: what enters
 * them, what an LDT slot takes with it, and how bases follow selectors.  shadow.c
 * fills them; the LDT is a fake that gives every segment a slot of its own.
 */
#include "refvmm/machine.h"
#include "refvmm/test_main.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PLAIN (D_P | D_S | D_WRITABLE)

static struct vm *vm;
static struct vcpu vcpu;
static struct ldt_entry slot[LDT_SLOTS];
static unsigned slots;

u16 ldt_selector(struct vm *m, u32 base, u32 limit, enum ldt_kind kind)
{
	for (unsigned k = LDT_DYNAMIC; k < slots; k++)
		if (slot[k].base == base && slot[k].limit == limit && slot[k].kind == kind)
			return LDT_SEL(k);
	ck_assert_uint_lt(slots, LDT_SLOTS);
	slot[slots] = (struct ldt_entry){.base = base, .limit = limit, .kind = kind};
	return LDT_SEL(slots++);
}

static u16 *entry(u32 table, u16 sel)
{
	return (u16 *)(uintptr_t)(vm->mon + table + 2u * sel);
}

static void load(enum sreg s, u16 sel, u32 limit, u32 attr)
{
	vcpu.seg[s] = (struct seg){.base = (u32)sel << 4, .limit = limit, .attr = attr, .sel = sel};
	vcpu_seg_changed(&vcpu, s);
}

static void start(u32 linbase)
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
	slots = LDT_DYNAMIC;
	vm->v = &vcpu;
	vm->bt = calloc(1, sizeof(*vm->bt));
	if (!vm->bt)
		abort();
	vm->mon = REFVMM_MONITOR_BASE;
	vm->linbase = linbase;
	vm->page0_maps = !linbase;
	vm->shadowed_top = vm->mon;
	vcpu.vm = vm;
	for (int s = 0; s < S_COUNT; s++)
		vcpu.seg[s] = (struct seg){.limit = 0xffff, .attr = PLAIN};
	shadow_all(vm);
}

START_TEST(loads_fill_the_tables)
{
	start(_i ? 0x10000 : 0);
	ck_assert(vcpu.segs_plain);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x1234), 0);
	load(S_DS, 0x1234, 0xffff, PLAIN);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x1234), vcpu.hsel[S_DS]);
	ck_assert_uint_eq(*entry(MON_SEG_STACK, 0x1234), 0);
	load(S_SS, 0x1234, 0xffff, PLAIN);
	ck_assert_uint_eq(*entry(MON_SEG_STACK, 0x1234), vcpu.hsel[S_SS]);
	ck_assert_uint_ne(vcpu.hsel[S_SS], vcpu.hsel[S_DS]); /* B = 0 */
	load(S_CS, 0x4321, 0xffff, PLAIN);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x4321), 0);
	/* Nothing new to shadow, but the table has lost it: back it comes. */
	*entry(MON_SEG_DATA, 0x1234) = 0;
	load(S_DS, 0x1234, 0xffff, PLAIN);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x1234), vcpu.hsel[S_DS]);
}
END_TEST

static const struct {
	enum sreg s;
	u32 limit, attr, pe;
} not_plain[] = {
	{S_ES, 0xffffffff, PLAIN | D_G, 0}, /* unreal mode */
	{S_GS, 0x7fff, PLAIN, 0},
	{S_FS, 0xffff, PLAIN & ~D_WRITABLE, 0},
	{S_DS, 0xffff, PLAIN | D_EXPDOWN, 0},
	{S_DS, 0xffff, PLAIN | D_CODE, 0},
	{S_SS, 0xffff, PLAIN | D_DB, 0},
	{S_DS, 0xffff, PLAIN, CR0_PE},
};

START_TEST(other_segments_do_not)
{
	start(0);
	vcpu.cr0 = not_plain[_i].pe;
	vcpu_mode_changed(&vcpu);
	load(not_plain[_i].s, 0x2000, not_plain[_i].limit, not_plain[_i].attr);
	ck_assert(!vcpu.segs_plain);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x2000), 0);
	ck_assert_uint_eq(*entry(MON_SEG_STACK, 0x2000), 0);
	/* Nor does another register, as long as this one is as it is. */
	load(S_ES, 0x3000, 0xffff, not_plain[_i].s == S_ES ? not_plain[_i].attr : PLAIN);
	if (not_plain[_i].s != S_ES || not_plain[_i].pe)
		ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x3000), 0);
	/* All as they were: plain again. */
	vcpu.cr0 = 0;
	vcpu_mode_changed(&vcpu);
	load(S_ES, 0, 0xffff, PLAIN);
	load(not_plain[_i].s, 0x2000, 0xffff, PLAIN);
	ck_assert(vcpu.segs_plain);
	ck_assert_uint_ne(*entry(not_plain[_i].s == S_SS ? MON_SEG_STACK : MON_SEG_DATA, 0x2000),
			  0);
}
END_TEST

/* A base that is not 16 times the selector, as after leaving protected mode. */
START_TEST(a_base_from_protected_mode)
{
	start(0);
	vcpu.seg[S_DS] = (struct seg){.base = 0, .limit = 0xffff, .attr = PLAIN, .sel = 0x18};
	vcpu_seg_changed(&vcpu, S_DS);
	ck_assert(vcpu.segs_plain);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x18), 0);
}
END_TEST

START_TEST(a_slot_that_goes_takes_its_entry)
{
	struct ldt_entry other = {.base = 0x50000, .limit = 0xfff, .kind = LDT_DATA_RW32};

	start(_i ? 0x10000 : 0);
	load(S_DS, 0x1234, 0xffff, PLAIN);
	load(S_SS, 0x1234, 0xffff, PLAIN);
	segmap_forget(vm, &slot[vcpu.hsel[S_DS] >> 3]);
	ck_assert_uint_eq(*entry(MON_SEG_DATA, 0x1234), 0);
	ck_assert_uint_eq(*entry(MON_SEG_STACK, 0x1234), vcpu.hsel[S_SS]);
	segmap_forget(vm, &slot[vcpu.hsel[S_SS] >> 3]);
	ck_assert_uint_eq(*entry(MON_SEG_STACK, 0x1234), 0);
	/* Slots that no entry can come from, some far outside the tables. */
	segmap_forget(vm, &other);
	other = (struct ldt_entry){.base = 0xfffffff0, .limit = 0xffff, .kind = LDT_DATA_RW32};
	segmap_forget(vm, &other);
	other.base = 0x12345;
	segmap_forget(vm, &other);
	segmap_forget(vm, &(struct ldt_entry){.kind = LDT_FREE});
}
END_TEST

/* What translated code leaves behind: selector and shadow, nothing else. */
START_TEST(bases_follow)
{
	u32 shadows;

	start(0);
	load(S_ES, 0x1000, 0xffff, PLAIN);
	load(S_DS, 0x2000, 0xffff, PLAIN);
	vcpu.gsel[S_DS] = 0x1000;
	vcpu.hsel[S_DS] = vcpu.hsel[S_ES];
	vcpu.seg_loaded = 1;
	segmap_sync(vm);
	ck_assert_uint_eq(vcpu.seg_loaded, 0);
	ck_assert_uint_eq(vcpu.seg[S_DS].sel, 0x1000);
	ck_assert_uint_eq(vcpu.seg[S_DS].base, 0x10000);
	ck_assert_uint_eq(vcpu.seg[S_DS].limit, 0xffff);
	ck_assert_uint_eq(vcpu.seg[S_ES].base, 0x10000);
	ck_assert_uint_eq(vm->bt->stat[ST_seg_inline], 1);
	/* The monitor knows which shadow that is. */
	vcpu.seg_dirty = 0;
	shadows = (u32)vm->bt->stat[ST_seg_shadows];
	load(S_DS, 0x1000, 0xffff, PLAIN);
	ck_assert_uint_eq(vm->bt->stat[ST_seg_shadows], shadows);
	ck_assert_uint_eq(vcpu.seg_dirty, 0);
	load(S_DS, 0x2000, 0xffff, PLAIN);
	ck_assert_uint_eq(vcpu.seg_dirty, 1u << S_DS);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, loads_fill_the_tables, 0, 2);
	tcase_add_loop_test(tc, other_segments_do_not, 0, sizeof(not_plain) / sizeof(not_plain[0]));
	tcase_add_test(tc, a_base_from_protected_mode);
	tcase_add_loop_test(tc, a_slot_that_goes_takes_its_entry, 0, 2);
	tcase_add_test(tc, bases_follow);
}

TEST_MAIN("segmap")

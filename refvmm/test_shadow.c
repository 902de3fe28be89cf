/* SPDX-License-Identifier: MIT
 * Shadow descriptors: for each kind of guest segment the LDT slot asked for, and
 * that none reaches the monitor area.  The LDT is a fake that records.
 */
#include "refvmm/machine.h"
#include "refvmm/test_main.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <string.h>

#define MON REFVMM_MONITOR_BASE

static struct vm *vm;
static struct vcpu vcpu;
static struct ldt_entry asked; /* kind LDT_FREE: an empty segment, nothing asked */
static u16 given;              /* selector of the last answer */

u16 ldt_selector(struct vm *m, u32 base, u32 limit, enum ldt_kind kind)
{
	asked = (struct ldt_entry){.base = base, .limit = limit, .kind = kind};
	given = (u16)(given < LDT_SEL(LDT_DYNAMIC) ? LDT_SEL(LDT_DYNAMIC) : given + 8);
	return given;
}

/* test_segmap.c has its own. */
void segmap_note(struct vm *m, enum sreg s)
{
}

static void start(bool protected, u32 linbase)
{
	free(vm->bt);
	memset(vm, 0, sizeof(*vm));
	memset(&vcpu, 0, sizeof(vcpu));
	vm->v = &vcpu;
	vm->bt = calloc(1, sizeof(*vm->bt));
	if (!vm->bt)
		abort();
	vm->mon = MON;
	vm->linbase = linbase;
	vcpu.vm = vm;
	vcpu.cr0 = protected ? CR0_PE : 0;
	shadow_all(vm);
}

/* Put this segment into `s`; what was asked for it. */
static const struct ldt_entry *load(enum sreg s, u32 base, u32 limit, u32 attr)
{
	asked.kind = LDT_FREE;
	vcpu.seg[s] = (struct seg){.base = base, .limit = limit, .attr = attr, .sel = 0x1234};
	vcpu_seg_changed(&vcpu, s);
	ck_assert_uint_eq(vcpu.gsel[s], 0x1234);
	if (asked.kind != LDT_FREE) {
		ck_assert_uint_eq(vcpu.hsel[s], given);
		ck_assert_uint_ge(asked.base, vm->linbase);
		if (asked.kind != LDT_EXPDOWN_RW16 && asked.kind != LDT_EXPDOWN_RO16)
			ck_assert_uint_lt((u64)asked.base + asked.limit, MON);
		else
			ck_assert_uint_lt((u64)asked.base + 0xffff, MON);
	}
	return &asked;
}

#define A_DATA (D_P | D_S | D_WRITABLE)
#define A_RO   (D_P | D_S)
#define A_DOWN (D_P | D_S | D_WRITABLE | D_EXPDOWN)
#define A_CODE (D_P | D_S | D_CODE | D_READABLE)
#define A_EXEC (D_P | D_S | D_CODE)

static const struct {
	const char *name;
	enum sreg s;
	u32 base, limit, attr;
	u32 got_limit;
	enum ldt_kind kind;
} segments[] = {
	{"flat data is cut", S_DS, 0, ~0u, A_DATA | D_DB | D_G, MON - 1, LDT_DATA_RW32},
	{"flat stack is cut", S_SS, 0, ~0u, A_DATA | D_DB | D_G, MON - 1, LDT_DATA_RW32},
	{"16-bit stack keeps B=0", S_SS, 0, 0xffff, A_DATA, 0xffff, LDT_DATA_RW16},
	{"small data, byte limit", S_ES, 0x12345, 0x123, A_DATA, 0x123, LDT_DATA_RW32},
	{"1 MiB is still in bytes", S_DS, 0, 0xfffff, A_DATA, 0xfffff, LDT_DATA_RW32},
	{"ends with the last byte", S_DS, MON - 0x10000, 0xffff, A_DATA, 0xffff, LDT_DATA_RW32},
	{"one byte too many", S_DS, MON - 0x10000, 0x10000, A_DATA, 0xffff, LDT_DATA_RW32},
	{"begins at the area", S_DS, MON, 0xff, A_DATA, 0, LDT_FREE},
	{"inside the area", S_DS, MON + 0x1000, 0xff, A_DATA, 0, LDT_FREE},
	{"wraps from the top", S_DS, 0xfffff000, ~0u, A_DATA, 0, LDT_FREE},
	{"read-only data", S_DS, 0, 0xffff, A_RO, 0xffff, LDT_DATA_RO},
	{"readable code as data", S_DS, 0, ~0u, A_CODE | D_DB | D_G, MON - 1, LDT_DATA_RO},
	{"CS override", S_CS, 0, ~0u, A_CODE | D_DB | D_G, MON - 1, LDT_DATA_RO},
	{"execute-only code", S_CS, 0, ~0u, A_EXEC | D_DB | D_G, 0, LDT_FREE},
	{"not present", S_DS, 0, 0xffff, A_DATA & ~D_P, 0, LDT_FREE},
	{"null", S_DS, 0, 0, 0, 0, LDT_FREE},
	{"a system descriptor", S_DS, 0, 0xffff, A_DATA & ~D_S, 0, LDT_FREE},
	{"16-bit expand-down", S_SS, 0x1000, 0x0fff, A_DOWN, 0x0fff, LDT_EXPDOWN_RW16},
	{"read-only expand-down", S_DS, 0, 0x0fff, A_DOWN & ~D_WRITABLE, 0x0fff, LDT_EXPDOWN_RO16},
	{"expand-down of nothing", S_DS, 0, 0xffff, A_DOWN, 0, LDT_FREE},
	{"32-bit expand-down ends at 4 GiB", S_DS, 0, 0xfff, A_DOWN | D_DB, 0, LDT_FREE},
	{"expand-down near the area", S_DS, MON - 0x8000, 0xfff, A_DOWN, 0, LDT_FREE},
};

static void check_segment(unsigned k, u32 linbase)
{
	const struct ldt_entry *e;
	u32 want = segments[k].got_limit;

	start(true, linbase);
	e = load(segments[k].s, segments[k].base, segments[k].limit, segments[k].attr);
	ck_assert_msg(e->kind == segments[k].kind, "%s: kind %u", segments[k].name, e->kind);
	if (e->kind == LDT_FREE) {
		ck_assert_uint_eq(vcpu.hsel[segments[k].s],
				  LDT_SEL(segments[k].attr & D_DB ? LDT_EMPTY32 : LDT_EMPTY16));
		return;
	}
	ck_assert_uint_eq(e->base, segments[k].base + linbase);
	/* The shift leaves less room below the area. */
	if (want > MON - 1 - e->base)
		want = MON - 1 - e->base;
	ck_assert_msg(e->limit == want, "%s: limit %x", segments[k].name, e->limit);
}

START_TEST(protected_mode)
{
	check_segment(_i, 0);
}
END_TEST

START_TEST(shifted)
{
	if (segments[_i].base < MON - 0x20000) /* the others move into the area */
		check_segment(_i, 0x10000);
	else {
		start(true, 0x10000);
		load(segments[_i].s, segments[_i].base, segments[_i].limit, segments[_i].attr);
		ck_assert(asked.kind == LDT_FREE || asked.base < MON);
	}
}
END_TEST

/* Limits above 1 MiB count pages: the shadow is the largest that fits. */
START_TEST(page_limits)
{
	start(true, 0);
	ck_assert_uint_eq(load(S_DS, 0x123, ~0u, A_DATA | D_G)->limit & 0xfff, 0xfff);
	ck_assert_uint_gt(asked.limit, MON - 0x123 - 0x2000);
	ck_assert_uint_le(asked.limit, MON - 1 - 0x123);
	ck_assert_uint_eq(load(S_DS, 0, 0x123456, A_DATA)->limit, 0x122fff);
}
END_TEST

/* In real mode a CS override writes; B of SS stays what it is. */
START_TEST(real_mode)
{
	start(false, 0);
	ck_assert_int_eq(load(S_CS, 0xf0000, 0xffff, A_CODE)->kind, LDT_DATA_RW32);
	ck_assert_int_eq(load(S_SS, 0, 0xffff, A_DATA)->kind, LDT_DATA_RW16);
	ck_assert_int_eq(load(S_DS, 0, ~0u, A_DATA)->kind, LDT_DATA_RW32); /* unreal mode */
	ck_assert_uint_eq(asked.limit, MON - 1);
	/* The switch chooses again for every register. */
	load(S_CS, 0xf0000, 0xffff, A_CODE);
	asked.kind = LDT_FREE;
	vcpu.cr0 |= CR0_PE;
	vcpu_mode_changed(&vcpu);
	ck_assert_int_ne(asked.kind, LDT_FREE);
}
END_TEST

/* Only registers that hardware holds are marked for reloading, and only when
 * the shadow changes. */
START_TEST(dirty)
{
	start(true, 0);
	vcpu.seg_dirty = 0;
	load(S_DS, 0x1000, 0xfff, A_DATA);
	ck_assert_uint_eq(vcpu.seg_dirty, 1u << S_DS);
	load(S_GS, 0x1000, 0xfff, A_DATA); /* hardware FS holds guest FS */
	ck_assert_uint_eq(vcpu.seg_dirty, 1u << S_DS);
	load(S_FS, 0x1000, 0xfff, A_DATA);
	ck_assert_uint_eq(vcpu.seg_dirty, 1u << S_DS | 1u << S_FS);
	vcpu.fs_owner = OWNER_GS;
	vcpu.seg_dirty = 0;
	load(S_GS, 0x2000, 0xfff, A_DATA);
	ck_assert_uint_eq(vcpu.seg_dirty, 1u << S_FS);
	vcpu.seg_dirty = 0;
	load(S_GS, 0x2000, 0xfff, A_DATA | D_ACCESSED); /* the same shadow */
	ck_assert_uint_eq(vcpu.seg_dirty, 0);
	ck_assert_int_eq(asked.kind, LDT_FREE);
}
END_TEST

static void add_tests(TCase *tc)
{
	int n = sizeof(segments) / sizeof(segments[0]);

	vm = aligned_alloc(64, (sizeof(*vm) + 63) & ~63ul);
	if (!vm)
		abort();
	memset(vm, 0, sizeof(*vm));
	tcase_add_loop_test(tc, protected_mode, 0, n);
	tcase_add_loop_test(tc, shifted, 0, n);
	tcase_add_test(tc, page_limits);
	tcase_add_test(tc, real_mode);
	tcase_add_test(tc, dirty);
}

TEST_MAIN("shadow")

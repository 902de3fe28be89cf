/* SPDX-License-Identifier: MIT
 * A remembered segment load against the whole way: from the same state either there
 * is no memo, or the registers end up the same - whatever the guest changed since
 * the load was remembered.  What the stub does (bt/stubs_segload.c) is done here in
 * C; test_engine runs the real one.
 */
#include "refvmm/segmemo.h"

#include "refvmm/descriptor.h"
#include "refvmm/machine.h"
#include "refvmm/test_support.h"
#include "refvmm/window.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct vm *vm;
static u32 shown[TABLE_PAGES]; /* frames */
static unsigned shows;
static u32 moved_page, moved_frame; /* of linear pages, this one leads elsewhere */
static u8 page_flags;
static u16 next_slot;

bool page_lookup(struct vcpu *v, u32 lin, struct page *page)
{
	page->phys = (lin >> 12 == moved_page ? moved_frame : lin >> 12) << 12;
	page->flags = page_flags;
	return page_flags;
}

u8 *phys_page(struct vm *m, u32 phys, bool write, u32 *frame)
{
	*frame = phys >> 12;
	return phys < RAM_SIZE ? ram + (phys & ~0xfffu) : NULL;
}

bool window_show(struct vm *m, u32 address, u32 frame)
{
	u32 k = (address - m->mon - MON_TABLE_PAGES) >> 12;

	ck_assert_uint_lt(k, TABLE_PAGES);
	shown[k] = frame;
	shows++;
	return true;
}

static struct seg_memo *memo(unsigned cpl, enum sreg s, u16 sel)
{
	return (struct seg_memo *)(uintptr_t)(vm->mon + MON_SEG_MEMOS) +
	       seg_memo_kind(cpl, s) * SEG_MEMOS + (sel & 0xff);
}

/* shadow.c, with a slot of its own for each load. */
static void shadow(enum sreg s)
{
	struct vcpu *v = vm->v;
	const struct seg *g = &v->seg[s];
	u32 top = v->cpl == 3 && paging_on(v) ? vm->window->user_top : vm->mon;
	struct shadowed *known = &vm->shadows[top != vm->mon][s];

	vm->shadowed[s] =
		(struct shadowed){.base = g->base, .limit = g->limit, .attr = g->attr, .top = top};
	*known = vm->shadowed[s];
	known->sel = (u16)(LDT_DYNAMIC + next_slot++ % (LDT_SLOTS - LDT_DYNAMIC)) << 3 | 7;
	known->low = s == S_GS ? 0x27 : 0;
	v->hsel[s] = known->sel;
	if (s == S_GS)
		v->hsel[HSEL_GS_LOW] = known->low;
	v->seg_rw[s] = (g->attr & (D_CODE | D_WRITABLE)) == D_WRITABLE;
}

/* The monitor's load. */
static bool whole(enum sreg s, u16 sel)
{
	if (arch_load_seg(vm->v, s, sel) != MON_OK)
		return false;
	shadow(s);
	return true;
}

static u32 descriptor_word(u32 at)
{
	u32 k = (at - vm->mon - MON_TABLE_PAGES) >> 12, word;

	if (k < TABLE_PAGES)
		memcpy(&word, ram + (shown[k] << 12) + (at & 0xfff), 4);
	else
		memcpy(&word, (void *)(uintptr_t)at, 4);
	return word;
}

static bool stub(enum sreg s, u16 sel)
{
	struct vcpu *v = vm->v;
	const struct seg_memo *e = memo(v->cpl, s, sel);

	v->scratch = sel;
	if (e->sel != sel || descriptor_word(e->desc) != e->lo ||
	    descriptor_word(e->desc + 4) != e->hi)
		return false;
	v->seg_memo[s] = (u32)(uintptr_t)e;
	v->hsel[s] = e->hsel;
	if (s == S_GS)
		v->hsel[HSEL_GS_LOW] = e->low;
	v->seg_rw[s] = 0;
	v->gsel[s] = sel;
	v->seg_loaded = 1;
	return true;
}

static void machine(unsigned ring)
{
	void *at = (void *)(uintptr_t)REFVMM_MONITOR_BASE;

	if (!vm) {
		if (mmap(at, MON_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
			abort();
		vm = aligned_alloc(64, (sizeof(*vm) + 63) & ~63ul);
		if (!vm)
			abort();
		memset(vm, 0, sizeof(*vm));
		vm->bt = calloc(1, sizeof(*vm->bt));
		vm->window = calloc(1, sizeof(*vm->window));
	}
	vm->v = start_protected(ring);
	vm->v->vm = vm;
	vm->v->a20 = true;
	vm->mon = REFVMM_MONITOR_BASE;
	vm->linbase = 0;
	vm->ram = ram;
	vm->window->user_top = 0xc0000000;
	vm->v->cr0 |= CR0_PG;
	moved_page = NO_PAGE;
	page_flags = PAGE_ACCESSED;
	segmemo_reset(vm);
	put_desc(SLOT, 0x1000, 0xfff, A_DATA | A_DPL(3) | D_ACCESSED);
	put_desc(SLOT2, 0x2000, 0x1fff, A_CODE | A_DPL(3) | D_ACCESSED);
	put_desc(DATA_OF(0), 0, FLAT, A_DATA | D_ACCESSED);
	put_desc(DATA_OF(3), 0, FLAT, A_DATA | A_DPL(3) | D_ACCESSED);
	put_desc(LOCAL, 0x3000, FLAT, A_DATA | A_DPL(3) | D_ACCESSED);
}

/* ---- what may happen between two loads of SLOT ---- */

static void no_change(void)
{
}
static void base_changed(void)
{
	put_desc(SLOT, 0x5000, 0xfff, A_DATA | A_DPL(3) | D_ACCESSED);
}
static void limit_changed(void)
{
	put_desc(SLOT, 0x1000, 0xffe, A_DATA | A_DPL(3) | D_ACCESSED);
}
static void accessed_cleared(void)
{
	put_desc(SLOT, 0x1000, 0xfff, A_DATA | A_DPL(3));
}
static void absent(void)
{
	put_desc(SLOT, 0x1000, 0xfff, (A_DATA & ~D_P) | A_DPL(3) | D_ACCESSED);
}
static void private(void)
{
	put_desc(SLOT, 0x1000, 0xfff, A_DATA | D_ACCESSED);
}
static void available_bit(void)
{
	poke(GDT + SLOT + 4, 4, peek(GDT + SLOT + 4, 4) | D_AVL);
}
static void gdt_short(void)
{
	vcpu.gdtr.limit = SLOT + 6;
}
static void gdt_moved(void)
{
	memcpy(ram + 0xc000, ram + GDT, 0x200);
	vcpu.gdtr.base = 0xc000;
	put_desc(SLOT, 0x5000, 0xfff, A_DATA | A_DPL(3) | D_ACCESSED);
}
static void ldt_gone(void)
{
	vcpu.ldtr = (struct seg){0};
}
static void ldt_elsewhere(void)
{
	vcpu.ldtr.base += 8;
}
static void user_end_lower(void)
{
	vm->window->user_top = 0x80000000;
}
static void paging_off(void)
{
	vcpu.cr0 &= ~(u32)CR0_PG;
}
static void window_moved(void)
{
	vm->linbase = 0x10000;
}
static void page_moved(void)
{
	moved_page = vcpu.gdtr.base >> 12;
	moved_frame = 0x20;
	vm->tlb_generation++;
}
static void page_not_invalidated(void)
{
	moved_page = vcpu.gdtr.base >> 12;
	moved_frame = 0x20;
}
static void page_untouched(void)
{
	page_flags = PAGE_WRITE;
	vm->tlb_generation++;
}
static void page_gone(void)
{
	page_flags = 0;
	vm->tlb_generation++;
}
static void flushed(void)
{
	vm->tlb_generation++;
}
static void slot_given_away(void)
{
	segmemo_slot(vm, memo(vcpu.cpl, S_DS, SLOT)->hsel >> 3);
}
static void other_slot_given_away(void)
{
	segmemo_slot(vm, 63);
}
static void reset(void)
{
	segmemo_reset(vm);
}

static const struct change {
	const char *name;
	void (*make)(void);
	bool taken;
} changes[] = {
	{"nothing", no_change, true},
	{"base", base_changed, false},
	{"limit", limit_changed, false},
	{"accessed bit", accessed_cleared, false},
	{"absent", absent, false},
	{"DPL", private, false},
	{"AVL", available_bit, false},
	{"GDT limit", gdt_short, false},
	{"GDT base", gdt_moved, false},
	{"LDTR null", ldt_gone, false},
	{"LDTR base", ldt_elsewhere, false},
	{"user_top", user_end_lower, false},
	{"paging off", paging_off, false},
	{"window", window_moved, false},
	{"page of the GDT", page_moved, false},
	{"the same without invalidation", page_not_invalidated, true},
	{"accessed bit of the page", page_untouched, false},
	{"page gone", page_gone, false},
	{"flush alone", flushed, true},
	{"LDT slot", slot_given_away, false},
	{"another LDT slot", other_slot_given_away, true},
	{"reset", reset, false},
};

/* SLOT into DS, remembered; a change; SLOT into DS again. */
static void compare(unsigned ring, const struct change *c)
{
	struct vcpu after;
	bool hit, loads;

	machine(ring);
	next_slot = 0;
	ck_assert(whole(S_DS, SLOT));
	segmemo_note(vm, S_DS);
	ck_assert(whole(S_DS, 0));
	c->make();
	segmemo_check(vm);
	hit = stub(S_DS, SLOT);
	ck_assert_msg(hit == c->taken, "%s in ring %u: %s", c->name, ring,
		      hit ? "taken" : "declined");
	if (!hit) {
		ck_assert_uint_eq(vcpu.seg_memo[S_DS], 0);
		return;
	}
	segmemo_sync(vm);
	after = vcpu;
	ck_assert_uint_eq(vcpu.seg_memo[S_DS], 0);
	vcpu.seg[S_DS] = (struct seg){0};
	next_slot = 0;
	loads = whole(S_DS, SLOT);
	ck_assert_msg(loads, "%s", c->name);
	ck_assert_msg(!memcmp(&after.seg, &vcpu.seg, sizeof(after.seg)), "%s: segments", c->name);
	ck_assert_msg(!memcmp(&after.hsel, &vcpu.hsel, sizeof(after.hsel)), "%s: shadows", c->name);
	ck_assert_msg(!memcmp(&after.seg_rw, &vcpu.seg_rw, 8), "%s: rights", c->name);
	ck_case(c->name, "selector", after.gsel[S_DS], SLOT);
}

START_TEST(changes_between_loads)
{
	for (unsigned ring = 0; ring <= 3; ring += 3)
		for (unsigned k = 0; k < sizeof(changes) / sizeof(*changes); k++)
			compare(ring, &changes[k]);
}
END_TEST

static const struct {
	u8 ring;
	enum sreg s;
	u16 sel;
	bool kept;
} loads[] = {
	{0, S_ES, SLOT, true},       {0, S_FS, SLOT | 3, true},  {3, S_GS, SLOT2 | 3, true},
	{0, S_GS, LOCAL, true},      {3, S_DS, LOCAL | 3, true}, {0, S_SS, DATA_OF(0), true},
	{3, S_SS, DATA_OF(3), true}, {0, S_ES, 0, true},         {3, S_GS, 3, true},
	{0, S_SS, DATA16, false}, /* SS.B is part of the context */
	{1, S_DS, SLOT, false},   /* rings 1 and 2 have no stubs */
};

START_TEST(each_register)
{
	for (unsigned k = 0; k < sizeof(loads) / sizeof(*loads); k++) {
		struct seg seg;
		u32 hsel, low;
		u64 inlined;
		enum sreg s = loads[k].s;

		machine(loads[k].ring);
		put_desc(DATA16, 0, 0xffff, (A_DATA & ~D_DB) | D_ACCESSED);
		ck_assert_uint_eq(memo(loads[k].ring, s, loads[k].sel)->sel, NO_MEMO);
		ck_assert(whole(s, loads[k].sel));
		segmemo_note(vm, s);
		seg = vcpu.seg[s];
		hsel = vcpu.hsel[s];
		low = vcpu.hsel[HSEL_GS_LOW];
		vcpu.seg[s].base = 0x77777;
		vcpu.hsel[s] = vcpu.hsel[HSEL_GS_LOW] = 0;
		segmemo_check(vm);
		ck_assert_msg(stub(s, loads[k].sel) == loads[k].kept, "load %u", k);
		if (!loads[k].kept)
			continue;
		inlined = vm->bt->stat[ST_seg_inline];
		segmemo_sync(vm);
		ck_assert_uint_eq(vm->bt->stat[ST_seg_inline], inlined + 1);
		ck_assert_mem_eq(&vcpu.seg[s], &seg, sizeof(seg));
		ck_assert_uint_eq(vcpu.hsel[s], hsel);
		ck_assert_uint_eq(vcpu.hsel[HSEL_GS_LOW], s == S_GS ? low : 0);
		ck_assert_uint_eq(vm->shadowed[s].base, seg.base);
		ck_assert_uint_ne(vm->ldt[hsel >> 3].used, 0);
	}
}
END_TEST

/* The other ring's checks are others; another selector with the same low byte takes
 * the memo's place. */
START_TEST(what_is_distinguished)
{
	machine(0);
	vcpu.gdtr.limit = 0x3ff;
	put_desc(SLOT + 0x100, 0x6000, FLAT, A_DATA | A_DPL(3) | D_ACCESSED);
	ck_assert(whole(S_DS, SLOT));
	segmemo_note(vm, S_DS);
	ck_assert(!stub(S_DS, SLOT | 3));
	ck_assert(stub(S_ES, SLOT));
	ck_assert(!stub(S_GS, SLOT));
	vcpu.cpl = 3;
	ck_assert(!stub(S_DS, SLOT));
	vcpu.cpl = 0;
	ck_assert(!stub(S_DS, SLOT + 0x100));
	segmemo_missed(vm, S_DS);
	ck_assert(whole(S_DS, SLOT + 0x100));
	segmemo_note(vm, S_DS);
	ck_assert(stub(S_DS, SLOT + 0x100));
	ck_assert(!stub(S_DS, SLOT));
	put_desc(SLOT + 0x100, 0x7000, FLAT, A_DATA | A_DPL(3) | D_ACCESSED);
	ck_assert(!stub(S_DS, SLOT + 0x100));
	segmemo_missed(vm, S_DS);
	ck_assert_uint_eq(vm->bt->stat[ST_seg_miss_changed], 1);
	ck_assert_uint_eq(vm->bt->stat[ST_seg_miss_new], 1);
}
END_TEST

/* More selectors than memos, and tables on more pages than can be shown: memos go,
 * none is wrong. */
START_TEST(more_than_fit)
{
	machine(0);
	vcpu.gdtr.limit = 0xffff;
	for (u32 sel = 0x300; sel < 0x300 + 8 * (SEG_MEMOS_MAX + 20); sel += 8) {
		put_desc((u16)sel, sel << 4, 0xfff, A_DATA | A_DPL(3) | D_ACCESSED);
		for (unsigned rpl = 0; rpl < 4; rpl += 3) {
			ck_assert(whole(S_DS, (u16)(sel + rpl)));
			segmemo_note(vm, S_DS);
			ck_assert_uint_le(vm->seg_memos.n, SEG_MEMOS_MAX);
			ck_assert(stub(S_DS, (u16)(sel + rpl)));
			segmemo_sync(vm);
			ck_assert_uint_eq(vcpu.seg[S_DS].base, sel << 4);
		}
	}
	for (unsigned page = 0; page < 2 * TABLE_PAGES; page++) {
		u32 sel = 0x1008 + 0x1000 * page;

		put_desc((u16)sel, sel, 0xfff, A_DATA | A_DPL(3) | D_ACCESSED);
		ck_assert(whole(S_DS, (u16)sel));
		segmemo_note(vm, S_DS);
		segmemo_check(vm);
		ck_assert(stub(S_DS, (u16)sel));
		segmemo_sync(vm);
		ck_assert_uint_eq(vcpu.seg[S_DS].base, sel);
	}
	ck_assert_uint_ge(shows, 2 * TABLE_PAGES);
}
END_TEST

/* A descriptor that crosses pages is never remembered; one whose frame is shown
 * already needs no mapping. */
START_TEST(pages)
{
	unsigned before;

	machine(0);
	memcpy(ram + 0xc000 + 0x1000 - SLOT - 4, ram + GDT, 0x200);
	vcpu.gdtr.base = 0xd000 - SLOT - 4;
	put_desc(SLOT, 0x1000, 0xfff, A_DATA | A_DPL(3) | D_ACCESSED);
	ck_assert(whole(S_DS, SLOT));
	segmemo_note(vm, S_DS);
	ck_assert(!stub(S_DS, SLOT));
	machine(0);
	ck_assert(whole(S_DS, SLOT));
	segmemo_note(vm, S_DS);
	before = shows;
	vcpu.gdtr.limit -= 8;
	segmemo_check(vm);
	ck_assert(!stub(S_DS, SLOT));
	ck_assert(whole(S_DS, SLOT));
	segmemo_note(vm, S_DS);
	ck_assert(stub(S_DS, SLOT));
	ck_assert_uint_eq(shows, before);
}
END_TEST

int main(void)
{
	return RUN("segmemo", changes_between_loads, each_register, what_is_distinguished,
		   more_than_fit, pages);
}

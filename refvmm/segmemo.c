/* SPDX-License-Identifier: MIT
 * Segment loads in protected mode by translated code (SDM vol. 3A sections 3.4
 * and 5.4 to 5.7).  What a load does depends on the selector, the descriptor, the
 * CPL and where guest segments have to end.  A memo says what the last successful
 * load of a selector came to; translated code compares the descriptor in guest
 * memory with the one remembered, each time, and repeats the load when they agree.
 *
 * It sees the descriptor through a read-only page of the monitor area, whatever the
 * guest's segments and page tables let through at the moment: the page is where
 * the table's linear address led when the memo was made, and that is looked up
 * again whenever the guest invalidates translations.  A memo goes with anything
 * else that it depends on: GDTR, LDTR, the window's place, the end of user
 * segments, the LDT slot of its shadow.
 *
 * Hidden parts of the registers follow at the next exit.  Monitor context.
 */
#include "refvmm/segmemo.h"

#include "refvmm/descriptor.h"
#include "refvmm/window.h"

static struct seg_memo *memos(struct vm *vm)
{
	return (struct seg_memo *)(uintptr_t)(vm->mon + MON_SEG_MEMOS);
}

static void forget_all(struct vm *vm)
{
	struct seg_memos *m = &vm->seg_memos;

	for (u32 k = 0; k < m->n; k++)
		memos(vm)[m->used[k]].sel = NO_MEMO;
	m->n = 0;
	m->slots = 0;
	for (u32 k = 0; k < TABLE_PAGES; k++)
		m->table[k].page = NO_PAGE; /* the frame stays mapped */
	vm->bt->stat[ST_seg_memo_drops]++;
}

void segmemo_reset(struct vm *vm)
{
	struct seg_memos *m = &vm->seg_memos;

	for (u32 k = 0; k < SEG_MEMO_KINDS * SEG_MEMOS; k++)
		memos(vm)[k].sel = NO_MEMO;
	m->n = 0;
	m->slots = 0;
	for (u32 k = 0; k < TABLE_PAGES; k++)
		m->table[k].page = m->table[k].frame = NO_PAGE;
	for (u32 s = 0; s < S_COUNT; s++)
		vm->v->seg_memo[s] = 0;
	vm->v->seg_loaded = 0;
}

/* Where segments of user code end. */
static u32 user_top(const struct vm *vm)
{
	return paging_on(vm->v) ? vm->window->user_top : vm->mon;
}

static bool same_tables(const struct vm *vm)
{
	const struct seg_memos *m = &vm->seg_memos;
	const struct vcpu *v = vm->v;

	return m->gdtr.base == v->gdtr.base && m->gdtr.limit == v->gdtr.limit &&
	       m->ldtr.base == v->ldtr.base && m->ldtr.limit == v->ldtr.limit &&
	       m->ldt_attr == v->ldtr.attr && m->linbase == vm->linbase
#ifndef WITHOUT_SEG_MEMO_TOP
	       && m->top == user_top(vm)
#endif
		;
}

/* Does the linear page still lead to this frame, and would reading it leave the
 * page tables as they are? */
static bool leads_to(struct vm *vm, u32 linear, u32 frame)
{
	struct page page;
	u32 phys, now;

	if (!page_lookup(vm->v, linear << 12, &page) || !(page.flags & PAGE_ACCESSED) ||
	    (page.flags & PAGE_ABOVE))
		return false;
	phys = vm->v->a20 ? page.phys : page.phys & ~0x100000u;
	return phys_page(vm, phys, false, &now) && now == frame;
}

static bool same_pages(struct vm *vm)
{
	struct seg_memos *m = &vm->seg_memos;

	if (m->generation == vm->tlb_generation)
		return true;
	m->generation = vm->tlb_generation;
	for (u32 k = 0; k < TABLE_PAGES; k++)
		if (m->table[k].page != NO_PAGE &&
		    !leads_to(vm, m->table[k].page, m->table[k].frame))
			return false;
	return true;
}

void segmemo_check(struct vm *vm)
{
	if (vm->seg_memos.n && !(same_tables(vm) && same_pages(vm)))
		forget_all(vm);
}

void segmemo_slot(struct vm *vm, unsigned slot)
{
	if (vm->seg_memos.slots >> slot & 1)
		forget_all(vm);
}

/* Address in the monitor area at which the byte at linear `lin`, in frame `frame`,
 * can be read; 0: not to be had. */
static u32 show(struct vm *vm, u32 lin, u32 frame)
{
	struct seg_memos *m = &vm->seg_memos;
	u32 page = lin >> 12, k, at, free = TABLE_PAGES;

	for (k = 0; k < TABLE_PAGES; k++) {
		if (m->table[k].page == page)
			return m->table[k].frame == frame
				       ? vm->mon + MON_TABLE_PAGES + (k << 12) + (lin & 0xfff)
				       : 0;
		if (m->table[k].page == NO_PAGE &&
		    (free == TABLE_PAGES || m->table[k].frame == frame))
			free = k;
	}
	if (free == TABLE_PAGES) {
		forget_all(vm);
		free = m->victim++ % TABLE_PAGES;
	}
	at = MON_TABLE_PAGES + (free << 12);
	if (m->table[free].frame != frame) {
		m->table[free].frame = NO_PAGE;
		if (!window_show(vm, vm->mon + at, frame))
			return 0;
		m->table[free].frame = frame;
	}
	m->table[free].page = page;
	return vm->mon + at + (lin & 0xfff);
}

/* The descriptor behind the selector in `seg`, if that is what it was loaded from. */
static bool find_descriptor(struct vm *vm, const struct seg *seg, struct seg_memo *e)
{
	struct seg check;
	struct desc d;
	const u8 *p;

	if (!desc_locate(vm->v, seg->sel, &d.lin) || (d.lin & 0xfff) > 0xff8)
		return false;
	p = lin_ram(vm->v, d.lin, 8, ACC_READ | ACC_SYSTEM);
	if (!p)
		return false;
	__builtin_memcpy(&d.lo, p, 4);
	__builtin_memcpy(&d.hi, p + 4, 4);
	desc_to_seg(&d, seg->sel, &check);
	if (check.base != seg->base || check.limit != seg->limit || check.attr != seg->attr ||
	    !(d.hi & D_ACCESSED))
		return false;
	e->lo = d.lo;
	e->hi = d.hi;
	e->desc = show(vm, d.lin, (u32)((u64)(p - vm->ram) >> 12));
	return e->desc;
}

/* The memos of other segments hold beside a new one. */
static void begin(struct vm *vm)
{
	struct seg_memos *m = &vm->seg_memos;
	const struct vcpu *v = vm->v;

	segmemo_check(vm);
	if (m->n == SEG_MEMOS_MAX)
		forget_all(vm);
	if (m->n)
		return;
	m->gdtr = v->gdtr;
	m->ldtr = (struct dtr){.base = v->ldtr.base, .limit = v->ldtr.limit};
	m->ldt_attr = v->ldtr.attr;
	m->linbase = vm->linbase;
	m->top = user_top(vm);
	m->generation = vm->tlb_generation;
}

void segmemo_note(struct vm *vm, enum sreg s)
{
	struct vcpu *v = vm->v;
	struct seg_memos *m = &vm->seg_memos;
	const struct seg *seg = &v->seg[s];
	const struct shadowed *now = &vm->shadowed[s],
			      *known = &vm->shadows[now->top != vm->mon][s];
	u32 k = seg_memo_kind(v->cpl, s) * SEG_MEMOS + (seg->sel & 0xff);
	struct seg_memo *e = &memos(vm)[k], new = {.sel = seg->sel};

	if (!vcpu_protected(v) || (v->cpl && v->cpl != 3) || s == S_CS ||
	    (s == S_SS && !(seg->attr & D_DB)) || known->base != now->base ||
	    known->limit != now->limit || known->attr != now->attr || known->top != now->top ||
	    known->sel != v->hsel[s] || (s == S_GS && known->low != v->hsel[HSEL_GS_LOW]))
		return;
	begin(vm);
	if (sel_is_null(seg->sel))
		new.desc = (u32)(uintptr_t)&e->lo; /* compared with itself */
	else if (!find_descriptor(vm, seg, &new))
		return;
	if (!m->n) /* dropped for want of pages */
		begin(vm);
	new.hsel = known->sel;
	new.low = known->low;
	m->slots |= 1ull << (new.hsel >> 3);
	if (s == S_GS)
		m->slots |= 1ull << (new.low >> 3);
	if (e->sel == NO_MEMO)
		m->used[m->n++] = (u16)k;
	*e = new;
	m->record[k] = (struct seg_record){.seg = *seg, .shadow = *known};
	vm->bt->stat[ST_seg_memos]++;
}

void segmemo_missed(struct vm *vm, enum sreg s)
{
	u32 sel = vm->v->scratch;
	const struct seg_memo *e =
		&memos(vm)[seg_memo_kind(vm->v->cpl, s) * SEG_MEMOS + (sel & 0xff)];

	vm->bt->stat[e->sel == sel ? ST_seg_miss_changed : ST_seg_miss_new]++;
}

void segmemo_sync(struct vm *vm)
{
	struct vcpu *v = vm->v;

	for (u32 s = 0; s < S_COUNT; s++) {
		const struct seg_record *r;
		u32 at = v->seg_memo[s];

		if (!at)
			continue;
		v->seg_memo[s] = 0;
		r = &vm->seg_memos
			     .record[(at - (vm->mon + MON_SEG_MEMOS)) / sizeof(struct seg_memo)];
		v->seg[s] = r->seg;
		v->gsel[s] = r->seg.sel;
		v->hsel[s] = r->shadow.sel;
		v->seg_rw[s] = vcpu_seg_writable(v, s);
		if (s == S_GS)
			v->hsel[HSEL_GS_LOW] = r->shadow.low;
		vm->shadowed[s] = r->shadow;
		vm->shadows[r->shadow.top != vm->mon][s] = r->shadow;
		vm->ldt[r->shadow.sel >> 3].used = ++vm->ldt_clock;
		vm->bt->stat[ST_seg_inline]++;
	}
}

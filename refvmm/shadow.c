/* SPDX-License-Identifier: MIT
 * Shadow descriptors: for each guest segment register the hardware segment that
 * lets through what the guest's segment allows and nothing of the monitor area.
 *
 * Truncation: base unchanged (plus the window shift), limit cut below the
 * monitor base, DPL 3.  Whatever hardware cannot express that way gets an empty
 * segment; every access through it faults and is done on the software path
 * (soft.c), which checks against the guest's own descriptor.
 */
#include "refvmm/window.h"

static u16 empty_selector(const struct seg *g)
{
	return LDT_SEL(g->attr & D_DB ? LDT_EMPTY32 : LDT_EMPTY16);
}

/* Largest limit in bytes that a descriptor can hold and that is <= `limit`:
 * above 1 MiB it counts pages.  False when none. */
static bool representable(u32 *limit)
{
	if (*limit <= 0xfffff)
		return true;
	if (*limit == 0xffffffff)
		return true;
	*limit = ((*limit + 1) & ~0xfffu) - 1;
	return true;
}

/* Guest segments end here: at the monitor area, in user code at the supervisor's
 * part of the address space. */
static u32 segment_top(const struct vm *vm)
{
#ifndef WITHOUT_USER_TRUNCATION
	if (vm->v->cpl == 3 && (vm->v->cr0 & CR0_PG))
		return vm->window->user_top;
#endif
	return vm->mon;
}

static u16 shadow_of(struct vm *vm, enum sreg s)
{
	const struct seg *g = &vm->v->seg[s];
	bool real = !vcpu_protected(vm->v);
	bool code = g->attr & D_CODE, writable, down;
	u32 base = g->base + vm->linbase, limit = g->limit, top = segment_top(vm);

#ifndef WITHOUT_EMPTY_SEGMENT
	if (!(g->attr & D_P) || !(g->attr & D_S))
		return empty_selector(g); /* null or unusable */
#endif
#ifndef WITHOUT_EXECUTE_ONLY
	if (code && !real && !(g->attr & D_READABLE))
		return empty_selector(g); /* execute-only */
#endif
	/* In real mode a CS override may write. */
	writable = code ? real : !!(g->attr & D_WRITABLE);
	down = !code && (g->attr & D_EXPDOWN);
#ifndef WITHOUT_SEGMENT_WRAP
	if (base < vm->linbase || base >= top)
		return empty_selector(g); /* reaches the monitor area or wraps */
#endif
	if (down) {
		/* Valid offsets: limit + 1 to 0xffff or 0xffffffff. */
#ifndef WITHOUT_EXPDOWN_TRUNCATION
		if ((g->attr & D_DB) || base + 0xffff >= top || limit >= 0xffff)
			return empty_selector(g);
#endif
		return ldt_selector(vm, base, limit,
				    writable ? LDT_EXPDOWN_RW16 : LDT_EXPDOWN_RO16);
	}
#ifndef WITHOUT_TRUNCATION
	if (limit > top - 1 - base)
		limit = top - 1 - base;
#endif
	representable(&limit);
	if (!writable)
		return s == S_SS ? empty_selector(g) : ldt_selector(vm, base, limit, LDT_DATA_RO);
	return ldt_selector(vm, base, limit,
			    s == S_SS && !(g->attr & D_DB) ? LDT_DATA_RW16 : LDT_DATA_RW32);
}

/* A flat segment with a base also reaches what lies below it: offsets from 2^32 -
 * base up wrap to linear 0 and above.  An expand-down segment of the same base lets
 * just these through, up to the first page boundary. */
static u16 shadow_below(struct vm *vm, const struct seg *g)
{
	u32 limit = 0u - g->base - 1;

	if (!vcpu_protected(vm->v) || (g->attr & (D_P | D_S | D_CODE | D_EXPDOWN)) != (D_P | D_S) ||
	    g->limit != 0xffffffff || !g->base || g->base >= segment_top(vm) - vm->linbase)
		return LDT_SEL(LDT_EMPTY32);
	if (limit > 0xfffff)
		limit |= 0xfff; /* counted in pages */
	if (limit == 0xffffffff)
		return LDT_SEL(LDT_EMPTY32);
	return ldt_selector(vm, g->base + vm->linbase, limit,
			    g->attr & D_WRITABLE ? LDT_EXPDOWN_RW32 : LDT_EXPDOWN_RO32);
}

/* What of a segment decides about its shadow. */
#define D_SHADOW (D_P | D_S | D_CODE | D_EXPDOWN | D_WRITABLE | D_DB)

static bool same_shadow(struct vm *vm, enum sreg s)
{
	const struct seg *g = &vm->v->seg[s];
	struct shadowed *old = &vm->shadowed[s];
	u32 attr = (g->attr & D_SHADOW) | vcpu_protected(vm->v);

	u32 top = segment_top(vm);

	if (old->base == g->base && old->limit == g->limit && old->attr == attr && old->top == top)
		return true;
	*old = (struct shadowed){.base = g->base, .limit = g->limit, .attr = attr, .top = top};
	return false;
}

/* Do all registers that translated code loads hold what real-mode code expects?
 * Segment loads keep it so: in real mode only the base changes. */
static bool segs_plain(const struct vm *vm)
{
	static const u8 data[] = {S_ES, S_SS, S_DS, S_FS, S_GS};
	const u32 rw = D_P | D_S | D_WRITABLE;

	if (vcpu_protected(vm->v) || (vm->v->vflags & FL_VM))
		return false;
	for (unsigned k = 0; k < sizeof(data); k++) {
		const struct shadowed *g = &vm->shadowed[data[k]];

		if (g->limit != 0xffff || (g->attr & (rw | D_CODE | D_EXPDOWN)) != rw ||
		    (data[k] == S_SS && g->attr & D_DB))
			return false;
	}
	return true;
}

void vcpu_seg_changed(struct vcpu *v, enum sreg s)
{
	struct vm *vm = vm_of(v);
	static const u8 owner_bit[S_COUNT] = {[S_FS] = 1u << OWNER_FS,
					      [S_GS] = 1u << OWNER_GS | 1u << OWNER_GS_LOW,
					      [S_CS] = 1u << OWNER_CS};
	struct shadowed *known;

	v->gsel[s] = v->seg[s].sel;
	v->seg_rw[s] = vcpu_seg_writable(v, s);
	if (same_shadow(vm, s)) {
		/* ring changes between flat segments: nothing to load */
		segmap_note(vm, s);
		return;
	}
	v->segs_plain = segs_plain(vm);
	known = &vm->shadows[vm->shadowed[s].top != vm->mon][s];
	if (known->base != vm->shadowed[s].base || known->limit != vm->shadowed[s].limit ||
	    known->attr != vm->shadowed[s].attr || known->top != vm->shadowed[s].top) {
		u16 sel = shadow_of(vm, s);

		*known = vm->shadowed[s];
		known->sel = sel;
		if (s == S_GS) {
			v->hsel[S_GS] = sel; /* in use: not to be given out again */
			known->low = shadow_below(vm, &v->seg[s]);
		}
		vm->bt->stat[ST_seg_shadows]++;
	}
	if (s != S_GS && v->hsel[s] == known->sel) {
		segmap_note(vm, s);
		return;
	}
	v->hsel[s] = known->sel;
	if (s == S_GS)
		v->hsel[HSEL_GS_LOW] = known->low;
	segmap_note(vm, s);
	if (s == S_DS || s == S_ES || s == S_SS)
		v->seg_dirty |= 1u << s;
	else if (owner_bit[s] & 1u << v->fs_owner)
		v->seg_dirty |= 1u << S_FS;
}

/* Contexts are looked up from the state itself each time (bt_context); only CR0.PE
 * and where user segments end decide how a segment that was not reloaded is to be
 * shadowed. */
void vcpu_mode_changed(struct vcpu *v)
{
	struct vm *vm = vm_of(v);

	if (vm->shadowed_protected == vcpu_protected(v) && vm->shadowed_top == segment_top(vm))
		return;
	vm->shadowed_protected = vcpu_protected(v);
	vm->shadowed_top = segment_top(vm);
	/* One FS owner for the kernel and one for user code: the owner is part of
	 * what code is translated for. */
	if (v->cr0 & CR0_PG) {
		v->fs_owner = v->cpl == 3 ? OWNER_GS : OWNER_FS;
		v->seg_dirty |= 1u << S_FS;
	}
	for (int s = 0; s < S_COUNT; s++)
		vcpu_seg_changed(v, s);
}

void shadow_all(struct vm *vm)
{
	vm->v->fs_owner = OWNER_FS;
	for (int s = 0; s < S_COUNT; s++)
		vm->shadowed[s].attr = vm->shadows[0][s].attr = vm->shadows[1][s].attr = ~0u;
	for (int s = 0; s < S_COUNT; s++)
		vcpu_seg_changed(vm->v, s);
}

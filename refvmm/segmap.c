/* SPDX-License-Identifier: MIT
 * Real-mode segment loads by translated code (bt/translate_segload.c): two tables
 * in the monitor area give, by guest selector, the LDT selector of its 64 KiB
 * shadow.  They are filled as the monitor loads segments, and an entry goes when
 * its LDT slot is given to another segment.
 *
 * A slot that translated code has loaded is named in vcpu.hsel, so ldt.c leaves it
 * alone.  Monitor context.
 */
#include "refvmm/vm.h"

static u16 *entry(struct vm *vm, bool stack, u32 sel)
{
	return (u16 *)(uintptr_t)(vm->mon + (stack ? MON_SEG_STACK : MON_SEG_DATA) + 2 * sel);
}

/* The monitor has loaded `s`: translated code may do so from now on. */
void segmap_note(struct vm *vm, enum sreg s)
{
	const struct seg *g = &vm->v->seg[s];

	if (vm->v->segs_plain && s != S_CS && g->base == (u32)g->sel << 4)
		*entry(vm, s == S_SS, g->sel) = (u16)vm->v->hsel[s];
}

/* The LDT slot of `e` is about to hold something else. */
void segmap_forget(struct vm *vm, const struct ldt_entry *e)
{
	/* Paging may have moved the window since; the tables are of real mode. */
	u32 base = e->base - (vm->page0_maps ? 0 : PAGE0_SHIFT_BY);

	if (e->limit == 0xffff && !(base & 15) && base <= 0xffff0 &&
	    (e->kind == LDT_DATA_RW32 || e->kind == LDT_DATA_RW16))
		*entry(vm, e->kind == LDT_DATA_RW16, base >> 4) = 0;
}

/* Translated code has loaded segment registers: selectors and shadows are right
 * in the vCPU, the hidden bases follow here. */
void segmap_sync(struct vm *vm)
{
	struct vcpu *v = vm->v;

	v->seg_loaded = 0;
	for (int s = 0; s < S_COUNT; s++) {
		struct seg *g = &v->seg[s];

		if (g->sel == v->gsel[s])
			continue;
		g->sel = (u16)v->gsel[s];
		g->base = (u32)g->sel << 4;
		vm->shadowed[s].base = g->base;
		vm->bt->stat[ST_seg_inline]++;
	}
}

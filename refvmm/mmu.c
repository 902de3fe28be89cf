/* SPDX-License-Identifier: MIT
 * Translations changed (see mmu.h): what the software TLB, the window and the
 * resident code pages remember is checked against the page tables again.
 */
#include "refvmm/mmu.h"

#include "refvmm/trace.h"
#include "refvmm/window.h"

#define CR0_FLUSH (CR0_PG | CR0_WP | CR0_PE)
#define CR4_FLUSH (CR4_PSE | CR4_PAE | CR4_PGE)

static bool pae_paging(u32 cr0, u32 cr4)
{
	return (cr0 & CR0_PG) && (cr4 & CR4_PAE);
}

/* Everything, global pages included. */
static void flush_all(struct vm *vm)
{
	trace_mem(vm, 'A', 0);
	tlb_flush(vm->v);
	window_revalidate(vm, true);
	bt_check_pages(vm->bt, PAGE_CLASS_SYSTEM, true);
	vm->user_stale = true;
}

enum mon mmu_set_cr3(struct vcpu *v, u32 value)
{
	struct vm *vm = vm_of(v);
	u32 old = v->cr3;

	if (pae_paging(v->cr0, v->cr4) && !page_load_pdptes(v, value))
		return vcpu_fault(v, V_GP, 0);
	v->cr3 = value;
	if (!paging_on(v))
		return MON_OK;
	vm->bt->stat[ST_cr3_loads]++;
	tlb_flush(v);
	trace_mem(vm, 'C', value);
	window_revalidate(vm,
			  false); /* first: one munmap for many is cheaper than mmap over each */
	recall_switch(vm, old);
	bt_check_pages(vm->bt, PAGE_CLASS_SYSTEM, false);
	vm->user_stale = true;
	return MON_OK;
}

/* Without page 0 the window is shifted while paging is off (host rule 13). */
static void move_window(struct vm *vm)
{
	bool paging = paging_on(vm->v);

	if (vm->page0_maps)
		return;
	window_drop_all(vm);
	vm->linbase = paging ? 0 : PAGE0_SHIFT_BY;
	vm->window->floor = paging ? PAGE0_SHIFT_BY : 0;
	shadow_all(vm);
}

enum mon mmu_set_mode(struct vcpu *v, u32 cr0, u32 cr4)
{
	struct vm *vm = vm_of(v);
	u32 changed0 = v->cr0 ^ cr0, changed4 = v->cr4 ^ cr4;

	/* SDM vol. 3A section 4.4.1. */
	bool pointers = pae_paging(cr0, cr4) && ((changed0 & (CR0_PG | CR0_CD | CR0_NW)) ||
						 (changed4 & (CR4_PAE | CR4_PGE | CR4_PSE)));

	if (pointers && !page_load_pdptes(v, v->cr3))
		return vcpu_fault(v, V_GP, 0);
	v->cr0 = cr0;
	v->cr4 = cr4;
	if (changed0 || changed4)
		vcpu_mode_changed(v);
	if (changed0 & CR0_PG) {
		move_window(vm);
		alias_update(vm);
	}
	if ((changed0 & CR0_PG) || pointers ||
	    (paging_on(v) && ((changed0 & CR0_FLUSH) || (changed4 & CR4_FLUSH))))
		flush_all(vm);
	return MON_OK;
}

void mmu_invalidate_page(struct vcpu *v, u32 lin)
{
	struct vm *vm = vm_of(v);

	vm->bt->stat[ST_invlpgs]++;
	trace_mem(vm, 'I', lin);
	if (!paging_on(v))
		return;
	if (window_was_big(vm, lin)) {
		tlb_flush(v);
		window_revalidate_page(vm, lin);
		bt_check_pages(vm->bt, PAGE_CLASS_SYSTEM, true);
		vm->user_stale = true;
		return;
	}
	tlb_flush_page(v, lin);
	window_revalidate_page(vm, lin);
	bt_check_page(vm->bt, lin);
}

void mmu_remapped(struct vm *vm)
{
	tlb_flush(vm->v);
	window_drop_all(vm);
#ifndef WITHOUT_REMAP_FLUSH
	bt_check_pages(vm->bt, PAGE_CLASS_SYSTEM, true);
	bt_check_pages(vm->bt, PAGE_CLASS_USER, true);
#endif
	alias_update(vm);
}

void mmu_enter_user(struct vm *vm)
{
	if (vm->user_stale) {
		vm->user_stale = false;
		bt_check_pages(vm->bt, PAGE_CLASS_USER, true);
	}
	window_enter_user(vm);
}

void mmu_page_fault(struct vm *vm)
{
	const struct vcpu *v = vm->v;

	vm->bt->stat[ST_page_faults]++;
	trace_mem(vm, 'P', v->fault.cr2);
	/* Code is read by the monitor, not through the window. */
	vm->resolving.pending = v->fault.cr2 - (v->seg[S_CS].base + v->eip) >= INSN_MAX;
	vm->resolving.write = v->fault.error & 2;
	vm->resolving.cpl = v->cpl;
	vm->resolving.lin = v->fault.cr2;
	vm->resolving.eip = v->eip;
}

void mmu_resolved(struct vm *vm)
{
	if (vm->v->eip != vm->resolving.eip || vm->v->cpl != vm->resolving.cpl)
		return;
	vm->resolving.pending = false;
	window_fill_resolved(vm, vm->resolving.lin, vm->resolving.write);
}

void mmu_segment_trap(struct vm *vm)
{
	if (vm->v->cpl != 3)
		return;
	vm->bt->stat[ST_trap_user]++;
	vm->window->user_blocked = true;
}

void mmu_reset(struct vm *vm)
{
	struct window *w = vm->window;

	w->user_top = vm->mon;
	w->user_blocked = false;
	w->low_supers = 0;
	for (u32 r = 0; r < REGIONS; r++)
		w->big[r] = false;
	window_drop_all(vm);
	vm->linbase = vm->page0_maps ? 0 : PAGE0_SHIFT_BY;
	w->floor = 0;
	alias_update(vm);
	recall_reset(w);
	tlb_flush(vm->v);
	vm->resolving.pending = false;
	vm->user_stale = false;
}

/* SPDX-License-Identifier: MIT
 * Walking the guest's page tables (SDM vol. 3A sections 4.3, 4.4, 4.6-4.8).
 *
 * Tables are read through the physical memory map, so they may lie in ROM or in
 * nothing at all (all ones).  Accessed and dirty bits are set only when the access
 * is allowed, as Bochs does; the manual leaves it open.
 */
#include "refvmm/paging.h"

#include "refvmm/vm.h"

#define E_P      (1u << 0)
#define E_W      (1u << 1)
#define E_U      (1u << 2)
#define E_A      (1u << 5)
#define E_D      (1u << 6)
#define E_PS     (1u << 7)
#define E_G      (1u << 8)
#define E_NX     (1ull << 63)
#define PSE36_HI 0x0001e000u /* bits 32-35 of a 4 MiB page's address */
#define PSE_RSVD 0x003e0000u
#define PAE_ADDR 0x0000000ffffff000ull /* MAXPHYADDR 36 */
#define PAE_RSVD 0x7ffffff000000000ull
#define BIG_RSVD 0x001fe000u /* of a 2 MiB PDE */
#define EFER_NXE (1u << 11)
/* Error code (SDM vol. 3A section 4.7). */
enum { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8, PF_I = 16 };

struct walk {
	u64 entry[2]; /* PDE, PTE */
	u64 at[2];    /* physical addresses of them */
	u8 n;         /* entries used: 1 for a big page */
	bool wide;    /* 8-byte entries */
	bool present, reserved;
	u64 phys;
};

static u64 read_entry(struct vm *vm, u64 at, bool wide)
{
	u32 frame, phys = (u32)at;
	const u8 *p;
	u64 x = ~0ull;

	if (at >> 32)
		return x;
	if (!vm->v->a20)
		phys &= ~0x100000u;
	p = phys_page(vm, phys, false, &frame);
	if (!p)
		return x;
	if (wide) {
		__builtin_memcpy(&x, p + (phys & 0xff8), 8);
		return x;
	}
	x = 0;
	__builtin_memcpy(&x, p + (phys & 0xffc), 4);
	return x;
}

/* Only the low byte changes: that is where A and D are. */
static void set_bits(struct vm *vm, u64 at, u8 bits)
{
	u32 frame, phys = (u32)at;
	u8 *p;

	if (!vm->v->a20)
		phys &= ~0x100000u;
	p = phys_page(vm, phys, true, &frame);
	if (!p)
		return; /* tables in ROM keep their bits */
	p[phys & 0xfff] |= bits;
	bt_frame_written(vm->bt, frame, phys & 0xfff, 1);
}

static void walk_legacy(struct vm *vm, u32 lin, struct walk *w)
{
	const struct vcpu *v = vm->v;

	w->wide = false;
	w->at[0] = (v->cr3 & ~0xfffu) + (lin >> 20 & 0xffc);
	w->entry[0] = read_entry(vm, w->at[0], false);
	w->n = 1;
	w->present = w->entry[0] & E_P;
	if (!w->present)
		return;
	if ((w->entry[0] & E_PS) && (v->cr4 & CR4_PSE)) {
		w->reserved = w->entry[0] & PSE_RSVD;
		w->phys = (w->entry[0] & 0xffc00000u) | (lin & 0x3ff000u) |
			  (w->entry[0] & PSE36_HI) << 19;
		return;
	}
	w->n = 2;
	w->at[1] = (w->entry[0] & 0xfffff000u) + (lin >> 10 & 0xffc);
	w->entry[1] = read_entry(vm, w->at[1], false);
	w->present = w->entry[1] & E_P;
	w->phys = w->entry[1] & 0xfffff000u;
}

static void walk_pae(struct vm *vm, u32 lin, struct walk *w)
{
	const struct vcpu *v = vm->v;
	u64 reserved = PAE_RSVD | (v->efer & EFER_NXE ? 0 : E_NX), pdpte = v->pdpte[lin >> 30];

	w->wide = true;
	w->n = 0;
	w->present = pdpte & E_P;
	if (!w->present)
		return;
	w->n = 1;
	w->at[0] = (pdpte & PAE_ADDR) + (lin >> 18 & 0xff8);
	w->entry[0] = read_entry(vm, w->at[0], true);
	w->present = w->entry[0] & E_P;
	if (!w->present)
		return;
	w->reserved = w->entry[0] & reserved;
	if (w->entry[0] & E_PS) {
		w->reserved |= !!(w->entry[0] & BIG_RSVD);
		w->phys = (w->entry[0] & PAE_ADDR & ~0x1fffffull) | (lin & 0x1ff000u);
		return;
	}
	if (w->reserved)
		return; /* the next level is not looked at */
	w->n = 2;
	w->at[1] = (w->entry[0] & PAE_ADDR) + (lin >> 9 & 0xff8);
	w->entry[1] = read_entry(vm, w->at[1], true);
	w->present = w->entry[1] & E_P;
	if (!w->present)
		return;
	w->reserved |= !!(w->entry[1] & reserved);
	w->phys = w->entry[1] & PAE_ADDR;
}

static void walk(struct vm *vm, u32 lin, struct walk *w)
{
	w->reserved = false;
	w->phys = 0;
	if (vm->v->cr4 & CR4_PAE)
		walk_pae(vm, lin, w);
	else
		walk_legacy(vm, lin, w);
}

static void describe(const struct vcpu *v, const struct walk *w, struct page *page)
{
	u64 last = w->entry[w->n - 1], both = last & w->entry[0], any = last | w->entry[0];

	page->phys = (u32)w->phys;
	page->flags = (u8)((both & E_U ? PAGE_USER : 0) | (both & E_W ? PAGE_WRITE : 0) |
			   ((last & E_G) && (v->cr4 & CR4_PGE) ? PAGE_GLOBAL : 0) |
			   (last & E_D ? PAGE_DIRTY : 0) | (both & E_A ? PAGE_ACCESSED : 0) |
			   (w->wide && (any & E_NX) ? PAGE_NX : 0) |
			   (w->phys >> 32 ? PAGE_ABOVE : 0) | (w->n == 1 ? PAGE_BIG : 0));
}

/* Paging off: everything is there. */
static void identity(u32 lin, struct page *page)
{
	page->phys = lin & ~0xfffu;
	page->flags = PAGE_USER | PAGE_WRITE | PAGE_DIRTY | PAGE_ACCESSED | PAGE_GLOBAL;
}

bool page_lookup(struct vcpu *v, u32 lin, struct page *page)
{
	struct walk w;

	if (!paging_on(v)) {
		identity(lin, page);
		return true;
	}
	walk(vm_of(v), lin, &w);
	if (!w.present || w.reserved)
		return false;
	describe(v, &w, page);
	return true;
}

static enum mon page_fault(struct vcpu *v, u32 lin, u32 error)
{
	vcpu_fault(v, V_PF, error);
	v->fault.cr2 = lin;
	return MON_FAULT;
}

enum mon page_access(struct vcpu *v, u32 lin, unsigned how, struct page *page)
{
	bool user = v->cpl == 3 && !(how & ACC_SYSTEM), write = how & ACC_WRITE;
	u32 error = (write ? PF_W : 0) | (user ? PF_U : 0);
	struct walk w;

	if (!paging_on(v)) {
		identity(lin, page);
		return MON_OK;
	}
	if ((how & ACC_FETCH) && (v->cr4 & CR4_PAE) && (v->efer & EFER_NXE))
		error |= PF_I;
	walk(vm_of(v), lin, &w);
	if (!w.present)
		return page_fault(v, lin, error);
	if (w.reserved)
		return page_fault(v, lin, error | PF_P | PF_RSVD);
	describe(v, &w, page);
	if ((user && !(page->flags & PAGE_USER)) ||
	    (write && !(page->flags & PAGE_WRITE) && (user || (v->cr0 & CR0_WP))) ||
	    ((how & ACC_FETCH) && (page->flags & PAGE_NX)))
		return page_fault(v, lin, error | PF_P);
	if (how & ACC_DEBUG)
		return MON_OK;
	for (unsigned k = 0; k < w.n; k++) {
		u8 bits = E_A | (write && k == w.n - 1u ? E_D : 0);

		if ((w.entry[k] & bits) != bits)
			set_bits(vm_of(v), w.at[k], bits);
	}
	page->flags |= PAGE_ACCESSED | (write ? PAGE_DIRTY : 0);
	return MON_OK;
}

bool page_load_pdptes(struct vcpu *v, u32 cr3)
{
	u64 e[4];

	for (unsigned k = 0; k < 4; k++) {
		e[k] = read_entry(vm_of(v), (cr3 & ~31u) + 8 * k, true);
		/* Bits 1, 2, 5-8 and those from MAXPHYADDR up are reserved. */
		if ((e[k] & E_P) && (e[k] & (PAE_RSVD | E_NX | 0x1e6)))
			return false;
	}
	for (unsigned k = 0; k < 4; k++)
		v->pdpte[k] = e[k];
	return true;
}

/* SPDX-License-Identifier: MIT
 * Guest memory for monitor code: linear to physical (paging, A20), then RAM alias, ROM or the
 * board's memory-mapped devices.
 */
#include "refvmm/guestmem.h"

#include "refvmm/monstring.h"
#include "refvmm/trace.h"
#include "refvmm/window.h"

/* Host address of the page of `phys`, NULL when a device or nothing decodes it.
 * With `write`, NULL and *frame == NO_FRAME + ROM means the write is dropped;
 * see phys_write_dropped(). */
u8 *phys_page(struct vm *vm, u32 phys, bool write, u32 *frame)
{
	u32 page = phys >> 12;
	u64 off = (u64)page << 12;

#ifdef WITHOUT_PHYS_BOUNDS
	if (phys >= 0x100000 || phys < 0xa0000) {
#else
	if (phys - vm->ram_hole_end < vm->ram_size - vm->ram_hole_end || phys < 0xa0000) {
#endif
		*frame = page;
		return vm->ram + off;
	}
	*frame = NO_FRAME;
	if (phys < 0xc0000)
		return NULL;
	if (phys >= ROM_LOW_BASE && phys < ROM_LOW_BASE + ROM_LOW_SIZE) {
		unsigned attr = vm->pam[(phys - ROM_LOW_BASE) >> 12];

		if (write) {
			if (!(attr & PC_PAM_WRITE))
				return NULL;
		} else if (!(attr & PC_PAM_READ)) {
			off = vm->ram_size + ((phys - ROM_LOW_BASE) & ~0xfffu);
		}
	} else if (phys >= 0u - ROM_HIGH_SIZE) {
		if (write)
			return NULL;
		off = vm->ram_size + ROM_LOW_SIZE + ((phys + ROM_HIGH_SIZE) & ~0xfffu);
	} else if (phys - vm->option_rom < vm->option_rom_size) {
		if (write)
			return NULL;
		off = vm->ram_size + ((phys - vm->option_rom) & ~0xfffu);
	} else if (phys - vm->video < vm->video_size) {
		off = vm->ram_size + ROM_LOW_SIZE + ROM_HIGH_SIZE + ((phys - vm->video) & ~0xfffu);
	} else {
		return NULL; /* no RAM there */
	}
	*frame = (u32)(off >> 12);
	return vm->ram + off;
}

static bool is_rom(const struct vm *vm, u32 phys)
{
	return (phys >= ROM_LOW_BASE && phys < ROM_LOW_BASE + ROM_LOW_SIZE) ||
	       phys - vm->option_rom < vm->option_rom_size || phys >= 0u - ROM_HIGH_SIZE;
}

static u32 a20(const struct vcpu *v, u32 phys)
{
	return v->a20 ? phys : phys & ~0x100000u;
}

/* ---- the software TLB ---- */

enum { TLB_READ = 1, TLB_WRITE = 2 };

/* Rights are kept by user and supervisor: what a hit allows needs no walk, so a
 * page is writable here only once its D bit is set. */
static unsigned tlb_need(const struct vcpu *v, enum access how)
{
	unsigned need = how & ACC_WRITE ? TLB_WRITE : TLB_READ;

	return v->cpl == 3 && !(how & ACC_SYSTEM) ? need << 2 : need;
}

static struct tlb_entry *tlb_slot(struct vm *vm, u32 lin)
{
	return &vm->tlb[lin >> 12 & (TLB_ENTRIES - 1)];
}

void tlb_flush(struct vcpu *v)
{
	struct vm *vm = vm_of(v);

	vm->tlb_generation++;
#ifndef WITHOUT_TLB_FLUSH
	for (u32 k = 0; k < TLB_ENTRIES; k++)
		vm->tlb[k].tag = 0;
#endif
}

void tlb_flush_page(struct vcpu *v, u32 lin)
{
	vm_of(v)->tlb_generation++;
#ifndef WITHOUT_TLB_FLUSH
	tlb_slot(vm_of(v), lin)->tag = 0;
#endif
}

static u8 tlb_rights(const struct vcpu *v, const struct page *page, bool writable)
{
	bool user = page->flags & PAGE_USER;
	u8 rights = TLB_READ | (user ? TLB_READ << 2 : 0);

	if (!writable || !(page->flags & PAGE_DIRTY))
		return rights;
	if (page->flags & PAGE_WRITE)
		rights |= TLB_WRITE | (user ? TLB_WRITE << 2 : 0);
	else if (!(v->cr0 & CR0_WP))
		rights |= TLB_WRITE;
	return rights;
}

/* Where `lin` is: MON_OK with the host page or NULL (device, nothing, dropped
 * write) and the physical page. */
static enum mon translate(struct vcpu *v, u32 lin, enum access how, u8 **host, u32 *phys,
			  u32 *frame)
{
	struct vm *vm = vm_of(v);
	struct tlb_entry *e = tlb_slot(vm, lin);
	struct page page;
	u8 *w;
	u32 wframe;
	enum mon m;

	if (!paging_on(v)) {
		*phys = a20(v, lin & ~0xfffu);
		*host = phys_page(vm, *phys, how & ACC_WRITE, frame);
		return MON_OK;
	}
	if (e->tag == ((lin & ~0xfffu) | 1) && (e->rights & tlb_need(v, how)) &&
	    !(how & ACC_FETCH)) {
		*phys = e->phys;
		*host = e->host;
		*frame = e->frame;
		return MON_OK;
	}
	m = page_access(v, lin, how, &page);
	if (m)
		return m;
	window_note_big(vm, lin, &page);
	if (page.flags & PAGE_ABOVE) {
		*phys = NOTHING_THERE;
		*host = NULL;
		*frame = NO_FRAME;
		return MON_OK;
	}
	*phys = a20(v, page.phys);
	*host = phys_page(vm, *phys, how & ACC_WRITE, frame);
	if (!*host || (how & ACC_DEBUG))
		return MON_OK;
	w = phys_page(vm, *phys, true, &wframe);
	*e = (struct tlb_entry){.tag = (lin & ~0xfffu) | 1,
				.phys = *phys,
				.frame = *frame,
				.host = *host,
				.global = page.flags & PAGE_GLOBAL,
				.rights = tlb_rights(v, &page, w == *host)};
	return MON_OK;
}

/* With paging off: is all of it plain RAM? */
static bool identity_ram(const struct vcpu *v, u32 lin, u32 n)
{
	return !paging_on(v) && v->a20 &&
	       (lin < 0xa0000 - n ||
		(lin >= vm_of(v)->ram_hole_end && lin <= vm_of(v)->ram_size - n));
}

u8 *lin_ram(struct vcpu *v, u32 lin, u32 n, enum access how)
{
	u32 phys, frame;
	u8 *host;

	if (identity_ram(v, lin, n)) {
		const u32 *units = vm_of(v)->bt->frame_units;

		if ((how & ACC_WRITE) && (units[lin >> 12] || units[(lin + n - 1) >> 12]))
			return NULL;
		return vm_of(v)->ram + lin;
	}
	if ((lin & 0xfff) + n > 0x1000 || translate(v, lin, how, &host, &phys, &frame) || !host ||
	    ((how & ACC_WRITE) && vm_of(v)->bt->frame_units[frame]))
		return NULL;
	return host + (lin & 0xfff);
}

static void device_read(struct vm *vm, u32 phys, u8 *dst, u32 n)
{
	if (phys == NOTHING_THERE) {
		mon_set(dst, 0xff, n);
		return;
	}
	host_begin(vm);
	while (n) {
		u32 size = n >= 4 ? 4 : n >= 2 ? 2 : 1;
		u32 x = pc_mmio_read(vm->pc, phys, size);

		trace_mmio(vm, false, phys, x, size);
		mon_copy(dst, &x, size);
		dst += size;
		phys += size;
		n -= size;
	}
}

static void device_write(struct vm *vm, u32 phys, const u8 *src, u32 n)
{
	if (phys == NOTHING_THERE)
		return;
	host_begin(vm);
	while (n) {
		u32 size = n >= 4 ? 4 : n >= 2 ? 2 : 1;
		u32 x = 0;

		mon_copy(&x, src, size);
		pc_mmio_write(vm->pc, phys, x, size);
		trace_mmio(vm, true, phys, x, size);
		src += size;
		phys += size;
		n -= size;
	}
}

/* Nearly all accesses are 2, 4 or 8 bytes. */
static inline void copy_small(void *dst, const void *src, u32 n)
{
	switch (n) {
	case 2:
		__builtin_memcpy(dst, src, 2);
		break;
	case 4:
		__builtin_memcpy(dst, src, 4);
		break;
	case 8:
		__builtin_memcpy(dst, src, 8);
		break;
	default:
		mon_copy(dst, src, n);
	}
}

enum mon lin_read(struct vcpu *v, u32 lin, void *dst, u32 n, enum access how)
{
	u8 *to = dst;

	while (n) {
		u32 in_page = lin & 0xfff, part = 0x1000 - in_page, phys, frame;
		u8 *host;
		enum mon m = translate(v, lin, how, &host, &phys, &frame);

		if (m)
			return m;
		if (part > n)
			part = n;
		if (host)
			copy_small(to, host + in_page, part);
		else
			device_read(vm_of(v), phys == NOTHING_THERE ? phys : phys + in_page, to,
				    part);
		to += part;
		lin += part;
		n -= part;
	}
	return MON_OK;
}

enum mon lin_write(struct vcpu *v, u32 lin, const void *src, u32 n, enum access how)
{
	struct vm *vm = vm_of(v);
	const u8 *from = src;
	enum mon m;

	if ((lin & 0xfff) + n > 0x1000 && (m = lin_probe(v, lin, n, how | ACC_WRITE)))
		return m; /* nothing is written when the second page faults */
	while (n) {
		u32 in_page = lin & 0xfff, part = 0x1000 - in_page, phys, frame;
		u8 *host;

		m = translate(v, lin, how | ACC_WRITE, &host, &phys, &frame);
		if (m)
			return m;
		if (part > n)
			part = n;
		if (host) {
			copy_small(host + in_page, from, part);
			bt_frame_written(vm->bt, frame, in_page, part);
		} else if (phys == NOTHING_THERE || !is_rom(vm, phys)) {
			device_write(vm, phys == NOTHING_THERE ? phys : phys + in_page, from, part);
		}
		from += part;
		lin += part;
		n -= part;
	}
	return MON_OK;
}

enum mon lin_probe(struct vcpu *v, u32 lin, u32 n, enum access how)
{
	u32 last = lin + (n ? n - 1 : 0), phys, frame;
	u8 *host;
	enum mon m;

	if (!paging_on(v))
		return MON_OK;
	m = translate(v, lin, how, &host, &phys, &frame);
	for (u32 at = lin & ~0xfffu; m == MON_OK && at != (last & ~0xfffu);) {
		at += 0x1000;
		m = translate(v, at, how, &host, &phys, &frame);
	}
	return m;
}

enum mon seg_check(struct vcpu *v, enum sreg s, u32 off, u32 n, enum access how, u32 *lin)
{
	const struct seg *g = &v->seg[s];
	u8 vector = s == S_SS ? V_SS : V_GP;
	u32 last = off + (n ? n - 1 : 0);

	*lin = g->base + off;
	if (!(g->attr & D_P) || !(g->attr & D_S))
		return vcpu_fault(v, vector, 0);
	if (vcpu_protected(v)) {
		if (g->attr & D_CODE) {
			if ((how & ACC_WRITE) || !(g->attr & D_READABLE))
				return vcpu_fault(v, vector, 0);
		} else if ((how & ACC_WRITE) && !(g->attr & D_WRITABLE)) {
			return vcpu_fault(v, vector, 0);
		}
	}
	if (!(g->attr & D_CODE) && (g->attr & D_EXPDOWN)) {
		u32 top = g->attr & D_DB ? 0xffffffff : 0xffff;

		if (off <= g->limit || off > top || last > top || last < off)
			return vcpu_fault(v, vector, 0);
	} else if (off > g->limit || last > g->limit || last < off) {
		/* A flat 4 GiB segment has no end: the access wraps. */
		if (g->limit != 0xffffffff || last >= off)
			return vcpu_fault(v, vector, 0);
	}
	return MON_OK;
}

enum mon mem_read(struct vcpu *v, enum sreg s, u32 off, void *dst, u32 n)
{
	u32 lin;
	enum mon m = seg_check(v, s, off, n, ACC_READ, &lin);

	return m == MON_OK ? lin_read(v, lin, dst, n, ACC_READ) : m;
}

enum mon mem_write(struct vcpu *v, enum sreg s, u32 off, const void *src, u32 n)
{
	u32 lin;
	enum mon m = seg_check(v, s, off, n, ACC_WRITE, &lin);

	return m == MON_OK ? lin_write(v, lin, src, n, ACC_WRITE) : m;
}

enum code_source bt_code_page(struct vcpu *v, u32 lin_page, const u8 **bytes, u32 *frame,
			      u8 copy[4096])
{
	u32 phys;
	u8 *host;

	if (translate(v, lin_page & ~0xfffu, ACC_FETCH, &host, &phys, frame)) {
		v->fault.cr2 = lin_page;
		return CODE_FAULT;
	}
	*bytes = host;
	if (host)
		return CODE_FRAME;
	device_read(vm_of(v), phys, copy, 4096);
	return CODE_DEVICE;
}

bool bt_code_frame(struct vcpu *v, u32 lin, bool user, u32 *frame, bool *global)
{
	const struct tlb_entry *e = tlb_slot(vm_of(v), lin);
	struct page page;

	if (identity_ram(v, lin, 1)) {
		*frame = lin >> 12;
		*global = true;
		return true;
	}
	/* What was read is present and accessed; of XD the TLB knows nothing. */
	if (paging_on(v) && e->tag == ((lin & ~0xfffu) | 1) && !v->efer &&
	    (e->rights & (user ? TLB_READ << 2 : TLB_READ))) {
		*frame = e->frame;
		*global = e->global;
		return true;
	}
	if (!page_lookup(v, lin, &page))
		return false;
	window_note_big(vm_of(v), lin, &page);
	if (!(page.flags & PAGE_ACCESSED) || (page.flags & (PAGE_NX | PAGE_ABOVE)) ||
	    (user && !(page.flags & PAGE_USER)))
		return false;
	*global = page.flags & PAGE_GLOBAL;
	return phys_page(vm_of(v), a20(v, page.phys), false, frame);
}

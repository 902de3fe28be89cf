/* SPDX-License-Identifier: MIT
 * A debugger's access to guest memory.  Page tables are walked by the formats of
 * SDM vol. 3A sections 4.3 and 4.4 (figures 4-4 and 4-7) for reading alone: a
 * present entry is enough, rights are not asked.  Device memory is refused,
 * because reading it would change the device.
 */
#include "refvmm/gdbmem.h"

#include <string.h>

enum { P = 1 << 0, PS = 1 << 7 };

#define ADDRESS_4K 0xfffff000u

static u32 a20(const struct vm *vm, u32 phys)
{
	return vm->v->a20 ? phys : phys & ~0x100000u;
}

bool gdbmem_read_phys(struct vm *vm, u32 phys, u8 *to, u32 n)
{
	while (n) {
		u32 part = 0x1000 - (phys & 0xfff), frame;
		const u8 *p = phys_page(vm, phys, false, &frame);

		if (!p)
			return false;
		if (part > n)
			part = n;
		memcpy(to, p + (phys & 0xfff), part);
		to += part;
		phys += part;
		n -= part;
	}
	return true;
}

static bool entry(struct vm *vm, u32 phys, void *e, u32 size)
{
	u64 zero = 0;

	memcpy(e, &zero, size);
	return gdbmem_read_phys(vm, a20(vm, phys), e, size) && (*(u8 *)e & P);
}

static bool walk_32(struct vm *vm, u32 lin, u32 *phys)
{
	const struct vcpu *v = vm->v;
	u32 e;

	if (!entry(vm, (v->cr3 & ADDRESS_4K) + (lin >> 22) * 4, &e, 4))
		return false;
	if ((e & PS) && (v->cr4 & CR4_PSE)) {
		if (e & 0x1fe000) /* PSE-36: above 4 GiB */
			return false;
		*phys = (e & 0xffc00000) | (lin & 0x3fffff);
		return true;
	}
	if (!entry(vm, (e & ADDRESS_4K) + (lin >> 12 & 0x3ff) * 4, &e, 4))
		return false;
	*phys = (e & ADDRESS_4K) | (lin & 0xfff);
	return true;
}

static bool walk_pae(struct vm *vm, u32 lin, u32 *phys)
{
	u32 table = vm->v->cr3 & 0xffffffe0u;
	u64 e;

	if (!entry(vm, table + (lin >> 30) * 8, &e, 8) ||
	    !entry(vm, ((u32)e & ADDRESS_4K) + (lin >> 21 & 0x1ff) * 8, &e, 8))
		return false;
	if (e & PS) {
		*phys = ((u32)e & 0xffe00000) | (lin & 0x1fffff);
		return !(e >> 32 & 0xfffff);
	}
	if (!entry(vm, ((u32)e & ADDRESS_4K) + (lin >> 12 & 0x1ff) * 8, &e, 8))
		return false;
	*phys = ((u32)e & ADDRESS_4K) | (lin & 0xfff);
	return !(e >> 32 & 0xfffff);
}

bool gdbmem_walk(struct vm *vm, u32 lin, u32 *phys)
{
	const struct vcpu *v = vm->v;
	bool found = true;

	*phys = lin;
	if (v->cr0 & CR0_PG)
		found = v->cr4 & CR4_PAE ? walk_pae(vm, lin, phys) : walk_32(vm, lin, phys);
	*phys = a20(vm, *phys);
	return found;
}

bool gdbmem_read(struct vm *vm, u32 lin, u8 *to, u32 n)
{
	while (n) {
		u32 part = 0x1000 - (lin & 0xfff), phys;

		if (part > n)
			part = n;
		if (!gdbmem_walk(vm, lin, &phys) || !gdbmem_read_phys(vm, phys, to, part))
			return false;
		to += part;
		lin += part;
		n -= part;
	}
	return true;
}

/* With `from`: write; without: could one? */
static bool write_pages(struct vm *vm, u32 lin, const u8 *from, u32 n)
{
	while (n) {
		u32 part = 0x1000 - (lin & 0xfff), phys, frame;
		u8 *p = gdbmem_walk(vm, lin, &phys) ? phys_page(vm, phys, true, &frame) : NULL;

		if (!p)
			return false;
		if (part > n)
			part = n;
		if (from) {
			memcpy(p + (lin & 0xfff), from, part);
			bt_frame_written(vm->bt, frame, lin & 0xfff, part);
			from += part;
		}
		lin += part;
		n -= part;
	}
	return true;
}

bool gdbmem_write(struct vm *vm, u32 lin, const u8 *from, u32 n)
{
	return write_pages(vm, lin, NULL, n) && write_pages(vm, lin, from, n);
}

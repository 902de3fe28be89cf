/* SPDX-License-Identifier: MIT
 * Guest memory for monitor code: linear to physical (A20; paging is off), then
 * RAM alias, ROM or the board's memory-mapped devices.
 */
#include "refvmm/guestmem.h"

#include "refvmm/monstring.h"
#include "refvmm/trace.h"
#include "refvmm/vm.h"

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
	if (phys - 0x100000u < vm->ram_size - 0x100000u || phys < 0xa0000) {
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

static u32 a20(const struct vcpu *v, u32 lin)
{
	return v->a20 ? lin : lin & ~0x100000u;
}

static void device_read(struct vm *vm, u32 phys, u8 *dst, u32 n)
{
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
	struct vm *vm = vm_of(v);
	u8 *to = dst;

	while (n) {
		u32 part = 0x1000 - (lin & 0xfff), phys = a20(v, lin), frame;
		const u8 *p = phys_page(vm, phys, false, &frame);

		if (part > n)
			part = n;
		if (p)
			copy_small(to, p + (lin & 0xfff), part);
		else
			device_read(vm, phys, to, part);
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

	while (n) {
		u32 part = 0x1000 - (lin & 0xfff), phys = a20(v, lin), frame;
		u8 *p = phys_page(vm, phys, true, &frame);

		if (part > n)
			part = n;
		if (p) {
			copy_small(p + (lin & 0xfff), from, part);
			bt_frame_written(vm->bt, frame, lin & 0xfff, part);
		} else if (!is_rom(vm, phys)) {
			device_write(vm, phys, from, part);
		}
		from += part;
		lin += part;
		n -= part;
	}
	return MON_OK;
}

/* Paging is off: every linear address can be reached. */
enum mon lin_probe(struct vcpu *v, u32 lin, u32 n, enum access how)
{
	return MON_OK;
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
	struct vm *vm = vm_of(v);
	u32 phys = a20(v, lin_page & ~0xfffu);

	*bytes = phys_page(vm, phys, false, frame);
	if (*bytes)
		return CODE_FRAME;
	device_read(vm, phys, copy, 4096);
	return CODE_DEVICE;
}

/* SPDX-License-Identifier: MIT
 * The guest linear window.  Paging is off, so linear is physical: RAM is mapped
 * at its address (plus vm.linbase), the VGA hole and everything the board
 * decodes stay unmapped and fault, ROM and shadowed RAM below 1 MiB follow the
 * PAM registers, and a closed A20 gate shows every even megabyte twice.
 */
#include "refvmm/vm.h"

#include <sys/mman.h>
#include <sys/syscall.h>

static long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

/* Map `size` bytes at offset `off` of the RAM file at window address `at`. */
static void map(struct vm *vm, u64 at, u64 off, u64 size, int prot)
{
	host_syscall_made(vm);
	if (at >= vm->mon)
		return;
	if (at + size > vm->mon)
		size = vm->mon - at;
#ifdef WITHOUT_WINDOW_NOT_EXECUTABLE
	prot |= PROT_EXEC;
#endif
	if (sys6(SYS_mmap, (long)at, (long)size, prot, MAP_SHARED | MAP_FIXED, vm->ram_fd,
		 (long)off) < 0)
		vm_stop(vm, 14, "cannot map guest memory into the window");
}

/* What the guest sees at page `k` above ROM_LOW_BASE. */
static void map_shadow_page(struct vm *vm, u64 at, unsigned k)
{
	unsigned attr = vm->pam[k];
	u64 off = ROM_LOW_BASE + ((u64)k << 12);

	if (attr & PC_PAM_READ)
		map(vm, at, off, 4096, PROT_READ | (attr & PC_PAM_WRITE ? PROT_WRITE : 0));
	else
		map(vm, at, vm->ram_size + ((u64)k << 12), 4096, PROT_READ);
}

/* One megabyte of guest physical memory at window address `at`. */
static void map_low_megabyte(struct vm *vm, u64 at)
{
	map(vm, at, 0, 0xa0000, PROT_READ | PROT_WRITE);
	for (unsigned k = 0; k < ROM_LOW_SIZE >> 12; k++)
		map_shadow_page(vm, at + ROM_LOW_BASE + (k << 12), k);
}

void window_map(struct vm *vm)
{
	u64 top = vm->ram_size, end = vm->mon - vm->linbase;

	if (top > end)
		top = end;
#ifndef WITHOUT_WINDOW_ONLY_GUEST
	sys6(SYS_munmap, vm->linbase, (long)end, 0, 0, 0, 0);
#endif
	map_low_megabyte(vm, vm->linbase);
	if (vm->option_rom_size && vm->option_rom >= vm->ram_size)
		map(vm, (u64)vm->linbase + vm->option_rom, vm->ram_size, vm->option_rom_size,
		    PROT_READ);
	if (vm->v->a20) {
		map(vm, vm->linbase + 0x100000ull, 0x100000, top - 0x100000,
		    PROT_READ | PROT_WRITE);
		return;
	}
	map_low_megabyte(vm, vm->linbase + 0x100000ull);
	for (u64 m = 0x200000; m < top; m += 0x200000) {
		map(vm, vm->linbase + m, m, 0x100000, PROT_READ | PROT_WRITE);
		map(vm, vm->linbase + m + 0x100000, m, 0x100000, PROT_READ | PROT_WRITE);
	}
}

static bool protect(struct vm *vm, u64 phys, int prot)
{
	u64 at = vm->linbase + phys;

	host_syscall_made(vm);
	if (at + 4096 > vm->mon)
		return true; /* not in the window: stores come through the monitor */
	return sys6(SYS_mprotect, (long)at, 4096, prot, 0, 0, 0) == 0;
}

bool bt_protect_frame(struct vcpu *v, u32 frame, bool read_only)
{
	struct vm *vm = vm_of(v);
	u64 phys = (u64)frame << 12;
	int prot = PROT_READ;

	if (frame >= vm->n_ram_frames)
		return true; /* ROM: read-only anyway */
	if (phys >= ROM_LOW_BASE && phys < ROM_LOW_BASE + ROM_LOW_SIZE) {
		unsigned attr = vm->pam[(phys - ROM_LOW_BASE) >> 12];

		if (!(attr & PC_PAM_READ))
			return true; /* the window shows ROM here */
		if (!read_only && (attr & PC_PAM_WRITE))
			prot |= PROT_WRITE;
	} else if (!read_only) {
		prot |= PROT_WRITE;
	}
	if (v->a20)
		return protect(vm, phys, prot);
	if (phys & 0x100000)
		return true;
#ifdef WITHOUT_ALIAS_PROTECTION
	return protect(vm, phys, prot);
#else
	return protect(vm, phys, prot) && protect(vm, phys | 0x100000, prot);
#endif
}

u32 bt_window_address(const struct vcpu *v, u32 lin)
{
	return lin + vm_of(v)->linbase;
}

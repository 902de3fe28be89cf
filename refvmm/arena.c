/* SPDX-License-Identifier: MIT
 * Memory of a machine: arena, RAM, monitor area, window; see arena.h.
 */
#include "refvmm/arena.h"

#include "refvmm/cpuid.h"
#include "refvmm/exit.h"
#include "refvmm/machine.h"
#include "refvmm/window.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *map_at(u64 at, u64 size, int prot, int fd)
{
	int flags = MAP_SHARED | MAP_FIXED_NOREPLACE | (fd < 0 ? MAP_ANONYMOUS : 0);
	void *p = mmap((void *)at, size, prot, flags, fd, 0);

	return p == (void *)at ? p : NULL;
}

static u64 vm_bytes(void)
{
	return (sizeof(struct vm) + 4095) & ~4095ull;
}

static u64 bt_bytes(u32 frames)
{
	return (bt_size(frames) + 4095) & ~4095ull;
}

static u32 frames_of(u64 ram_size)
{
	return (u32)((ram_size + BEHIND_RAM) >> 12);
}

static u64 arena_bytes(u64 ram_size)
{
	u32 frames = frames_of(ram_size);

	return vm_bytes() + bt_bytes(frames) + window_size(frames);
}

/* struct vm, then the translator's state, then the window's. */
static struct vm *make_state(u64 ram_size)
{
	struct vm *vm = map_at(ARENA_BASE, arena_bytes(ram_size), PROT_READ | PROT_WRITE, -1);

	if (vm) {
		vm->bt = (struct bt *)((u8 *)vm + vm_bytes());
		vm->window = (struct window *)((u8 *)vm->bt + bt_bytes(frames_of(ram_size)));
		window_init(vm->window, frames_of(ram_size));
	}
	return vm;
}

static int fail(char *why, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(char *why, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, size, format, ap);
	va_end(ap);
	return RC_HOST;
}

static int make_memory(struct vm *vm, char *why, size_t n)
{
	u64 size = vm->ram_size + BEHIND_RAM;

	vm->ram_fd = memfd_create("refvmm-ram", MFD_CLOEXEC);
	if (vm->ram_fd < 0 || ftruncate(vm->ram_fd, (off_t)size))
		return fail(why, n, "cannot create guest memory: %s", strerror(errno));
	vm->ram = map_at(RAM_ALIAS, size, PROT_READ | PROT_WRITE, vm->ram_fd);
	if (!vm->ram)
		return fail(why, n, "cannot map guest memory: %s", strerror(errno));
	/* Read, write and execute: emitted code and vCPU state.  Guest segments
	 * end below it and the TC's own code segment is execute-only. */
	if (!map_at(vm->mon, MON_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, -1))
		return fail(why, n, "cannot map the monitor area at %#x: %s", vm->mon,
			    strerror(errno));
	/* In it once more the RAM under the ROMs, for alias.c. */
	if (mmap((void *)(uintptr_t)(vm->mon + MON_SHADOW_RAM), ROM_LOW_SIZE,
		 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, vm->ram_fd,
		 ROM_LOW_BASE) == MAP_FAILED)
		return fail(why, n, "cannot map shadow RAM: %s", strerror(errno));
	return RC_OK;
}

/* Where guest linear 0 can lie (host rule 13). */
static int choose_base(struct vm *vm, char *why, size_t size)
{
	void *p;

	if (vm->cfg->page0 != PAGE0_SHIFT) {
		p = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (p != MAP_FAILED) {
			munmap(p, 4096);
			vm->page0_maps = true;
			return RC_OK;
		}
		if (vm->cfg->page0 == PAGE0_MAP)
			return fail(why, size, "--page0: page 0 cannot be mapped: %s",
				    strerror(errno));
	}
	return RC_OK;
}

int arena_make(const struct config *cfg, struct vm **out, char *why, size_t size)
{
	struct vm *vm = make_state(cfg->memory);
	int rc;

	if (!vm)
		return fail(why, size, "cannot map the arena: %s", strerror(errno));
	vm->cfg = cfg;
	vm->ram_size = cfg->memory;
	vm->ram_hole_end = 0x100000;
	vm->n_ram_frames = (u32)(cfg->memory >> 12);
	vm->mon = REFVMM_MONITOR_BASE;
	vm->ram_fd = -1;
	rc = make_memory(vm, why, size);
	if (!rc)
		rc = choose_base(vm, why, size);
	if (rc) {
		arena_free(vm);
		return rc;
	}
	vm->v = (struct vcpu *)(uintptr_t)(vm->mon + MON_VCPU);
	vm->v->vm = vm;
	vm->v->cpu = cfg->cpu;
	vm->v->host_lacks = cpu_host_lacks();
	bt_decode_for(cpu_edx(vm->v), cpu_ecx(vm->v));
	vm->v->a20 = true;
	vm->fpu_saved = true;
	bt_init(vm->bt, vm->v, vm->mon, (u32)((vm->ram_size + BEHIND_RAM) >> 12),
		cfg->count || cfg->limit_units);
	if (cfg->cache)
		bt_limit_cache(vm->bt, cfg->cache);
	*out = vm;
	return RC_OK;
}

void arena_free(struct vm *vm)
{
	u64 ram_size = vm->ram_size;

	munmap(NULL, (u64)vm->mon + MON_SIZE);
	if (vm->ram)
		munmap(vm->ram, ram_size + BEHIND_RAM);
	if (vm->ram_fd >= 0)
		close(vm->ram_fd);
	munmap(vm, arena_bytes(ram_size));
}

int arena_attach(struct vm *vm, char *why, size_t size)
{
	if (!ldt_init(vm))
		return fail(why, size, "modify_ldt is not available; see --check-host");
	/* The reserved segment, for good: no guest instruction loads GS. */
	__asm__ volatile("mov %w0, %%gs" : : "r"((u32)LDT_SEL(LDT_GS)));
	return RC_OK;
}

void arena_reset_cpu(struct vm *vm)
{
	vm->ready = false;
	/* Before segments get shadows: real-mode loads will use these in line. */
	vm->linbase = vm->page0_maps ? 0 : PAGE0_SHIFT_BY;
	arch_reset(vm->v);
	vm->v->halted = false;
	vm->v->shadow = 0;
	vm->v->intr = false;
	vm->v->irq_pending = 0;
	vm->ferr = false;
	vm->fpu_masked = 0;
}

void arena_reset_engine(struct vm *vm)
{
	mmu_reset(vm);
	segmemo_reset(vm);
	bt_flush(vm->bt);
	shadow_all(vm);
	vm->ready = true;
	/* FNINIT and SSE state of RESET; guest entry loads it. */
	memset(vm->fpu, 0, sizeof(vm->fpu));
	vm->fpu[0] = 0x40; /* FCW at RESET: 0040h (SDM vol. 3A table 9-1) */
	vm->fpu[4] = 0xff; /* all registers tagged as holding 0.0 */
	vm->fpu[24] = 0x80;
	vm->fpu[25] = 0x1f; /* MXCSR 1F80h */
}

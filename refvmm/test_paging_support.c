/* SPDX-License-Identifier: MIT
 * See test_paging_support.h.
 */
#include "refvmm/test_paging_support.h"

#include "refvmm/machine.h"
#include "refvmm/window.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct vm *vm;
struct vcpu *vcpu;
u32 written_frame, written_offset, writes_seen;
u32 mmio_reads, mmio_writes, mode_changes;

static struct config cfg;
static void *kept[8192]; /* struct bt lies where a leak checker does not look */
static unsigned n_kept;

void bt_frame_written(struct bt *bt, u32 frame, u32 offset, u32 n)
{
	written_frame = frame;
	written_offset = offset;
	writes_seen++;
}

void host_begin(struct vm *m)
{
}

u32 pc_mmio_read(struct pc *pc, u32 phys, unsigned size)
{
	mmio_reads++;
	return 0xd0d0d0d0;
}

void pc_mmio_write(struct pc *pc, u32 phys, u32 value, unsigned size)
{
	mmio_writes++;
}

void trace_mmio_on(struct vm *m, bool write, u32 phys, u32 value, unsigned size)
{
}

static void *zeros(size_t n)
{
	void *p = aligned_alloc(64, (n + 63) & ~(size_t)63);

	if (!p)
		abort();
	kept[n_kept++ % 8192] = p;
	return memset(p, 0, n);
}

/* Nothing is given back: Check gives each test a process. */
void start(u32 cr4)
{
	const u32 frames = (RAM + BEHIND_RAM) >> 12;

	vm = zeros(sizeof(*vm));
	vcpu = zeros(sizeof(*vcpu));
	vm->v = vcpu;
	vcpu->vm = vm;
	vm->cfg = &cfg;
	vm->ram_size = RAM;
	vm->ram_hole_end = 0x100000;
	vm->n_ram_frames = RAM >> 12;
	vm->mon = REFVMM_MONITOR_BASE;
	vm->ram_fd = memfd_create("test-ram", MFD_CLOEXEC);
	ck_assert_int_ge(vm->ram_fd, 0);
	ck_assert_int_eq(ftruncate(vm->ram_fd, (off_t)frames << 12), 0);
	vm->ram =
		mmap(NULL, (size_t)frames << 12, PROT_READ | PROT_WRITE, MAP_SHARED, vm->ram_fd, 0);
	ck_assert(vm->ram != MAP_FAILED);
	vm->bt = mmap(NULL, sizeof(*vm->bt), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert(vm->bt != MAP_FAILED);
	vm->bt->v = vcpu;
	vm->bt->frame_units = zeros(frames * sizeof(u32));
	vm->bt->frame_state = zeros(frames);
	vm->window = zeros(window_size(frames));
	vcpu->a20 = true;
	vcpu->cr0 = CR0_PE | CR0_PG;
	vcpu->cr3 = cr4 & CR4_PAE ? AT_PDPT : AT_PD;
	vcpu->cr4 = cr4;
	if (cr4 & CR4_PAE) {
		poke64(AT_PDPT, AT_PD | P);
		ck_assert(page_load_pdptes(vcpu, AT_PDPT));
	}
	writes_seen = mmio_reads = mmio_writes = mode_changes = 0;
	written_frame = written_offset = ~0u;
}

void poke32(u32 phys, u32 value)
{
	memcpy(vm->ram + phys, &value, 4);
}

void poke64(u32 phys, u64 value)
{
	memcpy(vm->ram + phys, &value, 8);
}

u32 peek32(u32 phys)
{
	u32 x;

	memcpy(&x, vm->ram + phys, 4);
	return x;
}

u64 peek64(u32 phys)
{
	u64 x;

	memcpy(&x, vm->ram + phys, 8);
	return x;
}

static bool pae(void)
{
	return vcpu->cr4 & CR4_PAE;
}

u32 pde_at(u32 lin)
{
	return pae() ? AT_PD + (lin >> 21) * 8 : AT_PD + (lin >> 22) * 4;
}

u32 pte_at(u32 lin)
{
	return pae() ? AT_PT + (lin >> 12 & 0x1ff) * 8 : AT_PT + (lin >> 12 & 0x3ff) * 4;
}

void put_pde(u32 lin, u64 entry)
{
	if (pae())
		poke64(pde_at(lin), entry);
	else
		poke32(pde_at(lin), (u32)entry);
}

void put_pte(u32 lin, u64 entry)
{
	if (pae())
		poke64(pte_at(lin), entry);
	else
		poke32(pte_at(lin), (u32)entry);
}

void map4k(u32 lin, u64 entry)
{
	put_pde(lin, AT_PT | SET);
	put_pte(lin, entry);
}

void vcpu_mode_changed(struct vcpu *v)
{
	mode_changes++;
}

void vm_stop(struct vm *m, int exit_code, const char *text)
{
	ck_abort_msg("stopped: %s", text);
}

/* The guest profile is not on. */
void trace_mem_on(struct vm *m, char what, u32 x)
{
	ck_abort_msg("trace %c %x", what, x);
}

void trace_touch_on(struct vm *m, u32 page, bool write)
{
	ck_abort_msg("trace T %x", page);
}

void trace_recall_on(struct vm *m, u32 page, u32 entry)
{
	ck_abort_msg("trace R %x", page);
}

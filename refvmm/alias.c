/* SPDX-License-Identifier: MIT
 * Second mappings of guest memory in the monitor area, for stores of translated
 * code that the window cannot let through (bt/translate_store.c).
 *
 * The tables are by linear address: a byte for each 64 KiB, 0 or the number of a
 * group of 256 entries, one for each 256 bytes: where they are mapped, or 0.  The
 * last 256 bytes of what is contiguous are left out, so that no store that begins
 * in front of an end runs over it.
 *
 * What has entries today: shadow RAM below 1 MiB while the PAM registers send
 * reads to ROM and writes to DRAM.  Frames that something was translated from have
 * none: a store there has to be noticed (bt_frame_written).  No code can come from
 * the others as long as they have entries.
 */
#include "refvmm/vm.h"

#define GROUP 256u
/* ROM_LOW is 256 KiB: groups 1 to 4 are its 64 KiB granules.  Group 0 is that of all
 * others: its entries stay 0. */
#define GROUPS (ROM_LOW_SIZE >> 16)

static u8 *granule(const struct vm *vm, u32 lin)
{
	return (u8 *)(uintptr_t)(vm->mon + MON_GRANULES + (lin >> 16));
}

static u32 *alias(const struct vm *vm, unsigned group, unsigned block)
{
	return (u32 *)(uintptr_t)(vm->mon + MON_ALIASES) + group * GROUP + block;
}

static bool write_only(const struct vm *vm, u32 at)
{
	return at < ROM_LOW_SIZE && vm->pam[at >> 12] == PC_PAM_WRITE &&
	       !vm->bt->frame_units[(ROM_LOW_BASE + at) >> 12];
}

void alias_update(struct vm *vm)
{
	struct vcpu *v = vm->v;

	for (u32 at = 0; at < ROM_LOW_SIZE; at += 0x10000)
		*granule(vm, ROM_LOW_BASE + at) = 0;
	if (v->cr0 & CR0_PG)
		return; /* linear is not physical */
	for (u32 at = 0; at < ROM_LOW_SIZE; at += GROUP) {
		bool here = write_only(vm, at) && write_only(vm, at + GROUP);
		unsigned group = 1 + (at >> 16);

		*alias(vm, group, at >> 8 & (GROUP - 1)) = here ? vm->mon + MON_SHADOW_RAM + at : 0;
		if (here)
			*granule(vm, ROM_LOW_BASE + at) = (u8)group;
	}
}

bool alias_covers(const struct vm *vm, u32 lin)
{
	unsigned group = *granule(vm, lin);

	return group && *alias(vm, group, lin >> 8 & (GROUP - 1));
}

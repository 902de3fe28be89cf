/* SPDX-License-Identifier: MIT
 * A processor with page tables in a small RAM, for the tests of paging.c,
 * guestmem.c and window.c.  RAM is a memory file; page tables lie at fixed places.
 */
#ifndef REFVMM_TEST_PAGING_SUPPORT_H
#define REFVMM_TEST_PAGING_SUPPORT_H

#include "refvmm/paging.h"
#include "refvmm/vm.h"

#include <check.h>

#define RAM 0x800000u

/* Page directory (or PDPT and four directories), page tables. */
enum {
	AT_PD = 0x10000,   /* legacy; PAE: directory of the first GiB */
	AT_PDPT = 0x18020, /* 32-byte aligned, not page aligned */
	AT_PT = 0x20000,
	AT_DATA = 0x200000, /* frames to map */
};

/* Entry bits. */
enum {
	P = 1,
	W = 2,
	U = 4,
	A = 0x20,
	D = 0x40,
	PS = 0x80,
	G = 0x100,
	ALL = P | W | U,
	SET = ALL | A | D,
};
#define NX (1ull << 63)

extern struct vm *vm;
extern struct vcpu *vcpu;
/* The last bt_frame_written(). */
extern u32 written_frame, written_offset, writes_seen;
extern u32 mmio_reads, mmio_writes, mode_changes;

/* Fresh RAM; protected mode, CPL 0, paging by two levels (32-bit entries) or PAE with
 * these further CR4 bits.  Tables empty, PDPTE 0 -> AT_PD. */
void start(u32 cr4);
void poke32(u32 phys, u32 value);
void poke64(u32 phys, u64 value);
u32 peek32(u32 phys);
u64 peek64(u32 phys);
/* Entries of `lin` for the present kind of paging, all below the first GiB:
 * directory entry, and entry of the table AT_PT that serves the first region. */
u32 pde_at(u32 lin);
u32 pte_at(u32 lin);
void put_pde(u32 lin, u64 entry);
void put_pte(u32 lin, u64 entry);
/* Map one 4 KiB page: directory entry for all, table entry `entry`. */
void map4k(u32 lin, u64 entry);

#endif

/* SPDX-License-Identifier: MIT
 * The guest's own page tables (SDM vol. 3A chapter 4): 32-bit paging with 4 KiB
 * and 4 MiB pages (PSE, PSE-36) and PAE paging with 4 KiB and 2 MiB pages.
 * Nothing here knows how the result is shown in the window.
 */
#ifndef REFVMM_PAGING_H
#define REFVMM_PAGING_H

#include "refvmm/guestmem.h"

enum {
	PAGE_USER = 1u << 0,     /* user access at every level */
	PAGE_WRITE = 1u << 1,    /* writable at every level */
	PAGE_GLOBAL = 1u << 2,   /* G set and CR4.PGE */
	PAGE_DIRTY = 1u << 3,    /* D of the last level */
	PAGE_ACCESSED = 1u << 4, /* A at every level */
	PAGE_NX = 1u << 5,       /* XD at any level */
	PAGE_ABOVE = 1u << 6,    /* physical address beyond 4 GiB: nothing is there */
	PAGE_BIG = 1u << 7,      /* part of a 2 or 4 MiB page */
};

struct page {
	u32 phys; /* of the 4 KiB page, before the A20 gate */
	u8 flags;
};

/* What the tables say about `lin`, without any effect on them.  False: not
 * present, or a reserved bit is set. */
bool page_lookup(struct vcpu *v, u32 lin, struct page *page);

/* Translate for one access: rights by CPL and `how` (ACC_*), accessed and dirty
 * bits set.  MON_FAULT: #PF in v->fault with its error code and CR2. */
enum mon page_access(struct vcpu *v, u32 lin, unsigned how, struct page *page);

/* CR3, CR0.PG, CR4.PAE ... are about to be `cr3`/`cr4`: load the PDPTEs of PAE
 * paging.  False: one of them has a reserved bit set, #GP(0). */
bool page_load_pdptes(struct vcpu *v, u32 cr3);

static inline bool paging_on(const struct vcpu *v)
{
	return v->cr0 & CR0_PG;
}

#endif

/* SPDX-License-Identifier: MIT
 * The guest linear window, filled lazily: what the guest's page tables show at a
 * linear page is mapped there when translated code first touches it, like a TLB
 * of unbounded size.  Entries are revalidated against the page tables, not
 * dropped, when the guest loads CR3 or invalidates; what still holds stays mapped
 * (docs/shadow-mmu.md).
 */
#ifndef REFVMM_WINDOW_H
#define REFVMM_WINDOW_H

#include "refvmm/paging.h"
#include "refvmm/vm.h"

/* An entry of window.entry[]: frame << 8 | flags; 0: nothing mapped. */
enum {
	WIN_MAPPED = 1,
	WIN_WRITE = 2,  /* the host mapping is writable */
	WIN_USER = 4,   /* a user page */
	WIN_GLOBAL = 8, /* survives a load of CR3 */
};

#define LIN_PAGES 0x100000u
#define REGIONS   1024u /* of 4 MiB */

/* Pages that a CR3 touched, for when it comes back (recall.c). */
#define REMEMBERED_CR3S  64u
#define REMEMBERED_PAGES 126u
#define RECALL_LEARN     16u         /* residences until they are found out again */
#define REMEMBERED_ONCE  0x80000000u /* touched in one residence: not yet mapped again */
struct remembered {
	u32 cr3, n, residences;
	bool learning;              /* nothing was recalled in this residence */
	u64 used;                   /* 0: never */
	u32 page[REMEMBERED_PAGES]; /* or REMEMBERED_ONCE */
};

struct window {
	u32 entry[LIN_PAGES];
	/* All linear pages that show a frame, page + 1; first[] is by frame. */
	u32 next[LIN_PAGES], prev[LIN_PAGES];
	u16 mapped[REGIONS], locals[REGIONS], supers[REGIONS];
	bool big[REGIONS]; /* a translation by a 2 or 4 MiB page may be in use somewhere */
	u32 *first;
	u32 n_frames;
	u32 n_vmas; /* upper bound of host mappings made since the last full drop */
	u32 floor;  /* window addresses below this cannot be mapped (host rule 13) */
	/* User code must not reach supervisor pages: its segments end at user_top,
	 * and supervisor pages mapped below that go before user code runs. */
	u32 user_top;
	bool user_blocked; /* user code met the end of a segment since it last ran */
	u32 low_supers;    /* supervisor pages mapped below user_top */
	u64 clock;
	struct remembered memory[REMEMBERED_CR3S];
	struct remembered *present; /* that of CR3, NULL: none yet */
};

/* What became of a page fault in guest context. */
enum fill {
	FILL_DONE,  /* mapped: run the instruction again */
	FILL_SOFT,  /* cannot be mapped: the monitor has to do the access */
	FILL_FAULT, /* the guest's own #PF, in v->fault */
};
enum fill window_fill(struct vm *vm, u32 lin, bool write);
/* The guest has handled its #PF for `lin` and the instruction runs again: map the page
 * if the tables show it now, without another host fault. */
void window_fill_resolved(struct vm *vm, u32 lin, bool write);

/* Bytes for a window over so many frames; zeroed memory is an empty one. */
size_t window_size(u32 n_frames);
void window_init(struct window *w, u32 n_frames);
void window_drop_all(struct vm *vm);
/* Compare mapped pages with the page tables and unmap what differs. */
void window_revalidate(struct vm *vm, bool globals_too);
void window_revalidate_page(struct vm *vm, u32 lin);
/* INVLPG drops the whole of a big page, by any address in it and whatever the page
 * tables say by then: note that `page`, just looked up, is one; was there one? */
void window_note_big(struct vm *vm, u32 lin, const struct page *page);
bool window_was_big(struct vm *vm, u32 lin);
/* Show a frame, read-only, at `address` of the monitor area; false: the host refused. */
bool window_show(struct vm *vm, u32 address, u32 frame);
/* What the page tables say to map at page `k`, 0: nothing. */
u32 window_entry_now(struct vm *vm, u32 k);
/* Map page `k` as window_entry_now() said, and the pages that continue it.  False: the
 * machine stops. */
bool window_map_run(struct vm *vm, u32 k, u32 entry);
/* Unmap all pages that are not global. */
void window_drop_locals(struct vm *vm);
/* CR3 is now v->cr3: map what it had (recall.c). */
void recall_switch(struct vm *vm, u32 old_cr3);
void recall_note(struct vm *vm, u32 k);
void recall_reset(struct window *w);
/* Before code of CPL 3 runs. */
void window_enter_user(struct vm *vm);

#endif

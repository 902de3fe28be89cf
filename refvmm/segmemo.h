/* SPDX-License-Identifier: MIT
 * Remembered loads of segment registers in protected mode: what translated code
 * needs to repeat one without the monitor (bt/stubs_segload.c).
 */
#ifndef REFVMM_SEGMEMO_H
#define REFVMM_SEGMEMO_H

#include "refvmm/layout.h"
#include "refvmm/vcpu.h"

/* One load as it went last time, in the monitor area.  The emitted code knows the
 * offsets and the size. */
struct seg_memo {
	u32 sel;       /* NO_MEMO: unused */
	u32 desc;      /* where the descriptor can be read, in the monitor area */
	u32 lo, hi;    /* what stood there */
	u32 hsel, low; /* its shadow, and for GS that below its base */
	u32 pad[2];
};
#define NO_MEMO 0xffffffffu /* no selector has so many bits */

/* Tables by ring and use of the register, each by the low byte of the selector. */
#define SEG_MEMOS      256u
#define SEG_MEMO_KINDS 6u
static inline unsigned seg_memo_kind(unsigned cpl, unsigned s)
{
	return (cpl ? 3 : 0) + (s == S_SS ? 1 : s == S_GS ? 2 : 0);
}

/* The segment a shadow was chosen for. */
struct shadowed {
	u32 base, limit, attr, top;
	u16 sel, low; /* of its shadow and of that below its base; in vm.shadows only */
};

/* What the register holds after the load; beside the memo, for the monitor. */
struct seg_record {
	struct seg seg;
	struct shadowed shadow;
};

#define SEG_MEMOS_MAX 64u /* in use at the same time */
#define NO_PAGE       0xffffffffu

struct seg_memos {
	u32 n;                   /* in use */
	u16 used[SEG_MEMOS_MAX]; /* kind * SEG_MEMOS + index */
	u64 slots;               /* LDT slots that they name */
	struct dtr gdtr, ldtr;   /* all of this as it was when they were made */
	u32 ldt_attr, linbase, top;
	u32 generation; /* vm.tlb_generation at the last look */
	struct {
		u32 page, frame; /* linear page or NO_PAGE; frame mapped, ~0: none */
	} table[TABLE_PAGES];
	unsigned victim;
	struct seg_record record[SEG_MEMO_KINDS * SEG_MEMOS];
};

struct vm;
void segmemo_reset(struct vm *vm);
/* Before guest context: forget what no longer holds. */
void segmemo_check(struct vm *vm);
/* After guest context: registers that translated code has loaded. */
void segmemo_sync(struct vm *vm);
/* Translated code found no memo for loading `s`: count why.  The monitor has then
 * loaded it. */
void segmemo_missed(struct vm *vm, enum sreg s);
void segmemo_note(struct vm *vm, enum sreg s);
/* This LDT slot is about to hold another segment. */
void segmemo_slot(struct vm *vm, unsigned slot);

#endif

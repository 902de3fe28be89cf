/* SPDX-License-Identifier: MIT
 * Remembered gate transfers: INT n and IRETD between flat 32-bit segments.
 */
#ifndef REFVMM_GATEMEMO_H
#define REFVMM_GATEMEMO_H

#include "refvmm/vcpu.h"

/* INT n through an interrupt or trap gate, as it went last time. */
struct gate_memo {
	u64 gate, cs_raw, ss_raw; /* descriptors as they stood in memory */
	struct seg cs, ss;        /* ss: deeper only */
	u32 eip, clear;           /* target; EFLAGS bits cleared */
	u8 from, to;              /* CPL */
	bool valid;
};

/* IRETD from ring 0. */
struct return_memo {
	u64 cs_raw, ss_raw;
	struct seg cs, ss;
	u8 to;
	bool valid;
};

#define RETURN_MEMOS 16

struct gate_memos {
	struct gate_memo gate[256];
	struct return_memo ret[RETURN_MEMOS]; /* by selector index */
};

struct vm;
/* Do INT `vector` with return address `next`, or IRETD; false: nothing done,
 * take the whole way (arch.h) and tell the memo afterwards. */
bool gatememo_int(struct vm *vm, u8 vector, u32 next);
bool gatememo_iret(struct vm *vm);
/* The whole way has just succeeded from ring `from`. */
void gatememo_note_int(struct vm *vm, u8 vector, u8 from);
void gatememo_note_iret(struct vm *vm, u8 from);

#endif

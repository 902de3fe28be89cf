/* SPDX-License-Identifier: MIT
 * The memory type range registers and the page attribute table (SDM vol. 3A
 * chapter 12).  They hold what software wrote and have no other effect: guest
 * memory is the host's cached memory.  Private to the refvmm/ files behind
 * arch.h.
 */
#ifndef REFVMM_MTRR_H
#define REFVMM_MTRR_H

#include "refvmm/vcpu.h"

/* False: no such register on this processor, or a value it refuses. */
bool mtrr_read(const struct vcpu *v, u32 number, u64 *value);
bool mtrr_write(struct vcpu *v, u32 number, u64 value);
/* MTRRs off; the PAT as SDM vol. 3A table 12-12 has it after RESET. */
void mtrr_reset(struct vcpu *v);

/* All model-specific registers after RESET (msr.c). */
void msr_reset(struct vcpu *v);

#endif

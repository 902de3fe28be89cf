/* SPDX-License-Identifier: MIT
 * The repeat loop shared by the memory and port string instructions (SDM
 * vol. 2B REP/REPE/REPZ/REPNE/REPNZ).  Private to soft_string.c and
 * soft_portio.c.
 */
#ifndef REFVMM_REP_H
#define REFVMM_REP_H

#include "bt/decode.h"
#include "refvmm/arch.h"

struct rep {
	/* One iteration at the current registers; all of it or a fault with
	 * nothing done.  Does not advance them. */
	enum mon (*step)(struct vcpu *v, const struct rep *r);
	u32 size;      /* bytes per element: 1, 2 or 4 */
	u32 mask;      /* of counter and index registers: address size */
	u32 burst;     /* iterations before interrupts get a chance */
	enum sreg seg; /* of the source */
	bool src, dst; /* uses (E)SI, uses (E)DI */
	bool compare;  /* ZF ends the loop: CMPS, SCAS */
};

/* Set the fields that follow from the instruction. */
void rep_setup(struct rep *r, const struct insn *i);
/* Iterate.  MON_OK with EIP still at `i` when the burst is used up. */
enum mon rep_run(struct vcpu *v, const struct insn *i, const struct rep *r);

static inline u32 rep_si(const struct vcpu *v, const struct rep *r)
{
	return v->gpr[R_ESI] & r->mask;
}

static inline u32 rep_di(const struct vcpu *v, const struct rep *r)
{
	return v->gpr[R_EDI] & r->mask;
}

#endif

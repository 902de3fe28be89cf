/* SPDX-License-Identifier: MIT
 * What memory one instruction is about to touch, for breakpoints and alignment
 * checks: the explicit operand, the stack, the strings.  Descriptor tables and
 * what gates and task switches touch is not in it.
 */
#ifndef REFVMM_ACCESSES_H
#define REFVMM_ACCESSES_H

#include "bt/decode.h"

struct mem_access {
	u32 off, n;
	u8 seg;   /* enum sreg */
	u8 align; /* what CR0.AM asks for; 1: nothing */
	bool write;
};

#define ACCESSES_MAX 10

/* Fills `out`, returns how many there are. */
unsigned insn_accesses(const struct vcpu *v, const struct insn *i,
		       struct mem_access out[ACCESSES_MAX]);

/* Does every instruction have to be looked at before it runs? */
static inline bool vcpu_checked(const struct vcpu *v)
{
	return (v->dr[7] & 0xff) || (v->vflags & FL_AC && v->cr0 & CR0_AM && v->cpl == 3);
}

/* Before the instruction at v->eip, which is decoded in `i`: #AC(0) as MON_FAULT;
 * else the DR6 bits of data breakpoints it will have hit when it completes. */
enum mon insn_check(struct vcpu *v, const struct insn *i, u32 *dr6);

#endif

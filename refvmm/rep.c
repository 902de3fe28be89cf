/* SPDX-License-Identifier: MIT
 * See rep.h.  Every iteration is an instruction boundary: a fault in iteration
 * k leaves the registers as k completed iterations left them, and EIP at the
 * instruction.
 */
#include "refvmm/rep.h"

#include "refvmm/accesses.h"
#include "refvmm/operand.h"

void rep_setup(struct rep *r, const struct insn *i)
{
	r->mask = i->adsize == 2 ? 0xffff : 0xffffffff;
	/* Bit 0 of every string opcode: byte or opsize elements. */
	r->size = i->opcode & 1 ? i->opsize : 1;
	r->seg = data_seg(i);
}

/* The upper half of an index or counter is untouched with 16-bit addresses. */
static void advance(u32 *reg, u32 mask, u32 delta)
{
	*reg = (*reg & ~mask) | ((*reg + delta) & mask);
}

static enum mon iterate(struct vcpu *v, const struct rep *r)
{
	u32 delta = v->hwflags & FL_DF ? 0u - r->size : r->size;
	enum mon m = r->step(v, r);

	if (m)
		return m;
	if (r->src)
		advance(&v->gpr[R_ESI], r->mask, delta);
	if (r->dst)
		advance(&v->gpr[R_EDI], r->mask, delta);
	return MON_OK;
}

enum mon rep_run(struct vcpu *v, const struct insn *i, const struct rep *r)
{
	u8 prefix = rep_prefix(i);
	/* Single-stepping traps after every iteration, breakpoints may. */
	u32 burst = v->vflags & FL_TF || vcpu_checked(v) ? 1 : r->burst;
	enum mon m;

	if (!prefix) {
		m = iterate(v, r);
		return m ? m : insn_done(v, i);
	}
	for (u32 n = 0; v->gpr[R_ECX] & r->mask; n++) {
		if (n == burst)
			return MON_OK;
		m = iterate(v, r);
		if (m)
			return m;
		advance(&v->gpr[R_ECX], r->mask, 0u - 1);
		/* F3 goes on while equal, F2 while not equal. */
		if (r->compare && !!(v->hwflags & FL_ZF) != (prefix == 0xf3))
			break;
	}
	return insn_done(v, i);
}

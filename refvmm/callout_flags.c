/* SPDX-License-Identifier: MIT
 * Callouts: EFLAGS bits that are virtual in translated code, and HLT (SDM
 * vol. 2A and 2B under these names).
 */
#include "refvmm/callout.h"

enum mon callout_cli(struct vcpu *v, const struct insn *i)
{
	if (!iopl_allows(v))
		return vcpu_fault(v, V_GP, 0);
	v->vflags &= ~(u32)FL_IF;
	return insn_done(v, i);
}

/* The instruction after an STI that opens interrupts still runs alone. */
enum mon callout_sti(struct vcpu *v, const struct insn *i)
{
	if (!iopl_allows(v))
		return vcpu_fault(v, V_GP, 0);
	if (!(v->vflags & FL_IF))
		v->shadow = 1;
	v->vflags |= FL_IF;
	return insn_done(v, i);
}

static bool v86_forbids(const struct vcpu *v)
{
	return v->vflags & FL_VM && !iopl_allows(v);
}

enum mon callout_pushf(struct vcpu *v, const struct insn *i)
{
	enum mon m;

	if (v86_forbids(v))
		return vcpu_fault(v, V_GP, 0);
	m = arch_push(v, vcpu_eflags(v) & ~(u32)(FL_VM | FL_RF), i->opsize);
	return m ? m : insn_done(v, i);
}

enum mon callout_popf(struct vcpu *v, const struct insn *i)
{
	u32 image;
	enum mon m;

	if (v86_forbids(v))
		return vcpu_fault(v, V_GP, 0);
	m = arch_pop(v, &image, i->opsize);
	if (m)
		return m;
	vcpu_set_eflags(v, arch_popf_image(v, image, i->opsize));
	return insn_done(v, i);
}

/* The caller waits for an interrupt; EIP is already behind HLT, where the
 * handler returns to. */
enum mon callout_hlt(struct vcpu *v, const struct insn *i)
{
	enum mon m = require_cpl0(v);

	if (m)
		return m;
	v->halted = true;
	return insn_done(v, i);
}

/* SPDX-License-Identifier: MIT
 * Callouts: EFLAGS bits that are virtual in translated code, and HLT (SDM
 * vol. 2A and 2B under these names).
 */
#include "refvmm/callout.h"

/* Below IOPL, do CLI and STI act on VIF (SDM vol. 3B sections 20.3 and 20.4)? */
static bool virtual_if(const struct vcpu *v)
{
	if (v->vflags & FL_VM)
		return v->cr4 & CR4_VME;
	return v->cr4 & CR4_PVI && v->cpl == 3;
}

enum mon callout_cli(struct vcpu *v, const struct insn *i)
{
	if (iopl_allows(v))
		v->vflags &= ~(u32)FL_IF;
	else if (virtual_if(v))
		v->vflags &= ~(u32)FL_VIF;
	else
		return vcpu_fault(v, V_GP, 0);
	return insn_done(v, i);
}

/* The instruction after an STI that opens interrupts still runs alone. */
enum mon callout_sti(struct vcpu *v, const struct insn *i)
{
	if (iopl_allows(v)) {
		if (!(v->vflags & FL_IF))
			v->shadow = SHADOW_STI;
		v->vflags |= FL_IF;
	} else if (virtual_if(v) && !(v->vflags & FL_VIP)) {
		v->vflags |= FL_VIF;
	} else {
		return vcpu_fault(v, V_GP, 0);
	}
	return insn_done(v, i);
}

/* PUSHF and POPF in virtual-8086 mode below IOPL 3: with VME the 16-bit forms
 * have VIF in place of IF. */
static bool v86_below(const struct vcpu *v)
{
	return v->vflags & FL_VM && !iopl_allows(v);
}

enum mon callout_pushf(struct vcpu *v, const struct insn *i)
{
	u32 image = vcpu_eflags(v) & ~(u32)(FL_VM | FL_RF);
	enum mon m;

	if (v86_below(v)) {
		if (!(v->cr4 & CR4_VME) || i->opsize == 4)
			return vcpu_fault(v, V_GP, 0);
		image = (image & ~(u32)FL_IF) | FL_IOPL | (v->vflags & FL_VIF ? FL_IF : 0);
	}
	m = arch_push(v, image, i->opsize);
	return m ? m : insn_done(v, i);
}

static enum mon popf_below(struct vcpu *v, const struct insn *i)
{
	u32 image, vif, esp = v->gpr[R_ESP];
	enum mon m;

	if (!(v->cr4 & CR4_VME) || i->opsize == 4)
		return vcpu_fault(v, V_GP, 0);
	m = arch_pop(v, &image, 2);
	if (m)
		return m;
	if (image & FL_TF || (image & FL_IF && v->vflags & FL_VIP)) {
		v->gpr[R_ESP] = esp;
		return vcpu_fault(v, V_GP, 0);
	}
	vif = image & FL_IF ? FL_VIF : 0;
	vcpu_set_eflags(v, arch_popf_image(v, image, 2));
	v->vflags = (v->vflags & ~(u32)FL_VIF) | vif;
	return insn_done(v, i);
}

enum mon callout_popf(struct vcpu *v, const struct insn *i)
{
	u32 image;
	enum mon m;

	if (v86_below(v))
		return popf_below(v, i);
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

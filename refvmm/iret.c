/* SPDX-License-Identifier: MIT
 * IRET and IRETD (SDM vol. 2A IRET).
 */
#include "refvmm/montext.h"
#include "refvmm/returns.h"
#include "refvmm/segment.h"
#include "refvmm/stack.h"
#include "refvmm/tss.h"

#define FL_ARITH (FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_DF | FL_OF)

static void load_flags(struct vcpu *v, u32 image, u32 mask)
{
	vcpu_set_eflags(v, (vcpu_eflags(v) & ~mask) | (image & mask));
}

/* Flags that IRET may change, from the privilege before the return. */
static u32 protected_mask(const struct vcpu *v, unsigned opsize)
{
	u32 mask = FL_ARITH | FL_TF | FL_NT;

	if (v->cpl <= (v->vflags & FL_IOPL) >> 12)
		mask |= FL_IF;
	if (v->cpl == 0)
		mask |= FL_IOPL;
	if (opsize == 2)
		return mask;
	mask |= FL_RF | FL_AC | FL_ID;
	/* VM too by the manual at CPL 0; it is clear in the image here. */
	return v->cpl == 0 ? mask | FL_VIF | FL_VIP : mask;
}

static enum mon iret_real(struct vcpu *v, unsigned opsize)
{
	u32 eip, cs, flags;
	enum mon m = stack_peek_wrapped(v, 0, opsize, &eip);

	if (m == MON_OK)
		m = stack_peek_wrapped(v, opsize, opsize, &cs);
	if (m == MON_OK)
		m = stack_peek_wrapped(v, 2 * opsize, opsize, &flags);
	if (m)
		return m;
	if (eip > v->seg[S_CS].limit)
		return vcpu_fault(v, V_GP, 0);
	stack_set_sp(v, &v->seg[S_SS], v->gpr[R_ESP] + 3 * opsize);
	seg_install_real(v, S_CS, (u16)cs);
	v->eip = eip;
	/* 32 bits: VM, VIF and VIP stay (the manual's 257FD5H). */
	load_flags(v, flags,
		   FL_ARITH | FL_TF | FL_IF | FL_IOPL | FL_NT |
			   (opsize == 4 ? FL_RF | FL_AC | FL_ID : 0));
	return MON_OK;
}

enum mon arch_iret(struct vcpu *v, unsigned opsize)
{
	struct return_to to;
	u32 eip, cs, flags, mask;
	enum mon m;

	if (v->vflags & FL_VM)
		return mon_stop(v, "IRET in virtual-8086 mode: not supported");
	/* Even an IRET that faults ends NMI blocking (SDM vol. 3A section 6.7.1). */
	v->nmi_blocked = false;
	if (!vcpu_protected(v))
		return iret_real(v, opsize);
	if (v->vflags & FL_NT)
		return tss_switch_back(v);

	m = stack_peek(v, 2 * opsize, opsize, &flags);
	if (m == MON_OK)
		m = stack_peek(v, opsize, opsize, &cs);
	if (m == MON_OK)
		m = stack_peek(v, 0, opsize, &eip);
	if (m)
		return m;
	/* VM in the image counts at CPL 0 only. */
	if (opsize == 4 && v->cpl == 0 && flags & FL_VM)
		return mon_stop(v, "IRET to virtual-8086 mode at %04x:%08x: not supported",
				cs & 0xffff, eip);
	m = return_check_cs(v, (u16)cs, eip, &to);
	if (m)
		return m;
	if (to.outer)
		m = return_check_ss(v, 3 * opsize, opsize, &to);
	else
		to.esp = v->gpr[R_ESP] + 3 * opsize;
	if (m == MON_OK)
		m = return_check_eip(v, &to);
	if (m)
		return m;
	mask = protected_mask(v, opsize);
	return_commit(v, &to);
	load_flags(v, flags, mask);
	return MON_OK;
}

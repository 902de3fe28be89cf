/* SPDX-License-Identifier: MIT
 * IRET and IRETD (SDM vol. 2A IRET).
 */
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

/* In virtual-8086 mode below IOPL 3: only with VME, and only 16-bit (SDM vol. 3B
 * section 20.3.3).  IF in the image means VIF. */
static enum mon check_v86(struct vcpu *v, unsigned opsize, u32 *flags, u32 *mask)
{
	*mask = FL_ARITH | FL_TF | FL_NT | (opsize == 4 ? FL_RF | FL_AC | FL_ID : 0);
	if ((v->vflags & FL_IOPL) == FL_IOPL) {
		*mask |= FL_IF;
		return MON_OK;
	}
	if (!(v->cr4 & CR4_VME) || opsize == 4 || *flags & FL_TF ||
	    (*flags & FL_IF && v->vflags & FL_VIP))
		return vcpu_fault(v, V_GP, 0);
	*mask |= FL_VIF;
	*flags = (*flags & ~(u32)FL_VIF) | (*flags & FL_IF ? FL_VIF : 0);
	return MON_OK;
}

static enum mon iret_real(struct vcpu *v, unsigned opsize)
{
	/* 32 bits: VM, VIF and VIP stay (the manual's 257FD5H). */
	u32 eip, cs, flags,
		mask = FL_ARITH | FL_TF | FL_IF | FL_IOPL | FL_NT |
		       (opsize == 4 ? FL_RF | FL_AC | FL_ID : 0);
	enum mon m = stack_peek_wrapped(v, 0, opsize, &eip);

	if (m == MON_OK)
		m = stack_peek_wrapped(v, opsize, opsize, &cs);
	if (m == MON_OK)
		m = stack_peek_wrapped(v, 2 * opsize, opsize, &flags);
	if (m)
		return m;
	if (v->vflags & FL_VM)
		m = check_v86(v, opsize, &flags, &mask);
	if (m)
		return m;
	if (eip > v->seg[S_CS].limit)
		return vcpu_fault(v, V_GP, 0);
	stack_set_sp(v, &v->seg[S_SS], v->gpr[R_ESP] + 3 * opsize);
	seg_install_real(v, S_CS, (u16)cs);
	v->eip = eip;
	load_flags(v, flags, mask);
	return MON_OK;
}

/* From ring 0 into virtual-8086 mode: EIP CS EFLAGS ESP SS ES DS FS GS. */
static enum mon iret_to_v86(struct vcpu *v)
{
	static const u8 order[] = {S_ES, S_DS, S_FS, S_GS};
	u32 image[9];

	for (u32 k = 9; k--;) {
		enum mon m = stack_peek(v, 4 * k, 4, &image[k]);

		if (m)
			return m;
	}
	vcpu_set_eflags(v, image[2]);
	v->cpl = 3;
	vcpu_mode_changed(v);
	v->eip = image[0] & 0xffff;
	v->gpr[R_ESP] = image[3];
	seg_install_v86(v, S_CS, (u16)image[1]);
	seg_install_v86(v, S_SS, (u16)image[4]);
	for (u32 k = 0; k < sizeof(order); k++)
		seg_install_v86(v, order[k], (u16)image[5 + k]);
	return MON_OK;
}

enum mon arch_iret(struct vcpu *v, unsigned opsize)
{
	struct return_to to;
	u32 eip, cs, flags, mask;
	enum mon m;

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
		return iret_to_v86(v);
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

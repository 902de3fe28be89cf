/* SPDX-License-Identifier: MIT
 * SYSENTER and SYSEXIT (SDM vol. 2B, vol. 3A section 5.8.7): flat segments whose
 * selectors come from IA32_SYSENTER_CS, without a look at any descriptor.
 */
#include "refvmm/segment.h"

#define FLAT_CODE (D_P | D_S | D_CODE | D_READABLE | D_ACCESSED | D_DB | D_G)
#define FLAT_DATA (D_P | D_S | D_WRITABLE | D_ACCESSED | D_DB | D_G)

enum { MSR_CS, MSR_ESP, MSR_EIP };

static struct seg flat(u32 attr, u16 sel, u32 dpl)
{
	return (struct seg){.limit = 0xffffffff, .attr = attr | dpl << 13, .sel = sel};
}

static bool available(const struct vcpu *v)
{
	return v->cr0 & CR0_PE && v->msr_sysenter[MSR_CS] & 0xfffc;
}

enum mon arch_sysenter(struct vcpu *v)
{
	u16 sel = (u16)(v->msr_sysenter[MSR_CS] & 0xfffc);
	struct seg cs = flat(FLAT_CODE, sel, 0), ss = flat(FLAT_DATA, (u16)(sel + 8), 0);

	if (!available(v))
		return vcpu_fault(v, V_GP, 0);
	seg_leave_v86(v);
	v->vflags &= ~(u32)(FL_IF | FL_RF);
	v->gpr[R_ESP] = v->msr_sysenter[MSR_ESP];
	seg_transfer(v, &cs, 0, v->msr_sysenter[MSR_EIP], &ss);
	return MON_OK;
}

enum mon arch_sysexit(struct vcpu *v)
{
	u16 sel = (u16)(v->msr_sysenter[MSR_CS] & 0xfffc);
	struct seg cs = flat(FLAT_CODE, (u16)(sel + 16), 3);
	struct seg ss = flat(FLAT_DATA, (u16)((sel + 24) | 3), 3);

	if (!available(v) || v->cpl)
		return vcpu_fault(v, V_GP, 0);
	v->gpr[R_ESP] = v->gpr[R_ECX];
	seg_transfer(v, &cs, 3, v->gpr[R_EDX], &ss);
	return MON_OK;
}

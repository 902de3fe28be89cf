/* SPDX-License-Identifier: MIT
 * Callouts: CPUID, model-specific registers, counters, and instructions that
 * the modelled processor does not have (SDM vol. 2A and 2B under these names).
 */
#include "refvmm/callout.h"

enum mon callout_cpuid(struct vcpu *v, const struct insn *i)
{
	arch_cpuid(v);
	return insn_done(v, i);
}

enum mon callout_rdmsr(struct vcpu *v, const struct insn *i)
{
	enum mon m = arch_rdmsr(v);

	return m ? m : insn_done(v, i);
}

enum mon callout_wrmsr(struct vcpu *v, const struct insn *i)
{
	enum mon m = arch_wrmsr(v);

	return m ? m : insn_done(v, i);
}

static void set_edx_eax(struct vcpu *v, u64 value)
{
	v->gpr[R_EAX] = (u32)value;
	v->gpr[R_EDX] = (u32)(value >> 32);
}

enum mon callout_rdtsc(struct vcpu *v, const struct insn *i)
{
	if (v->cr4 & CR4_TSD && v->cpl)
		return vcpu_fault(v, V_GP, 0);
	set_edx_eax(v, arch_tsc(v));
	return insn_done(v, i);
}

/* The family has two counters.  The registers that would start them do not
 * exist (arch_wrmsr raises #GP), so they stand at zero. */
enum mon callout_rdpmc(struct vcpu *v, const struct insn *i)
{
	if (!(v->cr4 & CR4_PCE) && v->cpl)
		return vcpu_fault(v, V_GP, 0);
	if (v->gpr[R_ECX] > 1)
		return vcpu_fault(v, V_GP, 0);
	set_edx_eax(v, 0);
	return insn_done(v, i);
}

enum mon callout_ud(struct vcpu *v, const struct insn *i)
{
	return vcpu_fault(v, V_UD, 0);
}

/* SPDX-License-Identifier: MIT
 * RDMSR and WRMSR (SDM vol. 2B, vol. 4 for the registers).  A register that
 * the modelled processor lacks raises #GP(0).
 */
#include "refvmm/arch.h"

enum {
	MSR_TSC = 0x10,
	MSR_PLATFORM_ID = 0x17,  /* read-only; slot and microcode flags 0 */
	MSR_BIOS_SIGN_ID = 0x8b, /* microcode revision: none loaded */
};

static u64 host_tsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return lo | (u64)hi << 32;
}

u64 arch_tsc(const struct vcpu *v)
{
	return host_tsc() + v->tsc_offset;
}

void arch_set_tsc(struct vcpu *v, u64 value)
{
	v->tsc_offset = value - host_tsc();
}

enum mon arch_rdmsr(struct vcpu *v)
{
	u64 value = 0;

	if (v->cpl)
		return vcpu_fault(v, V_GP, 0);
	switch (v->gpr[R_ECX]) {
	case MSR_TSC:
		value = arch_tsc(v);
		break;
	case MSR_PLATFORM_ID:
	case MSR_BIOS_SIGN_ID:
		break;
	default:
		return vcpu_fault(v, V_GP, 0);
	}
	v->gpr[R_EAX] = (u32)value;
	v->gpr[R_EDX] = (u32)(value >> 32);
	return MON_OK;
}

enum mon arch_wrmsr(struct vcpu *v)
{
	if (v->cpl)
		return vcpu_fault(v, V_GP, 0);
	switch (v->gpr[R_ECX]) {
	case MSR_TSC:
		arch_set_tsc(v, v->gpr[R_EAX] | (u64)v->gpr[R_EDX] << 32);
		return MON_OK;
	case MSR_BIOS_SIGN_ID:
		/* Software clears it before CPUID reloads it: nothing to keep. */
		return MON_OK;
	default:
		return vcpu_fault(v, V_GP, 0);
	}
}

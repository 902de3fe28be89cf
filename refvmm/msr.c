/* SPDX-License-Identifier: MIT
 * RDMSR and WRMSR (SDM vol. 2B, vol. 4 for the registers).  A register that
 * the modelled processor lacks, or a value it does not take, raises #GP(0).
 */
#include "refvmm/arch.h"
#include "refvmm/cpuid.h"
#include "refvmm/montext.h"
#include "refvmm/mtrr.h"

enum {
	MSR_TSC = 0x10,
	MSR_PLATFORM_ID = 0x17,    /* read-only; slot and microcode flags 0 */
	MSR_EBL_CR_POWERON = 0x2a, /* bus configuration straps: read as 0 */
	MSR_BIOS_SIGN_ID = 0x8b,   /* microcode revision */
	MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_EIP = 0x176,
	MSR_MISC_ENABLE = 0x1a0,
	MSR_DEBUGCTL = 0x1d9,
};

#define MISC_FAST_STRINGS (1u << 0)
#define MISC_NO_BTS       (1u << 11)
#define MISC_NO_PEBS      (1u << 12)
#define MISC_LIMIT_CPUID  (1u << 22) /* no leaf above 3: there is none */

/* Older N270 microcode has the PSE erratum (Intel 319536, AAE44), which makes
 * systems do without large pages. */
#define N270_MICROCODE 0x20eu

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

static unsigned family(const struct vcpu *v)
{
	return cpu_models[v->cpu].signature >> 8 & 15;
}

/* Registers of the P6 family and its successors. */
static bool has_p6(const struct vcpu *v)
{
	return family(v) >= 6;
}

static bool has_misc_enable(const struct vcpu *v)
{
	return v->cpu == CPU_n270 || family(v) == 15;
}

static bool read(struct vcpu *v, u32 number, u64 *value)
{
	*value = 0;
	switch (number) {
	case MSR_TSC:
		*value = arch_tsc(v);
		return true;
	case MSR_PLATFORM_ID:
	case MSR_EBL_CR_POWERON:
	case MSR_DEBUGCTL:
		return has_p6(v);
	case MSR_BIOS_SIGN_ID:
		*value = v->cpu == CPU_n270 ? (u64)N270_MICROCODE << 32 : 0;
		return has_p6(v);
	case MSR_MISC_ENABLE:
		*value = v->msr_misc_enable | MISC_NO_BTS | MISC_NO_PEBS;
		return has_misc_enable(v);
	default:
		if (number >= MSR_SYSENTER_CS && number <= MSR_SYSENTER_EIP) {
			*value = v->msr_sysenter[number - MSR_SYSENTER_CS];
			return cpu_edx(v) & F_SEP;
		}
		return mtrr_read(v, number, value);
	}
}

enum mon arch_rdmsr(struct vcpu *v)
{
	u64 value;

	if (v->cpl || !read(v, v->gpr[R_ECX], &value))
		return vcpu_fault(v, V_GP, 0);
	v->gpr[R_EAX] = (u32)value;
	v->gpr[R_EDX] = (u32)(value >> 32);
	return MON_OK;
}

static bool write(struct vcpu *v, u32 number, u64 value)
{
	const u32 misc = MISC_FAST_STRINGS | MISC_LIMIT_CPUID;

	switch (number) {
	case MSR_TSC:
		arch_set_tsc(v, value);
		return true;
	case MSR_BIOS_SIGN_ID:
		/* Software clears it before CPUID reloads it: nothing to keep. */
		return has_p6(v);
	case MSR_MISC_ENABLE:
		if (!has_misc_enable(v) || (value & ~(u64)misc) != (MISC_NO_BTS | MISC_NO_PEBS))
			return false;
		v->msr_misc_enable = (u32)value & misc;
		return true;
	case MSR_DEBUGCTL:
		return has_p6(v) && !value;
	default:
		if (number >= MSR_SYSENTER_CS && number <= MSR_SYSENTER_EIP) {
			if (!(cpu_edx(v) & F_SEP))
				return false;
			v->msr_sysenter[number - MSR_SYSENTER_CS] = (u32)value;
			return true;
		}
		return mtrr_write(v, number, value);
	}
}

enum mon arch_wrmsr(struct vcpu *v)
{
	u64 value = v->gpr[R_EAX] | (u64)v->gpr[R_EDX] << 32;

	/* Branch stepping and last branch records are not modelled. */
	if (!v->cpl && v->gpr[R_ECX] == MSR_DEBUGCTL && has_p6(v) && value & 3)
		return mon_stop(v, "DEBUGCTL value 0x%x: not supported", (u32)value);
	if (v->cpl || !write(v, v->gpr[R_ECX], value))
		return vcpu_fault(v, V_GP, 0);
	return MON_OK;
}

void msr_reset(struct vcpu *v)
{
	for (u32 k = 0; k < 3; k++)
		v->msr_sysenter[k] = 0;
	v->msr_misc_enable = MISC_FAST_STRINGS;
	arch_set_tsc(v, 0);
	mtrr_reset(v);
}

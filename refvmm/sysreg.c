/* SPDX-License-Identifier: MIT
 * Control and debug registers: MOV CRn, LMSW, MOV DRn (SDM vol. 2B MOV, vol. 2A
 * LMSW, vol. 3A section 2.5, vol. 3B section 18.2).
 */
#include "refvmm/arch.h"
#include "refvmm/cpuid.h"
#include "refvmm/debug.h"
#include "refvmm/mmu.h"

#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)

#define DR7_GD (1u << 13)

static enum mon set_cr0(struct vcpu *v, u32 value)
{
	if ((u32)CR0_PG & value && !(value & CR0_PE))
		return vcpu_fault(v, V_GP, 0);
	if (value & CR0_NW && !(value & CR0_CD))
		return vcpu_fault(v, V_GP, 0);
	/* ET is hardwired on this family, reserved bits are ignored. */
	return mmu_set_mode(v, (value & CR0_DEFINED) | CR0_ET, v->cr4);
}

/* The bits that the processor has (SDM vol. 3A section 2.5; each goes with a
 * feature flag, PCE with the first MMX processors). */
static u32 cr4_defined(const struct vcpu *v)
{
	static const struct {
		u32 feature, bits;
	} of[] = {
		{F_VME, CR4_VME | CR4_PVI}, {F_TSC, CR4_TSD},     {F_DE, CR4_DE},
		{F_PSE, CR4_PSE},           {F_PAE, CR4_PAE},     {F_PGE, CR4_PGE},
		{F_MMX, CR4_PCE},           {F_FXSR, CR4_OSFXSR}, {F_SSE, CR4_OSXMMEXCPT},
	};
	u32 bits = 0;

	for (u32 k = 0; k < sizeof(of) / sizeof(of[0]); k++)
		if (cpu_edx(v) & of[k].feature)
			bits |= of[k].bits;
	return bits;
}

static enum mon set_cr4(struct vcpu *v, u32 value)
{
	if (value & ~cr4_defined(v))
		return vcpu_fault(v, V_GP, 0);
	return mmu_set_mode(v, v->cr0, value);
}

/* CR1 and CR5-CR7 do not exist; that #UD comes before the privilege check. */
static enum mon check_cr(struct vcpu *v, unsigned n)
{
	if (n == 1 || n > 4)
		return vcpu_fault(v, V_UD, 0);
	return v->cpl ? vcpu_fault(v, V_GP, 0) : MON_OK;
}

enum mon arch_write_cr(struct vcpu *v, unsigned n, u32 value)
{
	enum mon m = check_cr(v, n);

	if (m)
		return m;
	switch (n) {
	case 0:
		return set_cr0(v, value);
	case 2:
		v->cr2 = value;
		return MON_OK;
	case 3:
		return mmu_set_cr3(v, value);
	default:
		return set_cr4(v, value);
	}
}

enum mon arch_read_cr(struct vcpu *v, unsigned n, u32 *value)
{
	enum mon m = check_cr(v, n);

	if (m)
		return m;
	*value = n == 0 ? v->cr0 : n == 2 ? v->cr2 : n == 3 ? v->cr3 : v->cr4;
	return MON_OK;
}

/* LMSW reaches PE, MP, EM and TS, and can set PE but not clear it. */
enum mon arch_lmsw(struct vcpu *v, u16 value)
{
	u32 cr0 = (v->cr0 & ~(u32)(CR0_MP | CR0_EM | CR0_TS)) | (value & 0xf);

	if (v->cpl)
		return vcpu_fault(v, V_GP, 0);
	return mmu_set_mode(v, cr0, v->cr4);
}

/* Order as in Bochs, where the manual gives none: missing register, GD, CPL. */
static enum mon check_dr(struct vcpu *v, unsigned *n)
{
	if (*n == 4 || *n == 5) {
		if (v->cr4 & CR4_DE)
			return vcpu_fault(v, V_UD, 0);
		*n += 2;
	}
	if (v->dr[7] & DR7_GD) {
		v->dr[6] |= DR6_BD;
		return vcpu_fault(v, V_DB, 0);
	}
	return v->cpl ? vcpu_fault(v, V_GP, 0) : MON_OK;
}

enum mon arch_write_dr(struct vcpu *v, unsigned n, u32 value)
{
	enum mon m = check_dr(v, &n);

	if (m)
		return m;
	switch (n) {
	case 6:
		v->dr[6] = (v->dr[6] & 0xffff0ff0) | (value & 0xe00f);
		return MON_OK;
	case 7:
		v->dr[7] = (value & 0xffff2fff) | 0x400;
		return MON_OK;
	default:
		v->dr[n] = value;
		return MON_OK;
	}
}

enum mon arch_read_dr(struct vcpu *v, unsigned n, u32 *value)
{
	enum mon m = check_dr(v, &n);

	if (m == MON_OK)
		*value = v->dr[n];
	return m;
}

/* SPDX-License-Identifier: MIT
 * See mtrr.h.
 */
#include "refvmm/mtrr.h"

#include "refvmm/cpuid.h"

enum {
	MSR_MTRR_CAP = 0xfe,
	MSR_MTRR_VAR = 0x200, /* base and mask of each range */
	MSR_MTRR_FIX64K = 0x250,
	MSR_MTRR_FIX16K = 0x258,
	MSR_MTRR_FIX4K = 0x268,
	MSR_PAT = 0x277,
	MSR_MTRR_DEF_TYPE = 0x2ff,
};

#define CAP_FIXED     (1u << 8)
#define CAP_WC        (1u << 10)
#define DEF_TYPE_MASK 0xcffull /* E, FE and the type */
#define PHYS_MASK     ((1ull << 36) - 1)
#define PAT_RESET     0x0007040600070406ull

/* UC, WC, WT, WP, WB; the PAT also knows UC-. */
static bool is_type(u8 type)
{
	return type <= 6 && type != 2 && type != 3;
}

static bool are_types(u64 value, bool pat)
{
	for (u32 k = 0; k < 8; k++, value >>= 8)
		if (!is_type((u8)value) && !(pat && (u8)value == 7))
			return false;
	return true;
}

/* The storage behind a register, NULL when there is none. */
static u64 *storage(struct vcpu *v, u32 number)
{
	if (number == MSR_PAT)
		return cpu_edx(v) & F_PAT ? &v->msr_pat : NULL;
	if (!(cpu_edx(v) & F_MTRR))
		return NULL;
	if (number - MSR_MTRR_VAR < 2 * MTRR_RANGES)
		return &v->mtrr_var[number - MSR_MTRR_VAR];
	if (number == MSR_MTRR_FIX64K)
		return &v->mtrr_fix[0];
	if (number - MSR_MTRR_FIX16K < 2)
		return &v->mtrr_fix[1 + number - MSR_MTRR_FIX16K];
	if (number - MSR_MTRR_FIX4K < 8)
		return &v->mtrr_fix[3 + number - MSR_MTRR_FIX4K];
	return number == MSR_MTRR_DEF_TYPE ? &v->mtrr_def_type : NULL;
}

bool mtrr_read(const struct vcpu *v, u32 number, u64 *value)
{
	const u64 *at = storage((struct vcpu *)v, number);

	if (at)
		*value = *at;
	else if (number == MSR_MTRR_CAP && cpu_edx(v) & F_MTRR)
		*value = MTRR_RANGES | CAP_FIXED | CAP_WC;
	else
		return false;
	return true;
}

bool mtrr_write(struct vcpu *v, u32 number, u64 value)
{
	u64 *at = storage(v, number);
	bool ok;

	if (!at)
		return false;
	if (number == MSR_PAT)
		ok = are_types(value, true);
	else if (number == MSR_MTRR_DEF_TYPE)
		ok = !(value & ~DEF_TYPE_MASK) && is_type((u8)value);
	else if (number - MSR_MTRR_VAR >= 2 * MTRR_RANGES)
		ok = are_types(value, false);
	else if (number & 1) /* mask: bit 11 is V */
		ok = !(value & ~(PHYS_MASK & ~0x7ffull));
	else
		ok = !(value & ~(PHYS_MASK & ~0xf00ull)) && is_type((u8)value);
	if (ok)
		*at = value;
	return ok;
}

void mtrr_reset(struct vcpu *v)
{
	for (u32 k = 0; k < 2 * MTRR_RANGES; k++)
		v->mtrr_var[k] = 0;
	for (u32 k = 0; k < 11; k++)
		v->mtrr_fix[k] = 0;
	v->mtrr_def_type = 0;
	v->msr_pat = PAT_RESET;
}

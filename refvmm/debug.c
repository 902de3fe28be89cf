/* SPDX-License-Identifier: MIT
 * See debug.h.
 */
#include "refvmm/debug.h"

/* DR7.R/Wn */
enum { RW_EXECUTE, RW_WRITE, RW_PORT, RW_DATA };

#define DR6_REPLACED 0x900fu /* B0-B3 and BT; BS and BD only software clears */

static u32 rw_of(const struct vcpu *v, u32 n)
{
	return v->dr[7] >> (16 + 4 * n) & 3;
}

/* Matches are by whole fields of 1, 2, 4 or 8 bytes, aligned whatever the low
 * address bits say.  Once an enabled breakpoint matches, disabled ones that would
 * are reported too. */
static u32 match(const struct vcpu *v, u32 at, u32 n, u32 rw1, u32 rw2)
{
	static const u8 mask_of[4] = {0, 1, 7, 3}; /* DR7.LENn */
	u32 hits = 0;
	bool enabled = false;

	for (u32 k = 0; k < 4; k++) {
		u32 mask = mask_of[v->dr[7] >> (18 + 4 * k) & 3], rw = rw_of(v, k);
		u32 first = v->dr[k] & ~mask;

		/* Ranges [at, at + n) and [first, first + mask], which may wrap. */
		if ((rw != rw1 && rw != rw2) || (at - first > mask && first - at >= n))
			continue;
		hits |= 1u << k;
		enabled |= v->dr[7] >> (2 * k) & 3;
	}
	return enabled ? hits : 0;
}

u32 debug_match_code(const struct vcpu *v, u32 lin)
{
	return match(v, lin, 1, RW_EXECUTE, RW_EXECUTE);
}

u32 debug_match_data(const struct vcpu *v, u32 lin, u32 n, bool write)
{
	return match(v, lin, n, RW_DATA, write ? RW_WRITE : RW_DATA);
}

u32 debug_match_port(const struct vcpu *v, u16 port, u32 n)
{
	return v->cr4 & CR4_DE ? match(v, port, n, RW_PORT, RW_PORT) : 0;
}

enum mon debug_raise(struct vcpu *v, u32 dr6)
{
	v->dr[6] = (v->dr[6] & ~DR6_REPLACED) | dr6;
	return vcpu_fault(v, V_DB, 0);
}

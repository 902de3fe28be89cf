/* SPDX-License-Identifier: MIT
 * Which flags and results the manual leaves undefined, per instruction and,
 * for shifts, per count (SDM vol. 2, "Flags Affected" of each instruction).
 */
#include "conformance/gen/table.h"

/* Shift counts are taken modulo 32 (SDM vol. 2B SAL/SAR/SHL/SHR). */
static u32 undef_shift(enum undef rule, unsigned bits, u32 count)
{
	u32 u = 0;

	count &= 31;
	if (count == 0)
		return 0;
	if (rule != U_ROT)
		u |= F_AF;
	if (count > 1)
		u |= F_OF;
	if (rule == U_SHL && count >= bits)
		u |= F_CF;
	return u;
}

void apply_undef(struct tcase *t, enum undef rule, const struct operands *o)
{
	unsigned bits = 8 * o->size;
	u32 count;
	bool lost = false; /* destination undefined, too */

	switch (rule) {
	case U_NONE:
		return;
	case U_AF:
		t->undef = F_AF;
		return;
	case U_OF:
		t->undef = F_OF;
		return;
	case U_ROT:
	case U_SHL:
	case U_SAR:
		t->undef = undef_shift(rule, bits, o->v[1]);
		return;
	case U_SHLD:
		count = o->v[2] & 31;
		t->undef = undef_shift(U_SAR, bits, count);
		if (count > bits) {
			t->undef = F_ARITH;
			lost = true;
		}
		break;
	case U_BT:
		t->undef = F_OF | F_SF | F_AF | F_PF;
		return;
	case U_BSCAN:
		t->undef = F_CF | F_OF | F_SF | F_AF | F_PF;
		lost = (o->v[1] & size_mask(o->size)) == 0;
		break;
	case U_AAA:
		t->undef = F_OF | F_SF | F_ZF | F_PF;
		return;
	case U_AAM:
		t->undef = F_OF | F_AF | F_CF;
		return;
	case U_MUL:
		t->undef = F_SF | F_ZF | F_AF | F_PF;
		return;
	case U_DIV:
		t->undef = F_ARITH;
		return;
	case U_BSWAP:
		return;
	}
	if (!lost)
		return;
	if (o->dst_mem) {
		t->ign_lin = o->dst_lin;
		t->ign_len = (u8)o->size;
	} else {
		t->ign_reg = (u8)o->dst_reg;
		t->ign_mask = size_mask(o->size);
	}
}

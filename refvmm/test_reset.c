/* SPDX-License-Identifier: MIT
 * State after RESET, against SDM vol. 3A table 9-1.
 */
#include "refvmm/test_support.h"

#include <string.h>

START_TEST(state)
{
	struct vcpu *v = &vcpu;

	memset(v, 0xff, sizeof(*v));
	v->cpu = 0;
	v->a20 = false;
	v->intr = true;
	memset(seg_changes, 0, sizeof(seg_changes));
	mode_changes = 0;
	arch_reset(v);
	ck_assert_uint_eq(v->eip, 0xfff0);
	ck_assert_uint_eq(vcpu_eflags(v), 2);
	ck_assert_uint_eq(v->gpr[R_EDX], 0x106c2);
	for (unsigned r = 0; r < 8; r++)
		if (r != R_EDX)
			ck_assert_uint_eq(v->gpr[r], 0);
	ck_assert_uint_eq(v->cr0, 0x60000010);
	ck_assert_uint_eq(v->cr2 | v->cr3 | v->cr4, 0);
	ck_assert_uint_eq(v->dr[6], 0xffff0ff0);
	ck_assert_uint_eq(v->dr[7], 0x400);
	ck_assert_uint_eq(v->dr[0] | v->dr[1] | v->dr[2] | v->dr[3], 0);
	ck_assert_uint_eq(v->idtr.base, 0);
	ck_assert_uint_eq(v->idtr.limit, 0xffff);
	ck_assert_uint_eq(v->gdtr.limit, 0xffff);
	ck_assert_uint_eq(v->ldtr.limit, 0xffff);
	ck_assert_uint_eq(v->tr.limit, 0xffff);
	ck_assert_uint_eq(v->cpl, 0);
	ck_assert(!v->halted && !v->nmi_blocked && !v->shadow);
	for (unsigned s = 0; s < S_COUNT; s++) {
		bool cs = s == S_CS;

		ck_assert_uint_eq(v->seg[s].base, cs ? 0xffff0000 : 0);
		ck_assert_uint_eq(v->seg[s].limit, 0xffff);
		ck_assert_uint_eq(v->seg[s].attr, cs ? 0x9b00 : 0x9300);
		ck_assert_uint_eq(v->gsel[s], cs ? 0xf000 : 0);
		ck_assert_uint_eq(seg_changes[s], 1);
	}
	ck_assert_uint_eq(mode_changes, 1);
	/* The board's lines are not the processor's to change. */
	ck_assert(!v->a20);
	ck_assert(v->intr);
}
END_TEST

int main(void)
{
	return RUN("reset", state);
}

/* SPDX-License-Identifier: MIT
 * LGDT, LIDT, LLDT and LTR.
 */
#include "refvmm/test_support.h"

START_TEST(lgdt_and_lidt)
{
	struct vcpu *v = start_protected(0);

	poke(0x7000, 2, 0x1234);
	poke(0x7002, 4, 0xabcdef12);
	ck_assert_int_eq(arch_lgdt(v, S_DS, 0x7000, 4), MON_OK);
	ck_assert_uint_eq(v->gdtr.limit, 0x1234);
	ck_assert_uint_eq(v->gdtr.base, 0xabcdef12);
	ck_assert_int_eq(arch_lidt(v, S_DS, 0x7000, 2), MON_OK);
	ck_assert_uint_eq(v->idtr.limit, 0x1234);
	ck_assert_uint_eq(v->idtr.base, 0x00cdef12);

	snapshot();
	v->seg[S_DS].limit = 0x7004;
	snapshot();
	ck_fault(arch_lgdt(v, S_DS, 0x7000, 4), V_GP, 0);
	ck_fault(arch_lidt(v, S_DS, 0x7000, 4), V_GP, 0);
	ck_assert(unchanged());
	v = start_real();
	poke(0x1000 + 0x7000, 4, 0x3ff);
	ck_assert_int_eq(arch_lidt(v, S_DS, 0x7000, 2), MON_OK);
	ck_assert_uint_eq(v->idtr.limit, 0x3ff);
	v = start_protected(1);
	ck_fault(arch_lgdt(v, S_DS, 0x7000, 4), V_GP, 0);
	ck_fault(arch_lidt(v, S_DS, 0x7000, 4), V_GP, 0);
}
END_TEST

struct load_case {
	const char *name;
	u16 sel;
	u32 attr; /* of SLOT */
	u8 vector;
	u32 error;
};

static const struct load_case lldts[] = {
	{"LLDT beyond", BEYOND | 3, 0, V_GP, BEYOND},
	{"LLDT in the LDT", LOCAL, 0, V_GP, LOCAL},
	{"LLDT of data", SLOT, A_DATA, V_GP, SLOT},
	{"LLDT of a TSS", SLOT, A_SYS(9), V_GP, SLOT},
	{"LLDT, type before present", SLOT, 9 << 8, V_GP, SLOT},
	{"LLDT not present", SLOT, 2 << 8, V_NP, SLOT},
};

static const struct load_case ltrs[] = {
	{"LTR null", 0, 0, V_GP, 0},
	{"LTR null with RPL", 3, 0, V_GP, 0},
	{"LTR beyond", BEYOND | 3, 0, V_GP, BEYOND},
	{"LTR in the LDT", LOCAL, 0, V_GP, LOCAL},
	{"LTR of data", SLOT, A_DATA, V_GP, SLOT},
	{"LTR of an LDT", SLOT, A_SYS(2), V_GP, SLOT},
	{"LTR busy", SLOT, A_SYS(11), V_GP, SLOT},
	{"LTR busy, 16 bits", SLOT, A_SYS(3), V_GP, SLOT},
	{"LTR not present", SLOT, 9 << 8, V_NP, SLOT},
};

static void check_loads(const struct load_case *cases, unsigned n,
			enum mon (*load)(struct vcpu *v, u16 sel))
{
	for (unsigned i = 0; i < n; i++) {
		const struct load_case *c = &cases[i];
		struct vcpu *v = start_protected(0);

		if (c->attr)
			put_desc(SLOT, 0x6000, 0x67, c->attr);
		snapshot();
		ck_case(c->name, "result", load(v, c->sel), MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
	}
	for (unsigned ring = 1; ring < 4; ring++) {
		struct vcpu *v = start_protected(ring);

		ck_fault(load(v, SLOT), V_GP, 0);
	}
	ck_fault(load(start_real(), SLOT), V_UD, 0);
}

START_TEST(lldt)
{
	struct vcpu *v;

	check_loads(lldts, sizeof(lldts) / sizeof(lldts[0]), arch_lldt);
	v = start_protected(0);
	put_desc(SLOT, 0x6000, 0x27, A_SYS(2));
	ck_assert_int_eq(arch_lldt(v, SLOT), MON_OK);
	ck_assert_uint_eq(v->ldtr.base, 0x6000);
	ck_assert_uint_eq(v->ldtr.limit, 0x27);
	ck_assert_uint_eq(v->ldtr.sel, SLOT);
	/* A null LDTR is fine until it is used. */
	ck_assert_int_eq(arch_lldt(v, 3), MON_OK);
	ck_assert_uint_eq(v->ldtr.sel, 3);
	ck_fault(arch_load_seg(v, S_DS, LOCAL), V_GP, LOCAL);
}
END_TEST

START_TEST(ltr)
{
	struct vcpu *v;

	check_loads(ltrs, sizeof(ltrs) / sizeof(ltrs[0]), arch_ltr);
	v = start_protected(0);
	put_desc(SLOT, 0x6000, 0x67, A_SYS(9));
	ck_assert_int_eq(arch_ltr(v, SLOT | 3), MON_OK);
	ck_assert_uint_eq(v->tr.base, 0x6000);
	ck_assert_uint_eq(v->tr.limit, 0x67);
	ck_assert_uint_eq(v->tr.sel, SLOT | 3);
	/* Busy in memory and in the register. */
	ck_assert_uint_eq(desc_hi(SLOT), A_SYS(11));
	ck_assert_uint_eq(v->tr.attr, A_SYS(11));
	put_desc(SLOT, 0x6000, 0x2b, A_SYS(1));
	ck_assert_int_eq(arch_ltr(v, SLOT), MON_OK);
	ck_assert_uint_eq(desc_hi(SLOT), A_SYS(3));
}
END_TEST

int main(void)
{
	return RUN("table", lgdt_and_lidt, lldt, ltr);
}

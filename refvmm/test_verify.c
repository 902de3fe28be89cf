/* SPDX-License-Identifier: MIT
 * LAR, LSL, VERR and VERW: all system types, privilege and table limits.
 */
#include "refvmm/test_support.h"

#include <string.h>

/* Types LAR and LSL accept (SDM vol. 2A tables 3-53 and 3-55). */
static const u16 lar_types =
	1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12;
static const u16 lsl_types = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11;

START_TEST(system_types)
{
	for (unsigned type = 0; type < 16; type++) {
		struct vcpu *v = start_protected(0);
		u32 out = 0xdeadbeef;
		bool zf, want = lar_types >> type & 1;

		put_desc(SLOT, 0x00aa0000, 0x5432f, A_SYS(type));
		ck_assert_int_eq(arch_lar(v, SLOT, &out, &zf), MON_OK);
		ck_assert_msg(zf == want, "LAR of type %u", type);
		ck_assert_uint_eq(out, want ? 0x00058000u | type << 8 : 0xdeadbeef);

		out = 0xdeadbeef;
		want = lsl_types >> type & 1;
		ck_assert_int_eq(arch_lsl(v, SLOT, &out, &zf), MON_OK);
		ck_assert_msg(zf == want, "LSL of type %u", type);
		ck_assert_uint_eq(out, want ? 0x5432fu : 0xdeadbeef);

		ck_assert_int_eq(arch_verify(v, SLOT, false, &zf), MON_OK);
		ck_assert(!zf);
		ck_assert_int_eq(arch_verify(v, SLOT, true, &zf), MON_OK);
		ck_assert(!zf);
	}
}
END_TEST

struct verify_case {
	const char *name;
	u8 ring;
	u16 sel;
	u32 attr;
	const char *zf; /* which of l(ar) s(l) r(ead) w(rite) set ZF */
};

static const struct verify_case cases[] = {
	{"data", 0, SLOT, A_DATA, "lsrw"},
	{"read-only data", 0, SLOT, A_DATA & ~(u32)D_WRITABLE, "lsr"},
	{"code", 0, SLOT, A_CODE, "lsr"},
	{"execute-only code", 0, SLOT, A_CODE & ~(u32)D_READABLE, "ls"},
	{"not present counts", 0, SLOT, A_DATA & ~(u32)D_P, "lsrw"},
	{"inner data", 3, SLOT | 3, A_DATA, ""},
	{"inner data, RPL 0", 3, SLOT, A_DATA, ""},
	{"RPL above DPL", 0, SLOT | 1, A_DATA, ""},
	{"outer data", 0, SLOT | 3, A_DATA | A_DPL(3), "lsrw"},
	{"ring 2 sees DPL 2", 2, SLOT, A_DATA | A_DPL(2), "lsrw"},
	{"ring 2 does not see DPL 1", 2, SLOT, A_DATA | A_DPL(1), ""},
	{"inner conforming code", 3, SLOT | 3, A_CODE | D_CONFORMING, "lsr"},
	{"inner execute-only conforming code", 3, SLOT | 3,
	 (A_CODE | D_CONFORMING) & ~(u32)D_READABLE, "ls"},
	{"expand-down data is not conforming", 3, SLOT | 3, A_DATA | D_EXPDOWN, ""},
	{"inner LDT", 3, SLOT, A_SYS(2), ""},
	{"null", 0, 0, 0, ""},
	{"null with RPL", 3, 3, 0, ""},
	{"beyond the table", 0, BEYOND, 0, ""},
	{"beyond the LDT", 0, LOCAL | 0x10, 0, ""},
	{"LDT entry", 3, LOCAL | 3, 0, "lsrw"},
};

START_TEST(visibility)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct verify_case *c = &cases[i];
		struct vcpu *v = start_protected(c->ring);
		u32 out;
		bool zf;

		if (c->attr)
			put_desc(SLOT, 0, 0x777, c->attr);
		snapshot();
		ck_assert_int_eq(arch_lar(v, c->sel, &out, &zf), MON_OK);
		ck_case(c->name, "LAR", zf, strchr(c->zf, 'l') != NULL);
		ck_assert_int_eq(arch_lsl(v, c->sel, &out, &zf), MON_OK);
		ck_case(c->name, "LSL", zf, strchr(c->zf, 's') != NULL);
		ck_assert_int_eq(arch_verify(v, c->sel, false, &zf), MON_OK);
		ck_case(c->name, "VERR", zf, strchr(c->zf, 'r') != NULL);
		ck_assert_int_eq(arch_verify(v, c->sel, true, &zf), MON_OK);
		ck_case(c->name, "VERW", zf, strchr(c->zf, 'w') != NULL);
		ck_case(c->name, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(granularity)
{
	struct vcpu *v = start_protected(0);
	u32 out;
	bool zf;

	ck_assert_int_eq(arch_lsl(v, DATA32, &out, &zf), MON_OK);
	ck_assert_uint_eq(out, 0xffffffff);
	ck_assert_int_eq(arch_lar(v, DATA32, &out, &zf), MON_OK);
	ck_assert_uint_eq(out, 0x00cf9200);
}
END_TEST

START_TEST(only_in_protected_mode)
{
	struct vcpu *v = start_real();
	u32 out;
	bool zf;

	ck_fault(arch_lar(v, 8, &out, &zf), V_UD, 0);
	ck_fault(arch_lsl(v, 8, &out, &zf), V_UD, 0);
	ck_fault(arch_verify(v, 8, true, &zf), V_UD, 0);
}
END_TEST

START_TEST(page_fault_in_the_table)
{
	struct vcpu *v = start_protected(0);
	u32 out;
	bool zf;

	bad_page = GDT >> 12;
	ck_fault(arch_lar(v, DATA32, &out, &zf), V_PF, 0);
	ck_assert_uint_eq(v->fault.cr2, GDT + DATA32);
}
END_TEST

int main(void)
{
	return RUN("verify", system_types, visibility, granularity, only_in_protected_mode,
		   page_fault_in_the_table);
}

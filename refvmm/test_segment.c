/* SPDX-License-Identifier: MIT
 * arch_load_seg(): every check of MOV to a segment register with its error
 * code, in all four rings, and the real-mode rules.
 */
#include "refvmm/test_support.h"

#define OK 0xff /* as an expected vector */

struct load_case {
	const char *name;
	u8 ring;
	u8 reg;
	u16 sel;
	u32 attr; /* put into SLOT first, unless 0 */
	u8 vector;
	u32 error;
};

static const struct load_case loads[] = {
	/* data registers */
	{"same ring", 0, S_DS, DATA32, 0, OK, 0},
	{"ring 0 loads ring 3 data", 0, S_ES, DATA_OF(3), 0, OK, 0},
	{"ring 0 loads ring 3 data, RPL 0", 0, S_ES, DATA_OF(3) - 3, 0, OK, 0},
	{"ring 3 loads ring 0 data", 3, S_DS, DATA32 | 3, 0, V_GP, DATA32},
	{"ring 3 loads ring 0 data, RPL 0", 3, S_DS, DATA32, 0, V_GP, DATA32},
	{"ring 1 loads ring 2 data", 1, S_FS, DATA_OF(2), 0, OK, 0},
	{"ring 2 loads ring 1 data", 2, S_FS, DATA_OF(1), 0, V_GP, DATA_OF(1) & 0xfffc},
	{"RPL above DPL", 0, S_DS, DATA32 | 1, 0, V_GP, DATA32},
	{"null", 3, S_DS, 0, 0, OK, 0},
	{"null with RPL", 0, S_GS, 3, 0, OK, 0},
	{"beyond the GDT", 0, S_DS, BEYOND, 0, V_GP, BEYOND},
	{"beyond the GDT, RPL left out", 0, S_DS, BEYOND | 3, 0, V_GP, BEYOND},
	{"LDT", 3, S_DS, LOCAL | 3, 0, OK, 0},
	{"beyond the LDT", 3, S_DS, LOCAL | 0x13, 0, V_GP, LOCAL | 0x10},
	{"readable code", 0, S_DS, SLOT, A_CODE, OK, 0},
	{"execute-only code", 0, S_DS, SLOT, A_CODE & ~(u32)D_READABLE, V_GP, SLOT},
	{"code of a lower DPL", 3, S_DS, SLOT | 3, A_CODE, V_GP, SLOT},
	{"conforming code of a lower DPL", 3, S_DS, SLOT | 3, A_CODE | D_CONFORMING, OK, 0},
	{"read-only data", 0, S_DS, SLOT, A_DATA & ~(u32)D_WRITABLE, OK, 0},
	{"TSS", 0, S_DS, SLOT, A_SYS(9), V_GP, SLOT},
	{"call gate", 0, S_DS, SLOT, A_SYS(12), V_GP, SLOT},
	{"not present", 0, S_DS, SLOT, A_DATA & ~(u32)D_P, V_NP, SLOT},
	{"not present and wrong DPL", 3, S_DS, SLOT | 3, A_DATA & ~(u32)D_P, V_GP, SLOT},
	{"not present LDT entry keeps TI", 0, S_DS, LOCAL | 8, 0, V_GP, LOCAL | 8},
	/* SS */
	{"SS same ring", 0, S_SS, DATA32, 0, OK, 0},
	{"SS ring 2", 2, S_SS, DATA_OF(2), 0, OK, 0},
	{"SS null", 0, S_SS, 0, 0, V_GP, 0},
	{"SS null with RPL", 3, S_SS, 3, 0, V_GP, 0},
	{"SS beyond the GDT", 0, S_SS, BEYOND, 0, V_GP, BEYOND},
	{"SS with RPL above CPL", 0, S_SS, DATA32 | 3, 0, V_GP, DATA32},
	{"SS with RPL below CPL", 3, S_SS, DATA_OF(3) - 3, 0, V_GP, DATA_OF(3) & 0xfffc},
	{"SS with DPL above CPL", 0, S_SS, DATA_OF(3) - 3, 0, V_GP, DATA_OF(3) & 0xfffc},
	{"SS with DPL below CPL", 3, S_SS, DATA32 | 3, 0, V_GP, DATA32},
	{"SS read-only", 0, S_SS, SLOT, A_DATA & ~(u32)D_WRITABLE, V_GP, SLOT},
	{"SS code", 0, S_SS, SLOT, A_CODE, V_GP, SLOT},
	{"SS system", 0, S_SS, SLOT, A_SYS(2), V_GP, SLOT},
	{"SS not present", 0, S_SS, SLOT, A_DATA & ~(u32)D_P, V_SS, SLOT},
	{"SS expand-down", 0, S_SS, SLOT, A_DATA | D_EXPDOWN, OK, 0},
};

START_TEST(protected_checks)
{
	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		const struct load_case *c = &loads[i];
		struct vcpu *v = start_protected(c->ring);
		enum mon m;

		if (c->attr)
			put_desc(SLOT, 0x12345000, 0x777, c->attr);
		snapshot();
		m = arch_load_seg(v, c->reg, c->sel);
		if (c->vector == OK) {
			ck_case(c->name, "result", m, MON_OK);
			ck_case(c->name, "selector", v->seg[c->reg].sel, c->sel);
			ck_case(c->name, "callbacks", seg_changes[c->reg], 1u);
			ck_case(c->name, "mode changes", mode_changes, 0u);
			continue;
		}
		ck_case(c->name, "result", m, MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(hidden_part)
{
	struct vcpu *v = start_protected(0);

	put_desc(SLOT, 0x12345678, 0x54321, A_DATA);
	ck_assert_int_eq(arch_load_seg(v, S_DS, SLOT), MON_OK);
	ck_assert_uint_eq(v->seg[S_DS].base, 0x12345678);
	ck_assert_uint_eq(v->seg[S_DS].limit, 0x54321);
	ck_assert_uint_eq(v->seg[S_DS].attr, A_DATA | D_ACCESSED);
	/* Granularity, and the accessed bit in memory. */
	put_desc(SLOT, 0, 0x12, A_DATA | D_G | D_AVL);
	ck_assert_int_eq(arch_load_seg(v, S_DS, SLOT), MON_OK);
	ck_assert_uint_eq(v->seg[S_DS].limit, 0x12fff);
	ck_assert_uint_eq(v->seg[S_DS].attr, A_DATA | D_G | D_AVL | D_ACCESSED);
	ck_assert_uint_ne(desc_hi(SLOT) & D_ACCESSED, 0);
	/* A null register is unusable, whatever it was. */
	ck_assert_int_eq(arch_load_seg(v, S_DS, 2), MON_OK);
	ck_assert_uint_eq(v->seg[S_DS].attr, 0);
	ck_assert_uint_eq(v->gsel[S_DS], 2);
}
END_TEST

START_TEST(accessed_bit_is_written_once)
{
	struct vcpu *v = start_protected(0);

	ck_assert_int_eq(arch_load_seg(v, S_DS, DATA32), MON_OK);
	ck_assert_uint_eq(writes, 1);
	ck_assert_int_eq(arch_load_seg(v, S_ES, DATA32), MON_OK);
	ck_assert_uint_eq(writes, 1);
	/* A page fault in the table leaves the register alone. */
	start_protected(0);
	bad_page = GDT >> 12;
	snapshot();
	ck_fault(arch_load_seg(v, S_DS, DATA32), V_PF, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(ldt)
{
	struct vcpu *v = start_protected(3);

	put_desc(LOCAL | 8, 0x7000, 0x777, A_DATA | A_DPL(3));
	ck_assert_int_eq(arch_load_seg(v, S_DS, LOCAL | 0xb), MON_OK);
	ck_assert_uint_eq(v->seg[S_DS].base, 0x7000);
	v->ldtr.limit = 0xe;
	ck_fault(arch_load_seg(v, S_DS, LOCAL | 0xb), V_GP, LOCAL | 8);
	/* No LDT, whatever its stale limit. */
	v->ldtr.attr = 0;
	ck_fault(arch_load_seg(v, S_DS, LOCAL | 3), V_GP, LOCAL);
}
END_TEST

START_TEST(virtual_8086)
{
	for (unsigned s = 0; s < S_COUNT; s++) {
		struct vcpu *v = start_v86(0);

		if (s == S_CS)
			continue;
		v->seg[s].limit = 5; /* not kept, unlike in real mode */
		v->seg[s].attr = 0;
		ck_assert_int_eq(arch_load_seg(v, s, BEYOND), MON_OK);
		ck_assert_uint_eq(v->seg[s].base, BEYOND << 4);
		ck_assert_uint_eq(v->seg[s].limit, 0xffff);
		ck_assert_uint_eq(v->seg[s].attr, 0xf300);
		ck_assert_uint_eq(v->gsel[s], BEYOND);
	}
}
END_TEST

START_TEST(table_limit_is_the_last_byte)
{
	struct vcpu *v = start_protected(0);

	v->gdtr.limit = DATA32 + 7;
	ck_assert_int_eq(arch_load_seg(v, S_DS, DATA32), MON_OK);
	v->gdtr.limit = DATA32 + 6;
	ck_fault(arch_load_seg(v, S_DS, DATA32), V_GP, DATA32);
}
END_TEST

/* Real mode changes selector and base only: limits set in protected mode stay. */
START_TEST(real_mode)
{
	struct vcpu *v = start_real();

	v->seg[S_DS].limit = 0xffffffff;
	v->seg[S_DS].attr |= D_G | D_DB;
	ck_assert_int_eq(arch_load_seg(v, S_DS, 0xb800), MON_OK);
	ck_assert_uint_eq(v->seg[S_DS].base, 0xb8000);
	ck_assert_uint_eq(v->seg[S_DS].limit, 0xffffffff);
	ck_assert(v->seg[S_DS].attr & D_DB);
	ck_assert_uint_eq(v->gsel[S_DS], 0xb800);
	ck_assert_uint_eq(seg_changes[S_DS], 1);
	/* Selector 0 is not null here. */
	ck_assert_int_eq(arch_load_seg(v, S_SS, 0), MON_OK);
	ck_assert_uint_eq(v->seg[S_SS].base, 0);
	ck_assert(v->seg[S_SS].attr & D_P);
}
END_TEST

START_TEST(null_then_real)
{
	struct vcpu *v = start_protected(0);

	ck_assert_int_eq(arch_load_seg(v, S_DS, 0), MON_OK);
	v->cr0 &= ~(u32)CR0_PE;
	ck_assert_int_eq(arch_load_seg(v, S_DS, 0x40), MON_OK);
	ck_assert_uint_eq(v->seg[S_DS].base, 0x400);
	ck_assert(v->seg[S_DS].attr & D_P);
	ck_assert_uint_eq(v->seg[S_DS].limit, 0);
}
END_TEST

int main(void)
{
	return RUN("segment", protected_checks, hidden_part, accessed_bit_is_written_once, ldt,
		   virtual_8086, table_limit_is_the_last_byte, real_mode, null_then_real);
}

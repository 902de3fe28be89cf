/* SPDX-License-Identifier: MIT
 * Call gates of both sizes: checks, stack switch, parameters.
 */
#include "refvmm/test_support.h"

#define OK   0xff
#define GATE SLOT
#define C32  12
#define C16  4

struct gate_case {
	const char *name;
	u8 ring;
	u16 gate_sel;
	u32 gate_attr;
	u16 cs; /* in the gate */
	u32 off;
	u32 cs_attr; /* of SLOT2, unless 0 */
	u8 jmp_vector, call_vector;
	u32 error;
};

static const struct gate_case gates[] = {
	{"same ring", 0, GATE, A_SYS(C32), CODE32, 0x10, 0, OK, OK, 0},
	{"16-bit gate", 0, GATE, A_SYS(C16), CODE32, 0x10, 0, OK, OK, 0},
	{"RPL in the gate does not matter", 0, GATE, A_SYS(C32), CODE32 | 3, 0x10, 0, OK, OK, 0},
	{"3 to 0", 3, GATE | 3, A_SYS(C32) | A_DPL(3), CODE32, 0, 0, V_GP, OK, CODE32},
	{"2 to 1", 2, GATE | 2, A_SYS(C32) | A_DPL(2), CODE_OF(1), 0, 0, V_GP, OK,
	 CODE_OF(1) & 0xfffc},
	{"conforming", 3, GATE | 3, A_SYS(C32) | A_DPL(3), CONFORMING, 0, 0, OK, OK, 0},
	{"gate DPL below CPL", 3, GATE, A_SYS(C32) | A_DPL(2), CODE32, 0, 0, V_GP, V_GP, GATE},
	{"gate DPL below RPL", 0, GATE | 3, A_SYS(C32) | A_DPL(2), CODE32, 0, 0, V_GP, V_GP, GATE},
	{"gate not present", 0, GATE, C32 << 8, CODE32, 0, 0, V_NP, V_NP, GATE},
	{"DPL before present", 3, GATE, C32 << 8, CODE32, 0, 0, V_GP, V_GP, GATE},
	{"null target", 0, GATE, A_SYS(C32), 0, 0, 0, V_GP, V_GP, 0},
	{"null target with RPL", 0, GATE, A_SYS(C32), 3, 0, 0, V_GP, V_GP, 0},
	{"target beyond", 0, GATE, A_SYS(C32), BEYOND | 1, 0, 0, V_GP, V_GP, BEYOND},
	{"target data", 0, GATE, A_SYS(C32), SLOT2, 0, A_DATA, V_GP, V_GP, SLOT2},
	{"target TSS", 0, GATE, A_SYS(C32), SLOT2, 0, A_SYS(9), V_GP, V_GP, SLOT2},
	{"target outer", 0, GATE, A_SYS(C32), SLOT2, 0, A_CODE | A_DPL(1), V_GP, V_GP, SLOT2},
	{"target conforming outer", 0, GATE, A_SYS(C32), SLOT2, 0, A_CODE | D_CONFORMING | A_DPL(1),
	 V_GP, V_GP, SLOT2},
	{"target not present", 0, GATE, A_SYS(C32), SLOT2, 0, A_CODE & ~(u32)D_P, V_NP, V_NP,
	 SLOT2},
	{"EIP at the limit", 0, GATE, A_SYS(C32), SLOT2, 0xffff, A_CODE, OK, OK, 0},
	{"EIP over the limit", 0, GATE, A_SYS(C32), SLOT2, 0x10000, A_CODE, V_GP, V_GP, 0},
	{"inner EIP over the limit", 3, GATE | 3, A_SYS(C32) | A_DPL(3), CODE16, 0x10000, 0, V_GP,
	 V_GP, 0},
};

static void check_gate(const struct gate_case *c, bool call)
{
	struct vcpu *v = start_protected(c->ring);
	u8 want = call ? c->call_vector : c->jmp_vector;
	u32 error = c->error, sp = STACK_OF(c->ring) - 0x40;
	enum mon m;

	v->gpr[R_ESP] = sp;
	if (c->cs_attr)
		put_desc(SLOT2, 0, 0xffff, c->cs_attr);
	put_gate(GDT + GATE, c->gate_attr, c->cs, c->off, 0);
	snapshot();
	m = call ? arch_call_far(v, c->gate_sel, 0xbad, 4, 0x5007)
		 : arch_jmp_far(v, c->gate_sel, 0xbad, 4);
	if (want == OK) {
		ck_case(c->name, "result", m, MON_OK);
		ck_case(c->name, "EIP", v->eip, c->off);
		if (call && v->cpl == c->ring)
			ck_case(c->name, "ESP", v->gpr[R_ESP],
				sp - 2 * (c->gate_attr & 8 << 8 ? 4 : 2));
		ck_case(c->name, "CS RPL", v->gsel[S_CS] & 3, v->cpl);
		ck_case(c->name, "CS", v->gsel[S_CS] & 0xfffc, c->cs & 0xfffc);
		return;
	}
	/* JMP cannot change privilege: there the selector is the reason. */
	if (!call && c->ring && (c->cs & 0xfffc) == CODE16)
		error = CODE16;
	ck_case(c->name, "result", m, MON_FAULT);
	ck_case(c->name, "vector", v->fault.vector, want);
	ck_case(c->name, "error code", v->fault.error, error);
	ck_case(c->name, "state kept", unchanged(), true);
}

START_TEST(checks)
{
	for (unsigned i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		check_gate(&gates[i], false);
		check_gate(&gates[i], true);
	}
}
END_TEST

START_TEST(to_ring_0_with_parameters)
{
	struct vcpu *v = start_protected(3);
	u32 sp;

	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32 | 3, 0x12345, 3);
	for (u32 i = 0; i < 4; i++)
		poke(STACK_OF(3) + 4 * i, 4, 0xaa00 + i);
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 2, 0x50010), MON_OK);
	sp = STACK_OF(0) - 7 * 4;
	ck_assert_uint_eq(v->gpr[R_ESP], sp);
	ck_assert_uint_eq(peek(sp, 4), 0x50010);
	ck_assert_uint_eq(peek(sp + 4, 4), CODE_OF(3));
	ck_assert_uint_eq(peek(sp + 8, 4), 0xaa00);
	ck_assert_uint_eq(peek(sp + 12, 4), 0xaa01);
	ck_assert_uint_eq(peek(sp + 16, 4), 0xaa02);
	ck_assert_uint_eq(peek(sp + 20, 4), STACK_OF(3));
	ck_assert_uint_eq(peek(sp + 24, 4), DATA_OF(3));
	ck_assert_uint_eq(v->cpl, 0);
	ck_assert_uint_eq(v->gsel[S_CS], CODE32);
	ck_assert_uint_eq(v->gsel[S_SS], DATA32);
	ck_assert_uint_eq(v->gsel[S_DS], DATA_OF(3));
	ck_assert_uint_eq(v->eip, 0x12345);
	ck_assert_uint_eq(mode_changes, 1);
	ck_assert_uint_ne(desc_hi(DATA32) & D_ACCESSED, 0);

	/* And back, dropping the parameters on both stacks. */
	ck_assert_int_eq(arch_ret_far(v, 4, 12), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(3) + 12);
	ck_assert_uint_eq(v->eip, 0x50010);
	ck_assert_uint_eq(v->cpl, 3);
}
END_TEST

/* 286 gate: words, and the offset's upper half in the gate is ignored. */
START_TEST(gate_286)
{
	struct vcpu *v = start_protected(3);
	u32 sp = STACK_OF(1) - 6 * 2;

	put_gate(GDT + GATE, A_SYS(C16) | A_DPL(3), CODE_OF(1), 0xffff4321, 2);
	poke(STACK_OF(3), 4, 0x22221111);
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 4, 0x12345678), MON_OK);
	ck_assert_uint_eq(v->eip, 0x4321);
	ck_assert_uint_eq(v->cpl, 1);
	ck_assert_uint_eq(v->gpr[R_ESP], sp);
	ck_assert_uint_eq(peek(sp, 4), (u32)CODE_OF(3) << 16 | 0x5678);
	ck_assert_uint_eq(peek(sp + 4, 4), 0x22221111);
	ck_assert_uint_eq(peek(sp + 8, 4), (u32)DATA_OF(3) << 16 | (STACK_OF(3) & 0xffff));
}
END_TEST

START_TEST(most_parameters)
{
	struct vcpu *v = start_protected(3);

	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 31);
	poke(STACK_OF(3) + 30 * 4, 4, 0x31313131);
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 4, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 35 * 4);
	ck_assert_uint_eq(peek(STACK_OF(0) - 3 * 4, 4), 0x31313131);
}
END_TEST

/* A 16-bit inner stack keeps ESP[31:16]; a 16-bit TSS gives SP and SS. */
START_TEST(small_inner_stack)
{
	struct vcpu *v = start_protected(3);

	v->gpr[R_ESP] = 0x00018800;
	poke(TSS + 8, 2, DATA16);
	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 0);
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 4, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x00010000 + STACK_OF(0) - 16);
	ck_assert_uint_eq(peek(STACK_OF(0) - 8, 4), 0x18800);

	v = start_protected(3);
	v->tr.attr = A_SYS(3);
	v->tr.limit = 0x2b;
	poke(TSS + 2, 2, 0x8400);
	poke(TSS + 4, 2, DATA32);
	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 0);
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 4, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x8400 - 16);
}
END_TEST

struct stack_case {
	const char *name;
	u16 ss;          /* in the TSS */
	u32 attr, limit; /* of SLOT2 */
	u8 vector;
	u32 error;
};

static const struct stack_case stacks[] = {
	{"null SS", 0, 0, 0, V_TS, 0},
	{"null SS with RPL", 3, 0, 0, V_TS, 0},
	{"SS beyond", BEYOND, 0, 0, V_TS, BEYOND},
	{"SS RPL wrong", SLOT2 | 1, A_DATA, FLAT, V_TS, SLOT2},
	{"SS DPL wrong", SLOT2, A_DATA | A_DPL(1), FLAT, V_TS, SLOT2},
	{"SS read-only", SLOT2, A_DATA & ~(u32)D_WRITABLE, FLAT, V_TS, SLOT2},
	{"SS code", SLOT2, A_CODE, FLAT, V_TS, SLOT2},
	{"SS system", SLOT2, A_SYS(2), FLAT, V_TS, SLOT2},
	{"SS not present", SLOT2, A_DATA & ~(u32)D_P, FLAT, V_SS, SLOT2},
	{"SS too small", SLOT2, A_DATA, STACK0, V_SS, SLOT2},
};

START_TEST(inner_stack_checks)
{
	for (unsigned i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		const struct stack_case *c = &stacks[i];
		struct vcpu *v = start_protected(3);

		put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 1);
		put_desc(SLOT2, 0, c->limit, c->attr);
		poke(TSS + 8, 2, c->ss);
		snapshot();
		ck_case(c->name, "result", arch_call_far(v, GATE | 3, 0, 4, 0), MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(tss_limit)
{
	struct vcpu *v = start_protected(3);

	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 0);
	v->tr.limit = 8;
	ck_fault(arch_call_far(v, GATE | 3, 0, 4, 0), V_TS, TSS_SEL);
	v->tr.limit = 9;
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 4, 0), MON_OK);
	v = start_protected(3);
	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 0);
	v->tr.attr = 0;
	ck_fault(arch_call_far(v, GATE | 3, 0, 4, 0), V_TS, TSS_SEL);
}
END_TEST

START_TEST(old_stack_too_short_for_parameters)
{
	struct vcpu *v = start_protected(3);

	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 2);
	v->seg[S_SS].limit = STACK_OF(3) + 6;
	snapshot();
	ck_fault(arch_call_far(v, GATE | 3, 0, 4, 0), V_SS, 0);
	ck_assert(unchanged());
}
END_TEST

/* A 16-bit caller: parameters from SS:SP, and SP alone is pushed. */
START_TEST(small_outer_stack)
{
	struct vcpu *v = start_protected(3);

	v->seg[S_SS].attr &= ~(u32)D_DB;
	v->gpr[R_ESP] |= 0xabcd0000;
	poke(STACK_OF(3), 4, 0x12345678);
	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 1);
	ck_assert_int_eq(arch_call_far(v, GATE | 3, 0, 4, 0), MON_OK);
	ck_assert_uint_eq(peek(STACK_OF(0) - 8, 4), STACK_OF(3));
	ck_assert_uint_eq(peek(STACK_OF(0) - 12, 4), 0x12345678);
}
END_TEST

START_TEST(page_fault_on_the_inner_stack)
{
	struct vcpu *v = start_protected(3);

	put_gate(GDT + GATE, A_SYS(C32) | A_DPL(3), CODE32, 0, 0);
	bad_page = STACK_OF(0) >> 12;
	ck_fault(arch_call_far(v, GATE | 3, 0, 4, 0), V_PF, 2);
	ck_assert_uint_eq(v->cpl, 3);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(3));
	ck_assert_uint_eq(v->gsel[S_SS], DATA_OF(3));
	ck_assert_uint_eq(v->eip, 0x5000);
}
END_TEST

int main(void)
{
	return RUN("callgate", checks, to_ring_0_with_parameters, gate_286, most_parameters,
		   small_inner_stack, small_outer_stack, inner_stack_checks, tss_limit,
		   old_stack_too_short_for_parameters, page_fault_on_the_inner_stack);
}

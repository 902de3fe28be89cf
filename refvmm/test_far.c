/* SPDX-License-Identifier: MIT
 * Far JMP, CALL and RET to code segments: all checks with their error codes in
 * protected mode, the real-mode forms, and the path to tasks.
 */
#include "refvmm/test_support.h"

#include <string.h>

#define OK   0xff
#define TASK 0xfe /* switched, to a TSS full of zeros */

struct far_case {
	const char *name;
	u8 ring;
	u16 sel;
	u32 attr, limit; /* of SLOT */
	u32 off;
	u8 vector;
	u32 error;
};

static const struct far_case branches[] = {
	{"same ring", 0, SLOT, A_CODE, 0xffff, 0x100, OK, 0},
	{"last byte", 0, SLOT, A_CODE, 0xffff, 0xffff, OK, 0},
	{"over the limit", 0, SLOT, A_CODE, 0xffff, 0x10000, V_GP, 0},
	{"ring 3", 3, SLOT | 3, A_CODE | A_DPL(3), 0xffff, 0, OK, 0},
	{"ring 3, RPL 0", 3, SLOT, A_CODE | A_DPL(3), 0xffff, 0, OK, 0},
	{"ring 1", 1, SLOT | 1, A_CODE | A_DPL(1), 0xffff, 0, OK, 0},
	{"RPL above CPL", 0, SLOT | 1, A_CODE, 0xffff, 0, V_GP, SLOT},
	{"inner code", 3, SLOT | 3, A_CODE, 0xffff, 0, V_GP, SLOT},
	{"inner code, RPL 0", 3, SLOT, A_CODE, 0xffff, 0, V_GP, SLOT},
	{"outer code", 0, SLOT, A_CODE | A_DPL(3), 0xffff, 0, V_GP, SLOT},
	{"conforming, inner", 3, SLOT | 3, A_CODE | D_CONFORMING, 0xffff, 0, OK, 0},
	{"conforming, any RPL", 0, SLOT | 3, A_CODE | D_CONFORMING, 0xffff, 0, OK, 0},
	{"conforming, outer", 1, SLOT, A_CODE | D_CONFORMING | A_DPL(2), 0xffff, 0, V_GP, SLOT},
	{"not present", 0, SLOT, A_CODE & ~(u32)D_P, 0xffff, 0, V_NP, SLOT},
	{"not present and outer", 0, SLOT, (A_CODE & ~(u32)D_P) | A_DPL(3), 0xffff, 0, V_GP, SLOT},
	{"not present before limit", 0, SLOT, A_CODE & ~(u32)D_P, 0xff, 0x100, V_NP, SLOT},
	{"data", 0, SLOT, A_DATA, 0xffff, 0, V_GP, SLOT},
	{"LDT descriptor", 0, SLOT, A_SYS(2), 0xffff, 0, V_GP, SLOT},
	{"interrupt gate", 0, SLOT, A_SYS(14), 0xffff, 0, V_GP, SLOT},
	{"reserved type", 0, SLOT, A_SYS(13), 0xffff, 0, V_GP, SLOT},
	{"null", 0, 0, 0, 0, 0, V_GP, 0},
	{"null with RPL", 3, 3, 0, 0, 0, V_GP, 0},
	{"beyond the table", 0, BEYOND | 3, 0, 0, 0, V_GP, BEYOND},
	{"beyond the LDT", 0, LOCAL | 0x10, 0, 0, 0, V_GP, LOCAL | 0x10},
	/* tasks */
	{"TSS", 0, SLOT, A_SYS(9), 0x67, 0, TASK, 0},
	{"16-bit TSS", 0, SLOT, A_SYS(1), 0x2b, 0, TASK, 0},
	{"busy TSS", 0, SLOT, A_SYS(11), 0x67, 0, V_GP, SLOT},
	{"inner TSS", 3, SLOT, A_SYS(9), 0x67, 0, V_GP, SLOT},
	{"TSS with RPL above DPL", 0, SLOT | 1, A_SYS(9), 0x67, 0, V_GP, SLOT},
	{"short TSS", 0, SLOT, A_SYS(9), 0x66, 0, V_TS, SLOT},
	{"short 16-bit TSS", 0, SLOT, A_SYS(1), 0x2a, 0, V_TS, SLOT},
	{"absent TSS", 0, SLOT, 9 << 8, 0x67, 0, V_NP, SLOT},
};

static void check_branch(const struct far_case *c, bool call)
{
	struct vcpu *v = start_protected(c->ring);
	enum mon m;

	if (c->attr)
		put_desc(SLOT, 0x10000, c->limit, c->attr);
	snapshot();
	m = call ? arch_call_far(v, c->sel, c->off, 4, 0x5007) : arch_jmp_far(v, c->sel, c->off, 4);
	if (c->vector == TASK) {
		ck_task_fault(m, V_TS, 0, SLOT);
		ck_case(c->name, "busy", desc_hi(SLOT) >> 9 & 1, 1u);
		ck_case(c->name, "busy before", desc_hi(TSS_SEL) >> 9 & 1, call ? 1u : 0u);
		ck_case(c->name, "NT", !!(v->vflags & FL_NT), call);
		return;
	}
	if (c->vector != OK) {
		ck_case(c->name, "result", m, MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
		return;
	}
	ck_case(c->name, "result", m, MON_OK);
	ck_case(c->name, "CS", v->gsel[S_CS], (u16)((c->sel & 0xfffc) | c->ring));
	ck_case(c->name, "base", v->seg[S_CS].base, 0x10000u);
	ck_case(c->name, "EIP", v->eip, c->off);
	ck_case(c->name, "CPL", v->cpl, c->ring);
	ck_case(c->name, "accessed", !!(desc_hi(SLOT) & D_ACCESSED), true);
	ck_case(c->name, "mode changes", mode_changes, 0u);
	ck_case(c->name, "ESP", v->gpr[R_ESP], STACK_OF(c->ring) - (call ? 8 : 0));
	if (call) {
		ck_case(c->name, "pushed EIP", peek(v->gpr[R_ESP], 4), 0x5007u);
		ck_case(c->name, "pushed CS", peek(v->gpr[R_ESP] + 4, 4), CODE_OF(c->ring));
	}
}

START_TEST(jmp_and_call)
{
	for (unsigned i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
		check_branch(&branches[i], false);
		check_branch(&branches[i], true);
	}
}
END_TEST

START_TEST(call_16)
{
	struct vcpu *v = start_protected(0);

	ck_assert_int_eq(arch_call_far(v, CODE16, 0xffff1234, 2, 0x12345678), MON_OK);
	ck_assert_uint_eq(v->eip, 0x1234);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 4);
	ck_assert_uint_eq(peek(v->gpr[R_ESP], 4), CODE32 << 16 | 0x5678);
	ck_assert_int_eq(v->seg[S_CS].attr & D_DB, 0);
}
END_TEST

/* No room on the stack comes before an EIP over the limit. */
START_TEST(call_fault_order)
{
	struct vcpu *v = start_protected(0);

	put_desc(SLOT, 0, 0xff, A_CODE);
	v->seg[S_SS].limit = 0x100;
	snapshot();
	ck_fault(arch_call_far(v, SLOT, 0x100, 4, 0), V_SS, 0);
	ck_assert(unchanged());
	/* And a page fault on the stack comes last. */
	v = start_protected(0);
	put_desc(SLOT, 0, 0xff, A_CODE);
	bad_page = STACK_OF(0) >> 12;
	ck_fault(arch_call_far(v, SLOT, 0x100, 4, 0), V_GP, 0);
	ck_fault(arch_call_far(v, SLOT, 0xff, 4, 0), V_PF, 2);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0));
	ck_assert_uint_eq(v->gsel[S_CS], CODE32);
}
END_TEST

START_TEST(task_gate)
{
	struct vcpu *v = start_protected(0);

	put_desc(SLOT2, 0x6000, 0x67, A_SYS(9));
	put_gate(GDT + SLOT, A_SYS(5), SLOT2, 0, 0);
	ck_task_fault(arch_jmp_far(v, SLOT, 0, 4), V_TS, 0, SLOT2);
	v = start_protected(0);
	put_gate(GDT + SLOT, A_SYS(5), SLOT2 | 4, 0, 0);
	ck_fault(arch_jmp_far(v, SLOT, 0, 4), V_GP, SLOT2 | 4);
	put_gate(GDT + SLOT, A_SYS(5), BEYOND, 0, 0);
	ck_fault(arch_call_far(v, SLOT, 0, 4, 0), V_GP, BEYOND);
	put_gate(GDT + SLOT, A_SYS(5), DATA32, 0, 0);
	ck_fault(arch_jmp_far(v, SLOT, 0, 4), V_GP, DATA32);
	put_gate(GDT + SLOT, 5 << 8, SLOT2, 0, 0);
	ck_fault(arch_jmp_far(v, SLOT, 0, 4), V_NP, SLOT);
	v = start_protected(3);
	put_gate(GDT + SLOT, A_SYS(5), SLOT2, 0, 0);
	ck_fault(arch_jmp_far(v, SLOT | 3, 0, 4), V_GP, SLOT);
}
END_TEST

START_TEST(real_mode)
{
	struct vcpu *v = start_real();

	ck_assert_int_eq(arch_jmp_far(v, 0xf000, 0xabcdfff0, 2), MON_OK);
	ck_assert_uint_eq(v->seg[S_CS].base, 0xf0000);
	ck_assert_uint_eq(v->eip, 0xfff0);
	ck_assert_uint_eq(v->seg[S_CS].limit, 0xffff);
	ck_assert_int_eq(arch_jmp_far(v, 0xf000, 0xffff, 4), MON_OK);
	snapshot();
	ck_fault(arch_jmp_far(v, 0, 0x10000, 4), V_GP, 0);
	ck_assert(unchanged());

	ck_assert_int_eq(arch_call_far(v, 0x2000, 0x30, 2, 0x12345), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12347ffc);
	ck_assert_uint_eq(peek(0x1000 + 0x7ffc, 4), 0xf0002345);
	ck_assert_int_eq(arch_ret_far(v, 2, 6), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12348006);
	ck_assert_uint_eq(v->eip, 0x2345);
	ck_assert_uint_eq(v->gsel[S_CS], 0xf000);

	ck_assert_int_eq(arch_call_far(v, 0x2000, 0x30, 4, 0x2345), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12347ffe);
	ck_assert_uint_eq(peek(0x1000 + 0x8002, 4), 0xf000);
	/* Pops wrap at 64 KiB. */
	v->gpr[R_ESP] = 0xfffe;
	poke(0x1000 + 0xfffe, 2, 0x1111);
	poke(0x1000, 2, 0x2222);
	ck_assert_int_eq(arch_ret_far(v, 2, 0), MON_OK);
	ck_assert_uint_eq(v->eip, 0x1111);
	ck_assert_uint_eq(v->gsel[S_CS], 0x2222);
	ck_assert_uint_eq(v->gpr[R_ESP], 2);
	/* EIP over the limit. */
	v->gpr[R_ESP] = 0x100;
	poke(0x1100, 4, 0x10000);
	snapshot();
	ck_fault(arch_ret_far(v, 4, 0), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

struct ret_case {
	const char *name;
	u8 ring;
	u16 cs;
	u32 cs_attr; /* of SLOT */
	u32 eip;
	u16 ss;
	u32 ss_attr; /* of SLOT2 */
	u8 vector;
	u32 error;
};

static const struct ret_case rets[] = {
	{"same ring", 0, SLOT, A_CODE, 0x10, 0, 0, OK, 0},
	{"same outer ring", 2, SLOT | 2, A_CODE | A_DPL(2), 0x10, 0, 0, OK, 0},
	{"0 to 3", 0, SLOT | 3, A_CODE | A_DPL(3), 0x10, SLOT2 | 3, A_DATA | A_DPL(3), OK, 0},
	{"1 to 2", 1, SLOT | 2, A_CODE | A_DPL(2), 0x10, SLOT2 | 2, A_DATA | A_DPL(2), OK, 0},
	{"0 to conforming at 3", 0, SLOT | 3, A_CODE | D_CONFORMING, 0x10, SLOT2 | 3,
	 A_DATA | A_DPL(3), OK, 0},
	{"null CS", 0, 0, 0, 0, 0, 0, V_GP, 0},
	{"null CS with RPL", 0, 3, 0, 0, 0, 0, V_GP, 0},
	{"CS beyond", 0, BEYOND, 0, 0, 0, 0, V_GP, BEYOND},
	{"to an inner ring", 3, SLOT, A_CODE, 0, 0, 0, V_GP, SLOT},
	{"data", 0, SLOT, A_DATA, 0, 0, 0, V_GP, SLOT},
	{"call gate", 0, SLOT, A_SYS(12), 0, 0, 0, V_GP, SLOT},
	{"DPL above RPL", 0, SLOT, A_CODE | A_DPL(3), 0, 0, 0, V_GP, SLOT},
	{"DPL below RPL", 0, SLOT | 3, A_CODE, 0, 0, 0, V_GP, SLOT},
	{"conforming, DPL above RPL", 1, SLOT | 1, A_CODE | D_CONFORMING | A_DPL(2), 0, 0, 0, V_GP,
	 SLOT},
	{"CS not present", 0, SLOT, A_CODE & ~(u32)D_P, 0, 0, 0, V_NP, SLOT},
	{"EIP at the limit", 0, SLOT, A_CODE, 0xfff, 0, 0, OK, 0},
	{"EIP over the limit", 0, SLOT, A_CODE, 0x1000, 0, 0, V_GP, 0},
	{"null SS", 0, SLOT | 3, A_CODE | A_DPL(3), 0, 0, 0, V_GP, 0},
	{"null SS with RPL", 0, SLOT | 3, A_CODE | A_DPL(3), 0, 3, 0, V_GP, 0},
	{"SS beyond", 0, SLOT | 3, A_CODE | A_DPL(3), 0, BEYOND | 3, 0, V_GP, BEYOND},
	{"SS RPL wrong", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 2, A_DATA | A_DPL(3), V_GP,
	 SLOT2},
	{"SS DPL wrong", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3, A_DATA | A_DPL(2), V_GP,
	 SLOT2},
	{"SS read-only", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3,
	 (A_DATA & ~(u32)D_WRITABLE) | A_DPL(3), V_GP, SLOT2},
	{"SS code", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3, A_CODE | A_DPL(3), V_GP, SLOT2},
	{"SS not present", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3,
	 (A_DATA & ~(u32)D_P) | A_DPL(3), V_SS, SLOT2},
	{"SS before EIP", 0, SLOT | 3, A_CODE | A_DPL(3), 0x1000, SLOT2 | 3,
	 (A_DATA & ~(u32)D_P) | A_DPL(3), V_SS, SLOT2},
	{"outer EIP over the limit", 0, SLOT | 3, A_CODE | A_DPL(3), 0x1000, SLOT2 | 3,
	 A_DATA | A_DPL(3), V_GP, 0},
};

/* Both operand sizes: RETF 8 with the frame at the top of the stack. */
static void check_ret(const struct ret_case *c, u32 size)
{
	struct vcpu *v = start_protected(c->ring);
	u32 sp = v->gpr[R_ESP];
	bool outer = (c->cs & 3) > c->ring;
	enum mon m;

	if (c->cs_attr)
		put_desc(SLOT, 0, 0xfff, c->cs_attr);
	if (c->ss_attr)
		put_desc(SLOT2, 0, FLAT, c->ss_attr);
	poke(sp, size, c->eip);
	poke(sp + size, size, c->cs);
	poke(sp + 2 * size + 8, size, 0x7000);
	poke(sp + 3 * size + 8, size, c->ss);
	snapshot();
	m = arch_ret_far(v, size, 8);
	if (c->vector != OK) {
		ck_case(c->name, "result", m, MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
		return;
	}
	ck_case(c->name, "result", m, MON_OK);
	ck_case(c->name, "CS", v->gsel[S_CS], c->cs);
	ck_case(c->name, "EIP", v->eip, c->eip);
	ck_case(c->name, "CPL", v->cpl, c->cs & 3);
	ck_case(c->name, "ESP", v->gpr[R_ESP], outer ? 0x7008 : sp + 2 * size + 8);
	ck_case(c->name, "SS", v->gsel[S_SS], outer ? c->ss : DATA_OF(c->ring));
	ck_case(c->name, "DS", v->gsel[S_DS], outer ? 0 : DATA_OF(c->ring));
	ck_case(c->name, "CS accessed", !!(desc_hi(SLOT) & D_ACCESSED), true);
	ck_case(c->name, "SS accessed", !!(desc_hi(SLOT2) & D_ACCESSED), outer);
	ck_case(c->name, "mode changes", mode_changes, outer ? 1u : 0u);
}

START_TEST(ret_far)
{
	for (unsigned i = 0; i < sizeof(rets) / sizeof(rets[0]); i++) {
		check_ret(&rets[i], 4);
		check_ret(&rets[i], 2);
	}
}
END_TEST

/* What may stay in the data registers on the way out. */
START_TEST(outer_return_drops_inner_segments)
{
	struct vcpu *v = start_protected(0);
	u32 sp = v->gpr[R_ESP];

	ck_assert_int_eq(arch_load_seg(v, S_DS, DATA_OF(3)), MON_OK);
	ck_assert_int_eq(arch_load_seg(v, S_ES, DATA_OF(2)), MON_OK);
	ck_assert_int_eq(arch_load_seg(v, S_FS, CONFORMING), MON_OK);
	ck_assert_int_eq(arch_load_seg(v, S_GS, 3), MON_OK);
	poke(sp + 4, 4, CODE_OF(3));
	poke(sp + 8, 4, 0x7000);
	poke(sp + 12, 4, DATA_OF(3));
	ck_assert_int_eq(arch_ret_far(v, 4, 0), MON_OK);
	ck_assert_uint_eq(v->gsel[S_DS], DATA_OF(3));
	ck_assert_uint_eq(v->gsel[S_ES], 0);
	ck_assert_uint_eq(v->seg[S_ES].attr, 0);
	ck_assert_uint_eq(v->gsel[S_FS], CONFORMING);
	ck_assert_uint_eq(v->gsel[S_GS], 0);
}
END_TEST

/* To a 16-bit stack: ESP[31:16] stays. */
START_TEST(outer_return_to_small_stack)
{
	struct vcpu *v = start_protected(0);

	v->gpr[R_ESP] = 0x00018000;
	poke(0x18000 + 4, 4, CODE16_R3 | 3);
	poke(0x18000 + 8, 4, 0xaaaa7000);
	poke(0x18000 + 12, 4, DATA16_R3 | 3);
	ck_assert_int_eq(arch_ret_far(v, 4, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x00017000);
}
END_TEST

START_TEST(ret_frame_over_the_limit)
{
	struct vcpu *v = start_protected(0);

	poke(STACK_OF(0) + 4, 4, CODE_OF(3));
	v->seg[S_SS].limit = STACK_OF(0) + 6;
	snapshot();
	ck_fault(arch_ret_far(v, 4, 0), V_SS, 0);
	ck_assert(unchanged());
	v->seg[S_SS].limit = STACK_OF(0) + 11;
	snapshot();
	ck_fault(arch_ret_far(v, 4, 0), V_SS, 0);
	ck_assert(unchanged());
}
END_TEST

/* As in real mode, whatever the tables hold. */
START_TEST(virtual_8086)
{
	struct vcpu *v = start_v86(0);

	ck_assert_int_eq(arch_jmp_far(v, CODE32, 0x1234, 2), MON_OK);
	ck_assert_uint_eq(v->seg[S_CS].base, CODE32 << 4);
	ck_assert_uint_eq(v->seg[S_CS].attr, 0xf300);
	ck_assert_uint_eq(v->cpl, 3);
	ck_assert_int_eq(arch_call_far(v, 0x4000, 0x10, 2, 0x1237), MON_OK);
	ck_assert_uint_eq(peek(v->seg[S_SS].base + v->gpr[R_ESP], 4), CODE32 << 16 | 0x1237);
	ck_assert_uint_eq(v->seg[S_CS].base, 0x40000);
	ck_assert_int_eq(arch_ret_far(v, 2, 0), MON_OK);
	ck_assert_uint_eq(v->eip, 0x1237);
	snapshot();
	ck_fault(arch_jmp_far(v, 0, 0x10000, 4), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

int main(void)
{
	return RUN("far", jmp_and_call, call_16, call_fault_order, task_gate, real_mode, ret_far,
		   outer_return_drops_inner_segments, outer_return_to_small_stack,
		   ret_frame_over_the_limit, virtual_8086);
}

/* SPDX-License-Identifier: MIT
 * Interrupt delivery: IVT, interrupt and trap gates of both sizes, stack
 * switches, every check with its error code.
 */
#include "refvmm/test_support.h"

#include <string.h>

#define OK   0xff
#define VEC  0x21
#define IDTE (VEC * 8 + 2) /* error code that names the gate */

struct gate_case {
	const char *name;
	u8 ring;
	enum int_kind kind;
	u32 gate; /* type and attributes of the gate */
	u16 cs;   /* in the gate */
	u32 off;
	u32 cs_attr; /* of SLOT, unless 0 */
	u8 vector;
	u32 error;
};

static const struct gate_case gates[] = {
	{"INT n, ring 0", 0, INT_SOFT, A_SYS(14), CODE32, 0x10, 0, OK, 0},
	{"INT n, DPL 3", 3, INT_SOFT, A_SYS(14) | A_DPL(3), CODE32, 0x10, 0, OK, 0},
	{"INT n, DPL below CPL", 3, INT_SOFT, A_SYS(14), CODE32, 0x10, 0, V_GP, IDTE},
	{"INT n, DPL 1 at ring 2", 2, INT_SOFT, A_SYS(14) | A_DPL(1), CODE32, 0, 0, V_GP, IDTE},
	{"INT n, DPL 2 at ring 2", 2, INT_SOFT, A_SYS(14) | A_DPL(2), CODE_OF(1), 0, 0, OK, 0},
	{"IRQ ignores DPL", 3, INT_HARDWARE, A_SYS(14), CODE32, 0x10, 0, OK, 0},
	{"INT1 ignores DPL", 3, INT_ICEBP, A_SYS(14), CODE32, 0x10, 0, OK, 0},
	{"exception ignores DPL", 3, INT_EXCEPTION, A_SYS(15), CODE32, 0x10, 0, OK, 0},
	{"type before DPL", 3, INT_SOFT, A_SYS(12), CODE32, 0, 0, V_GP, IDTE},
	{"DPL before present", 3, INT_SOFT, 14 << 8, CODE32, 0, 0, V_GP, IDTE},
	{"gate not present", 0, INT_SOFT, 14 << 8, CODE32, 0, 0, V_NP, IDTE},
	{"gate not present, IRQ", 0, INT_HARDWARE, 14 << 8, CODE32, 0, 0, V_NP, IDTE | 1},
	{"gate not present, INT1", 0, INT_ICEBP, 14 << 8, CODE32, 0, 0, V_NP, IDTE | 1},
	{"empty gate", 0, INT_EXCEPTION, 0, 0, 0, 0, V_GP, IDTE | 1},
	{"code segment as gate", 0, INT_SOFT, A_CODE, CODE32, 0, 0, V_GP, IDTE},
	{"null CS", 0, INT_SOFT, A_SYS(14), 0, 0, 0, V_GP, 0},
	{"null CS, IRQ", 0, INT_HARDWARE, A_SYS(14), 3, 0, 0, V_GP, 1},
	{"CS beyond", 0, INT_SOFT, A_SYS(14), BEYOND | 3, 0, 0, V_GP, BEYOND},
	{"CS beyond, IRQ", 0, INT_HARDWARE, A_SYS(14), BEYOND, 0, 0, V_GP, BEYOND | 1},
	{"CS data", 0, INT_SOFT, A_SYS(14), SLOT, 0, A_DATA, V_GP, SLOT},
	{"CS TSS", 0, INT_SOFT, A_SYS(14), SLOT, 0, A_SYS(9), V_GP, SLOT},
	{"CS outer", 0, INT_SOFT, A_SYS(14), SLOT, 0, A_CODE | A_DPL(3), V_GP, SLOT},
	{"CS outer, IRQ", 1, INT_HARDWARE, A_SYS(14), SLOT, 0, A_CODE | A_DPL(2), V_GP, SLOT | 1},
	{"CS conforming outer", 0, INT_SOFT, A_SYS(14), SLOT, 0, A_CODE | D_CONFORMING | A_DPL(3),
	 V_GP, SLOT},
	{"CS not present", 0, INT_SOFT, A_SYS(14), SLOT, 0, A_CODE & ~(u32)D_P, V_NP, SLOT},
	{"CS not present, IRQ", 3, INT_HARDWARE, A_SYS(14), SLOT, 0, A_CODE & ~(u32)D_P, V_NP,
	 SLOT | 1},
	{"EIP at the limit", 0, INT_SOFT, A_SYS(14), SLOT, 0xffff, A_CODE, OK, 0},
	{"EIP over the limit", 0, INT_SOFT, A_SYS(14), SLOT, 0x10000, A_CODE, V_GP, 0},
	{"EIP over the limit, IRQ", 3, INT_HARDWARE, A_SYS(14), SLOT, 0x10000, A_CODE, V_GP, 1},
	{"286 gate has no upper offset", 0, INT_SOFT, A_SYS(6), SLOT, 0x77771234, A_CODE, OK, 0},
	{"conforming handler", 3, INT_HARDWARE, A_SYS(14), CONFORMING, 0x10, 0, OK, 0},
	{"RPL in the gate does not matter", 0, INT_SOFT, A_SYS(14), CODE32 | 3, 0x10, 0, OK, 0},
};

START_TEST(checks)
{
	for (unsigned i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		const struct gate_case *c = &gates[i];
		struct vcpu *v = start_protected(c->ring);
		enum mon m;

		if (c->cs_attr)
			put_desc(SLOT, 0, 0xffff, c->cs_attr);
		put_idt(VEC, c->gate, c->cs, c->off);
		snapshot();
		m = arch_interrupt(v, VEC, c->kind, false, 0);
		if (c->vector == OK) {
			bool wide = c->gate & 8 << 8;

			ck_case(c->name, "result", m, MON_OK);
			ck_case(c->name, "EIP", v->eip, wide ? c->off : c->off & 0xffff);
			ck_case(c->name, "CS", v->gsel[S_CS], (c->cs & 0xfffc) | v->cpl);
			continue;
		}
		ck_case(c->name, "result", m, MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(gate_types)
{
	for (unsigned type = 0; type < 16; type++) {
		struct vcpu *v = start_protected(0);
		bool good = type == 6 || type == 7 || type == 14 || type == 15;

		if (type == 5)
			continue;
		put_idt(VEC, A_SYS(type), CODE32, 0x10);
		if (good)
			ck_assert_int_eq(arch_interrupt(v, VEC, INT_SOFT, false, 0), MON_OK);
		else
			ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_GP, IDTE);
	}
}
END_TEST

START_TEST(idt_limit)
{
	struct vcpu *v = start_protected(0);

	put_idt(VEC, A_SYS(14), CODE32, 0x10);
	v->idtr.limit = VEC * 8 + 6;
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_GP, IDTE);
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_GP, IDTE | 1);
	v->idtr.limit = VEC * 8 + 7;
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_SOFT, false, 0), MON_OK);
}
END_TEST

/* Frame and flags of every gate type, with and without a stack switch. */
START_TEST(frames)
{
	static const u8 types[] = {6, 7, 14, 15};
	const u32 flags =
		FL_CF | FL_ZF | FL_TF | FL_IF | FL_DF | FL_NT | FL_RF | FL_AC | FL_ID | 3u << 12;

	for (unsigned i = 0; i < 16; i++) {
		bool inner = i & 4, with_error = i & 8;
		u32 type = types[i & 3], size = type & 8 ? 4 : 2;
		u32 mask = size == 4 ? 0xffffffff : 0xffff;
		struct vcpu *v = start_protected(inner ? 3 : 0);
		u32 old_sp = v->gpr[R_ESP], sp, at = 0;

		vcpu_set_eflags(v, flags);
		v->eip = 0x12345;
		put_idt(VEC, A_SYS(type), CODE32, 0x4000);
		ck_assert_int_eq(arch_interrupt(v, VEC, INT_EXCEPTION, with_error, 0xfedc), MON_OK);
		sp = STACK_OF(0) - size * (3 + (inner ? 2 : 0) + with_error);
		ck_assert_uint_eq(v->gpr[R_ESP], sp);
		if (with_error)
			ck_assert_uint_eq(peek(sp + size * at++, size), 0xfedc);
		ck_assert_uint_eq(peek(sp + size * at++, size), 0x12345 & mask);
		ck_assert_uint_eq(peek(sp + size * at++, size), inner ? CODE_OF(3) : CODE32);
		ck_assert_uint_eq(peek(sp + size * at++, size), (flags | FL_ONE) & mask);
		if (inner) {
			ck_assert_uint_eq(peek(sp + size * at++, size), old_sp & mask);
			ck_assert_uint_eq(peek(sp + size * at++, size), DATA_OF(3));
		}
		ck_assert_uint_ne(desc_hi(CODE32) & D_ACCESSED, 0);
		ck_assert_uint_eq(!!(desc_hi(DATA32) & D_ACCESSED), inner);
		ck_assert_uint_eq(v->eip, 0x4000);
		ck_assert_uint_eq(v->cpl, 0);
		ck_assert_uint_eq(v->gsel[S_CS], CODE32);
		ck_assert_uint_eq(v->gsel[S_SS], DATA32);
		ck_assert_uint_eq(v->gsel[S_DS], inner ? DATA_OF(3) : DATA32);
		ck_assert_uint_eq(vcpu_eflags(v), (flags | FL_ONE) & ~(FL_TF | FL_NT | FL_RF |
								       (type & 1 ? 0u : FL_IF)));
		ck_assert_uint_eq(mode_changes, inner);
	}
}
END_TEST

START_TEST(conforming_keeps_the_ring)
{
	struct vcpu *v = start_protected(2);

	put_idt(VEC, A_SYS(14), CONFORMING, 0x10);
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), MON_OK);
	ck_assert_uint_eq(v->cpl, 2);
	ck_assert_uint_eq(v->gsel[S_CS], CONFORMING | 2);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(2) - 12);
	ck_assert_uint_eq(v->gsel[S_SS], DATA_OF(2));
}
END_TEST

START_TEST(ring_3_to_ring_1)
{
	struct vcpu *v = start_protected(3);

	put_idt(VEC, A_SYS(14), CODE_OF(1), 0x10);
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), MON_OK);
	ck_assert_uint_eq(v->cpl, 1);
	ck_assert_uint_eq(v->gsel[S_SS], DATA_OF(1));
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(1) - 20);
}
END_TEST

/* 16-bit inner stack: SP comes from the TSS, ESP[31:16] stays; all of the old
 * ESP is pushed. */
START_TEST(small_stacks)
{
	struct vcpu *v = start_protected(3);

	v->seg[S_SS].attr &= ~(u32)D_DB;
	v->gpr[R_ESP] = 0xabcd8800;
	poke(TSS + 8, 2, DATA16);
	put_idt(VEC, A_SYS(14), CODE32, 0x10);
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcd0000 + STACK_OF(0) - 20);
	ck_assert_uint_eq(peek(STACK_OF(0) - 8, 4), 0xabcd8800);
}
END_TEST

struct stack_case {
	const char *name;
	u16 ss;
	u32 attr, limit; /* of SLOT */
	u8 vector;
	u32 error;
};

static const struct stack_case stacks[] = {
	{"null SS", 0, 0, 0, V_TS, 0},
	{"SS beyond", BEYOND, 0, 0, V_TS, BEYOND},
	{"SS RPL wrong", SLOT | 2, A_DATA, FLAT, V_TS, SLOT},
	{"SS DPL wrong", SLOT, A_DATA | A_DPL(3), FLAT, V_TS, SLOT},
	{"SS read-only", SLOT, A_DATA & ~(u32)D_WRITABLE, FLAT, V_TS, SLOT},
	{"SS not present", SLOT, A_DATA & ~(u32)D_P, FLAT, V_SS, SLOT},
	{"SS too small", SLOT, A_DATA, STACK0, V_SS, SLOT},
	{"SS before EIP", SLOT, A_DATA, STACK0, V_SS, SLOT},
};

START_TEST(inner_stack_checks)
{
	for (unsigned i = 0; i < 2 * sizeof(stacks) / sizeof(stacks[0]); i++) {
		const struct stack_case *c = &stacks[i / 2];
		enum int_kind kind = i & 1 ? INT_HARDWARE : INT_SOFT;
		struct vcpu *v = start_protected(3);

		put_idt(VEC, A_SYS(14) | A_DPL(3), CODE16, 0x10000);
		put_desc(SLOT, 0, c->limit, c->attr);
		poke(TSS + 8, 2, c->ss);
		snapshot();
		ck_case(c->name, "result", arch_interrupt(v, VEC, kind, false, 0), MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error | (i & 1));
		ck_case(c->name, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(tss_limit)
{
	struct vcpu *v = start_protected(3);

	put_idt(VEC, A_SYS(14), CODE32, 0x10);
	v->tr.limit = 8;
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_TS, TSS_SEL | 1);
	v->tr.limit = 9;
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), MON_OK);
}
END_TEST

START_TEST(same_ring_stack_fault)
{
	struct vcpu *v = start_protected(0);

	put_idt(VEC, A_SYS(14), CODE32, 0x10);
	v->seg[S_SS].limit = STACK_OF(0) - 5;
	v->gpr[R_ESP] = STACK_OF(0);
	snapshot();
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_SS, 0);
	ck_fault(arch_interrupt(v, VEC, INT_EXCEPTION, false, 0), V_SS, 1);
	ck_assert(unchanged());
}
END_TEST

START_TEST(page_fault_on_the_stack)
{
	struct vcpu *v = start_protected(3);

	put_idt(VEC, A_SYS(14), CODE32, 0x10);
	bad_page = STACK_OF(0) >> 12;
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_PF, 2);
	ck_assert_uint_eq(v->cpl, 3);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(3));
	ck_assert_uint_eq(v->eip, 0x5000);
}
END_TEST

START_TEST(task_gate)
{
	struct vcpu *v = start_protected(0);

	put_desc(SLOT, 0x6000, 0x67, A_SYS(9));
	put_idt(VEC, A_SYS(5), SLOT, 0);
	ck_task_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_TS, 0, SLOT);
	ck_assert_uint_eq(peek(0x6000, 2), TSS_SEL); /* back link */
	ck_assert(v->vflags & FL_NT);
	v = start_protected(0);
	put_idt(VEC, A_SYS(5), SLOT, 0);
	put_desc(SLOT, 0x6000, 0x67, A_SYS(9));
	ck_task_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_TS, 1, SLOT);
	v = start_protected(0);
	put_idt(VEC, A_SYS(5), SLOT, 0);
	put_desc(SLOT, 0x6000, 0x67, A_SYS(11));
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_GP, SLOT | 1);
	put_desc(SLOT, 0x6000, 0x67, 9 << 8);
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_NP, SLOT | 1);
	put_desc(SLOT, 0x6000, 0x66, A_SYS(9));
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_TS, SLOT | 1);
	/* Same type bits, but a code segment. */
	put_desc(SLOT, 0x6000, 0x67, A_SYS(9) | D_S);
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_GP, SLOT);
	put_idt(VEC, A_SYS(5), SLOT | 4, 0);
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_GP, SLOT | 4);
	ck_fault(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), V_GP, SLOT | 5);
	put_idt(VEC, 5 << 8, SLOT, 0);
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_NP, IDTE);
}
END_TEST

START_TEST(real_mode)
{
	struct vcpu *v = start_real();

	poke(VEC * 4, 4, 0xf0001234);
	vcpu_set_eflags(v, FL_CF | FL_IF | FL_TF | FL_AC | FL_RF | FL_NT | 3u << 12);
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_SOFT, true, 0x55), MON_OK);
	ck_assert_uint_eq(v->eip, 0x1234);
	ck_assert_uint_eq(v->seg[S_CS].base, 0xf0000);
	/* Three words, no error code, whoever asks for one. */
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12347ffa);
	ck_assert_uint_eq(peek(0x1000 + 0x7ffa, 2), 0x100);
	ck_assert_uint_eq(peek(0x1000 + 0x7ffc, 2), 0x100);
	ck_assert_uint_eq(peek(0x1000 + 0x7ffe, 2),
			  FL_CF | FL_IF | FL_TF | FL_NT | 3u << 12 | FL_ONE);
	ck_assert_uint_eq(vcpu_eflags(v), FL_CF | FL_NT | 3u << 12 | FL_ONE);

	/* IVT limit and base. */
	v = start_real();
	v->idtr.limit = VEC * 4 + 2;
	snapshot();
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_GP, 0);
	ck_assert(unchanged());
	v->idtr = (struct dtr){0x3000, VEC * 4 + 3};
	poke(0x3000 + VEC * 4, 4, 0x20000042);
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_HARDWARE, false, 0), MON_OK);
	ck_assert_uint_eq(v->eip, 0x42);
	ck_assert_uint_eq(v->gsel[S_CS], 0x2000);
}
END_TEST

START_TEST(real_mode_stack)
{
	struct vcpu *v = start_real();

	poke(VEC * 4, 4, 0xf0001234);
	/* SP = 1 straddles the end of the segment. */
	v->gpr[R_ESP] = 1;
	snapshot();
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_SS, 0);
	ck_assert(unchanged());
	/* SP = 2 and 4 wrap between the words. */
	v->gpr[R_ESP] = 2;
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_SOFT, false, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xfffc);
	ck_assert_uint_eq(peek(0x1000, 2), FL_ONE);
	/* The frame lies over the vector: the new IP is what was pushed. */
	v = start_real();
	v->seg[S_SS].base = 0;
	v->gpr[R_ESP] = VEC * 4 + 6;
	v->eip = 0x777;
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_SOFT, false, 0), MON_OK);
	ck_assert_uint_eq(v->eip, 0x777);
	/* New IP over the CS limit. */
	v = start_real();
	poke(VEC * 4, 4, 0xf0001234);
	v->seg[S_CS].limit = 0x1233;
	ck_fault(arch_interrupt(v, VEC, INT_SOFT, false, 0), V_GP, 0);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12348000);
	v->seg[S_CS].limit = 0x1234;
	ck_assert_int_eq(arch_interrupt(v, VEC, INT_SOFT, false, 0), MON_OK);
}
END_TEST

/* Nine items on the ring 0 stack, null data segments, VM gone. */
START_TEST(virtual_8086)
{
	static const u16 want[] = {0x100, 0x1100, 0, 0x800, 0x1200, 0x1000, 0x1300, 0x1400, 0x1500};
	struct vcpu *v = start_v86(FL_IOPL | FL_IF);

	put_idt(0x10, A_SYS(14) | A_DPL(3), CODE32, 0x6000);
	ck_assert_int_eq(arch_interrupt(v, 0x10, INT_HARDWARE, false, 0), MON_OK);
	ck_assert_uint_eq(v->cpl, 0);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 36);
	for (u32 k = 0; k < 9; k++)
		ck_assert_uint_eq(peek(v->gpr[R_ESP] + 4 * k, 4),
				  k == 2 ? FL_VM | FL_IOPL | FL_IF | FL_ONE : want[k]);
	ck_assert_uint_eq(vcpu_eflags(v), FL_IOPL | FL_ONE);
	ck_assert_uint_eq(v->gsel[S_DS] | v->gsel[S_ES] | v->gsel[S_FS] | v->gsel[S_GS], 0);
	ck_assert_uint_eq(v->gsel[S_SS], DATA32);

	/* Words through a 16-bit gate. */
	v = start_v86(FL_IOPL);
	put_idt(0x10, A_SYS(6) | A_DPL(3), CODE32, 0x6000);
	ck_assert_int_eq(arch_interrupt(v, 0x10, INT_SOFT, false, 0), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 18);
	ck_assert_uint_eq(peek(v->gpr[R_ESP] + 16, 2), 0x1500);

	/* Only to ring 0, and not to conforming code. */
	v = start_v86(FL_IOPL);
	put_idt(0x10, A_SYS(14) | A_DPL(3), CODE_OF(1), 0x6000);
	ck_fault(arch_interrupt(v, 0x10, INT_SOFT, false, 0), V_GP, CODE_OF(1) & ~3u);
	put_idt(0x10, A_SYS(14) | A_DPL(3), CONFORMING, 0x6000);
	ck_fault(arch_interrupt(v, 0x10, INT_HARDWARE, false, 0), V_GP, CONFORMING | 1);
	put_idt(0x10, A_SYS(14) | A_DPL(2), CODE32, 0x6000);
	ck_fault(arch_interrupt(v, 0x10, INT_SOFT, false, 0), V_GP, 0x82);
	ck_assert(v->vflags & FL_VM);
}
END_TEST

int main(void)
{
	return RUN("gate", checks, gate_types, idt_limit, frames, conforming_keeps_the_ring,
		   ring_3_to_ring_1, small_stacks, inner_stack_checks, tss_limit,
		   same_ring_stack_fault, page_fault_on_the_stack, task_gate, real_mode,
		   real_mode_stack, virtual_8086);
}

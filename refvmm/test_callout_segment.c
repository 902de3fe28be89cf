/* SPDX-License-Identifier: MIT
 * Callouts that load segment registers or ask about selectors: operands,
 * interrupt shadow, and that a fault leaves everything alone.
 */
#include "refvmm/test_soft_support.h"

#include <string.h>

struct load_case {
	const char *hex;
	enum sreg s;
	u32 shadow, popped;
};

/* The selector is DATA16 in EAX, at DATA and on the stack. */
static const struct load_case loads[] = {
	{"8e d8", S_DS, 0, 0},
	{"8e c0", S_ES, 0, 0},
	{"8e d0", S_SS, SHADOW_SS, 0},
	{"8e e0", S_FS, 0, 0},
	{"8e e8", S_GS, 0, 0},
	{"8e 1b", S_DS, 0, 0},
	{"8e 13", S_SS, SHADOW_SS, 0},
	{"66 8e d8", S_DS, 0, 0},
	{"1f", S_DS, 0, 4},
	{"07", S_ES, 0, 4},
	{"17", S_SS, SHADOW_SS, 4},
	{"0f a1", S_FS, 0, 4},
	{"0f a9", S_GS, 0, 4},
	{"66 1f", S_DS, 0, 2},
	{"c5 0b", S_DS, 0, 0},
	{"c4 0b", S_ES, 0, 0},
	{"0f b2 0b", S_SS, 0, 0},
	{"0f b4 0b", S_FS, 0, 0},
	{"0f b5 0b", S_GS, 0, 0},
	{"66 c5 0b", S_DS, 0, 0},
};

static bool is_lfp(const char *hex)
{
	return strstr(hex, "0b") != NULL;
}

static struct vcpu *start(const struct load_case *c, u16 sel)
{
	struct vcpu *v = soft_protected(0);
	u32 at = !is_lfp(c->hex) ? DATA : c->hex[0] == '6' ? DATA + 2 : DATA + 4;

	v->gpr[R_EBX] = DATA;
	v->gpr[R_EAX] = 0xffff0000 | sel;
	v->gpr[R_ECX] = 0x99999999;
	poke(DATA, 4, 0x12345678);
	poke(at, 2, sel);
	poke(STACK_OF(0), 4, 0xeeee0000 | sel);
	return v;
}

START_TEST(load)
{
	for (unsigned k = 0; k < sizeof(loads) / sizeof(loads[0]); k++) {
		const struct load_case *c = &loads[k];
		struct vcpu *v = start(c, DATA16);
		u32 esp = STACK_OF(0) + c->popped;

		ck_case(c->hex, "result", callout(c->hex), MON_OK);
		ck_case(c->hex, "selector", v->seg[c->s].sel, DATA16);
		ck_case(c->hex, "limit", v->seg[c->s].limit, 0xffffu);
		ck_case(c->hex, "shadow", v->shadow, c->shadow);
		ck_case(c->hex, "ESP", v->gpr[R_ESP], esp);
		ck_retired(code_len);
		if (is_lfp(c->hex))
			ck_case(c->hex, "register", v->gpr[R_ECX],
				c->hex[0] == '6' ? 0x99995678 : 0x12345678);
	}
}
END_TEST

/* Selector outside the table: #GP with it, state as before, ESP too. */
START_TEST(load_fault)
{
	for (unsigned k = 0; k < sizeof(loads) / sizeof(loads[0]); k++) {
		const struct load_case *c = &loads[k];
		struct vcpu *v = start(c, BEYOND);

		snapshot();
		ck_case(c->hex, "result", callout(c->hex), MON_FAULT);
		ck_case(c->hex, "vector", v->fault.vector, V_GP);
		ck_case(c->hex, "error", v->fault.error, BEYOND);
		ck_case(c->hex, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(operand_fault)
{
	static const struct {
		const char *hex;
		u32 limit; /* one byte too small */
	} cases[] = {
		{"8e 1b", DATA},        {"c5 0b", DATA + 4}, {"66 c5 0b", DATA + 2},
		{"0f b4 0b", DATA + 4}, {"0f 02 0b", DATA},  {"0f 03 0b", DATA},
		{"0f 00 23", DATA},     {"0f 00 2b", DATA},
	};

	for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct vcpu *v = soft_protected(0);

		v->gpr[R_EBX] = DATA;
		v->seg[S_DS].limit = cases[k].limit;
		snapshot();
		ck_case(cases[k].hex, "result", callout(cases[k].hex), MON_FAULT);
		ck_case(cases[k].hex, "vector", v->fault.vector, V_GP);
		ck_case(cases[k].hex, "state kept", unchanged(), true);
		v->seg[S_DS].limit++;
		ck_case(cases[k].hex, "one byte more", callout(cases[k].hex), MON_OK);
	}
}
END_TEST

/* The pop moves the stack pointer of the stack it read from: 32 bits here,
 * although the new SS has 16. */
START_TEST(pop_ss_changes_stack)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_ESP] = 0x1fffe;
	poke(0x1fffe, 2, DATA16);
	ck_assert_int_eq(callout("17"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x20002);
	ck_assert(!(v->seg[S_SS].attr & D_DB));
	poke(0x0002, 2, DATA32);
	ck_assert_int_eq(callout("17"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x20006);
}
END_TEST

START_TEST(pop_reads_two_bytes)
{
	struct vcpu *v = soft_protected(0);

	poke(STACK_OF(0), 2, DATA16);
	v->seg[S_SS].limit = STACK_OF(0) + 1;
	ck_assert_int_eq(callout("1f"), MON_OK);
	v->gpr[R_ESP] = STACK_OF(0);
	v->seg[S_SS].limit = STACK_OF(0);
	snapshot();
	ck_fault(callout("1f"), V_SS, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(mov_to_cs)
{
	struct insn insn;

	/* The decoder refuses it; the handler must not rely on that. */
	soft_protected(0);
	insn = *code("8e d8");
	snapshot();
	insn.reg = S_CS;
	ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
	insn.reg = 6;
	ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
	insn.reg = 7;
	ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(real_mode_load)
{
	struct vcpu *v = soft_real();

	v->gpr[R_EAX] = 0xffffb800;
	ck_assert_int_eq(callout("8e c0"), MON_OK);
	ck_assert_uint_eq(v->seg[S_ES].base, 0xb8000);
	ck_assert_uint_eq(v->seg[S_ES].limit, 0xffff);
	v->gpr[R_EBX] = 0x10;
	poke(0x1010, 4, 0xa0001234);
	ck_assert_int_eq(callout("c5 37"), MON_OK); /* lds si,[bx] */
	ck_assert_uint_eq(v->gpr[R_ESI], 0x1234);
	ck_assert_uint_eq(v->seg[S_DS].base, 0xa0000);
}
END_TEST

struct ask_case {
	const char *hex;
	u32 sel, zf, ecx; /* ECX before: 99999999 */
};

static const struct ask_case asks[] = {
	{"0f 02 c8", CODE32, FL_ZF, 0x00cf9a00},    {"66 0f 02 c8", CODE32, FL_ZF, 0x99999a00},
	{"0f 02 0b", CODE32, FL_ZF, 0x00cf9a00},    {"0f 02 c8", 0, 0, 0x99999999},
	{"0f 02 c8", BEYOND, 0, 0x99999999},        {"0f 03 c8", DATA16, FL_ZF, 0xffff},
	{"0f 03 c8", DATA32, FL_ZF, 0xffffffff},    {"66 0f 03 c8", DATA32, FL_ZF, 0x9999ffff},
	{"66 0f 03 0b", DATA32, FL_ZF, 0x9999ffff}, {"0f 03 c8", BEYOND, 0, 0x99999999},
	{"0f 00 e0", CODE32, FL_ZF, 0x99999999}, /* verr */
	{"0f 00 23", CODE32, FL_ZF, 0x99999999},    {"0f 00 e0", TSS_SEL, 0, 0x99999999},
	{"0f 00 e8", CODE32, 0, 0x99999999}, /* verw */
	{"0f 00 e8", DATA32, FL_ZF, 0x99999999},    {"0f 00 2b", DATA32, FL_ZF, 0x99999999},
};

START_TEST(ask)
{
	for (unsigned k = 0; k < sizeof(asks) / sizeof(asks[0]); k++) {
		const struct ask_case *c = &asks[k];
		struct vcpu *v = soft_protected(0);
		u32 others = FL_HW & ~(u32)FL_ZF;

		v->gpr[R_EBX] = DATA;
		v->gpr[R_EAX] = 0xffff0000 | c->sel;
		v->gpr[R_ECX] = 0x99999999;
		poke(DATA, 4, 0xffff0000 | c->sel);
		v->hwflags = FL_ONE | others | (c->zf ^ FL_ZF);
		ck_case(c->hex, "result", callout(c->hex), MON_OK);
		ck_case(c->hex, "flags", v->hwflags, FL_ONE | others | c->zf);
		ck_case(c->hex, "ECX", v->gpr[R_ECX], c->ecx);
		ck_retired(code_len);
	}
}
END_TEST

START_TEST(ask_in_real_mode)
{
	static const char *const insns[] = {"0f 02 c8", "0f 03 c8", "0f 00 e0", "0f 00 e8"};

	for (unsigned k = 0; k < 4; k++) {
		struct insn insn;

		soft_protected(0);
		insn = *code(insns[k]);
		soft_real();
		snapshot();
		ck_case(insns[k], "result", callout_execute(&vcpu, &insn), MON_FAULT);
		ck_case(insns[k], "vector", vcpu.fault.vector, V_UD);
		vcpu.eip = 0x100;
		ck_case(insns[k], "state kept", unchanged(), true);
	}
}
END_TEST

int main(void)
{
	return RUN("callout_segment", load, load_fault, operand_fault, pop_ss_changes_stack,
		   pop_reads_two_bytes, mov_to_cs, real_mode_load, ask, ask_in_real_mode);
}

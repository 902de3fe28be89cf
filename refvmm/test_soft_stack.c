/* SPDX-License-Identifier: MIT
 * Stack and near control flow: operand sizes, 16-bit stacks, wrap, limits,
 * faults that leave everything as it was.
 */
#include "refvmm/test_soft_support.h"

#define TOP    0x8800u /* STACK_OF(0) */
#define LOADED 0x11110000u

/* Register r holds 1111000r, except ESP. */
static struct vcpu *start(void)
{
	struct vcpu *v = soft_protected(0);

	for (unsigned r = 0; r < 8; r++)
		if (r != R_ESP)
			v->gpr[r] = LOADED | r;
	v->gpr[R_EBX] = DATA;
	return v;
}

/* SS with B = 0, base 0; SP wraps below 64 KiB. */
static void small_stack(struct vcpu *v, u32 esp)
{
	v->seg[S_SS].attr &= ~(u32)(D_DB | D_G);
	v->seg[S_SS].limit = 0xffff;
	v->gpr[R_ESP] = esp;
}

struct push_case {
	const char *hex;
	u32 size, value, written; /* bytes written, size when 0 */
};

static const struct push_case pushes[] = {
	{"50", 4, LOADED, 0},
	{"66 51", 2, 1, 0},
	{"54", 4, TOP, 0}, /* push esp: the old value */
	{"68 78 56 34 12", 4, 0x12345678, 0},
	{"66 68 34 12", 2, 0x1234, 0},
	{"6a 7f", 4, 0x7f, 0},
	{"6a 80", 4, 0xffffff80, 0},
	{"66 6a 80", 2, 0xff80, 0},
	{"ff 33", 4, 0xcafebabe, 0}, /* push [ebx] */
	{"66 ff 33", 2, 0xbabe, 0},
	{"ff f6", 4, LOADED | 6, 0}, /* push esi by group 5 */
	{"06", 4, DATA32, 2},        /* push es: Intel writes a word */
	{"0e", 4, CODE32, 2},
	{"16", 4, DATA32, 2},
	{"1e", 4, DATA32, 2},
	{"0f a0", 4, DATA32, 2},
	{"0f a8", 4, DATA32, 2},
	{"66 1e", 2, DATA32, 2},
};

START_TEST(push)
{
	for (unsigned k = 0; k < sizeof(pushes) / sizeof(pushes[0]); k++) {
		const struct push_case *c = &pushes[k];
		u32 written = c->written ? c->written : c->size;

		for (unsigned small = 0; small < 2; small++) {
			struct vcpu *v = start();

			if (small)
				small_stack(v, TOP);
			poke(DATA, 4, 0xcafebabe);
			for (u32 at = TOP - 8; at < TOP + 4; at += 4)
				poke(at, 4, 0xeeeeeeee);
			ck_case(c->hex, "result", soft(c->hex), MON_OK);
			ck_case(c->hex, "ESP", v->gpr[R_ESP], TOP - c->size);
			ck_case(c->hex, "value", peek(TOP - c->size, written), c->value);
			for (u32 b = written; b < c->size + 4; b++)
				ck_case(c->hex, "byte above", peek(TOP - c->size + b, 1), 0xeeu);
			ck_case(c->hex, "byte below", peek(TOP - c->size - 1, 1), 0xeeu);
			ck_retired(code_len);
		}
	}
}
END_TEST

struct pop_case {
	const char *hex;
	u32 esp; /* afterwards */
	int reg; /* -1: memory at DATA */
	u32 value;
};

/* The stack holds 12345678 9abcdef0. */
static const struct pop_case pops[] = {
	{"58", TOP + 4, R_EAX, 0x12345678},    {"66 5f", TOP + 2, R_EDI, 0x11115678},
	{"5c", 0x12345678, R_ESP, 0x12345678}, {"66 5c", 0x5678, R_ESP, 0x5678},
	{"8f c1", TOP + 4, R_ECX, 0x12345678}, {"8f 03", TOP + 4, -1, 0x12345678},
	{"66 8f 03", TOP + 2, -1, 0xffff5678},
};

START_TEST(pop)
{
	for (unsigned k = 0; k < sizeof(pops) / sizeof(pops[0]); k++) {
		const struct pop_case *c = &pops[k];
		struct vcpu *v = start();

		poke(TOP, 4, 0x12345678);
		poke(TOP + 4, 4, 0x9abcdef0);
		poke(DATA, 4, 0xffffffff);
		ck_case(c->hex, "result", soft(c->hex), MON_OK);
		ck_case(c->hex, "ESP", v->gpr[R_ESP], c->esp);
		ck_case(c->hex, "value", c->reg < 0 ? peek(DATA, 4) : v->gpr[c->reg], c->value);
		ck_retired(code_len);
	}
}
END_TEST

/* POP [ESP+x]: the address is formed with the ESP of after the pop. */
START_TEST(pop_to_stack_address)
{
	struct vcpu *v = start();

	poke(TOP, 4, 0x12345678);
	ck_assert_int_eq(soft("8f 44 24 08"), MON_OK);
	ck_assert_uint_eq(peek(TOP + 12, 4), 0x12345678);
	ck_assert_uint_eq(v->gpr[R_ESP], TOP + 4);

	/* The write faults: ESP is back. */
	v = start();
	v->seg[S_DS].limit = DATA + 2;
	snapshot();
	ck_fault(soft("8f 03"), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(pusha_popa)
{
	struct vcpu *v = start();

	ck_assert_int_eq(soft("60"), MON_OK);
	for (unsigned r = 0; r < 8; r++)
		ck_assert_uint_eq(peek(TOP - 4 * (r + 1), 4), r == R_ESP   ? TOP
							      : r == R_EBX ? DATA
									   : LOADED | r);
	ck_assert_uint_eq(v->gpr[R_ESP], TOP - 32);
	ck_retired(1);
	for (unsigned r = 0; r < 8; r++)
		poke(TOP - 4 * (r + 1), 4, 0x500 + r);
	ck_assert_int_eq(soft("61"), MON_OK);
	for (unsigned r = 0; r < 8; r++)
		ck_assert_uint_eq(v->gpr[r], r == R_ESP ? TOP : 0x500 + r);

	/* 16 bits on a 16-bit stack: upper halves stay, SP wraps. */
	v = start();
	small_stack(v, 0xabcd0008);
	ck_assert_int_eq(soft("66 60"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcdfff8);
	ck_assert_uint_eq(peek(6, 2), R_EAX);
	ck_assert_uint_eq(peek(0, 2), DATA & 0xffff);
	ck_assert_uint_eq(peek(0xfffe, 2), 8);
	ck_assert_uint_eq(peek(0xfff8, 2), R_EDI);
	ck_assert_int_eq(soft("66 61"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcd0008);
	ck_assert_uint_eq(v->gpr[R_EDI], LOADED | R_EDI);
	ck_assert_uint_eq(v->gpr[R_EBX], DATA);
}
END_TEST

struct enter_case {
	const char *name, *hex;
	u32 small, esp, ebp; /* before */
	u32 esp1, ebp1;
};

/* EBP before is 8900, or 12348900; frames lie below it. */
static const struct enter_case enters[] = {
	{"level 0", "c8 10 00 00", 0, TOP, 0x8900, TOP - 4 - 16, TOP - 4},
	{"level 0, 16 bits", "66 c8 10 00 00", 0, TOP, 0x12348900, TOP - 2 - 16,
	 0x1234 << 16 | (TOP - 2)},
	{"level 1", "c8 10 00 01", 0, TOP, 0x8900, TOP - 8 - 16, TOP - 4},
	{"level 3", "c8 00 01 03", 0, TOP, 0x8900, TOP - 16 - 256, TOP - 4},
	{"level 35 is 3", "c8 00 01 23", 0, TOP, 0x8900, TOP - 16 - 256, TOP - 4},
	{"level 3, 16 bits", "66 c8 00 01 03", 0, TOP, 0x8900, TOP - 8 - 256, TOP - 2},
	{"level 31", "c8 00 00 1f", 0, TOP, 0x8900, TOP - 128, TOP - 4},
	{"small stack", "c8 10 00 00", 1, 0xabcd8800, 0x12348900, 0xabcd87ec, 0xabcd87fc},
	{"small stack, 16 bits", "66 c8 10 00 02", 1, 0xabcd8800, 0x12348900, 0xabcd87ea,
	 0x123487fe},
	{"small stack, level 2", "c8 10 00 02", 1, 0xabcd8800, 0x12348900, 0xabcd87e4, 0xabcd87fc},
};

START_TEST(enter)
{
	for (unsigned k = 0; k < sizeof(enters) / sizeof(enters[0]); k++) {
		const struct enter_case *c = &enters[k];
		struct vcpu *v = start();
		unsigned size = c->hex[0] == '6' ? 2 : 4;
		unsigned level = c->name[6] == '0' ? 0 : 1;

		if (c->small)
			small_stack(v, c->esp);
		v->gpr[R_EBP] = c->ebp;
		for (u32 n = 1; n < 32; n++)
			poke(0x8900 - n * size, size, 0x7700 + n);
		ck_case(c->name, "result", soft(c->hex), MON_OK);
		ck_case(c->name, "ESP", v->gpr[R_ESP], c->esp1);
		ck_case(c->name, "EBP", v->gpr[R_EBP], c->ebp1);
		ck_case(c->name, "saved EBP", peek(TOP - size, size),
			size == 2 ? c->ebp & 0xffff : c->ebp);
		ck_retired(code_len);
		if (!level || c->small)
			continue;
		level = code(c->hex)->imm2 & 31;
		for (u32 n = 1; n < level; n++)
			ck_case(c->name, "copied frame", peek(TOP - (n + 1) * size, size),
				0x7700 + n);
		ck_case(c->name, "own frame", peek(TOP - (level + 1) * size, size), TOP - size);
	}
}
END_TEST

/* With EBP = ESP the frame pointer copied is the one just pushed. */
START_TEST(enter_reads_what_it_wrote)
{
	struct vcpu *v = start();

	v->gpr[R_EBP] = TOP;
	poke(TOP - 4, 4, 0xdeadbeef);
	ck_assert_int_eq(soft("c8 00 00 02"), MON_OK);
	ck_assert_uint_eq(peek(TOP - 4, 4), TOP);
	ck_assert_uint_eq(peek(TOP - 8, 4), TOP);
	ck_assert_uint_eq(peek(TOP - 12, 4), TOP - 4);
}
END_TEST

START_TEST(leave)
{
	struct vcpu *v = start();

	v->gpr[R_EBP] = 0x8700;
	poke(0x8700, 4, 0x12348900);
	ck_assert_int_eq(soft("c9"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x8704);
	ck_assert_uint_eq(v->gpr[R_EBP], 0x12348900);
	ck_retired(1);
	v->gpr[R_EBP] = 0x8700;
	ck_assert_int_eq(soft("66 c9"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x8702);
	ck_assert_uint_eq(v->gpr[R_EBP], 0x8900);

	v = start();
	small_stack(v, 0xabcd8000);
	v->gpr[R_EBP] = 0x55558700;
	poke(0x8700, 4, 0x12348900);
	ck_assert_int_eq(soft("c9"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcd8704);
	ck_assert_uint_eq(v->gpr[R_EBP], 0x12348900);
}
END_TEST

struct branch_case {
	const char *hex;
	u32 eip, pushed; /* bytes pushed: 0, 2, 4 */
};

/* At 5000.  [EBX] = 00016000. */
static const struct branch_case branches[] = {
	{"e8 fb 0f 00 00", 0x6000, 4}, {"66 e8 fc 0f", 0x6000, 2},
	{"66 e8 fc bf", 0x1000, 2}, /* IP wraps at 64 KiB */
	{"ff 13", 0x16000, 4},         {"66 ff 13", 0x6000, 2},
	{"ff d0", 0x11110000, 4},      {"66 ff d1", 0x0001, 2},
	{"e9 fb 0f 00 00", 0x6000, 0}, {"eb fe", 0x5000, 0},
	{"66 eb 10", 0x5013, 0},       {"ff 23", 0x16000, 0},
	{"66 ff 23", 0x6000, 0},       {"ff e6", 0x11110006, 0},
	{"ff 54 24 04", 0x17000, 4}, /* call [esp+4]: ESP before the push */
};

START_TEST(branch)
{
	for (unsigned k = 0; k < sizeof(branches) / sizeof(branches[0]); k++) {
		const struct branch_case *c = &branches[k];
		struct vcpu *v = start();

		poke(DATA, 4, 0x00016000);
		poke(TOP + 4, 4, 0x00017000);
		ck_case(c->hex, "result", soft(c->hex), MON_OK);
		ck_case(c->hex, "EIP", v->eip, c->eip);
		ck_case(c->hex, "ESP", v->gpr[R_ESP], TOP - c->pushed);
		if (c->pushed)
			ck_case(c->hex, "return address", peek(TOP - c->pushed, c->pushed),
				0x5000 + code_len);
		ck_case(c->hex, "retired", v->retired_mon, 1u);
	}
}
END_TEST

START_TEST(ret)
{
	static const struct {
		const char *hex;
		u32 eip, esp;
	} rets[] = {
		{"c3", 0x00016000, TOP + 4},        {"66 c3", 0x6000, TOP + 2},
		{"c2 10 00", 0x00016000, TOP + 20}, {"c2 ff ff", 0x00016000, TOP + 4 + 0xffff},
		{"66 c2 02 00", 0x6000, TOP + 4},   {"f3 c3", 0x00016000, TOP + 4},
	};

	for (unsigned k = 0; k < sizeof(rets) / sizeof(rets[0]); k++) {
		struct vcpu *v = start();

		poke(TOP, 4, 0x00016000);
		ck_case(rets[k].hex, "result", soft(rets[k].hex), MON_OK);
		ck_case(rets[k].hex, "EIP", v->eip, rets[k].eip);
		ck_case(rets[k].hex, "ESP", v->gpr[R_ESP], rets[k].esp);
	}
	/* SP wraps; ESP[31:16] stay. */
	small_stack(start(), 0xabcdfffe);
	poke(0xfffe, 2, 0x1234);
	ck_assert_int_eq(soft("66 c2 08 00"), MON_OK);
	ck_assert_uint_eq(vcpu.eip, 0x1234);
	ck_assert_uint_eq(vcpu.gpr[R_ESP], 0xabcd0008);
}
END_TEST

/* Target above the CS limit: #GP(0) at the branch, nothing pushed or popped. */
START_TEST(code_limit)
{
	static const char *const over[] = {"e8 fb 2f 00 00", "66 e8 fc 2f",    "ff 13",
					   "ff d0",          "e9 fb 2f 00 00", "66 e9 fc 2f",
					   "ff 23",          "ff e0",          "c3",
					   "c2 10 00",       "66 c3"};

	for (unsigned k = 0; k < sizeof(over) / sizeof(over[0]); k++) {
		struct vcpu *v = start();

		v->seg[S_CS].limit = 0x7fff;
		poke(DATA, 4, 0x8000);
		poke(TOP, 4, 0x8000);
		v->gpr[R_EAX] = 0x8000;
		snapshot();
		ck_case(over[k], "result", soft(over[k]), MON_FAULT);
		ck_case(over[k], "vector", v->fault.vector, V_GP);
		ck_case(over[k], "error", v->fault.error, 0u);
		ck_case(over[k], "state kept", unchanged(), true);
		v->seg[S_CS].limit = 0x8000;
		ck_case(over[k], "at the limit", soft(over[k]), MON_OK);
		ck_case(over[k], "EIP", v->eip, 0x8000u);
	}
}
END_TEST

struct stack_fault {
	const char *hex;
	u32 esp, limit; /* the access below or at ESP does not fit */
};

static const struct stack_fault stack_faults[] = {
	{"50", 0x8802, 0x8800}, /* push eax */
	{"6a 01", 0x8802, 0x8800},
	{"ff 33", 0x8802, 0x8800},
	{"1e", 0x8804, 0x8800}, /* push ds: two bytes at 8800 */
	{"58", 0x8800, 0x8802},
	{"8f 03", 0x8800, 0x8802},
	{"60", 0x8804, 0x8802}, /* first push */
	{"60", 0x10, 0xffffff}, /* fifth: below zero */
	{"61", 0x8800, 0x881e}, /* last word */
	{"c8 00 00 00", 0x8802, 0x8800},
	{"c8 00 90 00", 0x8800, 0xffffff}, /* the final check only */
	{"c8 00 00 03", 0x0c, 0xffffff},   /* the own frame pointer only */
	{"c9", 0x8800, 0x8902},
	{"e8 00 00 00 00", 0x8802, 0x8800},
	{"ff 13", 0x8802, 0x8800},
	{"c3", 0x8800, 0x8802},
	{"c2 10 00", 0x8800, 0x8802},
};

START_TEST(stack_faults_change_nothing)
{
	for (unsigned k = 0; k < sizeof(stack_faults) / sizeof(stack_faults[0]); k++) {
		const struct stack_fault *c = &stack_faults[k];
		struct vcpu *v = start();

		v->gpr[R_ESP] = c->esp;
		v->gpr[R_EBP] = 0x8900;
		v->seg[S_SS].limit = c->limit;
		snapshot();
		ck_case(c->hex, "result", soft(c->hex), MON_FAULT);
		ck_case(c->hex, "vector", v->fault.vector, V_SS);
		ck_case(c->hex, "error", v->fault.error, 0u);
		ck_case(c->hex, "state kept", unchanged(), true);
	}
}
END_TEST

/* The lower of two pages is not there: no byte of the upper is written. */
START_TEST(page_faults_change_nothing)
{
	static const char *const over[] = {"50", "60", "c8 00 00 05", "e8 00 00 00 00", "9c"};

	for (unsigned k = 0; k < sizeof(over) / sizeof(over[0]); k++) {
		struct vcpu *v = start();

		v->gpr[R_ESP] = 0x8002;
		v->gpr[R_EBP] = 0x8900;
		bad_page = 7;
		snapshot();
		ck_case(over[k], "result", soft(over[k]), MON_FAULT);
		ck_case(over[k], "vector", v->fault.vector, V_PF);
		ck_case(over[k], "state kept", unchanged(), true);
	}
}
END_TEST

/* PUSHA in real mode with SP = 7: the fourth word would lie across the end. */
START_TEST(pusha_at_odd_sp)
{
	struct vcpu *v = soft_real();

	v->gpr[R_ESP] = 0x12340007;
	snapshot();
	ck_fault(soft("60"), V_SS, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(not_the_stack)
{
	static const char *const others[] = {
		"ff 03",    "ff 0b",    "ff 1b", "ff 2b", "9a 00 00 00 00 08 00",
		"cb",       "ca 00 00", "07",    "0f a1", "0f 50 c1",
		"0f 60 c1", "0f c8",    "c5 03", "cf",    "9c"};
	enum mon m;

	soft_protected(0);
	for (unsigned k = 0; k < sizeof(others) / sizeof(others[0]); k++)
		ck_case(others[k], "taken", soft_stack(&vcpu, code(others[k]), &m), false);
}
END_TEST

int main(void)
{
	return RUN("soft_stack", push, pop, pop_to_stack_address, pusha_popa, enter,
		   enter_reads_what_it_wrote, leave, branch, ret, code_limit,
		   stack_faults_change_nothing, page_faults_change_nothing, pusha_at_odd_sp,
		   not_the_stack);
}

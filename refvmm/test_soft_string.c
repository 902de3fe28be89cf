/* SPDX-License-Identifier: MIT
 * String instructions: REP counting, address sizes, direction, segments, flags,
 * faults between iterations, bursts.
 */
#include "refvmm/test_soft_support.h"

#include <stdlib.h>

struct string_case {
	const char *hex;
	u32 ecx, esi, edi, df; /* before */
	u32 ecx1, esi1, edi1;  /* after */
};

#define S DATA
#define D (DATA + 0x8000)

/* Counter and index arithmetic; memory is all zero, so REPE runs to the end and
 * REPNE stops at once. */
static const struct string_case steps[] = {
	{"a4", 7, S, D, 0, 7, S + 1, D + 1},
	{"a5", 7, S, D, 0, 7, S + 4, D + 4},
	{"66 a5", 7, S, D, 0, 7, S + 2, D + 2},
	{"a5", 7, S, D, FL_DF, 7, S - 4, D - 4},
	{"aa", 7, S, D, 0, 7, S, D + 1},
	{"ab", 7, S, D, FL_DF, 7, S, D - 4},
	{"ac", 7, S, D, 0, 7, S + 1, D},
	{"66 ad", 7, S, D, FL_DF, 7, S - 2, D},
	{"a6", 7, S, D, 0, 7, S + 1, D + 1},
	{"af", 7, S, D, 0, 7, S, D + 4},
	{"f3 a4", 5, S, D, 0, 0, S + 5, D + 5},
	{"f2 a4", 5, S, D, 0, 0, S + 5, D + 5},
	{"f3 a5", 5, S, D, FL_DF, 0, S - 20, D - 20},
	{"f3 ab", 0, S, D, 0, 0, S, D},
	{"f3 66 ab", 3, S, D, 0, 0, S, D + 6},
	{"f2 ad", 3, S, D, 0, 0, S + 12, D},
	{"f3 a6", 5, S, D, 0, 0, S + 5, D + 5},
	{"f2 a6", 5, S, D, 0, 4, S + 1, D + 1},
	{"f3 af", 5, S, D, 0, 0, S, D + 20},
	{"f2 ae", 5, S, D, FL_DF, 4, S, D - 1},
	{"f3 ae", 0, S, D, 0, 0, S, D},
	/* 16-bit addresses: CX, SI, DI; the upper halves stay. */
	{"67 a4", 7, 0x1ffff, 0x28000, 0, 7, 0x10000, 0x28001},
	{"67 a5", 7, 0x15000, 0x20000, FL_DF, 7, 0x14ffc, 0x2fffc},
	{"67 f3 a4", 0x70000, 0x15000, 0x25000, 0, 0x70000, 0x15000, 0x25000},
	{"f3 67 aa", 0x70003, 0, 0x2fffe, 0, 0x70000, 0, 0x20001},
	{"67 f2 ae", 0x70003, 0, 0x25000, 0, 0x70002, 0, 0x25001},
};

static void load(struct vcpu *v, u32 ecx, u32 esi, u32 edi)
{
	v->gpr[R_ECX] = ecx;
	v->gpr[R_ESI] = esi;
	v->gpr[R_EDI] = edi;
}

START_TEST(registers)
{
	for (unsigned k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		const struct string_case *c = &steps[k];
		struct vcpu *v = soft_protected(3);

		load(v, c->ecx, c->esi, c->edi);
		v->hwflags |= c->df;
		ck_case(c->hex, "result", soft(c->hex), MON_OK);
		ck_case(c->hex, "ECX", v->gpr[R_ECX], c->ecx1);
		ck_case(c->hex, "ESI", v->gpr[R_ESI], c->esi1);
		ck_case(c->hex, "EDI", v->gpr[R_EDI], c->edi1);
		ck_case(c->hex, "DF", v->hwflags & FL_DF, c->df);
		ck_retired(code_len);
	}
}
END_TEST

START_TEST(movs_data)
{
	struct vcpu *v = soft_protected(0);

	for (u32 k = 0; k < 32; k++)
		poke(S + k, 1, k + 1);
	load(v, 4, S, D);
	ck_assert_int_eq(soft("f3 a5"), MON_OK);
	for (u32 k = 0; k < 32; k++)
		ck_assert_uint_eq(peek(D + k, 1), k < 16 ? k + 1 : 0);

	/* Overlap forwards by one byte spreads the first byte. */
	load(v, 8, S, S + 1);
	ck_assert_int_eq(soft("f3 a4"), MON_OK);
	for (u32 k = 0; k < 9; k++)
		ck_assert_uint_eq(peek(S + k, 1), 1);
	ck_assert_uint_eq(peek(S + 9, 1), 10);
}
END_TEST

/* The override moves the source only. */
START_TEST(segments)
{
	struct vcpu *v = soft_protected(0);

	v->seg[S_DS].base = 0x30000;
	v->seg[S_ES].base = 0x40000;
	v->seg[S_FS].base = 0x50000;
	poke(0x30010, 1, 0xd5);
	poke(0x40010, 1, 0xe5);
	poke(0x50010, 1, 0xf5);
	load(v, 0, 0x10, 0x20);
	ck_assert_int_eq(soft("a4"), MON_OK);
	ck_assert_uint_eq(peek(0x40020, 1), 0xd5);
	load(v, 0, 0x10, 0x20);
	ck_assert_int_eq(soft("64 a4"), MON_OK);
	ck_assert_uint_eq(peek(0x40020, 1), 0xf5);
	load(v, 0, 0x10, 0x20);
	ck_assert_int_eq(soft("64 ac"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0xf5);
	ck_assert_int_eq(soft("64 aa"), MON_OK); /* stosb: still ES */
	ck_assert_uint_eq(peek(0x40020, 1), 0xf5);
	ck_assert_uint_eq(peek(0x50020, 1), 0);
	load(v, 0, 0x10, 0x10);
	v->gpr[R_EAX] = 0xe5;
	ck_assert_int_eq(soft("64 ae"), MON_OK);
	ck_assert_uint_eq(v->hwflags & FL_ZF, FL_ZF);
	load(v, 0, 0x10, 0x10);
	ck_assert_int_eq(soft("64 a6"), MON_OK); /* cmpsb: F5 - E5 */
	ck_assert_uint_eq(v->hwflags & FL_HW, 0);
}
END_TEST

START_TEST(stos_lods_width)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EAX] = 0xaabbccdd;
	poke(D, 4, 0x11223344);
	load(v, 0, S, D);
	ck_assert_int_eq(soft("66 ab"), MON_OK);
	ck_assert_uint_eq(peek(D, 4), 0x1122ccdd);
	poke(S, 4, 0x55667788);
	ck_assert_int_eq(soft("ac"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0xaabbcc88);
	v->gpr[R_ESI] = S;
	ck_assert_int_eq(soft("66 ad"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0xaabb7788);
	v->gpr[R_ESI] = S;
	ck_assert_int_eq(soft("ad"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x55667788);
}
END_TEST

/* The flags of the host's own CMP. */
static u32 host_compare(u32 a, u32 b, unsigned size)
{
	u64 fl;

	if (size == 1)
		__asm__("cmpb %2, %1\n\tpushfq\n\tpopq %0" : "=r"(fl) : "q"((u8)a), "q"((u8)b));
	else if (size == 2)
		__asm__("cmpw %2, %1\n\tpushfq\n\tpopq %0" : "=r"(fl) : "r"((u16)a), "r"((u16)b));
	else
		__asm__("cmpl %2, %1\n\tpushfq\n\tpopq %0" : "=r"(fl) : "r"(a), "r"(b));
	return (u32)fl & FL_HW & ~(u32)FL_DF;
}

static const u32 edges[] = {0,          1,          2,          0x0f,       0x10,
			    0x7e,       0x7f,       0x80,       0x81,       0xfe,
			    0xff,       0x7fff,     0x8000,     0x8001,     0xffff,
			    0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};

static void compare(u32 a, u32 b, unsigned size)
{
	static const char *const cmps[] = {"", "a6", "66 a7", "", "a7"};
	static const char *const scas[] = {"", "ae", "66 af", "", "af"};
	u32 want = host_compare(a, b, size), all = FL_HW & ~(u32)FL_DF;

	poke(S, 4, a);
	poke(D, 4, b);
	for (u32 before = 0; before <= all; before += all) {
		load(&vcpu, 0, S, D);
		vcpu.hwflags = FL_ONE | before;
		ck_assert_int_eq(soft(cmps[size]), MON_OK);
		ck_assert_msg(vcpu.hwflags == (FL_ONE | want), "%u: %x - %x: %x, not %x", size, a,
			      b, vcpu.hwflags, want);
		load(&vcpu, 0, S, D);
		vcpu.hwflags = FL_ONE | before;
		vcpu.gpr[R_EAX] = a;
		ck_assert_int_eq(soft(scas[size]), MON_OK);
		ck_assert_uint_eq(vcpu.hwflags, FL_ONE | want);
		ck_assert_uint_eq(vcpu.gpr[R_EAX], a);
	}
}

START_TEST(compare_flags)
{
	u32 seed = 1;

	soft_protected(0);
	for (unsigned size = 1; size <= 4; size *= 2) {
		for (unsigned i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
			for (unsigned j = 0; j < sizeof(edges) / sizeof(edges[0]); j++)
				compare(edges[i], edges[j], size);
		for (unsigned n = 0; n < 2000; n++) {
			u32 a = seed = seed * 1664525 + 1013904223;
			u32 b = seed = seed * 1664525 + 1013904223;

			compare(a, b, size);
		}
	}
}
END_TEST

START_TEST(termination)
{
	struct vcpu *v = soft_protected(0);

	/* "abcdX" against "abcde": REPE stops after the difference. */
	for (u32 k = 0; k < 5; k++) {
		poke(S + k, 1, k == 4 ? 'X' : 'a' + k);
		poke(D + k, 1, 'a' + k);
	}
	load(v, 10, S, D);
	ck_assert_int_eq(soft("f3 a6"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ECX], 5);
	ck_assert_uint_eq(v->gpr[R_ESI], S + 5);
	ck_assert_uint_eq(v->hwflags & (FL_ZF | FL_CF), FL_CF);

	/* REPNE SCASB finds 'c', one past it. */
	load(v, 10, S, D);
	v->gpr[R_EAX] = 'c';
	ck_assert_int_eq(soft("f2 ae"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ECX], 7);
	ck_assert_uint_eq(v->gpr[R_EDI], D + 3);
	ck_assert_uint_eq(v->hwflags & FL_ZF, FL_ZF);

	/* A count of zero touches neither flags nor memory. */
	load(v, 0, 0xfffffff0, 0xfffffff0);
	v->seg[S_DS].attr = v->seg[S_ES].attr = 0;
	ck_assert_int_eq(soft("f3 a6"), MON_OK);
	ck_assert_uint_eq(v->hwflags & FL_ZF, FL_ZF);
}
END_TEST

START_TEST(burst)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EAX] = 0x5a;
	load(v, 4096 * 2 + 10, 0, D);
	ck_assert_int_eq(soft("f3 aa"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x5000);
	ck_assert_uint_eq(v->gpr[R_ECX], 4096 + 10);
	ck_assert_uint_eq(v->gpr[R_EDI], D + 4096);
	ck_assert_uint_eq(v->retired_mon, 0);
	ck_assert_int_eq(soft("f3 aa"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x5000);
	ck_assert_int_eq(soft("f3 aa"), MON_OK);
	ck_retired(2);
	ck_assert_uint_eq(v->gpr[R_ECX], 0);
	ck_assert_uint_eq(peek(D + 8192 + 9, 2), 0x5a);

	/* Exactly one burst: complete at once. */
	v = soft_protected(0);
	load(v, 4096, 0, D);
	ck_assert_int_eq(soft("f3 aa"), MON_OK);
	ck_retired(2);
}
END_TEST

/* With TF every iteration is a call of its own, the last one completes. */
START_TEST(single_step)
{
	struct vcpu *v = soft_protected(0);

	v->vflags |= FL_TF;
	load(v, 3, S, D);
	for (u32 left = 2; left; left--) {
		ck_assert_int_eq(soft("f3 a4"), MON_OK);
		ck_assert_uint_eq(v->eip, 0x5000);
		ck_assert_uint_eq(v->gpr[R_ECX], left);
	}
	ck_assert_int_eq(soft("f3 a4"), MON_OK);
	ck_retired(2);
	ck_assert_uint_eq(v->gpr[R_ECX], 0);
}
END_TEST

/* The fault in the fourth iteration leaves three done. */
START_TEST(fault_between_iterations)
{
	struct vcpu *v = soft_protected(3);

	v->gpr[R_EAX] = 0x01020304;
	v->seg[S_ES].limit = D + 13;
	load(v, 10, S, D);
	ck_fault(soft("f3 ab"), V_GP, 0);
	ck_assert_uint_eq(v->gpr[R_ECX], 7);
	ck_assert_uint_eq(v->gpr[R_EDI], D + 12);
	ck_assert_uint_eq(v->eip, 0x5000);
	ck_assert_uint_eq(peek(D + 8, 4), 0x01020304);
	ck_assert_uint_eq(peek(D + 12, 4), 0);
	ck_assert_uint_eq(v->retired_mon, 0);

	/* Page fault in the source of MOVS; direction down. */
	v = soft_protected(3);
	v->hwflags |= FL_DF;
	bad_page = (S >> 12) - 1;
	load(v, 10, S + 2, D);
	ck_fault(soft("f3 a4"), V_PF, 0);
	ck_assert_uint_eq(v->fault.cr2, S - 1);
	ck_assert_uint_eq(v->gpr[R_ECX], 7);
	ck_assert_uint_eq(v->gpr[R_ESI], S - 1);
	ck_assert_uint_eq(v->gpr[R_EDI], D - 3);

	/* CMPS keeps the flags of the last completed comparison. */
	v = soft_protected(3);
	poke(S + 1, 1, 0);
	v->seg[S_DS].limit = S + 1;
	v->hwflags |= FL_CF;
	load(v, 10, S, D);
	ck_fault(soft("f3 a6"), V_GP, 0);
	ck_assert_uint_eq(v->gpr[R_ECX], 8);
	ck_assert_uint_eq(v->hwflags & FL_HW, FL_ZF | FL_PF);
}
END_TEST

struct fault_case {
	const char *hex;
	enum sreg s; /* made unusable */
	u32 vector;
};

static const struct fault_case faults[] = {
	{"a4", S_DS, V_GP}, {"a4", S_ES, V_GP},    {"36 a4", S_SS, V_SS}, {"a6", S_DS, V_GP},
	{"a6", S_ES, V_GP}, {"aa", S_ES, V_GP},    {"ac", S_DS, V_GP},    {"36 ac", S_SS, V_SS},
	{"ae", S_ES, V_GP}, {"2e a5", S_CS, V_GP},
};

START_TEST(faults_change_nothing)
{
	for (unsigned k = 0; k < sizeof(faults) / sizeof(faults[0]); k++) {
		const struct fault_case *c = &faults[k];
		struct vcpu *v = soft_protected(0);

		load(v, 3, S, D);
		v->seg[c->s].limit = 0;
		snapshot();
		ck_case(c->hex, "result", soft(c->hex), MON_FAULT);
		ck_case(c->hex, "vector", v->fault.vector, c->vector);
		ck_case(c->hex, "error", v->fault.error, 0u);
		ck_case(c->hex, "state kept", unchanged(), true);
	}
}
END_TEST

/* Both operands fault: the source is first. */
START_TEST(fault_order)
{
	struct vcpu *v = soft_protected(0);

	v->seg[S_SS].limit = v->seg[S_ES].limit = 0;
	load(v, 3, S, D);
	ck_fault(soft("36 a4"), V_SS, 0);
	ck_fault(soft("36 a6"), V_SS, 0);
	v = soft_protected(0);
	v->seg[S_ES].limit = 0;
	load(v, 3, S, D);
	bad_page = S >> 12;
	ck_fault(soft("a4"), V_PF, 0);
}
END_TEST

START_TEST(not_a_string)
{
	enum mon m;

	soft_protected(0);
	ck_assert(!soft_string(&vcpu, code("0f a4 c8 05"), &m)); /* shld */
	ck_assert(!soft_string(&vcpu, code("0f af c1"), &m));    /* imul */
	ck_assert(!soft_string(&vcpu, code("a8 01"), &m));       /* test */
	ck_assert(!soft_string(&vcpu, code("a1 00 00 02 00"), &m));
}
END_TEST

int main(void)
{
	return RUN("soft_string", registers, movs_data, segments, stos_lods_width, compare_flags,
		   termination, burst, single_step, fault_between_iterations, faults_change_nothing,
		   fault_order, not_a_string);
}

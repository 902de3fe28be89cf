/* SPDX-License-Identifier: MIT
 * What an instruction touches, and the alignment it owes.
 */
#include "refvmm/accesses.h"
#include "refvmm/test_soft_support.h"

#define MAX 3

struct want {
	const char *hex;
	struct {
		u8 seg;
		u32 off, n, align;
		bool write;
	} a[MAX]; /* n = 0 ends the list */
};

/* EBX = DATA + 1, ESI = DATA, EDI = DATA + 0x10, ECX = 0x47, EBP = DATA. */
static const struct want wants[] = {
	{"8b 03", {{S_DS, DATA + 1, 4, 4, false}}},
	{"66 89 43 02", {{S_DS, DATA + 3, 2, 2, true}}},
	{"88 03", {{S_DS, DATA + 1, 1, 1, true}}},
	{"ff 03", {{S_DS, DATA + 1, 4, 4, true}}},
	{"26 8b 03", {{S_ES, DATA + 1, 4, 4, false}}},
	{"8d 03", {{0}}},
	{"01 d8", {{0}}},
	{"0f 18 03", {{0}}},
	{"0f 01 3b", {{0}}}, /* INVLPG */
	{"0f a3 0b", {{S_DS, DATA + 9, 4, 4, false}}},
	{"0f ab 0b", {{S_DS, DATA + 9, 4, 4, true}}},
	{"0f ba 23 07", {{S_DS, DATA + 1, 4, 4, false}}},
	{"dd 03", {{S_DS, DATA + 1, 8, 8, false}}},
	{"db 2b", {{S_DS, DATA + 1, 10, 8, false}}},
	{"d9 33", {{S_DS, DATA + 1, 28, 4, true}}},
	{"0f 10 03", {{S_DS, DATA + 1, 16, 1, false}}},
	{"62 03", {{S_DS, DATA + 1, 8, 4, false}}},
	{"c4 03", {{S_DS, DATA + 1, 6, 4, false}}},
	{"66 c4 03", {{S_DS, DATA + 1, 4, 2, false}}},
	{"50", {{S_SS, STACK_OF(0) - 4, 4, 4, true}}},
	{"66 50", {{S_SS, STACK_OF(0) - 2, 2, 2, true}}},
	{"ff 33", {{S_DS, DATA + 1, 4, 4, false}, {S_SS, STACK_OF(0) - 4, 4, 4, true}}},
	{"58", {{S_SS, STACK_OF(0), 4, 4, false}}},
	{"8f 04 24", {{S_SS, STACK_OF(0) + 4, 4, 4, true}, {S_SS, STACK_OF(0), 4, 4, false}}},
	{"e8 00 00 00 00", {{S_SS, STACK_OF(0) - 4, 4, 4, true}}},
	{"c3", {{S_SS, STACK_OF(0), 4, 4, false}}},
	{"cb", {{S_SS, STACK_OF(0), 4, 4, false}, {S_SS, STACK_OF(0) + 4, 4, 4, false}}},
	{"c9", {{S_SS, DATA, 4, 4, false}}},
	{"a5", {{S_DS, DATA, 4, 4, false}, {S_ES, DATA + 0x10, 4, 4, true}}},
	{"36 a4", {{S_SS, DATA, 1, 1, false}, {S_ES, DATA + 0x10, 1, 1, true}}},
	{"66 af", {{S_ES, DATA + 0x10, 2, 2, false}}},
	{"f3 ab", {{S_ES, DATA + 0x10, 4, 4, true}}},
	{"6c", {{S_ES, DATA + 0x10, 1, 1, true}}},
	{"6f", {{S_DS, DATA, 4, 4, false}}},
};

static struct vcpu *start(unsigned ring)
{
	struct vcpu *v = soft_protected(ring);

	v->gpr[R_EBX] = DATA + 1;
	v->gpr[R_ESI] = v->gpr[R_EBP] = DATA;
	v->gpr[R_EDI] = DATA + 0x10;
	v->gpr[R_ECX] = 0x47;
	return v;
}

START_TEST(lists)
{
	for (unsigned k = 0; k < sizeof(wants) / sizeof(wants[0]); k++) {
		const struct want *w = &wants[k];
		struct vcpu *v = start(0);
		struct mem_access a[ACCESSES_MAX];
		unsigned n = insn_accesses(v, code(w->hex), a), want = 0;

		while (want < MAX && w->a[want].n)
			want++;
		ck_case(w->hex, "accesses", n, want);
		for (unsigned i = 0; i < n; i++) {
			ck_case(w->hex, "segment", a[i].seg, w->a[i].seg);
			ck_case(w->hex, "offset", a[i].off, w->a[i].off);
			ck_case(w->hex, "size", a[i].n, w->a[i].n);
			ck_case(w->hex, "alignment", a[i].align, w->a[i].align);
			ck_case(w->hex, "write", a[i].write, w->a[i].write);
		}
	}
}
END_TEST

START_TEST(pusha_is_eight_items)
{
	struct mem_access a[ACCESSES_MAX];

	struct vcpu *v = start(0);

	ck_assert_uint_eq(insn_accesses(v, code("60"), a), 8);
	ck_assert_uint_eq(a[0].off, STACK_OF(0) - 32);
	ck_assert_uint_eq(a[7].off, STACK_OF(0) - 4);
}
END_TEST

START_TEST(empty_repeat)
{
	struct vcpu *v = start(0);
	struct mem_access a[ACCESSES_MAX];

	v->gpr[R_ECX] = 0;
	ck_assert_uint_eq(insn_accesses(v, code("f3 a5"), a), 0);
	ck_assert_uint_eq(insn_accesses(v, code("a5"), a), 2);
}
END_TEST

START_TEST(alignment_check)
{
	struct vcpu *v = start(3);
	const struct insn *i = code("8b 03");
	u32 dr6;

	ck_assert(!vcpu_checked(v));
	v->vflags |= FL_AC;
	ck_assert(!vcpu_checked(v));
	ck_assert_int_eq(insn_check(v, i, &dr6), MON_OK);
	v->cr0 |= CR0_AM;
	ck_assert(vcpu_checked(v));
	ck_fault(insn_check(v, i, &dr6), V_AC, 0);
	ck_assert(v->fault.has_error);
	v->gpr[R_EBX]--;
	ck_assert_int_eq(insn_check(v, i, &dr6), MON_OK);
	/* Its own page fault has precedence. */
	v->gpr[R_EBX]++;
	bad_page = DATA >> 12;
	ck_assert_int_eq(insn_check(v, i, &dr6), MON_OK);
	v = start(2);
	v->vflags |= FL_AC;
	v->cr0 |= CR0_AM;
	ck_assert(!vcpu_checked(v));
}
END_TEST

START_TEST(breakpoints)
{
	struct vcpu *v = start(0);
	u32 dr6;

	v->dr[0] = DATA + 4;
	v->dr[7] = 0x10001; /* written, one byte */
	ck_assert(vcpu_checked(v));
	ck_assert_int_eq(insn_check(v, code("89 03"), &dr6), MON_OK);
	ck_assert_uint_eq(dr6, 1);
	ck_assert_int_eq(insn_check(v, code("8b 03"), &dr6), MON_OK);
	ck_assert_uint_eq(dr6, 0);
}
END_TEST

/* The instruction may end before this access: a fault of its own, #NM. */
START_TEST(no_accessed_bits)
{
	struct vcpu *v = start(0);
	u32 dr6;

	v->dr[7] = 2;
	probe_how = ACC_FETCH;
	ck_assert_int_eq(insn_check(v, code("89 03"), &dr6), MON_OK);
	ck_assert_int_eq(probe_how, ACC_WRITE | ACC_DEBUG);
}
END_TEST

int main(void)
{
	return RUN("accesses", lists, pusha_is_eight_items, empty_repeat, alignment_check,
		   breakpoints, no_accessed_bits);
}

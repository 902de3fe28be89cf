/* SPDX-License-Identifier: MIT
 * arch_deliver_fault(): RF, CR2, serial delivery, double and triple faults.
 */
#include "refvmm/test_support.h"

#define EIP_OF(vector) (0x6000u + (vector))

/* A good ring 0 gate for each vector; the test breaks what it needs. */
static struct vcpu *start(unsigned ring)
{
	struct vcpu *v = start_protected(ring);

	for (u32 i = 0; i < 32; i++)
		put_idt((u8)i, A_SYS(14), CODE32, EIP_OF(i));
	return v;
}

static u32 pushed_flags(bool has_error)
{
	return peek(vcpu.gpr[R_ESP] + (has_error ? 12 : 8), 4);
}

START_TEST(error_code_and_rf)
{
	static const struct {
		u8 vector;
		bool error, rf;
	} cases[] = {
		{V_DE, false, true},  {V_DB, false, false}, {V_BP, false, false},
		{V_OF, false, false}, {V_BR, false, true},  {V_UD, false, true},
		{V_NM, false, true},  {V_DF, true, true},   {V_TS, true, true},
		{V_NP, true, true},   {V_SS, true, true},   {V_GP, true, true},
		{V_PF, true, true},   {V_MF, false, true},  {V_AC, true, true},
		{V_XM, false, true},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u8 vector = cases[i].vector;
		struct vcpu *v = start(3);

		vcpu_set_eflags(v, FL_CF | FL_IF);
		vcpu_fault(v, vector, 0x1234);
		ck_assert_uint_eq(v->fault.has_error, cases[i].error);
		ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
		ck_assert_uint_eq(v->eip, EIP_OF(vector));
		ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - (cases[i].error ? 24 : 20));
		if (cases[i].error)
			ck_assert_uint_eq(peek(v->gpr[R_ESP], 4), 0x1234);
		ck_assert_uint_eq(peek(v->gpr[R_ESP] + (cases[i].error ? 4 : 0), 4), 0x5000);
		ck_assert_uint_eq(pushed_flags(cases[i].error),
				  FL_CF | FL_IF | FL_ONE | (cases[i].rf ? FL_RF : 0u));
		ck_assert_uint_eq(vcpu_eflags(v), FL_CF | FL_ONE);
	}
}
END_TEST

START_TEST(cr2_and_dr7)
{
	struct vcpu *v = start(0);

	vcpu_fault(v, V_PF, 2);
	v->fault.cr2 = 0xcafe0123;
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->cr2, 0xcafe0123);
	v->dr[7] = 0x2400;
	vcpu_fault(v, V_DB, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->dr[7], 0x400);
}
END_TEST

/* First and second exception: what arrives in the end (SDM vol. 3A table 6-5).
 * The second comes from a broken gate of the first. */
START_TEST(combinations)
{
	static const struct {
		u8 first;
		bool absent; /* gate not present -> #NP, else not a gate -> #GP */
		u8 arrives;
		u32 error;
	} cases[] = {
		{V_UD, true, V_NP, V_UD * 8 + 3},
		{V_UD, false, V_GP, V_UD * 8 + 3},
		{V_DB, true, V_NP, V_DB * 8 + 3},
		{V_BR, true, V_NP, V_BR * 8 + 3},
		{V_NM, false, V_GP, V_NM * 8 + 3},
		{V_MF, true, V_NP, V_MF * 8 + 3},
		{V_AC, true, V_NP, V_AC * 8 + 3},
		{V_DE, true, V_DF, 0},
		{V_DE, false, V_DF, 0},
		{V_TS, true, V_DF, 0},
		{V_NP, false, V_DF, 0},
		{V_SS, true, V_DF, 0},
		{V_GP, true, V_DF, 0},
		{V_PF, true, V_DF, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vcpu *v = start(3);

		put_idt(cases[i].first, cases[i].absent ? 14 << 8 : 0, CODE32, 0);
		vcpu_fault(v, cases[i].first, 0);
		ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
		ck_assert_uint_eq(v->eip, EIP_OF(cases[i].arrives));
		ck_assert_uint_eq(peek(v->gpr[R_ESP], 4), cases[i].error);
		ck_assert_uint_eq(peek(v->gpr[R_ESP] + 4, 4), 0x5000);
	}
}
END_TEST

/* Benign, then contributory, then contributory: the last two make the #DF. */
START_TEST(third_in_a_row)
{
	struct vcpu *v = start(3);

	put_idt(V_UD, 14 << 8, CODE32, 0);
	put_idt(V_NP, 14 << 8, CODE32, 0);
	vcpu_fault(v, V_UD, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, EIP_OF(V_DF));
}
END_TEST

/* Page fault while delivering #GP: serial.  Page fault during #PF: double. */
START_TEST(page_faults)
{
	struct vcpu *v = start(3);

	bad_page = STACK_OF(0) >> 12;
	vcpu_fault(v, V_GP, 0);
	/* Every ring 0 frame page-faults: #GP, #PF, #DF, shutdown. */
	ck_assert_int_eq(arch_deliver_fault(v), MON_STOP);
	ck_assert_str_eq(v->stop_text, "triple fault");
	ck_assert_uint_eq(v->cr2, STACK_OF(0) - 4);

	/* Only the #GP handler is on the bad stack: ring 1 takes the #PF. */
	v = start(3);
	put_idt(V_PF, A_SYS(14), CODE_OF(1), EIP_OF(V_PF));
	bad_page = STACK_OF(0) >> 12;
	vcpu_fault(v, V_GP, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, EIP_OF(V_PF));
	ck_assert_uint_eq(v->cr2, STACK_OF(0) - 4);
	ck_assert_uint_eq(peek(v->gpr[R_ESP], 4), 2);

	/* #PF whose handler page-faults: #DF in ring 1, CR2 is the second's. */
	v = start(3);
	put_idt(V_DF, A_SYS(14), CODE_OF(1), EIP_OF(V_DF));
	bad_page = STACK_OF(0) >> 12;
	vcpu_fault(v, V_PF, 0);
	v->fault.cr2 = 0x1234;
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, EIP_OF(V_DF));
	ck_assert_uint_eq(v->cr2, STACK_OF(0) - 4);
}
END_TEST

/* Faults while changing stacks. */
START_TEST(bad_inner_stack)
{
	struct vcpu *v = start(3);

	poke(TSS + 8, 2, 0);
	put_idt(V_TS, A_SYS(14), CODE_OF(1), EIP_OF(V_TS));
	vcpu_fault(v, V_UD, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, EIP_OF(V_TS));
	ck_assert_uint_eq(v->cpl, 1);
	ck_assert_uint_eq(peek(v->gpr[R_ESP], 4), 1);
}
END_TEST

START_TEST(triple_fault)
{
	struct vcpu *v = start(0);

	v->idtr.limit = 0;
	vcpu_fault(v, V_UD, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_STOP);
	ck_assert_str_eq(v->stop_text, "triple fault");
	ck_assert_uint_eq(v->eip, 0x5000);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0));
	ck_assert_uint_eq(v->gsel[S_CS], CODE32);
}
END_TEST

/* A bad task as the handler of #DF: its own fault is the third. */
START_TEST(double_fault_task)
{
	struct vcpu *v = start(0);

	put_desc(SLOT, 0x6000, 0x67, A_SYS(9));
	poke(0x6000 + 0x20, 4, 0x7000);
	poke(0x6000 + 0x38, 4, STACK_OF(1));
	for (u32 s = 0; s < S_COUNT; s++)
		poke(0x6000 + 0x48 + 4 * s, 2, s == S_CS ? CODE32 : DATA32);
	put_idt(V_DF, A_SYS(5), SLOT, 0);
	put_idt(V_GP, 0, 0, 0);
	vcpu_fault(v, V_GP, 0);
	snapshot();
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->tr.sel, SLOT);
	ck_assert_uint_eq(v->eip, 0x7000);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(1) - 4);
	ck_assert_uint_eq(peek(STACK_OF(1) - 4, 4), 0);
	/* The new task has no code segment. */
	v = start(0);
	put_desc(SLOT, 0x6000, 0x67, A_SYS(9));
	put_idt(V_DF, A_SYS(5), SLOT, 0);
	put_idt(V_GP, 0, 0, 0);
	vcpu_fault(v, V_GP, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_STOP);
	ck_assert_str_eq(v->stop_text, "triple fault");
}
END_TEST

START_TEST(nmi)
{
	struct vcpu *v = start(3);

	put_idt(V_NMI, A_SYS(14), CODE32, 0x6000);
	v->vflags = FL_RF;
	ck_assert_int_eq(arch_nmi(v), MON_OK);
	ck_assert(v->nmi_blocked);
	ck_assert_uint_eq(v->eip, 0x6000);
	ck_assert_uint_eq(v->cpl, 0);
	ck_assert_uint_eq(peek(v->gpr[R_ESP] + 8, 4), FL_RF | FL_ONE);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert(!v->nmi_blocked);
	ck_assert_uint_eq(v->cpl, 3);
	/* Its own faults are those of an event from outside. */
	v = start(0);
	put_idt(V_NMI, A_SYS(14), BEYOND, 0x6000);
	ck_fault(arch_nmi(v), V_GP, BEYOND | 1);
}
END_TEST

START_TEST(real_mode)
{
	struct vcpu *v = start_real();

	/* #GP has no error code here. */
	poke(V_GP * 4, 4, 0x20000042);
	vcpu_fault(v, V_GP, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, 0x42);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12347ffa);
	ck_assert_uint_eq(v->vflags & FL_RF, 0);
	/* Vector over the IVT limit: #GP in its place. */
	v = start_real();
	v->idtr.limit = V_GP * 4 + 3;
	poke(V_GP * 4, 4, 0x20000042);
	vcpu_fault(v, V_MF, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, 0x42);
	/* #GP itself over the limit, #DF within. */
	v->idtr.limit = V_DF * 4 + 3;
	poke(V_DF * 4, 4, 0x20000099);
	vcpu_fault(v, V_GP, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_OK);
	ck_assert_uint_eq(v->eip, 0x99);
	/* Nothing within. */
	v->idtr.limit = 0;
	vcpu_fault(v, V_DE, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_STOP);
	ck_assert_str_eq(v->stop_text, "triple fault");
	/* SP = 1: no frame fits. */
	v = start_real();
	v->gpr[R_ESP] = 1;
	vcpu_fault(v, V_UD, 0);
	ck_assert_int_eq(arch_deliver_fault(v), MON_STOP);
}
END_TEST

int main(void)
{
	return RUN("exception", error_code_and_rf, cr2_and_dr7, combinations, third_in_a_row,
		   page_faults, bad_inner_stack, triple_fault, nmi, double_fault_task, real_mode);
}

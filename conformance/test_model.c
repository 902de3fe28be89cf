/* SPDX-License-Identifier: MIT
 * The rules of the manual against records, and invariants of the system cases.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "conformance/model.h"
#include "conformance/sys/sys.h"
#include "conformance/test/test_support.h"

/* A record that is as the manual predicts, made by hand. */
static void as_expected(const struct tcase *t, struct result *r)
{
	memset(r, 0, sizeof *r);
	r->vector = VEC_STOP;
	r->eip = case_default_eip(t->mode) + t->code_len + 1u;
	memcpy(r->gpr, t->gpr, sizeof r->gpr);
	memcpy(r->sel, t->sel, sizeof r->sel);
}

START_TEST(each_rule_can_break)
{
	static struct tcase t;
	struct result r;

	t.mode = CM_FLAT32;
	t.code_len = 2;
	expect_done(&t);
	expect(&t, X_EFLAGS, 0, F_ZF, F_ZF);
	expect(&t, X_GPR, A_ECX, 0xff00, 0x1200);
	expect(&t, X_SEL, A_DS, 0, 0x10);
	expect_mem(&t, OBS_CR2, 4, 0, 0xc01000);
	expect_same(&t, OBS_DR6, 4);
	as_expected(&t, &r);
	r.eflags = F_ZF;
	r.gpr[A_ECX] = 0xab1234;
	r.sel[A_DS] = 0x10;
	r.nruns = 1;
	r.run[0] = (struct result_run){OBS_CR2, 4, {0x00, 0x10, 0xc0, 0x00}};
	ck_assert_uint_eq(model_diff(&t, &r), 0);

	r.vector = GP;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_VECTOR);
	r.vector = VEC_STOP;
	r.eip++;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_EIP);
	r.eip--;
	r.eflags = 0;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_EFLAGS);
	r.eflags = F_ZF;
	r.gpr[A_ECX] ^= 0x100;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_REG);
	r.gpr[A_ECX] ^= 0x100;
	r.sel[A_DS] = 0x13;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_SEG);
	r.sel[A_DS] = 0x10;
	r.run[0].b[1] = 0;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_CR);
	r.run[0].b[1] = 0x10;
	r.run[1] = (struct result_run){OBS_DR6, 4, {1, 0, 0, 0}};
	r.nruns = 2;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_DR);
	r.nruns = 0;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_CR);
}
END_TEST

START_TEST(units_in_the_last_place)
{
	static struct tcase t;
	struct result r;

	t.mode = CM_FLAT32;
	expect_ulp(&t, 0x31040, 0xc90fdaa2ffffffffull);
	as_expected(&t, &r);
	r.nruns = 1;
	r.run[0] = (struct result_run){0x31040, 8, {0, 0, 0, 0, 0xa3, 0xda, 0x0f, 0xc9}};
	ck_assert_uint_eq(model_diff(&t, &r), 0);
	r.run[0].b[0] = 1;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_MEM);
	r.run[0] =
		(struct result_run){0x31040, 8, {0xfe, 0xff, 0xff, 0xff, 0xa2, 0xda, 0x0f, 0xc9}};
	ck_assert_uint_eq(model_diff(&t, &r), 0);
	r.run[0].b[0] = 0xfd;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_MEM);
	r.nruns = 0;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_MEM);
}
END_TEST

START_TEST(faults_need_their_error_code)
{
	static struct tcase t;
	struct result r;

	t.mode = CM_PM32;
	expect_fault(&t, GP, 0x18);
	as_expected(&t, &r);
	r.vector = GP;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_ERROR);
	r.has_error = true;
	r.error = 0x18;
	ck_assert_uint_eq(model_diff(&t, &r), 0);
	r.error = 0x10;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_ERROR);
}
END_TEST

/* Two outcomes are permitted, a third is not. */
START_TEST(one_of_two)
{
	static struct tcase t;
	static struct result r;

	t.mode = CM_FLAT32;
	t.code_len = 2;
	t.gpr[A_ECX] = 0xaaaa1234;
	expect(&t, X_GPR, A_ECX, 0, 0x30);
	expect_or(&t, "sldt_r32", 0xaaaa0030);
	as_expected(&t, &r);
	r.gpr[A_ECX] = 0x30;
	ck_assert_int_eq(model_choice(&t, &r), 0);
	ck_assert_uint_eq(model_diff(&t, &r), 0);
	r.gpr[A_ECX] = 0xaaaa0030;
	ck_assert_int_eq(model_choice(&t, &r), 1);
	ck_assert_uint_eq(model_diff(&t, &r), 0);
	r.gpr[A_ECX] = 0xbbbb0030;
	ck_assert_int_eq(model_choice(&t, &r), -1);
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_REG);

	/* Bytes that stay, or become zero. */
	t.nexp = 0;
	expect_same(&t, 0x50ffe, 2);
	expect_or(&t, "push_sreg32", 0);
	r.nruns = 0;
	ck_assert_int_eq(model_choice(&t, &r), 0);
	r.nruns = 1;
	r.run[0] = (struct result_run){0x50ffe, 2, {0, 0}};
	ck_assert_int_eq(model_choice(&t, &r), 1);
	r.run[0].b[1] = 7;
	ck_assert_uint_eq(model_diff(&t, &r), DIFF_MEM);
}
END_TEST

/* What was not run is told from what ended, and differs from nothing. */
START_TEST(unmet_needs)
{
	static struct tcase t;
	static struct result a, b;

	ck_assert_ptr_nonnull(result_decode(&t, "ff40000000", 10, &a));
	t.sys = true;
	ck_assert_ptr_null(result_decode(&t, "ff40000000", 10, &a));
	ck_assert_uint_eq(a.unmet, N_PAE);
	ck_assert_ptr_null(result_decode(&t, "030000020000", 12, &b));
	ck_assert_uint_eq(b.unmet, 0);
	ck_assert_uint_eq(result_diff(&t, &a, &b), 0);
}
END_TEST

START_TEST(observations_have_classes)
{
	ck_assert_uint_eq(result_run_class(0x31000), DIFF_MEM);
	ck_assert_uint_eq(result_run_class(OBS_CR4), DIFF_CR);
	ck_assert_uint_eq(result_run_class(OBS_DR7), DIFF_DR);
	ck_assert_uint_eq(result_run_class(OBS_TR), DIFF_DESC);
	ck_assert_uint_eq(result_run_class(OBS_LDT(SYS_SLOTS - 1)), DIFF_DESC);
	ck_assert_uint_eq(result_run_class(OBS_PTE(PG_PTES - 1)), DIFF_PTE);
	ck_assert_uint_eq(result_run_class(OBS_PDE(1)), DIFF_PTE);
	ck_assert_uint_eq(result_run_class(OBS_TSS), DIFF_TSS);
	ck_assert_uint_eq(result_run_class(OBS_TSS + 4 * TSS_DWORDS - 4), DIFF_TSS);
}
END_TEST

/* What a process has without being asked: the host CPU can be a witness. */
static bool only_fpu(const struct tcase *t)
{
	for (unsigned k = 0; k < t->nop; k++)
		if (t->op[k].kind != OP_FPU &&
		    (t->op[k].kind != OP_CR4 || t->op[k].lo != CR4_OSFXSR))
			return false;
	return true;
}

/* At least 5,000 beyond the instruction set, most with rules of their own. */
START_TEST(enough_system_cases)
{
	const struct tlist *l = all_cases();
	unsigned i, n = 0, ruled = 0;

	for (i = 0; i < l->n; i++) {
		n += l->v[i].sys;
		ruled += l->v[i].sys && l->v[i].nexp;
		ck_assert_msg(!l->v[i].sys || l->v[i].no_native || only_fpu(&l->v[i]), "%s",
			      l->v[i].name);
		ck_assert_msg(l->v[i].sys || !l->v[i].nop, "%s", l->v[i].name);
	}
	ck_assert_uint_ge(n, 5000);
	ck_assert_uint_ge(ruled, n * 9 / 10);
}
END_TEST

static bool same_ops(const struct tcase *a, const struct tcase *b)
{
	for (unsigned n = 0; n < TC_OPS_MAX; n++)
		if (a->op[n].kind != b->op[n].kind || a->op[n].idx != b->op[n].idx ||
		    a->op[n].lo != b->op[n].lo || a->op[n].hi != b->op[n].hi)
			return false;
	return true;
}

static bool same_memory(const struct tcase *a, const struct tcase *b)
{
	for (unsigned n = 0; n < a->nmem; n++)
		if (a->mem[n].lin != b->mem[n].lin || a->mem[n].len != b->mem[n].len ||
		    memcmp(a->mem[n].b, b->mem[n].b, a->mem[n].len))
			return false;
	return true;
}

/* A case never differs from another in its name alone: no cell is counted twice. */
START_TEST(no_case_twice)
{
	const struct tlist *l = all_cases();
	unsigned i, k, same = 0;

	for (i = 0; i < l->n; i++) {
		const struct tcase *a = &l->v[i], *b = a + 1;

		for (k = i + 1; a->sys && k < l->n && k < i + 20; k++, b++) {
			bool equal = a->mode == b->mode && a->cpl == b->cpl && a->nop == b->nop &&
				     a->code_len == b->code_len && a->nmem == b->nmem &&
				     !memcmp(a->code, b->code, a->code_len) && same_ops(a, b) &&
				     !memcmp(a->gpr, b->gpr, sizeof a->gpr) &&
				     !memcmp(a->sel, b->sel, sizeof a->sel) &&
				     !((a->eflags ^ b->eflags) & ~(u32)F_ARITH) &&
				     same_memory(a, b);

			if (equal) {
				fprintf(stderr, "%s and %s are the same\n", a->name, b->name);
				same++;
			}
		}
	}
	ck_assert_uint_eq(same, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("model");
	TCase *tc = tcase_create("rules");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_rule_can_break);
	tcase_add_test(tc, units_in_the_last_place);
	tcase_add_test(tc, faults_need_their_error_code);
	tcase_add_test(tc, one_of_two);
	tcase_add_test(tc, unmet_needs);
	tcase_add_test(tc, observations_have_classes);
	tcase_add_test(tc, enough_system_cases);
	tcase_add_test(tc, no_case_twice);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

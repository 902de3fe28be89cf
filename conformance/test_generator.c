/* SPDX-License-Identifier: MIT
 * Invariants of the generated case list.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/pack.h"
#include "conformance/test/test_support.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All names, sorted; the caller frees. */
static const char **sorted_names(const struct tlist *l)
{
	const char **names = malloc(l->n * sizeof *names);

	for (unsigned i = 0; i < l->n; i++)
		names[i] = l->v[i].name;
	qsort(names, l->n, sizeof *names, by_text);
	return names;
}

START_TEST(ids_are_unique)
{
	const struct tlist *l = all_cases();
	const char **names = sorted_names(l);
	unsigned i;

	for (i = 0; i < l->n; i++)
		ck_assert_uint_eq(l->v[i].id, i);
	for (i = 1; i < l->n; i++)
		ck_assert_msg(strcmp(names[i - 1], names[i]), "twice: %s", names[i]);
	free(names);
}
END_TEST

/* 3,000 distinct cells are the floor. */
START_TEST(enough_cells)
{
	ck_assert_uint_ge(all_cases()->n, 10000);
}
END_TEST

/* No mode and no CPL may silently fall out of the product. */
START_TEST(every_mode_is_filled)
{
	const struct tlist *l = all_cases();
	unsigned n[MODE_CPL_COUNT] = {0}, i, m;

	for (i = 0; i < l->n; i++)
		for (m = 0; m < MODE_CPL_COUNT; m++)
			if (l->v[i].mode == mode_cpls[m].mode && l->v[i].cpl == mode_cpls[m].cpl)
				n[m]++;
	for (m = 0; m < MODE_CPL_COUNT; m++)
		ck_assert_msg(n[m] >= 2000, "%s: %u", mode_cpls[m].name, n[m]);
}
END_TEST

START_TEST(empty_cells_have_reasons)
{
	const struct tlist *l = all_cases();
	const char **names = sorted_names(l);
	unsigned i;

	ck_assert_uint_gt(l->nempty, 0);
	for (i = 0; i < l->nempty; i++) {
		const char *name = l->empty[i].name;

		ck_assert_ptr_nonnull(l->empty[i].reason);
		ck_assert_ptr_null(bsearch(&name, names, l->n, sizeof *names, by_text));
	}
	free(names);
}
END_TEST

static bool in_window(u32 lin)
{
	unsigned w;

	for (w = 0; w < WIN_COUNT; w++) {
		u32 lo, hi;

		arena_window(w, &lo, &hi);
		if (lin >= lo && lin < hi)
			return true;
	}
	return false;
}

/* Operands outside the compared windows would be changed unseen. */
START_TEST(operands_lie_in_windows)
{
	const struct tlist *l = all_cases();
	unsigned i, m, k;

	for (i = 0; i < l->n; i++)
		for (m = 0; m < l->v[i].nmem; m++)
			for (k = 0; k < l->v[i].mem[m].len; k++)
				ck_assert_msg(in_window(l->v[i].mem[m].lin + k), "%s: %x",
					      l->v[i].name, l->v[i].mem[m].lin + k);
}
END_TEST

/* Code and operands of one case must not overlap, nor two operands. */
START_TEST(operands_do_not_overlap)
{
	const struct tlist *l = all_cases();
	unsigned i, m, k;

	for (i = 0; i < l->n; i++) {
		const struct tcase *t = &l->v[i];
		u32 code = CASE_CS_BASE + CASE_OFF;

		for (m = 0; m < t->nmem; m++) {
			u32 lo = t->mem[m].lin, hi = lo + t->mem[m].len;

			ck_assert_msg(hi <= code || lo > code + t->code_len, "%s", t->name);
			for (k = 0; k < m; k++)
				ck_assert_msg(hi <= t->mem[k].lin ||
						      lo >= t->mem[k].lin + t->mem[k].len,
					      "%s: operands %u and %u", t->name, k, m);
		}
	}
}
END_TEST

static u32 mask_of(const char *name)
{
	const struct tcase *t = tlist_find(all_cases(), name);

	ck_assert_msg(t != NULL, "no case %s", name);
	return t->undef;
}

/* A few masks by hand, from the manual's "Flags Affected". */
START_TEST(masks_follow_the_manual)
{
	ck_assert_uint_eq(mask_of("alu/add/rm32_r32/pm32.3/rand"), 0);
	ck_assert_uint_eq(mask_of("alu/and/m8_r8/real16/max"), F_AF);
	ck_assert_uint_eq(mask_of("shift/shl/rm8_cl/pm16.0/n0"), 0);
	ck_assert_uint_eq(mask_of("shift/shl/rm16_cl/pm16.0/n1"), F_AF);
	ck_assert_uint_eq(mask_of("shift/shl/rm16_cl/pm16.0/nw-1"), F_AF | F_OF);
	ck_assert_uint_eq(mask_of("shift/shl/rm16_cl/pm16.0/nw"), F_AF | F_OF | F_CF);
	ck_assert_uint_eq(mask_of("shift/shl/rm32_cl/pm16.0/n32"), 0);
	ck_assert_uint_eq(mask_of("shift/rol/rm8_1/pm32.0/rand"), 0);
	ck_assert_uint_eq(mask_of("shift/rcl/rm8_cl/pm32.0/n31"), F_OF);
	ck_assert_uint_eq(mask_of("shift/shld/rm16_r16_cl/pm32.0/nw+1"), F_ARITH);
	ck_assert_uint_eq(mask_of("muldiv/mul/rm32/pm32.3/rand"), F_SF | F_ZF | F_AF | F_PF);
	ck_assert_uint_eq(mask_of("muldiv/div/rm32/pm32.3/rand"), F_ARITH);
	ck_assert_uint_eq(mask_of("muldiv/div/rm32/pm32.3/dezero"), 0);
	ck_assert_uint_eq(mask_of("bcd/aam/imm8/real16/zero"), 0);
	ck_assert_uint_eq(mask_of("alu/and/m32_r32/pm32.3/over"), 0);
}
END_TEST

START_TEST(generation_is_deterministic)
{
	struct tlist again;
	u32 digest = pack_digest(all_cases());

	generate_all(&again);
	ck_assert_uint_eq(again.n, all_cases()->n);
	ck_assert_uint_eq(pack_digest(&again), digest);
	tlist_free(&again);
}
END_TEST

/* The stack pointer of a CPL 3 case on the 16-bit stack of all cases keeps the upper half the
 * runtime can provide. */
START_TEST(stack_pointer_of_16_bit_stacks)
{
	const struct tlist *l = all_cases();
	unsigned i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].mode == CM_PM16 && l->v[i].cpl && !(l->v[i].sel_set & 1u << A_SS))
			ck_assert_msg(l->v[i].gpr[A_ESP] >> 16 == 1, "%s", l->v[i].name);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("generator");
	TCase *tc = tcase_create("invariants");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, ids_are_unique);
	tcase_add_test(tc, enough_cells);
	tcase_add_test(tc, every_mode_is_filled);
	tcase_add_test(tc, empty_cells_have_reasons);
	tcase_add_test(tc, operands_lie_in_windows);
	tcase_add_test(tc, operands_do_not_overlap);
	tcase_add_test(tc, masks_follow_the_manual);
	tcase_add_test(tc, generation_is_deterministic);
	tcase_add_test(tc, stack_pointer_of_16_bit_stacks);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

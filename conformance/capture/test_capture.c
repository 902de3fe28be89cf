/* SPDX-License-Identifier: MIT
 * The generator of captured vectors (determinism, names, matrix) and the format
 * there and back.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/capture/format.h"
#include "conformance/capture/make.h"
#include "conformance/capture/read.h"
#include "refvmm/test_main.h"

static struct cells cs;

static void setup(void)
{
	cells_make(&cs);
}

static void teardown(void)
{
	cells_free(&cs);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

START_TEST(names_are_unique)
{
	char **names = calloc(cs.n, sizeof *names);
	u32 i;

	ck_assert_uint_gt(cs.n, 10000);
	for (i = 0; i < cs.n; i++) {
		names[i] = malloc(140);
		cell_name(&cs.v[i], names[i], 140);
		ck_assert_uint_eq(cs.v[i].id, i);
	}
	qsort(names, cs.n, sizeof *names, by_name);
	for (i = 1; i < cs.n; i++)
		ck_assert_str_ne(names[i - 1], names[i]);
	for (i = 0; i < cs.n; i++)
		free(names[i]);
	free(names);
}
END_TEST

START_TEST(empty_cells_have_reasons)
{
	u32 i;

	ck_assert_uint_gt(cs.nempty, 1000);
	for (i = 0; i < cs.nempty; i++)
		ck_assert_msg(strlen(cs.empty[i].reason) > 10, "%s", cs.empty[i].name);
}
END_TEST

/* Prefixes of the cell are in the code, and it ends in HLT. */
START_TEST(code_obeys_the_cell)
{
	static struct vec v;
	u32 i, k;

	for (i = 0; i < cs.n; i += 3) {
		const struct vcell *c = &cs.v[i];
		bool lock = false, rep = false;

		cell_vector(c, 7, i % 50, &v);
		for (k = 0; k < v.code_len && k < 6; k++) {
			lock |= v.code[k] == 0xf0;
			rep |= v.code[k] == 0xf3;
		}
		ck_assert_msg(lock || !(c->prefix & PF_LOCK), "%s %s", c->mnemonic, c->form);
		ck_assert_msg(rep || !(c->prefix & PF_REPE), "%s %s", c->mnemonic, c->form);
		ck_assert_uint_le(v.code_len, 15);
		ck_assert_uint_eq(v.code[v.code_len], 0xf4);
		ck_assert_uint_eq(v.mode == CM_PM16, !c->code32);
	}
}
END_TEST

START_TEST(same_seed_same_vector)
{
	static struct vec a, b, other;
	u32 i, differ = 0;

	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	for (i = 0; i < cs.n; i += 7) {
		cell_vector(&cs.v[i], 1, 5, &a);
		cell_vector(&cs.v[(i + 100) % cs.n], 1, 6, &other);
		cell_vector(&cs.v[i], 1, 5, &b);
		ck_assert_mem_eq(a.gpr, b.gpr, sizeof a.gpr);
		ck_assert_mem_eq(a.code, b.code, a.code_len);
		ck_assert_uint_eq(a.pooled, b.pooled);
		ck_assert_mem_eq(a.pool, b.pool, a.pooled);
		cell_vector(&cs.v[i], 2, 5, &other);
		differ += memcmp(a.gpr, other.gpr, sizeof a.gpr) != 0;
	}
	ck_assert_uint_gt(differ, cs.n / 8);
}
END_TEST

/* Every listed byte lies on a page that exists. */
START_TEST(memory_is_in_the_world)
{
	static struct vec v;
	u32 i, k, n;

	for (i = 0; i < cs.n; i++) {
		cell_vector(&cs.v[i], 3, i % 50, &v);
		for (k = 0; k < v.nmem; k++)
			for (n = 0; n < v.mem[k].len; n++)
				ck_assert_msg(world_page(v.mem[k].lin + n), "%08x",
					      v.mem[k].lin + n);
	}
}
END_TEST

static void outcome_of(const struct vec *v, struct outcome *o)
{
	memset(o, 0, sizeof *o);
	memcpy(o->gpr, v->gpr, sizeof o->gpr);
	memcpy(o->sel, v->sel, sizeof o->sel);
	memcpy(o->fx, v->fx, sizeof o->fx);
	o->eip = v->eip + v->code_len;
	o->eflags = v->eflags ^ F_CF;
	o->gpr[A_EBX] ^= 0x80000001;
	o->done = true;
	o->trap = 13;
	o->nmem = 2;
	o->mem[0].lin = 0x31400;
	o->mem[0].b = 0x42;
	o->mem[1].lin = 0x31401;
	o->mem[1].b = 0x43;
	o->fx[FX_XMM] ^= 0xff;
}

START_TEST(there_and_back)
{
	static struct vec v[60];
	static struct outcome o[60];
	static struct set_test t;
	struct moo_out out;
	struct moo_file f;
	struct moo_test m;
	struct set_world w;
	const u8 *data;
	size_t n;
	u32 i, k;

	moo_out_init(&out);
	format_header(&out, &cs.v[0], 99, true);
	for (i = 0; i < 60; i++) {
		const struct vcell *c = &cs.v[i * (cs.n / 60)];

		cell_vector(c, 9, i, &v[i]);
		outcome_of(&v[i], &o[i]);
		if (i % 5 == 4) {
			o[i].done = false;
			o[i].trap = 14;
			o[i].error = 6;
			o[i].cr2 = 0x38000;
			o[i].eip = v[i].eip;
		}
		format_test(&out, i, c, &v[i], &o[i]);
	}
	data = moo_out_bytes(&out, &n);
	ck_assert_ptr_nonnull(data);
	ck_assert(moo_open_memory(&f, "memory", data, n));
	ck_assert_ptr_null(set_read_world(&f, &w));
	ck_assert_uint_eq(f.count, 60);
	ck_assert_uint_eq(w.cpl, 3);
	ck_assert_ptr_nonnull(set_find_seg(&w, SEL_CPL3(SG_DS)));
	ck_assert_ptr_null(set_find_seg(&w, SEL_CPL3(SG_RING0)));
	for (i = 0; moo_next(&f, &m) > 0; i++) {
		ck_assert_ptr_null(set_read_test(&w, &m, &t));
		ck_assert_uint_eq(m.init.regs.value[MOO_EBX], v[i].gpr[A_EBX]);
		ck_assert_uint_eq(m.fina.regs.value[MOO_EBX], o[i].gpr[A_EBX]);
		ck_assert_uint_eq(m.fina.ram.n, 2);
		ck_assert_uint_eq(m.code.n, v[i].code_len + 1u);
		ck_assert_mem_eq(m.code.data, v[i].code, m.code.n);
		ck_assert_uint_eq(t.fault, !o[i].done);
		for (k = 0; k < FX_END && v[i].fpu; k++)
			if (set_fx_state(k)) {
				ck_assert_uint_eq(t.fx_init[k], v[i].fx[k]);
				ck_assert_uint_eq(t.fx_fina[k], o[i].fx[k]);
			}
		if (!o[i].done) {
			ck_assert_uint_eq(t.vector, 14);
			ck_assert_uint_eq(t.error, 6);
			ck_assert_uint_eq(t.cr2, 0x38000);
		} else {
			ck_assert_uint_eq(m.fina.regs.value[MOO_EIP], o[i].eip + 1);
		}
	}
	ck_assert_uint_eq(i, 60);
	moo_close(&f);
	moo_out_free(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names_are_unique);
	tcase_add_test(tc, empty_cells_have_reasons);
	tcase_add_test(tc, code_obeys_the_cell);
	tcase_add_test(tc, same_seed_same_vector);
	tcase_add_test(tc, memory_is_in_the_world);
	tcase_add_test(tc, there_and_back);
}

TEST_MAIN("capture")

/* SPDX-License-Identifier: MIT
 * Check tests of the program generator: what the runtime and the comparison
 * rely on.
 */
#include "conformance/fuzz/coverage.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 40

static struct gen a, b;

static void make(struct gen *g, u64 seed, bool timer)
{
	struct options o = {.seed = seed, .timer = timer, .last = FZ_MAX_BLOCKS};

	generate(g, &o);
}

START_TEST(same_seed_same_image)
{
	make(&a, 7, false);
	make(&b, 7, false);
	ck_assert_int_eq(memcmp(&a.code16, &b.code16, sizeof(a.code16)), 0);
	ck_assert_int_eq(memcmp(&a.code32, &b.code32, sizeof(a.code32)), 0);
	ck_assert_int_eq(memcmp(a.block, b.block, sizeof(a.block)), 0);
	ck_assert_int_eq(memcmp(a.pad, b.pad, sizeof(a.pad)), 0);
	make(&b, 8, false);
	ck_assert_int_ne(memcmp(&a.code32, &b.code32, sizeof(a.code32)), 0);
}
END_TEST

/* --only and --cut leave the other blocks as they were. */
START_TEST(blocks_are_independent)
{
	struct options o = {.seed = 11, .first = 3, .last = 3};
	u32 size;

	make(&a, 11, false);
	generate(&b, &o);
	ck_assert_uint_eq(a.n_blocks, b.n_blocks);
	for (u32 k = 0; k < b.n_blocks; k++) {
		ck_assert_uint_eq(a.block[k].mode, b.block[k].mode);
		ck_assert_uint_eq(a.block[k].flags, b.block[k].flags);
		ck_assert_uint_eq(b.block[k].elements, k == 3 ? a.block[k].elements : 0);
	}
	size = a.block[3].end - a.block[3].start;
	ck_assert_uint_eq(size, b.block[3].end - b.block[3].start);
}
END_TEST

struct tally {
	u32 insns, bad;
	u32 *rows;
};

static void count(void *arg, const struct item *i)
{
	struct tally *t = arg;

	t->insns++;
	t->bad += !i->decoded;
	if (i->row != ROW_NONE)
		t->rows[i->row]++;
}

/* All but the few instructions of el_bad() decode. */
START_TEST(programs_decode)
{
	u32 *rows = calloc(row_count(), sizeof(*rows));
	struct tally t = {.rows = rows};

	for (u64 s = 0; s < SEEDS; s++) {
		make(&a, s, s & 1);
		walk_program(&a, count, &t);
	}
	ck_assert_uint_gt(t.insns, SEEDS * 500);
	ck_assert_uint_lt(t.bad, t.insns / 50);
	free(rows);
}
END_TEST

/* 95 % of the rows of bt/insn.def in a modest number of images. */
START_TEST(rows_are_met)
{
	u32 *rows = calloc(row_count(), sizeof(*rows)), met = 0;
	struct tally t = {.rows = rows};

	for (u64 s = 0; s < SEEDS; s++) {
		make(&a, 1000 + s, s & 1);
		walk_program(&a, count, &t);
	}
	for (u32 k = 0; k < row_count(); k++)
		met += rows[k] > 0;
	ck_assert_msg(met * 100 >= row_count() * 95, "%u of %u rows", met, row_count());
	free(rows);
}
END_TEST

/* Under paging the code that removes undefined flags is on the page of the
 * instruction that leaves them: a fault of its fetch would show them. */
START_TEST(undefined_flags_stay_on_their_page)
{
	u32 n = 0;

	for (u64 seed = 4; seed < 8 * SEEDS; seed += 8) {
		make(&a, seed, false);
		for (u32 k = 0; k < a.n_ranges; k++) {
			const struct range *r = &a.range[k];
			const struct code *c = r->wide ? &a.code32 : &a.code16;

			if (r->depth != RANGE_FIXED ||
			    (c->bytes[r->end - 1] != 0x9d &&
			     (r->end - r->start != 2 || c->bytes[r->start] != 0x3c)))
				continue;
			ck_assert_msg((r->start - 1) >> 12 == (r->end - 1) >> 12,
				      "seed %llu, %x to %x", (unsigned long long)seed, r->start,
				      r->end);
			n++;
		}
	}
	ck_assert_uint_gt(n, 1000);
}
END_TEST

/* So is the code that blanks what is not compared of an FXSAVE image, 72 bytes and more. */
START_TEST(images_stay_on_their_page)
{
	static const u8 wide[] = {0x64, 0x0f, 0xae, 0x05, 0x00, 0x04, 0x00, 0x00};
	static const u8 narrow[] = {0x64, 0x0f, 0xae, 0x06, 0x00, 0x04};
	u32 n = 0;

	for (u64 seed = 4; seed < 64 * SEEDS; seed += 8) {
		make(&a, seed, false);
		for (u32 k = 0; k < 2; k++) {
			const struct code *c = k ? &a.code32 : &a.code16;
			const u8 *image = k ? wide : narrow;
			u32 len = k ? sizeof(wide) : sizeof(narrow);

			for (u32 at = 0; at + len <= c->pc; at++) {
				if (memcmp(c->bytes + at, image, len))
					continue;
				ck_assert_msg(at >> 12 == (at + 71) >> 12, "seed %llu, %x",
					      (unsigned long long)seed, at);
				n++;
			}
		}
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

/* Pads lie inside their block, in ascending order: the runtime takes the first
 * one behind a fault and so always gets nearer to the end. */
START_TEST(pads_ascend)
{
	for (u64 s = 0; s < SEEDS; s++) {
		make(&a, s, s & 1);
		for (u32 k = 0; k < a.n_blocks; k++) {
			const struct block *q = &a.block[k];

			for (u32 n = 0; n < q->n_pads; n++) {
				u16 at = a.pad[q->pads + n];

				ck_assert_uint_ge(at, q->start);
				ck_assert_uint_le(at, q->end);
				if (n)
					ck_assert_uint_gt(at, a.pad[q->pads + n - 1]);
			}
		}
	}
}
END_TEST

/* Tables and code fit where the runtime looks for them; blocks do not overlap
 * and end with INT 30. */
START_TEST(layout_fits)
{
	for (u64 s = 0; s < SEEDS; s++) {
		u32 end[2] = {0, 0};

		make(&a, s, s & 1);
		ck_assert_uint_le(P_TABLE + a.n_blocks * B_SIZE + a.n_pads * 2,
				  FZ_PARAMS_END - FZ_PARAMS);
		ck_assert_uint_le(a.n_blocks, FZ_MAX_BLOCKS);
		for (u32 k = 0; k < a.n_blocks; k++) {
			const struct block *q = &a.block[k];
			bool d32 = q->mode == MODE_PM32_0 || q->mode == MODE_PM32_3;
			const struct code *c = d32 ? &a.code32 : &a.code16;

			ck_assert_uint_ge(q->start, end[d32]);
			ck_assert_uint_lt(q->end + 2u, FZ_CODE_SIZE);
			ck_assert_uint_eq(c->bytes[q->end], 0xcd);
			ck_assert_uint_eq(c->bytes[q->end + 1], INT_END);
			end[d32] = q->end + 2u;
		}
	}
}
END_TEST

/* No instruction that can leave the confined segments for good: a load of the
 * flat segment's selector is followed by one of the private segment's. */
struct flat {
	bool open;
	u32 left;
};

static void watch_flat(void *arg, const struct item *i)
{
	struct flat *f = arg;

	if (f->open && ++f->left > 12)
		ck_abort_msg("block %x, %x: FS stays flat", i->block, i->offset);
	if (!strcmp(i->text, "mov ax, 0x93") || !strcmp(i->text, "mov ax, 0x10B")) {
		f->open = true;
		f->left = 0;
	} else if (!strcmp(i->text, "mov ax, 0x8B")) {
		f->open = false;
	}
}

START_TEST(flat_segments_are_brief)
{
	for (u64 s = 0; s < SEEDS; s++) {
		struct flat f = {false, 0};

		make(&a, s, s & 1);
		walk_program(&a, watch_flat, &f);
		ck_assert(!f.open);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fuzz generator");
	TCase *t = tcase_create("programs");
	SRunner *r;
	int failed;

	tcase_add_test(t, same_seed_same_image);
	tcase_add_test(t, blocks_are_independent);
	tcase_add_test(t, programs_decode);
	tcase_add_test(t, rows_are_met);
	tcase_add_test(t, undefined_flags_stay_on_their_page);
	tcase_add_test(t, images_stay_on_their_page);
	tcase_add_test(t, pads_ascend);
	tcase_add_test(t, layout_fits);
	tcase_add_test(t, flat_segments_are_brief);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

/* SPDX-License-Identifier: MIT
 * Check tests of what the minimiser relies on: atoms cover the program, and blanking
 * them changes nothing else.
 */
#include "conformance/fuzz/atoms.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS 8

static struct gen a, b;

static void make(struct gen *g, u64 seed)
{
	struct options o = {.seed = seed, .timer = seed & 1, .last = FZ_MAX_BLOCKS};

	generate(g, &o);
}

/* The lines of list_atoms(), in memory that the caller frees. */
static char *atoms_of(const struct gen *g)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	list_atoms(g, f);
	fclose(f);
	return text;
}

static bool blank(struct gen *g, const char *text, char kind)
{
	char path[] = "/tmp/test_atoms.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	bool ok;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		if (!kind || *line == kind)
			fprintf(f, "%.*s", (int)(strchr(line, '\n') + 1 - line), line);
	fclose(f);
	ok = blank_atoms(g, path);
	unlink(path);
	return ok;
}

/* Without its elements a program is NOPs and the ends of its blocks. */
START_TEST(elements_are_all)
{
	for (u64 s = 30; s < 30 + SEEDS; s++) {
		char *text;

		make(&a, s);
		text = atoms_of(&a);
		ck_assert(blank(&a, text, 'e'));
		free(text);
		for (u32 k = 0; k < a.n_blocks; k++) {
			const struct block *q = &a.block[k];
			const struct code *c = q->mode == MODE_PM32_0 || q->mode == MODE_PM32_3
						       ? &a.code32
						       : &a.code16;

			for (u32 at = q->start; at < q->end; at++)
				if (c->bytes[at] != 0x90)
					ck_abort_msg("seed %u: %x in block %u", (u32)s, at, k);
			ck_assert_uint_eq(c->bytes[q->end], 0xcd);
		}
	}
}
END_TEST

static const u8 *region(const struct gen *g, u32 range)
{
	return (g->range[range].wide ? &g->code32 : &g->code16)->bytes;
}

/* Instructions lie in elements of their block, and nothing outside them changes. */
START_TEST(instructions_are_inside)
{
	for (u64 s = 30; s < 30 + SEEDS; s++) {
		char *text;
		u32 n = 0;

		make(&a, s);
		make(&b, s);
		text = atoms_of(&a);
		ck_assert(blank(&a, text, 'i'));
		for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
			u32 block, region, start, end;
			bool inside = false, fixed = false;

			ck_assert_int_eq(
				sscanf(line + 1, "%u %u %u %u", &block, &region, &start, &end), 4);
			if (*line != 'i')
				continue;
			n++;
			for (u32 k = 0; k < b.n_ranges; k++) {
				const struct range *r = &b.range[k];

				if (r->block != block)
					continue;
				fixed |=
					r->depth == RANGE_FIXED && start < r->end && end > r->start;
				inside |= !r->depth && start >= r->start && end <= r->end;
			}
			ck_assert(!fixed);
			ck_assert_msg(inside, "seed %llu: %.40s", (unsigned long long)s, line);
		}
		ck_assert_uint_gt(n, 100);
		for (u32 k = 0; k < b.n_ranges; k++)
			if (b.range[k].depth == RANGE_FIXED)
				ck_assert_mem_eq(region(&a, k) + b.range[k].start,
						 region(&b, k) + b.range[k].start,
						 b.range[k].end - b.range[k].start);
		free(text);
	}
}
END_TEST

START_TEST(wrong_lines)
{
	make(&a, 2);
	ck_assert(blank(&a, "e 0 16 0 4\n", 0));
	ck_assert(!blank(&a, "e 0 16 0\n", 0));
	ck_assert(!blank(&a, "e 0 64 0 4\n", 0));
	ck_assert(!blank(&a, "e 0 16 4 4\n", 0));
	ck_assert(!blank(&a, "e 0 32 16380 16385\n", 0));
	ck_assert(!blank_atoms(&a, "/nonexistent"));
}
END_TEST

/* The clock is for images that are compared; a block counts steps or pads, not both. */
START_TEST(clocks)
{
	u32 steps = 0, pads = 0, counted = 0;

	for (u64 s = 0; s < 128; s++) {
		make(&a, s);
		ck_assert(!a.clock == !(s & 32 && !(s & 1)));
		counted += a.clock != 0;
		for (u32 k = 0; k < a.n_blocks; k++) {
			u32 bits = a.block[k].flags & (EFL_TF | CLOCK_PADS);

			ck_assert(!bits || a.clock);
			ck_assert_uint_ne(bits, EFL_TF | CLOCK_PADS);
			steps += bits == EFL_TF;
			pads += bits == CLOCK_PADS;
		}
	}
	ck_assert_uint_eq(counted, 32);
	ck_assert_uint_gt(steps, 100);
	ck_assert_uint_gt(pads, 300);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fuzz atoms");
	TCase *t = tcase_create("atoms");
	SRunner *r;
	int failed;

	tcase_add_test(t, elements_are_all);
	tcase_add_test(t, instructions_are_inside);
	tcase_add_test(t, wrong_lines);
	tcase_add_test(t, clocks);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

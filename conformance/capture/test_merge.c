/* SPDX-License-Identifier: MIT
 * Answers of a second chip: a committed file, and the same one as a chip would give it
 * that differs in what is undefined, or in what is not.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/capture/machine.h"
#include "conformance/capture/merge.h"
#include "refvmm/test_main.h"

#define SET "conformance/vectors/host32/"

static struct moo_out out;
static struct merge m;

static void setup(void)
{
	moo_out_init(&out);
	memset(&m, 0, sizeof m);
}

static void teardown(void)
{
	moo_out_free(&out);
}

/* The reader's views are into a buffer of the file's own. */
static u8 *at(struct moo_bytes b, u32 offset)
{
	return (u8 *)(uintptr_t)(b.data + offset);
}

static void open_set(struct moo_file *f, const char *name)
{
	ck_assert_msg(moo_open(f, name), "%s", f->error);
}

/* The chip becomes another one. */
static void rename_chip(struct moo_file *f, u8 stepping)
{
	struct moo_bytes chip;

	ck_assert(moo_find(f->chunks, "CHIP", &chip));
	*at(chip, 16) ^= stepping;
	*at(chip, 23) ^= stepping;
}

/* Where the value of a register stands in an RG32 chunk; NULL: it is not in it. */
static u8 *rg32(struct moo_bytes state, unsigned reg)
{
	struct moo_bytes b;
	u32 map, below;

	if (!moo_find(state, "RG32", &b))
		return NULL;
	memcpy(&map, b.data, 4);
	below = map & ((1u << reg) - 1);
	return map >> reg & 1 ? at(b, 4 + 4 * (u32)__builtin_popcount(below)) : NULL;
}

/* Byte k of FINA, where it is undefined, becomes what it was before: a chip that writes
 * less. */
static u32 leave_byte(const struct moo_test *t, u32 k, u32 where, u32 mask)
{
	u32 lin = moo_ram_address(&t->fina.ram, k), i;

	for (i = 0; lin - where < mask && i < t->init.ram.n; i++)
		if (moo_ram_address(&t->init.ram, i) == lin &&
		    moo_ram_byte(&t->init.ram, i) != moo_ram_byte(&t->fina.ram, k)) {
			*(u8 *)(uintptr_t)(t->fina.ram.records + 5 * (size_t)k + 4) =
				moo_ram_byte(&t->init.ram, i);
			return 1;
		}
	return 0;
}

/* Flip what test t leaves undefined, as another chip might; how many places. */
static u32 flip_undefined(const struct moo_test *t, u8 kind)
{
	struct moo_bytes b;
	u32 i, k, n, where, mask, done = 0;
	u8 *p;

	if (!moo_find(t->fina.chunks, "UNDF", &b))
		return 0;
	memcpy(&n, b.data, 4);
	for (i = 0; i < n; i++) {
		memcpy(&where, b.data + 4 + 16 * i + 4, 4);
		memcpy(&mask, b.data + 4 + 16 * i + 8, 4);
		if (b.data[4 + 16 * i] != kind)
			continue;
		if (kind < 2) {
			p = rg32(t->fina.chunks, where);
			if (!p || (kind == 0 && mask & (mask - 1)))
				continue;
			for (k = 0; k < 4; k++) {
				p[k] ^= (u8)(mask >> 8 * k);
				*at(b, 4 + 16 * i + 12 + k) ^= (u8)(mask >> 8 * k);
			}
			done++;
		} else {
			for (k = 0; k < t->fina.ram.n; k++)
				done += leave_byte(t, k, where, mask);
		}
	}
	return done;
}

/* One bit of the last place of an approximation. */
static u32 flip_approximation(const struct moo_test *t)
{
	struct moo_bytes a, b;
	u32 i, n;

	if (!moo_find(t->chunks, "ATTR", &a) || a.data[1] != 2 ||
	    !moo_find(t->fina.chunks, "FXBY", &b))
		return 0;
	memcpy(&n, b.data, 4);
	for (i = 0; i < n; i++) {
		u32 offset = b.data[4 + 3 * i] | (u32)b.data[5 + 3 * i] << 8;

		/* four bytes of a normal number */
		if (offset < 160 || offset & 3 || i + 4 > n ||
		    b.data[4 + 3 * (i + 3)] != (u8)(offset + 3) ||
		    !(b.data[4 + 3 * (i + 3) + 2] & 0x7f) ||
		    (b.data[4 + 3 * (i + 3) + 2] & 0x7f) == 0x7f)
			continue;
		*at(b, 4 + 3 * i + 2) ^= 1;
		return 1;
	}
	return 0;
}

enum { FLIP_EFLAGS, FLIP_GPR, FLIP_RAM, FLIP_FX };

/* How many tests were changed. */
static u32 other_chip(struct moo_file *f, const char *name, unsigned what, u8 stepping)
{
	struct moo_test t;
	u32 n = 0;

	open_set(f, name);
	rename_chip(f, stepping);
	while (moo_next(f, &t) > 0)
		n += what == FLIP_FX ? flip_approximation(&t) : flip_undefined(&t, (u8)what) != 0;
	moo_rewind(f);
	return n;
}

static void reopen(struct moo_file *f)
{
	size_t n;
	const u8 *p = moo_out_bytes(&out, &n);

	ck_assert_ptr_nonnull(p);
	ck_assert_msg(moo_open_memory(f, "merged", p, n), "%s", f->error);
}

START_TEST(the_same_chip_again)
{
	struct moo_file a, b;

	open_set(&a, SET "c32-shift.MOO.gz");
	open_set(&b, SET "c32-shift.MOO.gz");
	ck_assert_msg(merge_file(&a, &b, &out, &m), "%s", m.why);
	ck_assert(m.known);
	ck_assert_uint_eq(m.number, 0);
	ck_assert_uint_eq(m.vectors, a.count);
	ck_assert_uint_eq(m.differ + m.undefined, 0);
	moo_close(&a);
	moo_close(&b);
}
END_TEST

/* A chip says something else the second time. */
START_TEST(a_chip_does_not_change_its_mind)
{
	struct moo_file a, b;
	u32 n = other_chip(&b, SET "c32-shift.MOO.gz", FLIP_EFLAGS, 0);

	open_set(&a, SET "c32-shift.MOO.gz");
	ck_assert_uint_gt(n, 50);
	ck_assert_msg(merge_file(&a, &b, &out, &m), "%s", m.why);
	ck_assert(m.known);
	ck_assert_uint_eq(m.differ, n);
	moo_close(&a);
	moo_close(&b);
}
END_TEST

static const struct {
	const char *file;
	unsigned what;
} kinds[] = {
	{SET "c32-shift.MOO.gz", FLIP_EFLAGS},
	{SET "c16-shift.MOO.gz", FLIP_GPR},
	{SET "c16-stack.MOO.gz", FLIP_RAM},
	{SET "c32-SSE.MOO.gz", FLIP_FX},
};

/* Every test of `merged` has the answer of test by test of `chip`, and chip 0's stays. */
static void check_answers(struct moo_file *merged, struct moo_file *before, struct moo_file *chip,
			  u8 number)
{
	static struct set_world w, bw, cw;
	static struct set_test t, b, c, as;
	struct moo_test x, y, z;
	u32 i;
	u8 byte;

	ck_assert_ptr_null(set_read_world(merged, &w));
	ck_assert_ptr_null(set_read_world(before, &bw));
	ck_assert_ptr_null(set_read_world(chip, &cw));
	ck_assert_uint_gt(w.nchips, number);
	ck_assert_mem_eq(&w.chip[number].vendor, &cw.chip[0].vendor,
			 sizeof cw.chip[0] - offsetof(struct set_chip, vendor));
	while (moo_next(merged, &x) > 0) {
		ck_assert_int_gt(moo_next(before, &y), 0);
		ck_assert_int_gt(moo_next(chip, &z), 0);
		ck_assert_ptr_null(set_read_test(&w, &x, &t));
		ck_assert_ptr_null(set_read_test(&bw, &y, &b));
		ck_assert_ptr_null(set_read_test(&cw, &z, &c));
		ck_assert_mem_eq(&x.fina.regs, &y.fina.regs, sizeof x.fina.regs);
		ck_assert_mem_eq(t.fx_fina, b.fx_fina, 512);
		ck_assert_uint_eq(x.fina.ram.n, y.fina.ram.n);
		ck_assert_mem_eq(x.fina.ram.records, y.fina.ram.records, 5 * (size_t)y.fina.ram.n);
		as = t;
		set_answer_as(&as, number);
		for (i = 0; i < MOO_REGS; i++)
			if (z.fina.regs.set >> i & 1)
				ck_assert_uint_eq(as.moo.fina.regs.value[i], z.fina.regs.value[i]);
		for (i = 0; i < 512; i++)
			if (set_fx_state(i))
				ck_assert_uint_eq(as.fx_fina[i], c.fx_fina[i]);
		for (i = 0; i < z.fina.ram.n; i++) {
			byte = moo_ram_byte(&x.fina.ram, i);
			set_answer_byte(&t, number, moo_ram_address(&z.fina.ram, i), &byte);
			ck_assert_uint_eq(byte, moo_ram_byte(&z.fina.ram, i));
		}
	}
	ck_assert_int_eq(moo_next(before, &y), 0);
	moo_rewind(merged);
	moo_rewind(before);
	moo_rewind(chip);
}

START_TEST(another_chip_is_added)
{
	struct moo_file a, b, both;
	u32 n = other_chip(&b, kinds[_i].file, kinds[_i].what, 3);

	ck_assert_uint_gt(n, 0);
	open_set(&a, kinds[_i].file);
	ck_assert_msg(merge_file(&a, &b, &out, &m), "%s", m.why);
	ck_assert(!m.known);
	ck_assert_uint_eq(m.number, 1);
	ck_assert_uint_eq(m.differ, 0);
	ck_assert_uint_eq(m.undefined, n);
	moo_rewind(&a);
	moo_rewind(&b);
	reopen(&both);
	check_answers(&both, &a, &b, 1);
	moo_close(&a);
	moo_close(&b);
	moo_close(&both);
}
END_TEST

/* The third one leaves the second one's answers, which are then known again. */
START_TEST(a_third_chip_overwrites_nobody)
{
	struct moo_file a, b, c, two, three;

	open_set(&a, SET "c32-shift.MOO.gz");
	other_chip(&b, SET "c32-shift.MOO.gz", FLIP_EFLAGS, 3);
	open_set(&c, SET "c32-shift.MOO.gz");
	rename_chip(&c, 5);
	ck_assert(merge_file(&a, &b, &out, &m));
	reopen(&two);
	moo_out_free(&out);
	ck_assert_msg(merge_file(&two, &c, &out, &m), "%s", m.why);
	ck_assert_uint_eq(m.number, 2);
	ck_assert_uint_eq(m.differ, 0);
	reopen(&three);
	moo_rewind(&a);
	moo_rewind(&b);
	moo_rewind(&c);
	check_answers(&three, &a, &b, 1);
	check_answers(&three, &a, &c, 2);
	memset(&m, 0, sizeof m);
	moo_out_free(&out);
	ck_assert_msg(merge_file(&three, &b, &out, &m), "%s", m.why);
	ck_assert(m.known);
	ck_assert_uint_eq(m.number, 1);
	ck_assert_uint_eq(m.differ, 0);
	moo_close(&a);
	moo_close(&b);
	moo_close(&c);
	moo_close(&two);
	moo_close(&three);
}
END_TEST

/* CF of a shift, which is defined for most counts. */
START_TEST(a_defined_difference_is_told)
{
	struct moo_file a, b;
	struct moo_test t;
	struct moo_bytes u;
	u32 n = 0;

	open_set(&a, SET "c32-alu.MOO.gz");
	open_set(&b, SET "c32-alu.MOO.gz");
	rename_chip(&b, 3);
	while (moo_next(&b, &t) > 0) {
		u8 *p = rg32(t.fina.chunks, MOO_EFLAGS);

		if (!p || moo_find(t.fina.chunks, "UNDF", &u) || n == 5)
			continue;
		p[0] ^= 1;
		n++;
	}
	moo_rewind(&b);
	ck_assert_uint_eq(n, 5);
	ck_assert_msg(merge_file(&a, &b, &out, &m), "%s", m.why);
	ck_assert_uint_eq(m.differ, 5);
	moo_close(&a);
	moo_close(&b);
}
END_TEST

START_TEST(other_vectors_are_refused)
{
	struct moo_file a, b;
	struct moo_bytes meta;
	struct moo_test t;

	open_set(&a, SET "c32-bcd.MOO.gz");
	open_set(&b, SET "c16-bcd.MOO.gz");
	ck_assert(!merge_file(&a, &b, &out, &m));
	ck_assert_ptr_nonnull(strstr(m.why, "another world"));
	moo_close(&b);

	open_set(&b, SET "c32-bcd.MOO.gz");
	ck_assert(moo_find(b.chunks, "META", &meta));
	*at(meta, 19) ^= 1; /* the seed */
	moo_rewind(&a);
	moo_out_free(&out);
	ck_assert(!merge_file(&a, &b, &out, &m));
	*at(meta, 19) ^= 1;

	ck_assert_int_gt(moo_next(&b, &t), 0);
	*rg32(t.init.chunks, MOO_EAX) ^= 1;
	moo_rewind(&a);
	moo_rewind(&b);
	moo_out_free(&out);
	ck_assert(!merge_file(&a, &b, &out, &m));
	ck_assert_ptr_nonnull(strstr(m.why, "another vector"));
	moo_close(&a);
	moo_close(&b);
}
END_TEST

/* Tests of a file that differ on refvmm, strictly judged. */
static u32 strict_failures(struct moo_file *f)
{
	static struct set_world w;
	static struct set_test t;
	struct machine *vm;
	struct moo_test x;
	const char *bad = machine_open(&vm, "plain", NULL, true);
	u32 n = 0;

	ck_assert_msg(!bad, "%s", bad);
	ck_assert_ptr_null(set_read_world(f, &w));
	ck_assert_ptr_null(machine_world(vm, &w));
	while (moo_next(f, &x) > 0) {
		ck_assert_ptr_null(set_read_test(&w, &x, &t));
		n += machine_test(vm, &w, &t, 0, 3) != NULL;
	}
	moo_rewind(f);
	machine_close(vm);
	return n;
}

/* One undefined bit is 0 or 1: whatever this host does, one of the two has it, and the
 * judge takes either.  In memory a byte of the second chip may be the only right one. */
START_TEST(the_judge_takes_either)
{
	struct moo_file a, b, both;
	u32 n = other_chip(&b, SET "c32-shift.MOO.gz", FLIP_EFLAGS, 3), alone, flipped;
	u32 neither;

	open_set(&a, SET "c32-shift.MOO.gz");
	alone = strict_failures(&a);
	flipped = strict_failures(&b);
	ck_assert_uint_ge(alone + flipped, n);
	ck_assert(_i ? merge_file(&b, &a, &out, &m) : merge_file(&a, &b, &out, &m));
	reopen(&both);
	neither = strict_failures(&both);
	ck_assert_uint_eq(alone + flipped - n, 2 * neither);
	moo_close(&a);
	moo_close(&b);
	moo_close(&both);
}
END_TEST

/* refvmm's PUSH of a segment register writes two bytes, this chip's four. */
START_TEST(the_judge_knows_memory)
{
	struct moo_file a, b, both;
	u32 alone, less;

	other_chip(&b, SET "c16-stack.MOO.gz", FLIP_RAM, 3);
	open_set(&a, SET "c16-stack.MOO.gz");
	alone = strict_failures(&a);
	less = strict_failures(&b);
	ck_assert_uint_lt(less, alone);
	ck_assert(merge_file(&a, &b, &out, &m));
	reopen(&both);
	ck_assert_uint_eq(strict_failures(&both), less);
	moo_close(&a);
	moo_close(&b);
	moo_close(&both);
}
END_TEST

static void save_as(const struct moo_file *f, const char *dir, const char *name)
{
	char path[200];
	FILE *o;

	mkdir(dir, 0777);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	o = fopen(path, "w");
	ck_assert_ptr_nonnull(o);
	ck_assert_uint_eq(fwrite(f->data, 1, f->size, o), f->size);
	ck_assert_int_eq(fclose(o), 0);
}

static void no_folder(const char *dir)
{
	char path[200];

	snprintf(path, sizeof path, "%s/a.MOO", dir);
	remove(path);
	snprintf(path, sizeof path, "%s/b.MOO", dir);
	remove(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

START_TEST(folders)
{
	char top[] = "/tmp/merge.XXXXXX", set[60], from[60];
	struct moo_file a, b;
	struct moo_test t;
	u32 n;

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(set, sizeof set, "%s/set", top);
	snprintf(from, sizeof from, "%s/from", top);
	open_set(&a, SET "c32-shift.MOO.gz");
	n = other_chip(&b, SET "c32-shift.MOO.gz", FLIP_EFLAGS, 3);
	save_as(&a, set, "a.MOO");
	save_as(&a, set, "b.MOO");
	save_as(&b, from, "a.MOO");
	ck_assert_int_eq(merge_folders(set, from, true, &m), 2); /* b.MOO is missing */
	ck_assert_ptr_nonnull(strstr(m.why, "b.MOO"));
	save_as(&a, from, "b.MOO");
	ck_assert_int_eq(merge_folders(set, from, true, &m), 2); /* of another chip */
	save_as(&b, from, "b.MOO");

	ck_assert_int_eq(merge_folders(set, from, false, &m), 0);
	ck_assert(!m.known);
	ck_assert_int_eq(merge_folders(set, from, true, &m), 0);
	ck_assert_uint_eq(m.undefined, 2 * n);
	ck_assert_int_eq(merge_folders(set, from, true, &m), 0);
	ck_assert(m.known);

	/* a third chip that is wrong in the second file: not even the first one is written */
	rename_chip(&b, 1);
	save_as(&b, from, "a.MOO");
	moo_rewind(&b);
	while (moo_next(&b, &t) > 0 && !(rg32(t.fina.chunks, MOO_EDI) || t.has_exception))
		;
	*rg32(t.init.chunks, MOO_EDI) ^= 1;
	save_as(&b, from, "b.MOO");
	ck_assert_int_eq(merge_folders(set, from, true, &m), 2);
	*rg32(t.init.chunks, MOO_EDI) ^= 1;
	moo_rewind(&b);
	while (moo_next(&b, &t) > 0 && !rg32(t.fina.chunks, MOO_EIP))
		;
	*rg32(t.fina.chunks, MOO_EIP) ^= 1;
	save_as(&b, from, "b.MOO");
	ck_assert_int_eq(merge_folders(set, from, true, &m), 1);
	ck_assert_int_eq(merge_folders(set, from, false, &m), 1);
	ck_assert(!m.known);
	no_folder(set);
	no_folder(from);
	rmdir(top);
	moo_close(&a);
	moo_close(&b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_set_timeout(tc, 0); /* never by the clock */
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_same_chip_again);
	tcase_add_test(tc, a_chip_does_not_change_its_mind);
	tcase_add_loop_test(tc, another_chip_is_added, 0, sizeof kinds / sizeof *kinds);
	tcase_add_test(tc, a_third_chip_overwrites_nobody);
	tcase_add_test(tc, a_defined_difference_is_told);
	tcase_add_test(tc, other_vectors_are_refused);
	tcase_add_test(tc, folders);
	tcase_add_loop_test(tc, the_judge_takes_either, 0, 2);
	tcase_add_test(tc, the_judge_knows_memory);
}

TEST_MAIN("merge")

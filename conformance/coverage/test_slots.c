/* SPDX-License-Identifier: MIT
 * The list of encodings, what the walk over a case's code counts, and a set of vectors.
 */
#include "conformance/coverage/silicon.h"
#include "conformance/vectors/moo.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned seen_n;
static char seen_keys[200];

static void seen(void *arg, unsigned slot)
{
	unsigned n;

	seen_n++;
	strcat(seen_keys, slots_all(&n)[slot].key);
	strcat(seen_keys, " ");
}

static int walk(const char *code, unsigned n, unsigned bits, unsigned last)
{
	int bad;

	seen_n = 0;
	*seen_keys = 0;
	slots_walk((const u8 *)code, n, bits, false, last, seen, NULL, &bad);
	return bad;
}

static const struct slot *find(const char *key)
{
	unsigned n, k;
	const struct slot *s = slots_all(&n);

	for (k = 0; k < n; k++)
		if (!strcmp(s[k].key, key))
			return &s[k];
	return NULL;
}

START_TEST(the_list_is_that_of_the_opcode_maps)
{
	/* Spot checks against SDM vol. 2D appendix A; what is not there, is not. */
	static const struct {
		const char *key, *name;
		u8 level;
	} there[] = {
		{"00m", "add", LEVEL_P3},         {"80/7r", "cmp", LEVEL_P3},
		{"8C/5m", "mov", LEVEL_P3},       {"D8C1", "fadd", LEVEL_P3},
		{"DF/6m", "fbstp", LEVEL_P3},     {"0FC7/1m", "cmpxchg8b", LEVEL_P3},
		{"0FAE/7r", "sfence", LEVEL_P3},  {"F30F58m", "addss", LEVEL_P3},
		{"0FEFr", "pxor", LEVEL_P3},      {"660FEFr", "pxor", LEVEL_LATER},
		{"DB/1m", "fisttp", LEVEL_LATER}, {"F390", "pause", LEVEL_LATER},
		{"26", "prefix", LEVEL_P3},       {"0FAA", "rsm", LEVEL_P3},
	};
	static const char *const not_there[] = {"8E/1r", "8E/6m", "8Dr",  "62r",     "D9D1",
						"FF/7m", "0F04",  "F3A4", "0FC7/1r", "C4r",
						"0F24r", "0F",    "D8",   "0F20/0m", "F36C"};
	unsigned n, k, p3 = 0;
	const struct slot *s = slots_all(&n);

	for (k = 0; k < sizeof there / sizeof *there; k++) {
		const struct slot *t = find(there[k].key);

		ck_assert_msg(t != NULL, "%s is missing", there[k].key);
		ck_assert_str_eq(t->name, there[k].name);
		ck_assert_uint_eq(t->level, there[k].level);
	}
	for (k = 0; k < sizeof not_there / sizeof *not_there; k++)
		ck_assert_msg(!find(not_there[k]), "%s is there", not_there[k]);
	for (k = 0; k < n; k++)
		p3 += s[k].level == LEVEL_P3;
	ck_assert_uint_gt(p3, 1400);
	for (k = 1; k < n; k++)
		for (unsigned j = 0; j < k; j++)
			if (!strcmp(s[k].key, s[j].key))
				ck_abort_msg("%s is there twice", s[k].key);
}
END_TEST

START_TEST(a_walk_counts_what_is_executed)
{
	/* add [eax],al; nop; jmp +0; nop: the jump is the last. */
	ck_assert_int_eq(walk("\x00\x00\x90\xeb\x00\x90", 6, 32, 99), -1);
	ck_assert_str_eq(seen_keys, "00m 90 EB ");
	/* a fault predicted at offset 2 */
	walk("\x00\x00\x90\xeb\x00\x90", 6, 32, 0);
	ck_assert_str_eq(seen_keys, "00m ");
	/* prefixes count, mandatory ones too */
	walk("\x26\x66\x01\xc8\xf3\x0f\x58\xc1", 8, 32, 99);
	ck_assert_str_eq(seen_keys, "01r 26 66 F30F58r F3 ");
	/* REP MOVSB is MOVSB */
	walk("\xf3\xa4", 2, 16, 99);
	ck_assert_str_eq(seen_keys, "A4 F3 ");
	/* MOV CR: mod is ignored */
	walk("\x0f\x20\x00", 3, 32, 99);
	ck_assert_str_eq(seen_keys, "0F20/0r ");
	/* x87 registers one by one */
	walk("\xd8\xc3\xdd\x33", 4, 32, 99);
	ck_assert_str_eq(seen_keys, "D8C3 DD/6m ");
}
END_TEST

START_TEST(what_does_not_decode_is_told)
{
	ck_assert_int_eq(walk("\x90\xff\xff", 3, 32, 99), 1);
	ck_assert_uint_eq(seen_n, 1);
	/* an instruction of a newer set decodes and counts for nothing */
	ck_assert_int_eq(walk("\x0f\x01\xf9", 3, 32, 99), -1); /* RDTSCP */
	ck_assert_uint_eq(seen_n, 0);
	/* code that ends inside an instruction */
	ck_assert_int_eq(walk("\xb8\x00", 2, 32, 99), 0);
}
END_TEST

static void put_vector(struct moo_out *o, const char *code, u32 n, int exception, int fault)
{
	const struct moo_regs regs = {.present = true, .wide = true, .set = 1u << MOO_EAX};

	moo_begin(o, "TEST");
	moo_u32(o, o->tests - 1);
	moo_put_bytes(o, "NAME", "x", 1);
	moo_put_bytes(o, "BYTS", code, n);
	for (unsigned k = 0; k < 2; k++) {
		moo_begin(o, k ? "FINA" : "INIT");
		moo_put_regs(o, &regs, false);
		moo_begin(o, "RAM ");
		moo_end(o);
		moo_end(o);
	}
	if (exception >= 0) {
		moo_begin(o, "EXCP");
		moo_u8(o, (u8)exception);
		moo_u32(o, 0);
		moo_end(o);
	}
	if (fault >= 0) {
		moo_begin(o, "FALT");
		moo_u8(o, (u8)fault);
		moo_u8(o, 0);
		moo_u16(o, 0);
		moo_u32(o, 0);
		moo_end(o);
	}
	moo_end(o);
}

static unsigned count(const struct silicon *s, const char *key)
{
	unsigned n;

	return s->seen[find(key) - slots_all(&n)];
}

/* Two files: an 80286's, and one of 32-bit code captured by "a chip". */
START_TEST(vectors_count_unless_they_end_in_ud)
{
	static struct silicon s;
	char dir[] = "/tmp/test_slots.XXXXXX", path[80], chip[72] = {0};
	const char *wrong;
	struct moo_out o;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_ptr_nonnull(silicon_read(&s, dir)); /* nothing there */
	strcpy(chip + 24, "a chip");
	for (unsigned k = 0; k < 2; k++) {
		moo_out_init(&o);
		moo_header(&o, k ? "IA32" : "C286", 1, 1);
		if (k) {
			moo_begin(&o, "CHIP");
			moo_put(&o, chip, sizeof(chip));
			moo_end(&o);
			moo_begin(&o, "WRLD");
			moo_put(&o, "\1\3\x20\0\0\0\0\0\0\0\0\0", 12);
			moo_end(&o);
			put_vector(&o, "\x05\1\0\0\0\xf4", 6, -1, -1);
			put_vector(&o, "\xf0\x01\xc8\xf4", 4, -1, 6);
			put_vector(&o, "\xf0\x01\x08\xf4", 4, -1, 14);
		} else {
			put_vector(&o, "\x05\1\0\xf4", 4, -1, -1);
			put_vector(&o, "\x8e\xc8\xf4", 3, 6, -1);
			put_vector(&o, "\xf7\xf1\xf4", 3, 0, -1);
		}
		sprintf(path, "%s/%u.MOO%s", dir, k, k ? ".gz" : "");
		ck_assert_int_eq(moo_save(&o, path, k), 0);
		moo_out_free(&o);
	}
	wrong = silicon_read(&s, dir);
	ck_assert_msg(!wrong, "%s", wrong);
	ck_assert_uint_eq(s.vectors, 6);
	ck_assert_str_eq(s.name, dir + 5);
	ck_assert_str_eq(s.chip, "a chip"); /* of the last file */
	ck_assert_uint_eq(count(&s, "05"), 2);
	ck_assert_uint_eq(count(&s, "F4"), 0); /* the end of a vector, not a part of it */
	ck_assert_uint_eq(count(&s, "F7/6r"), 1);
	ck_assert_uint_eq(count(&s, "01r"), 0);
	ck_assert_uint_eq(count(&s, "01m"), 1);
	ck_assert_uint_eq(count(&s, "F0"), 1);
	/* Damage is told. */
	ck_assert_int_eq(truncate(path, 60), 0);
	ck_assert_ptr_nonnull(silicon_read(&s, dir));
	unlink(path);
	sprintf(path, "%s/0.MOO", dir);
	unlink(path);
	rmdir(dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slots");
	TCase *tc = tcase_create("slots");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_list_is_that_of_the_opcode_maps);
	tcase_add_test(tc, a_walk_counts_what_is_executed);
	tcase_add_test(tc, what_does_not_decode_is_told);
	tcase_add_test(tc, vectors_count_unless_they_end_in_ud);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}

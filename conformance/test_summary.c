/* SPDX-License-Identifier: MIT
 * The summary that a screen must show, by hand: lines, undefined flags, cases that a
 * processor lacks, and what nobody can know.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/oracle.h"
#include "conformance/summary.h"
#include "conformance/test/test_support.h"
#include "guests/lib/crc32.h"

enum { CASES = 4 };

static struct tcase cases[CASES];
static const struct tlist list = {.v = cases, .n = CASES};
static char *payload[CASES];
static const struct log log_ = {.ncases = CASES, .payload = payload};
static u8 sel[CASES];

static void begin(void)
{
	unsigned i;

	memset(cases, 0, sizeof cases);
	memset(sel, 0, sizeof sel);
	memset(payload, 0, sizeof payload);
	for (i = 0; i < CASES; i++)
		cases[i].id = i;
}

static void ran(unsigned i, const char *text)
{
	static char room[CASES][64];

	snprintf(room[i], sizeof room[i], "%s", text);
	payload[i] = room[i];
	sel[i] = 1;
}

static u32 crc_of(const char *text)
{
	return crc32_add(0, text, (u32)strlen(text));
}

START_TEST(lines_in_order_of_numbers)
{
	struct summary s;

	begin();
	ran(2, "030100d7080a34120000");
	ran(1, "030000460000");
	payload[3] = (char *)"03000046"; /* not selected */
	s = summary_expect(&list, &log_, sel, 0);
	ck_assert_uint_eq(s.cases, 2);
	ck_assert_uint_eq(s.unknown, 0);
	ck_assert_uint_eq(s.crc, crc_of("R 1 030000460000R 2 030100d7080a34120000"));
}
END_TEST

START_TEST(undefined_flags_do_not_count)
{
	struct summary a, b;

	begin();
	cases[1].undef = F_OF | F_AF;
	ran(1, "030000570800");
	a = summary_expect(&list, &log_, sel, 0);
	ck_assert_uint_eq(a.crc, crc_of("R 1 030000470000"));
	ran(1, "030000470000");
	b = summary_expect(&list, &log_, sel, 0);
	ck_assert_uint_eq(a.crc, b.crc);
	ran(1, "030000460000"); /* CF is defined */
	b = summary_expect(&list, &log_, sel, 0);
	ck_assert_uint_ne(a.crc, b.crc);
}
END_TEST

START_TEST(what_the_processor_lacks)
{
	struct summary s;

	begin();
	cases[1].need = 0x42;
	ran(1, "030000460000");
	s = summary_expect(&list, &log_, sel, 0x40);
	ck_assert_uint_eq(s.crc, crc_of("R 1 ff40000000"));
	ck_assert_uint_eq(s.unknown, 0);
	s = summary_expect(&list, &log_, sel, 0x100);
	ck_assert_uint_eq(s.crc, crc_of("R 1 030000460000"));
}
END_TEST

START_TEST(what_the_log_cannot_tell)
{
	struct summary s;

	begin();
	cases[1].need = 0x42;
	ran(1, "ff40000000"); /* nor could it run there */
	sel[2] = 1;           /* no record */
	ran(3, "0300");       /* cut */
	s = summary_expect(&list, &log_, sel, 0);
	ck_assert_uint_eq(s.cases, 3);
	ck_assert_uint_eq(s.unknown, 3);
	ck_assert_uint_eq(s.first_unknown, 1);
	/* Where both lack it the record is known. */
	s = summary_expect(&list, &log_, sel, 0x40);
	ck_assert_uint_eq(s.unknown, 2);
	ck_assert_uint_eq(s.first_unknown, 2);
}
END_TEST

struct share {
	const char *group;
	unsigned n, can;
};

static struct share *share_of(struct share *all, const char *group)
{
	while (all->group && strcmp(all->group, group))
		all++;
	all->group = group;
	return all;
}

/* Undefined flags fit in the record of the pack.  A summary has no place for two results
 * of a case, nor for parts that are not compared: six groups are of such cases only, and
 * of all others it has some; in all, 17 of 20 cases. */
START_TEST(cases_of_the_tree)
{
	static struct share share[256];
	const struct tlist *l = all_cases();
	unsigned i, n = 0, can = 0;
	char none[256] = "";

	for (i = 0; i < l->n; i++) {
		const struct tcase *t = &l->v[i];
		struct share *s = share_of(share, t->group);

		ck_assert_uint_eq(t->undef >> 16, 0);
		s->n += !t->dev;
		s->can += summary_can(t);
		if (summary_can(t)) {
			ck_assert_ptr_null(t->dev);
			ck_assert_uint_eq(t->ign_mask | t->ign_regs | t->ign_fields | t->ign_len,
					  0);
		}
	}
	for (i = 0; share[i].group; i++) {
		n += share[i].n;
		can += share[i].can;
		if (share[i].n && !share[i].can)
			snprintf(none + strlen(none), sizeof none - strlen(none), "%s ",
				 share[i].group);
	}
	ck_assert_str_eq(none, "bus split counters nmi x87 mmx ");
	ck_assert_uint_gt(can, n / 20 * 17);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("summary");
	TCase *tc = tcase_create("summary");
	SRunner *r;
	int bad;

	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, lines_in_order_of_numbers);
	tcase_add_test(tc, undefined_flags_do_not_count);
	tcase_add_test(tc, what_the_processor_lacks);
	tcase_add_test(tc, what_the_log_cannot_tell);
	tcase_add_test(tc, cases_of_the_tree);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

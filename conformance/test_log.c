/* SPDX-License-Identifier: MIT
 * The protocol parser and the payload codec against good, cut-off and damaged
 * input.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/log.h"
#include "conformance/result.h"
#include "conformance/test/test_support.h"
#include "guests/lib/crc32.h"

static char text[4096];
static u32 total;

static void begin(void)
{
	text[0] = 0;
	total = 0;
}

static void add(const char *s)
{
	strncat(text, s, sizeof text - strlen(text) - 1);
}

static void add_record(unsigned id, const char *payload)
{
	char line[200];
	u32 crc;

	snprintf(line, sizeof line, "R %u %s", id, payload);
	crc = crc32_add(0, line, (u32)strlen(line));
	total = crc32_add(total, line, (u32)strlen(line));
	add(line);
	snprintf(line, sizeof line, " %08x\n", crc);
	add(line);
}

static void add_end(unsigned n)
{
	char line[40];

	snprintf(line, sizeof line, "END %u %08x\n", n, total);
	add(line);
}

static void parse(struct log *l, size_t n)
{
	FILE *f = fmemopen(text, n, "r");

	ck_assert_ptr_nonnull(f);
	log_read(f, 10, l);
	fclose(f);
}

static void good_log(void)
{
	begin();
	add("SeaBIOS (version)\nINFO channel e9\nPLAN 2 deadbeef\nSTART 3\n");
	add_record(3, "030000460000");
	add("<bochs:2> noise\nSTART 7\n");
	add_record(7, "030000020000");
	add_end(2);
}

START_TEST(crc_is_the_well_known_one)
{
	ck_assert_uint_eq(crc32_add(0, "123456789", 9), 0xcbf43926);
	ck_assert_uint_eq(crc32_add(crc32_add(0, "1234", 4), "56789", 5), 0xcbf43926);
}
END_TEST

START_TEST(whole_log)
{
	struct log l;

	good_log();
	parse(&l, strlen(text));
	ck_assert(l.have_plan && l.ended && !l.bad_end);
	ck_assert_uint_eq(l.plan, 2);
	ck_assert_uint_eq(l.digest, 0xdeadbeef);
	ck_assert_uint_eq(l.records, 2);
	ck_assert_str_eq(l.payload[3], "030000460000");
	ck_assert_str_eq(l.channel, "e9");
	ck_assert_uint_eq(l.bad_crc + l.bad_lines + l.duplicates + l.no_start, 0);
	log_free(&l);
}
END_TEST

/* Cut anywhere: never more records than whole lines, END only at the end. */
START_TEST(truncation)
{
	size_t n, whole;

	good_log();
	whole = strlen(text);
	for (n = 1; n < whole; n++) {
		struct log l;

		parse(&l, n);
		ck_assert(!l.ended);
		ck_assert_uint_eq(l.bad_crc, 0);
		ck_assert_uint_le(l.records, 2);
		if (l.records == 2)
			ck_assert_uint_gt(n, whole - 20);
		log_free(&l);
	}
}
END_TEST

/* Change any one character: the log is never taken for the same good one. */
START_TEST(corruption)
{
	size_t n, whole;

	good_log();
	whole = strlen(text);
	for (n = 0; n < whole; n++) {
		char saved = text[n];
		struct log l;

		/* Lines that are not ours may change as they like. */
		if (n < strlen("SeaBIOS (version)\nINFO channel e9\n") ||
		    (strstr(text, "<bochs") && text + n >= strstr(text, "<bochs") &&
		     text + n < strstr(text, "START 7")))
			continue;
		text[n] = (char)(saved == '5' ? '6' : '5');
		parse(&l, whole);
		ck_assert_msg(!(l.have_plan && l.ended && !l.bad_end && l.plan == 2 &&
				l.digest == 0xdeadbeef && l.records == 2 && !l.bad_crc &&
				!l.bad_lines && !l.no_start && l.started[3] && l.started[7]),
			      "byte %zu (%c)", n, saved);
		log_free(&l);
		text[n] = saved;
	}
}
END_TEST

START_TEST(duplicate_and_stray_records)
{
	struct log l;

	begin();
	add("PLAN 2 0\nSTART 1\n");
	add_record(1, "030000460000");
	add_record(1, "030000470000");
	add_record(2, "030000460000");
	add("CORRUPT 2 code 00000000\n");
	parse(&l, strlen(text));
	ck_assert_uint_eq(l.duplicates, 1);
	ck_assert_uint_eq(l.no_start, 1);
	ck_assert_str_eq(l.payload[1], "030000460000");
	ck_assert_str_eq(l.corrupt, "2 code 00000000");
	log_free(&l);
}
END_TEST

static const struct tcase *a_case(const char *name)
{
	const struct tcase *t = tlist_find(all_cases(), name);

	ck_assert_msg(t != NULL, "no case %s", name);
	return t;
}

START_TEST(payload_round_trip)
{
	const struct tcase *t = a_case("alu/add/m32_r32/pm32.3/over");
	struct result r = {.vector = 13,
			   .has_error = true,
			   .error = 0x1234,
			   .eip = 0x1000,
			   .eflags = 0x10246},
		      back;
	char hex[400];
	size_t n;

	memcpy(r.gpr, t->gpr, sizeof r.gpr);
	memcpy(r.sel, t->sel, sizeof r.sel);
	r.gpr[A_EDI] ^= 0x10;
	r.sel[A_GS] ^= 8;
	r.sel[A_CS] ^= 8;
	r.nruns = 1;
	r.run[0] = (struct result_run){.lin = 0x3fffe, .n = 3, .b = {1, 2, 3}};
	n = result_encode(t, &r, hex, sizeof hex);
	ck_assert_ptr_null(result_decode(t, hex, n, &back));
	ck_assert_uint_eq(result_diff(t, &r, &back), 0);
	ck_assert_uint_eq(back.error, 0x1234);
	ck_assert_uint_eq(back.run[0].b[2], 3);
	ck_assert_ptr_nonnull(result_decode(t, hex, n - 1, &back));
	ck_assert_ptr_nonnull(result_decode(t, hex, n - 2, &back));
	hex[n] = '0';
	hex[n + 1] = '0';
	ck_assert_ptr_nonnull(result_decode(t, hex, n + 2, &back));
	hex[3] = 'g';
	ck_assert_ptr_nonnull(result_decode(t, hex, n, &back));
}
END_TEST

/* Every field is seen, and what is undefined is not. */
START_TEST(differences)
{
	const struct tcase *t = a_case("alu/and/m32_r32/pm32.3/rand");
	static struct result a, b;

	memset(&a, 0, sizeof a);
	memcpy(a.gpr, t->gpr, sizeof a.gpr);
	memcpy(a.sel, t->sel, sizeof a.sel);
	a.vector = VEC_STOP;
	a.eflags = 0x202;
#define CHANGED(change, bits)                                                                      \
	do {                                                                                       \
		b = a;                                                                             \
		change;                                                                            \
		ck_assert_uint_eq(result_diff(t, &a, &b), bits);                                   \
		ck_assert_uint_eq(result_diff(t, &b, &a), bits);                                   \
	} while (0)
	CHANGED((void)0, 0);
	CHANGED(b.vector = 13, DIFF_VECTOR);
	CHANGED(b.error = 1, DIFF_ERROR);
	CHANGED(b.eip = 1, DIFF_EIP);
	CHANGED(b.eflags ^= F_AF, 0);
	CHANGED(b.eflags ^= F_CF, DIFF_FLAGS);
	CHANGED(b.eflags ^= F_DF, DIFF_FLAGS);
	CHANGED(b.eflags ^= F_RF, DIFF_RF);
	CHANGED(b.eflags ^= F_IF, DIFF_EFLAGS);
	CHANGED(b.gpr[3] ^= 0x80000000, DIFF_REG);
	CHANGED(b.sel[A_SS] = 0, DIFF_SEG);
	CHANGED(b.nruns = 1; b.run[0] = ((struct result_run){.lin = 0x31040, .n = 1}), DIFF_MEM);
#undef CHANGED
}
END_TEST

START_TEST(ignored_results)
{
	struct tcase t = *a_case("alu/and/m32_r32/pm32.3/rand");
	static struct result a, b;

	memset(&a, 0, sizeof a);
	b = a;
	t.ign_reg = A_ECX;
	t.ign_mask = 0xffff;
	t.ign_lin = 0x50ffe;
	t.ign_len = 2;
	b.gpr[A_ECX] = 0x1234;
	b.nruns = 1;
	b.run[0] = (struct result_run){.lin = 0x50ffe, .n = 2};
	ck_assert_uint_eq(result_diff(&t, &a, &b), 0);
	b.run[0].n = 3;
	ck_assert_uint_eq(result_diff(&t, &a, &b), DIFF_MEM);
	b.gpr[A_ECX] = 0x10000;
	ck_assert_uint_eq(result_diff(&t, &a, &b), DIFF_MEM | DIFF_REG);
	t.ign_regs = 1u << A_ECX;
	ck_assert_uint_eq(result_diff(&t, &a, &b), DIFF_MEM);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("protocol");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, crc_is_the_well_known_one);
	tcase_add_test(tc, whole_log);
	tcase_add_test(tc, truncation);
	tcase_add_test(tc, corruption);
	tcase_add_test(tc, duplicate_and_stray_records);
	tcase_add_test(tc, payload_round_trip);
	tcase_add_test(tc, differences);
	tcase_add_test(tc, ignored_results);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

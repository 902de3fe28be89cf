/* SPDX-License-Identifier: MIT
 * Tests of the protocol reader: whole, truncated, damaged and shuffled logs.
 */
#include "harness/protocol.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static char text[4096];
static u32 chain;
static struct proto_case cases[3];
static struct proto_log log_;

static void begin(void)
{
	text[0] = 0;
	chain = 0;
	memset(cases, 0, sizeof(cases));
	for (u32 i = 0; i < 3; i++)
		cases[i].num = 10 * (i + 1);
	strcpy(text, "noise\nPLAN 3 cafe0001\n");
}

static void say(const char *s)
{
	strcat(text, s);
}

/* A correct record; `damage` flips a bit of the payload after the CRC. */
static void record(u32 num, bool damage)
{
	char line[64];
	int n = sprintf(line, "R %u 00ff", num);
	u32 crc = proto_crc32(0, line, (size_t)n);

	if (damage)
		line[n - 1] ^= 1;
	chain = proto_crc32(chain, line, (size_t)n);
	sprintf(line + n, " %08x", crc);
	say(line);
	say("\n");
}

static void finish(u32 count)
{
	char line[64];

	sprintf(line, "END %u %08x\n", count, chain);
	say(line);
}

static void parse(void)
{
	proto_parse(text, strlen(text), cases, 3, &log_);
}

static void good(u32 num)
{
	char line[64];

	sprintf(line, "START %u\n", num);
	say(line);
	record(num, false);
}

START_TEST(crc_of_check_string)
{
	ck_assert_uint_eq(proto_crc32(0, "123456789", 9), 0xcbf43926u);
}
END_TEST

START_TEST(whole_log)
{
	begin();
	good(10), good(20), good(30), finish(3);
	parse();
	ck_assert(log_.plan && log_.end && !log_.end_why && !log_.reboot);
	ck_assert_uint_eq(log_.records, 3);
	ck_assert_str_eq(log_.digest, "cafe0001");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(cases[i].state, PROTO_OK);
	ck_assert_int_eq(strncmp(cases[1].line, "R 20 00ff ", 10), 0);
	ck_assert_uint_eq(cases[1].line_len, 18);
}
END_TEST

START_TEST(carriage_returns_and_other_text_are_skipped)
{
	begin();
	good(10), say("(0).[99] some VMM's message\n"), good(20), good(30), finish(3);
	char *dst = text + 2048;

	for (char *p = text; *p; p++) {
		if (*p == '\n')
			*dst++ = '\r';
		*dst++ = *p;
	}
	*dst = 0;
	proto_parse(text + 2048, strlen(text + 2048), cases, 3, &log_);
	ck_assert_uint_eq(log_.records, 3);
	ck_assert(!log_.end_why);
}
END_TEST

/* Cut the log at every byte: a case is OK only when its line was complete, no
 * case is lost by a cut, and at most one is open. */
START_TEST(every_truncation)
{
	begin();
	good(10), good(20), good(30), finish(3);
	size_t len = strlen(text);

	for (size_t cut = 0; cut < len; cut++) {
		u32 ok = 0, open = 0;

		for (int i = 0; i < 3; i++)
			cases[i] = (struct proto_case){.num = 10u * (unsigned)(i + 1)};
		proto_parse(text, cut, cases, 3, &log_);
		ck_assert(!log_.end);
		for (int i = 0; i < 3; i++) {
			ck_assert_msg(cases[i].state != PROTO_LOST, "cut at %zu", cut);
			ok += cases[i].state == PROTO_OK;
			open += cases[i].state == PROTO_OPEN;
		}
		ck_assert_uint_eq(ok, log_.records);
		ck_assert_uint_le(open, 1);
	}
}
END_TEST

/* Flip every bit of one record line in turn: never a record with other bytes. */
START_TEST(every_damaged_bit)
{
	begin();
	good(10), good(20), good(30), finish(3);
	char *line = strstr(text, "R 20"), *nl = strchr(line, '\n');
	size_t len = strlen(text);

	for (char *p = line; p < nl; p++)
		for (int bit = 0; bit < 8; bit++) {
			for (int i = 0; i < 3; i++)
				cases[i] = (struct proto_case){.num = 10u * (unsigned)(i + 1)};
			*p ^= (char)(1 << bit);
			proto_parse(text, len, cases, 3, &log_);
			*p ^= (char)(1 << bit);
			ck_assert_int_eq(cases[1].state, PROTO_LOST);
			ck_assert_int_eq(cases[2].state, PROTO_OK);
			ck_assert(log_.end_why != NULL || p >= nl - 9);
		}
}
END_TEST

START_TEST(missing_record_is_lost)
{
	begin();
	good(10), say("START 20\n"), good(30), finish(3);
	parse();
	ck_assert_int_eq(cases[1].state, PROTO_LOST);
	ck_assert_int_eq(cases[2].state, PROTO_OK);
}
END_TEST

START_TEST(case_that_never_started_is_lost_after_end)
{
	begin();
	good(10), good(30), finish(3);
	parse();
	ck_assert_int_eq(cases[1].state, PROTO_LOST);
	ck_assert_str_eq(cases[1].why, "never started");
}
END_TEST

START_TEST(stop_belongs_to_the_last_start)
{
	begin();
	good(10), say("START 20\n");
	parse();
	ck_assert_int_eq(cases[0].state, PROTO_OK);
	ck_assert_int_eq(cases[1].state, PROTO_OPEN);
	ck_assert_int_eq(cases[2].state, PROTO_REST);
}
END_TEST

START_TEST(doubtful_records_are_lost)
{
	begin();
	say("START 10\nSTART 20\n"), record(10, false), record(20, false);
	good(30), record(30, false), finish(3);
	parse();
	ck_assert_int_eq(cases[0].state, PROTO_LOST); /* out of order */
	ck_assert_int_eq(cases[1].state, PROTO_OK);
	ck_assert_int_eq(cases[2].state, PROTO_LOST); /* twice */
	ck_assert_str_eq(cases[2].why, "two records");
}
END_TEST

START_TEST(second_plan_is_a_reboot)
{
	begin();
	good(10), say("START 20\nPLAN 3 cafe0001\n"), good(20), good(30), finish(3);
	parse();
	ck_assert(log_.reboot && !log_.end);
	ck_assert_int_eq(cases[1].state, PROTO_OPEN);
	ck_assert_int_eq(cases[2].state, PROTO_REST);
}
END_TEST

START_TEST(corrupt_ends_the_log)
{
	begin();
	good(10), say("CORRUPT canary 3\n"), good(20), finish(3);
	parse();
	ck_assert_str_eq(log_.corrupt, " canary 3");
	ck_assert_int_eq(cases[1].state, PROTO_REST);
}
END_TEST

START_TEST(the_guest_may_give_up)
{
	begin();
	good(10), say("INFO channel disk\n");
	parse();
	ck_assert_str_eq(log_.gave_up, "");
	begin();
	good(10), say("START 20\nR 2\nINFO error the record area is full\n");
	parse();
	ck_assert_str_eq(log_.gave_up, " the record area is full");
	ck_assert_int_eq(cases[0].state, PROTO_OK);
	ck_assert_int_eq(cases[1].state, PROTO_OPEN);
}
END_TEST

START_TEST(other_cases_and_counts_are_noticed)
{
	begin();
	good(10), good(99), good(20), good(30), finish(4);
	parse();
	ck_assert_uint_gt(log_.unexpected, 0);
	ck_assert_str_eq(log_.end_why, "END counts other cases than PLAN");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("protocol");
	TCase *t = tcase_create("reader");
	SRunner *r;
	int bad;

	tcase_add_test(t, crc_of_check_string);
	tcase_add_test(t, whole_log);
	tcase_add_test(t, carriage_returns_and_other_text_are_skipped);
	tcase_add_test(t, every_truncation);
	tcase_add_test(t, every_damaged_bit);
	tcase_add_test(t, missing_record_is_lost);
	tcase_add_test(t, case_that_never_started_is_lost_after_end);
	tcase_add_test(t, stop_belongs_to_the_last_start);
	tcase_add_test(t, doubtful_records_are_lost);
	tcase_add_test(t, second_plan_is_a_reboot);
	tcase_add_test(t, corrupt_ends_the_log);
	tcase_add_test(t, the_guest_may_give_up);
	tcase_add_test(t, other_cases_and_counts_are_noticed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}

/* SPDX-License-Identifier: MIT
 * The compiler of device scripts against good and bad text, the judgement of records,
 * and what the scripts of the tree must be.
 */
#include <check.h>
#include <string.h>

#include "conformance/dev/dev.h"
#include "conformance/test/test_support.h"

static struct devlist list;
static char error[200];

static bool compile(const char *body)
{
	char text[2000];

	devlist_free(&list);
	snprintf(text, sizeof text, "file t.dev\ngroup dev-t\ncite sheet\n%s", body);
	return dev_compile(text, &list, error, sizeof error);
}

static const struct devcase *one(const char *statements)
{
	char text[1000];

	snprintf(text, sizeof text, "case a/b\n%s", statements);
	ck_assert_msg(compile(text), "%s", error);
	ck_assert_uint_eq(list.n, 1);
	return list.v;
}

static void wrong(const char *body, const char *why)
{
	ck_assert_msg(!compile(body), "compiles: %s", body);
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
	ck_assert_msg(!strncmp(error, "t.dev:", 6), "%s", error);
}

START_TEST(steps)
{
	const struct devcase *c = one("out 21 ff; inw 3f8 & f0f = 105\nwait 64 & 2 = 0\n"
				      "get %b in 71; out %b+8 %b; in 61\n");

	ck_assert_uint_eq(c->nstep, 6);
	ck_assert_uint_eq(c->step[0].op, DV_OUT);
	ck_assert_uint_eq(c->step[0].port, 0x21);
	ck_assert_uint_eq(c->step[0].value, 0xff);
	ck_assert_uint_eq(c->step[1].op, DV_IN);
	ck_assert_uint_eq(c->step[1].size, 2);
	ck_assert_uint_eq(c->step[1].mask, 0xf0f);
	ck_assert_uint_eq(c->step[2].op, DV_WAIT);
	ck_assert_uint_eq(c->step[3].op, DV_GET);
	ck_assert_uint_eq(c->step[3].value, 1);
	ck_assert_uint_eq(c->step[4].op, DV_OUT | DV_VALUE_VAR);
	ck_assert_uint_eq(c->step[4].size, 0x21);
	ck_assert_uint_eq(c->step[5].op, DV_READ);
	ck_assert_uint_eq(c->nexp, 1);
	ck_assert_uint_eq(c->log, 2);
	ck_assert_uint_eq(c->exp[0].line, 4);
}
END_TEST

START_TEST(calls_and_shutdown)
{
	const struct devcase *c = one("arm; call buf+220 = 08 | 00; triple; triple 6; back = 1\n");

	ck_assert_uint_eq(c->nstep, 5);
	ck_assert_uint_eq(c->step[1].op, DV_CALL);
	ck_assert_uint_eq(c->step[1].mask, DEV_BUF_LOW + 0x220);
	ck_assert_uint_eq(c->exp[0].naccepted, 2);
	ck_assert_uint_eq(c->step[2].op, DV_TRIPLE);
	ck_assert_uint_eq(c->step[2].value, LOST_NO_IDT);
	ck_assert_uint_eq(c->step[3].value, LOST_DF_TASK);
	wrong("case a/b\ncall 7c00 = 1\n", "'call'");
	wrong("case a/b\ntriple 7; back = 1\n", "'triple'");
}
END_TEST

START_TEST(tries)
{
	const struct devcase *c = one("try; out 21 ff; in 22; until 23 & f = 5\nin 24 = 1\n");

	ck_assert_uint_eq(c->nstep, 5);
	ck_assert_uint_eq(c->step[0].op, DV_TRY);
	ck_assert_uint_eq(c->step[3].op, DV_UNTIL);
	ck_assert_uint_eq(c->step[3].port, 0x23);
	ck_assert_uint_eq(c->step[3].mask, 0xf);
	ck_assert_uint_eq(c->step[3].value, 5);
	wrong("case a/b\ntry; in 21 = 1\n", "without until");
	wrong("case a/b\nuntil 21 = 1\n", "without try");
	wrong("case a/b\ntry; try; until 21 = 1\n", "within a try");
	wrong("case a/b\ntry; in 21 = 1; until 22 = 1\n", "a value between");
	wrong("case a/b\ntry; until 21 & 2 = 1\nin 21 = 1\n", "until");
	wrong("block x\ntry\nend\n", "without until");
}
END_TEST

START_TEST(blocks_are_copied)
{
	ck_assert_msg(compile("block x\nin 20 = 1\nend\ncase a/b\nin 21 = 2; use x\n"
			      "case a/c\nuse x; use x\n"),
		      "%s", error);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(list.v[0].nexp, 2);
	ck_assert_uint_eq(list.v[0].exp[1].at, 1);
	ck_assert_uint_eq(list.v[0].exp[1].accepted[0], 1);
	ck_assert_uint_eq(list.v[1].exp[1].at, 1);
	ck_assert_uint_eq(list.v[1].log, 2);
}
END_TEST

START_TEST(bad_text)
{
	wrong("case a/b\nin 21 = 100\n", "mask");
	wrong("case a/b\nin 21 & 0f = 10\n", "mask");
	wrong("case a/b\nout 21\n", "'out'");
	wrong("case a/b\nout 21 123\n", "'out'");
	wrong("case a/b\nout 12345 1\n", "'out'");
	wrong("case a/b\nin xyz = 1\n", "'in'");
	wrong("case a/b\nfrob 21\n", "'frob'");
	wrong("case a/b\nwait 64 & 2 = 1\n", "'wait'");
	wrong("case a/b\nout 21 ff\n", "says nothing");
	wrong("case a/b\nin 21 = 1\ncase a/b\nin 21 = 1\n", "twice");
	wrong("case ab\n", "two words");
	wrong("case a/b need nothing\n", "no need");
	wrong("case a/b\nuse y\n", "no block");
	wrong("block x\nuse x\nend\n", "no block");
	wrong("block x\nend\nblock x\nend\n", "twice");
	wrong("in 21 = 1\n", "in no case");
	wrong("case a/b\npoke 500 1\n", "'poke'");
	wrong("case a/b\nin 21 = 1 | 2 | 3 | 4 | 5\n", "'in'");
	wrong("case a/b\nin 21 9..1\n", "'in'");
	wrong("case a/b\nints = 40 41 42 43 44 45 46 47 48\n", "'ints'");
	wrong("case a/b\nout %z 1\n", "'out'");
	wrong("cite\ncase a/b\nin 21 = 1\n", "cites nothing");
}
END_TEST

static void log_is(struct result *r, const u8 *b, unsigned n)
{
	memset(r, 0, sizeof *r);
	r->vector = VEC_STOP;
	r->nruns = 1;
	r->run[0].lin = OBS_DEV;
	r->run[0].n = (u8)n;
	memcpy(r->run[0].b, b, n);
}

START_TEST(judgement)
{
	static struct result good, bad, cut;
	static struct tcase t;
	struct devcase c = *one("in 21 = 5 | 7; in 22 ?; in 23 10..20; ints = 40\n");

	t.mode = CM_DEV;
	t.dev = &c;
	ck_assert_uint_eq(c.log, 1 + 1 + DEV_RANGE_LOG + 2);
	log_is(&good, (const u8[]){7, 0x99, 1, 0x15, 0, 0, 0, 1, 0x40}, 9);
	ck_assert_uint_eq(dev_model_diff(&t, &good), 0);
	good.run[0].b[1] = 0; /* report only */
	good.run[0].b[3] = 0x16;
	ck_assert_uint_eq(dev_model_diff(&t, &good), 0);
	log_is(&bad, (const u8[]){6, 0x99, 1, 0x15, 0, 0, 0, 1, 0x40}, 9);
	ck_assert_uint_eq(dev_model_diff(&t, &bad), DIFF_PORT);
	ck_assert_uint_eq(dev_result_diff(&t, &good, &bad), DIFF_PORT);
	ck_assert_uint_eq(dev_result_diff(&t, &bad, &good), 0);
	log_is(&bad, (const u8[]){5, 0x99, 0, 0x25, 0, 0, 0, 1, 0x40}, 9);
	ck_assert_uint_eq(dev_model_diff(&t, &bad), DIFF_PORT);
	log_is(&bad, (const u8[]){5, 0x99, 1, 0x15, 0, 0, 0, 2, 0x40}, 9);
	ck_assert_uint_eq(dev_model_diff(&t, &bad), DIFF_PORT);
	log_is(&cut, (const u8[]){5}, 1);
	ck_assert_uint_eq(dev_model_diff(&t, &cut), DIFF_PORT);
	cut.vector = VEC_TIMEOUT;
	ck_assert_uint_eq(dev_model_diff(&t, &cut), DIFF_PORT | DIFF_VECTOR);
}
END_TEST

/* Every case of the tree cites a source and is unlike every other; 95 of 100 of a
 * group have values that count. */
START_TEST(scripts_of_the_tree)
{
	const struct devlist *l = dev_scripts();
	unsigned i, k;

	ck_assert_uint_ge(l->n, 200);
	for (i = 0; i < l->n; i++) {
		const struct devcase *c = &l->v[i];
		unsigned n = 0, report = 0;

		ck_assert_msg(strlen(c->cite) > 8, "%s/%s", c->group, c->name);
		for (k = 0; k < l->n; k++)
			if (!strcmp(l->v[k].group, c->group)) {
				n++;
				report += !l->v[k].complete;
			}
		ck_assert_msg(report * 20 <= n, "%s: %u of %u report only", c->group, report, n);
		for (k = 0; k < i; k++)
			ck_assert_msg(
				c->nstep != l->v[k].nstep ||
					memcmp(c->step, l->v[k].step, c->nstep * sizeof *c->step),
				"%s/%s is %s/%s", c->group, c->name, l->v[k].group, l->v[k].name);
	}
}
END_TEST

/* Guests know no more steps and bytes than the record can say. */
START_TEST(cases_fit)
{
	const struct tlist *l = all_cases();
	unsigned i, n = 0;

	for (i = 0; i < l->n; i++) {
		const struct tcase *t = &l->v[i];

		if (!t->dev)
			continue;
		n++;
		ck_assert_uint_eq(t->mode, CM_DEV);
		ck_assert_uint_le(t->dev->log, DEV_LOG_MAX);
		ck_assert_uint_lt(t->dev->nstep, 0x10000);
		ck_assert_str_eq(mode_cpl_name(t->mode, t->cpl), "port");
	}
	ck_assert_uint_eq(n, dev_scripts()->n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dev");
	TCase *tc = tcase_create("scripts");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, steps);
	tcase_add_test(tc, calls_and_shutdown);
	tcase_add_test(tc, tries);
	tcase_add_test(tc, blocks_are_copied);
	tcase_add_test(tc, bad_text);
	tcase_add_test(tc, judgement);
	tcase_add_test(tc, scripts_of_the_tree);
	tcase_add_test(tc, cases_fit);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	devlist_free(&list);
	return failed != 0;
}

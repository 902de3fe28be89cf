/* SPDX-License-Identifier: MIT
 * Rules and lists of expected failures: what is excused, what is a failure all the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/vectors/xfail.h"
#include "refvmm/test_main.h"

static char dir[40], rules[60], folder[60], list[80], why[400];
static struct xfail x;

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void setup(void)
{
	strcpy(dir, "/tmp/test_xfail.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(rules, sizeof(rules), "%s/rules.tsv", dir);
	snprintf(folder, sizeof(folder), "%s/xfail", dir);
	snprintf(list, sizeof(list), "%s/vmm.list", folder);
	ck_assert_int_eq(mkdir(folder, 0777), 0);
	put(rules, "# words\n\n"
		   "*/lock-ud/6\tvmm\tSDM 2A LOCK\tQ3: taken\n"
		   "F6.1/*\tvmm\tAPM; Bochs\tQ6: #UD\n"
		   "7?/*/none\tvmm\thost CPU\tQ95: no wrap\n"
		   "*\tother\thost CPU\tX1: all\n");
	put(list, "# words\nF6.1:7\n72:2399\n01:4000000000\n");
}

static void teardown(void)
{
	xfail_free(&x);
	unlink(list);
	unlink(rules);
	rmdir(folder);
	rmdir(dir);
}

START_TEST(rules_by_opcode_class_and_exception)
{
	struct expectation e = {.class = CLASS_VERIFIED};
	struct moo_test t = {.index = 1};

	ck_assert_msg(xfail_load(&x, rules, dir, "vmm", why), "%s", why);
	ck_assert_uint_eq(x.n_rules, 3);
	ck_assert_uint_eq(x.n_tests, 3);
	ck_assert_str_eq(xfail_finding(&x, "F6.1", &t, &e), "Q6");
	ck_assert_str_eq(xfail_finding(&x, "72", &t, &e), "Q95");
	ck_assert_ptr_null(xfail_finding(&x, "82.1", &t, &e));
	t.has_exception = true;
	t.vector = 13;
	ck_assert_ptr_null(xfail_finding(&x, "72", &t, &e));
	e.class = CLASS_LOCK_UD;
	ck_assert_ptr_null(xfail_finding(&x, "72", &t, &e));
	e.fault = true;
	e.vector = 6; /* not that of the capture */
	ck_assert_str_eq(xfail_finding(&x, "72", &t, &e), "Q3");
}
END_TEST

/* Both the rule and the list excuse; a test that passes is not to be listed. */
START_TEST(strict)
{
	struct expectation e = {.class = CLASS_VERIFIED};
	struct moo_test t = {.index = 7};
	const char *finding;
	char text[512] = "eax";

	ck_assert_msg(xfail_load(&x, rules, dir, "vmm", why), "%s", why);
	ck_assert_int_eq(xfail_judge(&x, "F6.1", &t, &e, true, text, &finding), XV_EXPECTED);
	ck_assert_str_eq(finding, "Q6");
	ck_assert_str_eq(text, "eax");
	ck_assert_str_eq(xfail_unseen(&x)->file, "01");
	ck_assert_int_eq(xfail_judge(&x, "F6.1", &t, &e, false, text, &finding), XV_FAIL);
	ck_assert_ptr_nonnull(strstr(text, "XPASS"));
	ck_assert_ptr_nonnull(strstr(text, "(Q6)"));
	t.index = 8; /* explained, not listed */
	ck_assert_int_eq(xfail_judge(&x, "F6.1", &t, &e, true, text, &finding), XV_FAIL);
	ck_assert_str_eq(finding, "Q6");
	ck_assert_int_eq(xfail_judge(&x, "F6.1", &t, &e, false, text, &finding), XV_PASS);
	t.index = 4000000000; /* listed, not explained */
	ck_assert_int_eq(xfail_judge(&x, "01", &t, &e, true, text, &finding), XV_FAIL);
	ck_assert_ptr_null(finding);
	ck_assert_int_eq(xfail_judge(&x, "01", &t, &e, false, text, &finding), XV_FAIL);
	ck_assert_str_eq(xfail_unseen(&x)->file, "72");
	ck_assert(xfail_listed(&x, "72", 2399));
	ck_assert_ptr_null(xfail_unseen(&x));
}
END_TEST

START_TEST(no_rules_no_list)
{
	ck_assert(xfail_load(&x, NULL, dir, "third", why));
	ck_assert(!x.n_rules && !x.n_tests && !xfail_listed(&x, "72", 2399) && !xfail_unseen(&x));
	ck_assert(xfail_load(&x, rules, dir, "other", why));
	ck_assert(x.n_rules == 1 && !x.n_tests);
	xfail_free(&x);
	ck_assert(!xfail_load(&x, "/nowhere", dir, "vmm", why));
}
END_TEST

static const struct {
	const char *rule, *error;
} damaged[] = {
	{"*\tvmm\tSDM\n", "not pattern"},
	{"*\tvmm\tSDM\tQ1: x\tmore\n", "not pattern"},
	{"*\tvmm\tSDM\twords\n", "does not begin with a finding"},
	{"*\trefvmm\tSDM\tQ1: x\n", "refvmm has no list"},
	{"*\trefvmm-small\tSDM\tQ1: x\n", "refvmm has no list"},
	{"*\tvmm\tBochs, qemu 7\tQ1: x\n", "emulators decide nothing"},
	{"*\tthird\tBochs\tQ1: x\n", "emulators decide nothing"},
};

START_TEST(rules_that_are_refused)
{
	put(rules, damaged[_i].rule);
	ck_assert(!xfail_load(&x, rules, dir, "vmm", why));
	ck_assert_msg(strstr(why, damaged[_i].error) != NULL, "%s", why);
	ck_assert_msg(strstr(why, "line 1") != NULL, "%s", why);
}
END_TEST

START_TEST(lists_that_are_refused)
{
	char own[80];

	put(list, "72:1\n72\n");
	ck_assert(!xfail_load(&x, rules, dir, "vmm", why));
	ck_assert_ptr_nonnull(strstr(why, "line 2"));
	put(list, "72:1\n73:1\n72:1\n");
	ck_assert(!xfail_load(&x, rules, dir, "vmm", why));
	ck_assert_ptr_nonnull(strstr(why, "72:1 twice"));
	snprintf(own, sizeof(own), "%s/refvmm.list", folder);
	put(own, "72:1\n");
	ck_assert(!xfail_load(&x, rules, dir, "refvmm", why));
	ck_assert_ptr_nonnull(strstr(why, "refvmm has no list"));
	unlink(own);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rules_by_opcode_class_and_exception);
	tcase_add_test(tc, strict);
	tcase_add_test(tc, no_rules_no_list);
	tcase_add_loop_test(tc, rules_that_are_refused, 0,
			    (int)(sizeof(damaged) / sizeof(*damaged)));
	tcase_add_test(tc, lists_that_are_refused);
}

TEST_MAIN("xfail")

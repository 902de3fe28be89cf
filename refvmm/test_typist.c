/* SPDX-License-Identifier: MIT
 * The typist's language and timing, against a machine that writes down what
 * happens to it.
 */
#include "refvmm/test_main.h"
#include "refvmm/typist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ull

static struct {
	char log[2000];
	bool taken;
	const char *screen, *serial;
} seen;

static void note_key(void *arg, enum key key, enum key_move move)
{
	snprintf(seen.log + strlen(seen.log), sizeof(seen.log) - strlen(seen.log), "%c%s ",
		 "-+."[move], key_name(key));
}

static void note_mouse(void *arg, s32 dx, s32 dy, s32 dz, u8 buttons)
{
	snprintf(seen.log + strlen(seen.log), sizeof(seen.log) - strlen(seen.log), "(%d,%d,%d,%u) ",
		 dx, dy, dz, buttons);
}

static bool taken(void *arg)
{
	return seen.taken;
}

static bool screen_has(void *arg, const char *text)
{
	return strstr(seen.screen, text);
}

static bool serial_has(void *arg, const char *text)
{
	return strstr(seen.serial, text);
}

static struct typist *start(const char *script)
{
	static const struct typist_machine m = {NULL,  note_key,   note_mouse,
						taken, screen_has, serial_has};
	struct typist *t = typist_new(&m);

	memset(&seen, 0, sizeof(seen));
	seen.taken = true;
	seen.screen = seen.serial = "";
	ck_assert_ptr_nonnull(t);
	ck_assert_ptr_null(typist_add(t, script));
	return t;
}

/* Look at the machine every 10 ms from `from` to `to`. */
static void pass(struct typist *t, u64 from, u64 to)
{
	for (u64 now = from; now <= to; now += 10 * MS)
		typist_step(t, now);
}

static const char *typed(const char *script)
{
	static char log[2000];
	struct typist *t = start(script);

	pass(t, 0, 10000 * MS);
	ck_assert(typist_idle(t));
	typist_free(t);
	strcpy(log, seen.log);
	return log;
}

START_TEST(characters_and_names)
{
	ck_assert_str_eq(typed("aB\n"), ".a -a .shift .b -b -shift .ret -ret ");
	ck_assert_str_eq(typed("{enter}{f12}{space}"), ".ret -ret .f12 -f12 .spc -spc ");
	ck_assert_str_eq(typed("{ctrl-alt-delete}"), ".ctrl .alt .delete -delete -alt -ctrl ");
	ck_assert_str_eq(typed("{{x}"), ".shift .bracket_left -bracket_left -shift .x -x "
					".shift .bracket_right -bracket_right -shift ");
	ck_assert_str_eq(typed("{minus}{bracket_left}"),
			 ".minus -minus .bracket_left -bracket_left ");
}
END_TEST

START_TEST(keys_held_and_the_mouse)
{
	ck_assert_str_eq(typed("{down left}{sleep 0.5}{up left}"), "+left -left ");
	ck_assert_str_eq(typed("{mouse 3 -4}{buttons 1}{mouse 0 0 1}{buttons 0}"),
			 "(3,-4,0,0) (0,0,0,1) (0,0,1,1) (0,0,0,0) ");
}
END_TEST

START_TEST(waits_for_the_screen)
{
	struct typist *t = start("{wait boot: }}}a{wait never}");

	pass(t, 0, 100 * MS);
	ck_assert_str_eq(seen.log, "");
	ck_assert(!typist_idle(t));
	seen.screen = "here is boot: } and more";
	pass(t, 110 * MS, 500 * MS);
	ck_assert_str_eq(seen.log, ".a -a ");
	ck_assert(!typist_idle(t));
	typist_free(t);
}
END_TEST

START_TEST(waits_for_the_serial_line)
{
	struct typist *t = start("{serial login:}x");

	ck_assert(typist_waits_for_serial(t));
	pass(t, 0, 100 * MS);
	ck_assert_str_eq(seen.log, "");
	seen.serial = "debian login: ";
	pass(t, 110 * MS, 200 * MS);
	ck_assert_str_eq(seen.log, ".x -x ");
	typist_free(t);
}
END_TEST

START_TEST(sleeps_and_holds_in_virtual_time)
{
	struct typist *t = start("{sleep 1.5}a");

	pass(t, 0, 1490 * MS);
	ck_assert_str_eq(seen.log, "");
	pass(t, 1500 * MS, 1520 * MS);
	ck_assert_str_eq(seen.log, ".a ");
	pass(t, 1530 * MS, 1530 * MS);
	ck_assert_str_eq(seen.log, ".a -a ");
	typist_free(t);
}
END_TEST

START_TEST(waits_until_codes_are_taken)
{
	struct typist *t = start("ab");

	typist_step(t, 0);
	seen.taken = false;
	pass(t, 10 * MS, 1000 * MS);
	ck_assert_str_eq(seen.log, ".a -a "); /* a key is let go in any case */
	ck_assert(!typist_idle(t));
	seen.taken = true;
	pass(t, 1010 * MS, 1100 * MS);
	ck_assert_str_eq(seen.log, ".a -a .b -b ");
	typist_free(t);
}
END_TEST

START_TEST(scripts_that_are_wrong)
{
	static const struct {
		const char *script, *wrong;
	} t[] = {
		{"ok{f99}", "no key is called 'f99'"},
		{"{", "'{' has no closing brace"},
		{"{ctrl-alt-shift-a-b}", "too many keys at once: 'ctrl-alt-shift-a-b'"},
		{"{}", "{} names no key"},
		{"{wait }", "{wait } needs an argument"},
		{"{jump x}", "unknown action {jump ...}"},
		{"{sleep soon}", "'soon' is no number of seconds"},
		{"{mouse 1}", "{mouse 1}: two or three numbers are needed"},
		{"{buttons 32}", "{buttons 32}: a sum of 1, 2, 4, 8, 16 is needed"},
		{"\x80", "no key types '\x80'"},
	};

	for (unsigned i = 0; i < sizeof(t) / sizeof(*t); i++)
		ck_assert_str_eq(typist_check(t[i].script), t[i].wrong);
	ck_assert_ptr_null(typist_check("fine {f1}"));
}
END_TEST

START_TEST(a_wrong_script_changes_nothing)
{
	struct typist *t = start("a");

	ck_assert_ptr_nonnull(typist_add(t, "bcd{nokey}"));
	ck_assert_ptr_null(typist_add(t, "z"));
	pass(t, 0, 1000 * MS);
	ck_assert_str_eq(seen.log, ".a -a .z -z ");
	typist_free(t);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, characters_and_names);
	tcase_add_test(tc, keys_held_and_the_mouse);
	tcase_add_test(tc, waits_for_the_screen);
	tcase_add_test(tc, waits_for_the_serial_line);
	tcase_add_test(tc, sleeps_and_holds_in_virtual_time);
	tcase_add_test(tc, waits_until_codes_are_taken);
	tcase_add_test(tc, scripts_that_are_wrong);
	tcase_add_test(tc, a_wrong_script_changes_nothing);
}

TEST_MAIN("typist")

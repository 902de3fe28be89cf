/* SPDX-License-Identifier: MIT
 * Tests of the watch on a running VMM.  Limits are in the child's own time, so
 * that nothing here depends on how busy the machine is.
 */
#include "harness/progress.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[] = "/tmp/test_progress.XXXXXX";
static int file;

static void setup(void)
{
	strcpy(path + strlen(path) - 6, "XXXXXX");
	file = mkstemp(path);
	ck_assert_int_ge(file, 0);
}

static void teardown(void)
{
	close(file);
	unlink(path);
}

static void put(const char *s)
{
	ck_assert_int_eq(write(file, s, strlen(s)), (ssize_t)strlen(s));
}

START_TEST(end_needs_its_whole_line)
{
	off_t at = 0;

	put("PLAN 1 0\nSTART 1\n");
	ck_assert(!progress_saw_end(path, &at));
	put("END 1");
	ck_assert(!progress_saw_end(path, &at));
	put(" 0\n");
	ck_assert(progress_saw_end(path, &at));
}
END_TEST

START_TEST(end_inside_a_line_is_none)
{
	off_t at = 0;

	put("INFO the END 1\nSPEND 1 0\nEND\n");
	ck_assert(!progress_saw_end(path, &at));
}
END_TEST

/* Long files, cut at every place around the reader's buffer. */
START_TEST(end_across_reads)
{
	static char line[1 << 16];

	for (int pad = 65500; pad < 65560; pad++) {
		off_t at = 0;

		ck_assert_int_eq(ftruncate(file, 0) | (int)lseek(file, 0, SEEK_SET), 0);
		memset(line, 'x', sizeof(line));
		for (int left = pad; left > 0;) {
			ssize_t n = write(file, line, left < 4096 ? (size_t)left : 4096);

			ck_assert_int_gt(n, 0);
			left -= (int)n;
		}
		ck_assert(!progress_saw_end(path, &at));
		put("\nEND 2 0\n");
		ck_assert_msg(progress_saw_end(path, &at), "pad %d", pad);
	}
}
END_TEST

START_TEST(no_file_is_no_end)
{
	off_t at = 0;

	ck_assert(!progress_saw_end("/nonexistent/file", &at));
}
END_TEST

/* What the watch says of a child that works, sleeps or writes. */
static const char *watch(struct progress p, int kind)
{
	const char *why = NULL;
	pid_t pid = fork();

	if (!pid) {
		if (kind == 'w')
			for (volatile unsigned i = 0;; i = i + 1)
				;
		while (kind == 'o') {
			if (write(file, "x", 1) != 1)
				_exit(1);
			usleep(1000);
		}
		for (;;)
			pause();
	}
	p.pid = pid;
	p.file[0] = path;
	p.nfiles = 1;
	while (!why) {
		usleep(10000);
		why = progress_overdue(&p);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return why;
}

START_TEST(working_without_output)
{
	ck_assert_str_eq(watch((struct progress){.limit = 100, .idle = 0.1}, 'w'), "idle");
	ck_assert_str_eq(watch((struct progress){.limit = 0.1}, 'w'), "limit");
}
END_TEST

START_TEST(sleeping_without_output)
{
	ck_assert_str_eq(watch((struct progress){.limit = 100, .idle = 0.1}, 's'), "idle");
}
END_TEST

START_TEST(output_without_end_meets_the_limit)
{
	ck_assert_str_eq(watch((struct progress){.limit = 0.1, .idle = 50}, 'o'), "limit");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("progress");
	TCase *t = tcase_create("watch");
	SRunner *r;
	int bad;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, end_needs_its_whole_line);
	tcase_add_test(t, end_inside_a_line_is_none);
	tcase_add_test(t, end_across_reads);
	tcase_add_test(t, no_file_is_no_end);
	tcase_add_test(t, working_without_output);
	tcase_add_test(t, sleeping_without_output);
	tcase_add_test(t, output_without_end_meets_the_limit);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}

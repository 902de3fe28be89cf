/* SPDX-License-Identifier: MIT
 * Starting a program: where its output goes, what it reads, what cannot be started,
 * and how its end is written down.
 */
#include "harness/launch.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/test-launch-XXXXXX", out[64];

static void setup(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(out, sizeof(out), "%s/out", dir);
}

static void teardown(void)
{
	unlink(out);
	rmdir(dir);
}

static const char *text(void)
{
	static char buf[200];
	FILE *f = fopen(out, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = 0;
	return buf;
}

static int finish(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(runs_in_a_folder_and_a_group)
{
	char *argv[] = {"sh", "-c", "pwd; read x || echo nothing to read; exit 3", NULL};
	struct launch l = {.argv = argv, .out = out, .dir = dir};
	char want[100];
	pid_t pid;
	int in;

	ck_assert_int_eq(launch(&l, &pid, &in), 0);
	ck_assert_int_eq(in, -1);
	ck_assert_int_eq(getpgid(pid), pid);
	ck_assert_int_eq(WEXITSTATUS(finish(pid)), 3);
	snprintf(want, sizeof(want), "%s\nnothing to read\n", dir);
	ck_assert_str_eq(text(), want);
}
END_TEST

START_TEST(reads_from_a_pipe)
{
	char *argv[] = {"cat", NULL};
	struct launch l = {.argv = argv, .out = out, .piped = true};
	pid_t pid;
	int in;

	ck_assert_int_eq(launch(&l, &pid, &in), 0);
	ck_assert_int_eq(write(in, "hello", 5), 5);
	close(in);
	ck_assert_int_eq(finish(pid), 0);
	ck_assert_str_eq(text(), "hello");
}
END_TEST

START_TEST(cannot_be_started)
{
	char *missing[] = {"/nonexistent/program", NULL}, *fine[] = {"true", NULL};
	struct launch l = {.argv = missing};
	pid_t pid;
	int in;

	ck_assert_int_eq(launch(&l, &pid, &in), ENOENT);
	l.argv = fine;
	l.dir = "/nonexistent";
	ck_assert_int_eq(launch(&l, &pid, &in), ENOENT);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1); /* nobody is left */
}
END_TEST

/* What blocks here must not stay blocked there. */
START_TEST(signals_reach_it)
{
	char *argv[] = {"sh", "-c", "kill -TERM $$; echo still here", NULL};
	struct launch l = {.argv = argv, .out = out};
	sigset_t set;
	pid_t pid;
	int in, status;

	launch_signals(&set);
	ck_assert_int_eq(launch(&l, &pid, &in), 0);
	ck_assert_int_eq(sigwaitinfo(&set, NULL), SIGCHLD);
	status = finish(pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	ck_assert_str_eq(text(), "");
}
END_TEST

START_TEST(json)
{
	char *argv[] = {"a", "b \"c\"", NULL}, *got;
	size_t n;
	FILE *f = open_memstream(&got, &n);

	launch_json_status(f, 3 << 8, false);
	fputc(' ', f);
	launch_json_status(f, SIGKILL, false);
	fputc(' ', f);
	launch_json_status(f, SIGKILL, true);
	fputc(' ', f);
	launch_json_command(f, argv);
	fclose(f);
	ck_assert_str_eq(got, "\"exit\":3,\"signal\":null \"exit\":null,\"signal\":9 "
			      "\"exit\":null,\"signal\":null \"command\":[\"a\",\"b \\\"c\\\"\"]");
	free(got);
}
END_TEST

START_TEST(cpu_time)
{
	struct rusage use = {.ru_utime = {1, 200000}, .ru_stime = {2, 30}};

	ck_assert_int_eq(launch_cpu_ns(&use), 3200030000ll);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("launch");
	TCase *tc = tcase_create("launch");
	SRunner *r;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, runs_in_a_folder_and_a_group);
	tcase_add_test(tc, reads_from_a_pipe);
	tcase_add_test(tc, cannot_be_started);
	tcase_add_test(tc, signals_reach_it);
	tcase_add_test(tc, json);
	tcase_add_test(tc, cpu_time);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

/* SPDX-License-Identifier: MIT
 * The engine end to end: firmware images of test_engine/ run in build/refvmm, in
 * both configurations of page 0, with and without the counting prelude.  An
 * image judges itself and ends through the exit port; the counters show that it
 * went the way it was meant to.  System tests print instead, and what they print
 * has to be what Bochs prints (NAME.expect, written by test_engine/bochs.sh).
 */
#include "refvmm/test_main.h"
#include "refvmm/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A guard against guests that wait for ever, far from what any image needs. */
#define LIMIT_UNITS   "4000000000"
#define LIMIT_SECONDS "600"

static const struct {
	const char *image;
	const char *counter; /* NULL, or one of bt/stats.def */
	u64 at_least;
} guests[] = {
	{"irqloop", "interrupts", 60},
	{"irqloop", "exit_async", 20},
	{"halt", "halts", 10},
	{"storm", "interrupts", 3000},
	{"selfmod", "pages_selfcheck", 1},
	{"selfmod", "exit_selfcheck", 100},
	{"a20", "window_drops", 3},
	{"pam", "window_drops", 4},
	{"reset", "resets", 5},
	{"step", "exceptions", 16},
	{"segload", "seg_inline", 100},
	{"romcopy", "stores_checked", 8},
	{"ports", "interrupts", 3},
	{"ferr", "interrupts", 6},
	{"ferr", "x87_notes", 10},
};

static char build[256]; /* folder of the programs */

/* Run with these extra arguments. */
static pid_t start(const char *image, char *const extra[])
{
	char program[300], rom[300];
	char *argv[24] = {program, "-m", "16M", "--bios", rom, "--vgabios", "none"};
	int n = 7;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/refvmm", build);
	snprintf(rom, sizeof(rom), "%s/vmm/engine/%s.rom", build, image);
	for (int k = 0; extra[k]; k++)
		argv[n++] = extra[k];
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		execv(program, argv);
		_exit(127);
	}
	return pid;
}

static int exit_code(const char *image, int status)
{
	ck_assert_msg(WIFEXITED(status), "%s: signal %d", image, WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* The same to its end; the exit code. */
static int run(const char *image, char *const extra[])
{
	pid_t pid = start(image, extra);
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return exit_code(image, status);
}

/* An odd exit code is the guest's (n << 1) | 1. */
static void ck_passed(const char *image, int rc)
{
	ck_assert_msg(rc & 1, "%s: refvmm ended with %d", image, rc);
	ck_assert_msg(rc == 1, "%s: check %d failed in the guest", image, rc >> 1);
}

static u64 counter_of(const char *path, const char *name)
{
	char text[16384], key[64], *p;
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	snprintf(key, sizeof(key), "\"%s\":", name);
	p = strstr(text, key);
	ck_assert_msg(p, "no counter %s", name);
	return strtoull(p + strlen(key), NULL, 10);
}

static void counting(int k, char *page0)
{
	char stats[] = "/tmp/refvmm-engine-XXXXXX", arg[64];
	char *const extra[] = {"--page0", page0, "--limit-units", LIMIT_UNITS, "--stats",
			       arg,       NULL};
	int fd = mkstemp(stats), rc;
	u64 n;

	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(arg, sizeof(arg), "json:%s", stats);
	rc = run(guests[k].image, extra);
	n = counter_of(stats, guests[k].counter);
	unlink(stats);
	ck_passed(guests[k].image, rc);
	ck_assert_msg(n >= guests[k].at_least, "%s: %s is %llu", guests[k].image, guests[k].counter,
		      (unsigned long long)n);
}

START_TEST(counting_auto)
{
	counting(_i, "auto");
}
END_TEST

START_TEST(counting_shift)
{
	counting(_i, "shift");
}
END_TEST

START_TEST(plain_auto)
{
	char *const extra[] = {"--page0", "auto", "--limit-time", LIMIT_SECONDS, NULL};

	ck_passed(guests[_i].image, run(guests[_i].image, extra));
}
END_TEST

START_TEST(plain_shift)
{
	char *const extra[] = {"--page0", "shift", "--limit-time", LIMIT_SECONDS, NULL};

	ck_passed(guests[_i].image, run(guests[_i].image, extra));
}
END_TEST

static const char *const system_tests[] = {"tasks",  "v86",     "debug",  "sse",      "gates",
					   "paging", "segmemo", "x87env", "taskpage", "v86page"};

static char *contents(const char *path)
{
	static char text[2][262144];
	static int which;
	char *into = text[which ^= 1];
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "%s", path);
	n = fread(into, 1, sizeof(text[0]) - 1, f);
	ck_assert_msg(n < sizeof(text[0]) - 1, "%s is too long", path);
	into[n] = 0;
	fclose(f);
	return into;
}

/* The first line that differs says more than both texts. */
static void ck_same_lines(const char *image, const char *got, const char *want)
{
	for (int line = 1; *got || *want; line++) {
		int g = (int)strcspn(got, "\n"), w = (int)strcspn(want, "\n");

		ck_assert_msg(g == w && !strncmp(got, want, (size_t)g),
			      "%s line %d\n got: %.*s\nwant: %.*s", image, line, g, got, w, want);
		got += g + (got[g] != 0);
		want += w + (want[w] != 0);
	}
}

static void like_bochs(const char *image, char *const extra[])
{
	char out[] = "/tmp/refvmm-engine-XXXXXX", arg[64], expect[256];
	char *args[16] = {"--limit-units", LIMIT_UNITS, "--debugcon", arg};
	int fd = mkstemp(out), n = 4, rc;
	char *got;

	ck_assert_int_ge(fd, 0);
	close(fd);
	for (int k = 0; extra[k]; k++)
		args[n++] = extra[k];
	snprintf(arg, sizeof(arg), "file:%s", out);
	snprintf(expect, sizeof(expect), "refvmm/test_engine/%s.expect", image);
	rc = run(image, args);
	got = contents(out);
	unlink(out);
	ck_same_lines(image, got, contents(expect));
	ck_assert_int_eq(rc, 0);
}

START_TEST(system_auto)
{
	char *const extra[] = {"--page0", "auto", NULL};

	like_bochs(system_tests[_i], extra);
}
END_TEST

START_TEST(system_shift)
{
	char *const extra[] = {"--page0", "shift", NULL};

	like_bochs(system_tests[_i], extra);
}
END_TEST

/* Units leave the cache and come back all the time. */
START_TEST(system_small_cache)
{
	char *const extra[] = {"--cache", "16", NULL};

	like_bochs(system_tests[_i], extra);
}
END_TEST

START_TEST(small_cache)
{
	char *const extra[] = {"--cache", "16", "--limit-time", LIMIT_SECONDS, NULL};

	ck_passed(guests[_i].image, run(guests[_i].image, extra));
}
END_TEST

/* Most loads of that guest are repeated from their memos, and many memos are stale. */
START_TEST(remembered_loads)
{
	char stats[] = "/tmp/refvmm-engine-XXXXXX", arg[64];
	char *const extra[] = {"--limit-units", LIMIT_UNITS, "--stats", arg, NULL};
	int fd = mkstemp(stats);

	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(arg, sizeof(arg), "json:%s", stats);
	ck_assert_int_eq(run("segmemo", extra), 0);
	ck_assert_uint_ge(counter_of(stats, "seg_inline"), 1000);
	ck_assert_uint_ge(counter_of(stats, "seg_miss_changed"), 50);
	ck_assert_uint_ge(counter_of(stats, "seg_memo_drops"), 8);
	unlink(stats);
}
END_TEST

/* Somebody keeps pushing the button until the guest has had enough. */
static void push_nmi(char *page0)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/refvmm-engine-XXXXXX", arg[128], answer[64];
	char *const extra[] = {"--page0", page0, "--limit-time", LIMIT_SECONDS, "--control",
			       arg,       NULL};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/s", folder);
	snprintf(arg, sizeof(arg), "unix:%s", to.sun_path);
	pid = start("nmi", extra);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		usleep(2000);
		/* Both fail before refvmm listens and after it has ended. */
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EISCONN)
			if (send(fd, "nmi\n", 4, MSG_NOSIGNAL) == 4)
				recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	}
	close(fd);
	rmdir(folder);
	ck_passed("nmi", exit_code("nmi", status));
}

START_TEST(nmi_button_auto)
{
	push_nmi("auto");
}
END_TEST

START_TEST(nmi_button_shift)
{
	push_nmi("shift");
}
END_TEST

/* Every stack access of this guest is one of the hardware. */
static void stack_in_reach(char *page0)
{
	char stats[] = "/tmp/refvmm-engine-XXXXXX", arg[64];
	char *const extra[] = {"--page0",      page0,         "--stats", arg,
			       "--limit-time", LIMIT_SECONDS, NULL};
	int fd = mkstemp(stats);

	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(arg, sizeof(arg), "json:%s", stats);
	ck_passed("storm", run("storm", extra));
	ck_assert_uint_eq(counter_of(stats, "soft"), 0);
	unlink(stats);
}

START_TEST(stack_in_reach_auto)
{
	stack_in_reach("auto");
}
END_TEST

START_TEST(stack_in_reach_shift)
{
	stack_in_reach("shift");
}
END_TEST

/* Every #PF that the guest prints was counted, and no others: all of them print. */
START_TEST(page_faults_counted)
{
	char stats[] = "/tmp/refvmm-engine-XXXXXX", arg[64];
	char *const extra[] = {"--stats", arg, NULL};
	u64 want = 0;
	int fd = mkstemp(stats);

	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(arg, sizeof(arg), "json:%s", stats);
	for (const char *p = contents("refvmm/test_engine/paging.expect");
	     (p = strstr(p, "#0000000e")); p++)
		want++;
	ck_assert_uint_gt(want, 100);
	ck_assert_int_eq(run("paging", extra), 0);
	ck_assert_uint_eq(counter_of(stats, "page_faults"), want);
	unlink(stats);
}
END_TEST

/* With --no-reboot a reset is the end, and a triple fault has its own code. */
START_TEST(no_reboot)
{
	char *const extra[] = {"--no-reboot", NULL};

	ck_assert_int_eq(run("reset", extra), 0);
	ck_assert_int_eq(run("triple", extra), 10);
}
END_TEST

/* The limit in units is the same in every run and ends any guest. */
START_TEST(limit_units)
{
	char *const extra[] = {"--limit-units", "1000", NULL};

	ck_assert_int_eq(run("selfmod", extra), 12);
}
END_TEST

static void add_tests(TCase *tc)
{
	int n = sizeof(guests) / sizeof(guests[0]);

	tcase_add_loop_test(tc, counting_auto, 0, n);
	tcase_add_loop_test(tc, counting_shift, 0, n);
	tcase_add_loop_test(tc, plain_auto, 0, n);
	tcase_add_loop_test(tc, plain_shift, 0, n);
	tcase_add_loop_test(tc, small_cache, 0, n);
	n = sizeof(system_tests) / sizeof(system_tests[0]);
	tcase_add_loop_test(tc, system_auto, 0, n);
	tcase_add_loop_test(tc, system_shift, 0, n);
	tcase_add_loop_test(tc, system_small_cache, 0, n);
	tcase_add_test(tc, remembered_loads);
	tcase_add_test(tc, nmi_button_auto);
	tcase_add_test(tc, nmi_button_shift);
	tcase_add_test(tc, page_faults_counted);
	tcase_add_test(tc, stack_in_reach_auto);
	tcase_add_test(tc, stack_in_reach_shift);
	tcase_add_test(tc, no_reboot);
	tcase_add_test(tc, limit_units);
}

int main(int argc, char **argv)
{
	char *slash;

	/* BUILD/vmm/test_engine */
	snprintf(build, sizeof(build), "%s", argv[0]);
	for (int k = 0; k < 2; k++) {
		slash = strrchr(build, '/');
		if (!slash) {
			fprintf(stderr, "usage: BUILD/vmm/test_engine\n");
			return 2;
		}
		*slash = 0;
	}
	return run_tests("engine");
}

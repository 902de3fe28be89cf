/* SPDX-License-Identifier: MIT
 * Hostile guests (guests/hostile/) in build/refvmm, in both configurations of page
 * 0.  A guest judges what it sees by the manuals; this side sees to the host: the
 * run ends by the guest's own exit code, nothing but the guest and the monitor area
 * is mapped below 4 GiB, and a seccomp filter kills the process at its first
 * system call through a 32-bit entry.
 *
 * ISOLATION_VMM names another program, for refvmm/check_defences.sh;
 * ISOLATION_SECONDS another limit for a run.
 */
#include "refvmm/config.h"
#include "refvmm/exit.h"
#include "refvmm/layout.h"
#include "refvmm/machine.h"

#include <check.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A library that makes the host a worse place, see there. */
#define PRELOADED "hostile_preload.so"

static const struct guest {
	const char *name;
	const char *memory;
	bool floppy; /* boots from its image by the firmware: it uses the drive */
	bool preload;
} guests[] = {
	{"selectors", "64M", false, false}, {"syscalls", "64M", false, false},
	{"monitor", "64M", false, false},   {"jumps", "64M", false, false},
	{"segments", "64M", false, false},  {"selfmod", "64M", false, false},
	{"flags", "64M", false, false},     {"ring3", "64M", false, false},
	{"real", "64M", false, false},      {"timer", "64M", false, true},
	{"dma", "64M", true, false},        {"pages", "320M", false, false},
	{"low", "64M", false, true},        {"alias", "64M", false, false},
	{"paging", "64M", false, false},
};
#define N_GUESTS (sizeof(guests) / sizeof(*guests))

/* Counters of a run that show that the guest met what it is about. */
static const struct met {
	const char *name, *counter;
	unsigned long at_least;
} met[] = {
#ifdef __SANITIZE_ADDRESS__ /* C0000000 is above the monitor area, out of reach by itself */
	{"paging", "user_limits", 1},
#else
	{"paging", "user_limits", 2}, /* above and at the end of user segments */
#endif
	{"paging", "supervisor_purges", 5000}, /* below it */
};

static char build[256];
static const char *vmm, *seconds;

/* Any system call that is not made by 64-bit code ends the process with SIGSYS. */
static void tripwire(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog)) {
		perror("seccomp filter");
		_exit(99);
	}
}

/* What a guest that got out could do is bounded, too.  A guest that does not end is stopped by
 * the processor time that it takes; the limit on the clock is for those that sleep, and
 * longer, as a busy host is no reason to fail. */
static void restrain(void)
{
	const rlim_t most = (rlim_t)atoi(seconds), cpu = (most < 100 ? most : 100) + 5;
	const struct rlimit limit[] = {{cpu, cpu}, {1 << 30, 1 << 30}, {0, 0}};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &limit[0]);
	setrlimit(RLIMIT_FSIZE, &limit[1]);
	setrlimit(RLIMIT_CORE, &limit[2]);
}

/* Run in the background; PASS lines go to `out`, its stderr to `err`. */
static pid_t start(const struct guest *g, const char *page0, const char *out, const char *err)
{
	char image[300], debugcon[80], stats[80], preload[300];
	const char *const argv[] = {vmm,
				    "-m",
				    g->memory,
				    g->floppy ? "--floppy" : "--kernel",
				    image,
				    "--page0",
				    page0,
				    "--debugcon",
				    debugcon,
				    "--stats",
				    stats,
				    "--no-reboot",
				    "--limit-time",
				    seconds,
				    NULL};
	pid_t pid;

	snprintf(image, sizeof(image), "%s/guests/hostile/%s.%s", build, g->name,
		 g->floppy ? "img,ro" : "bin");
	snprintf(debugcon, sizeof(debugcon), "file:%s", out);
	snprintf(stats, sizeof(stats), "json:%s.stats", out);
	snprintf(preload, sizeof(preload), "%s/vmm/%s", build, PRELOADED);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	restrain();
#ifndef __SANITIZE_ADDRESS__ /* its runtime wants to be first */
	if (g->preload && setenv("LD_PRELOAD", preload, 1))
		_exit(99);
#endif
	if (!freopen(err, "w", stderr))
		_exit(99);
	tripwire();
	execv(vmm, (char *const *)argv);
	_exit(98);
}

struct output {
	char *text;
	unsigned passed;
};

static char *contents(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	ck_assert(f && text);
	if (!fread(text, 1, (1 << 20) - 1, f))
		text[0] = 0;
	fclose(f);
	return text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		n += p == text || p[-1] == '\n';
	return n;
}

/* Every test passed, as many as the guest itself counted, and at least one. */
static void judge(const struct guest *g, const char *page0, const char *text, const char *said)
{
	const char *fail = strstr(text, "FAIL "), *end = strstr(text, "\nEND ");
	unsigned passed = 0, failed = 1;

	ck_assert_msg(!fail, "%s, page 0 %s: %.*s", g->name, page0,
		      (int)strcspn(fail ? fail : "", "\n"), fail);
	ck_assert_msg(end, "%s, page 0 %s: no end after %u tests: %s", g->name, page0,
		      count(text, "PASS "), said);
	ck_assert_int_eq(sscanf(end, "\nEND %x %x", &passed, &failed), 2);
	ck_assert_uint_eq(failed, 0);
	ck_assert_uint_gt(passed, 0);
	ck_assert_uint_eq(count(text, "PASS "), passed);
}

static void finish(const char *dir, const char *out, const char *err)
{
	char stats[80];

	snprintf(stats, sizeof(stats), "%s.stats", out);
	unlink(stats);
	unlink(out);
	unlink(err);
	rmdir(dir);
}

#define ALL(list) (sizeof(list) / sizeof(*(list)))
static const char *const tables[] = {"4K PDE",  "4K PTE",   "4K both", "PAE PDE",
				     "PAE PTE", "PAE both", "4M PDE",  "2M PDE"};
static const char *const kernels[] = {"high", "low, users above,", "low"};
static const char rwx[] = "rwx";
static const char *const places[] = {"above", "below", "straddling"};

/* Which of the words the text goes on with; behind it then. */
static unsigned one_of(const char **p, const char *const words[], unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		size_t len = strlen(words[k]);

		if (!strncmp(*p, words[k], len) && (*p)[len] == ' ') {
			*p += len + 1;
			return k;
		}
	}
	ck_abort_msg("what is '%.60s'?", *p);
	return 0;
}

/* The matrix of guest paging has no empty cell: tables x WP x kernel high or low x page
 * above or below the end of user segments or access over it x read, write, run. */
static void judge_cells(const char *text)
{
	static unsigned cell[ALL(tables)][2][2][ALL(places)][3];
	unsigned sum = 0, kinds[3] = {0}, empty = 0;

	memset(cell, 0, sizeof(cell));
	for (const char *p = text; (p = strstr(p, "PASS ")); p++) {
		const char *q = p + 5, *kind;
		unsigned table, wp, high, place;

		if (strncmp(q, "4K ", 3) && strncmp(q, "4M ", 3) && strncmp(q, "2M ", 3) &&
		    strncmp(q, "PAE ", 4))
			continue;
		table = one_of(&q, tables, ALL(tables));
		wp = !strncmp(q, "WP ", 3);
		q += 3 * wp;
		high = one_of(&q, kernels, ALL(kernels)) == 0;
		place = one_of(&q, places, ALL(places));
		q += 9; /* the address */
		kind = strchr(rwx, *q);
		ck_assert_msg(*q && kind, "what is '%.60s'?", p);
		cell[table][wp][high][place][kind - rwx]++;
		kinds[kind - rwx]++;
		sum++;
	}
	for (unsigned *c = &cell[0][0][0][0][0]; c < (unsigned *)(&cell + 1); c++)
		empty += !*c;
	printf("paging: %u attacks in %zu cells: %u read, %u write, %u run\n", sum,
	       sizeof(cell) / sizeof(unsigned), kinds[0], kinds[1], kinds[2]);
	ck_assert_uint_eq(empty, 0);
}

static void judge_counters(const struct guest *g, const char *out)
{
	char path[80], key[64], *text, *at;

	snprintf(path, sizeof(path), "%s.stats", out);
	text = contents(path);
	for (unsigned k = 0; k < ALL(met); k++) {
		if (strcmp(met[k].name, g->name))
			continue;
		snprintf(key, sizeof(key), "\"%s\":", met[k].counter);
		at = strstr(text, key);
		ck_assert_msg(at && strtoul(at + strlen(key), NULL, 10) >= met[k].at_least,
			      "%s: not %lu of %.40s", g->name, met[k].at_least, at ? at : key);
	}
	free(text);
}

static bool no_such_host(int status, const char *name, const char *page0, const char *why)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != RC_HOST)
		return false;
	printf("SKIP isolation %s %s: %s", name, page0, why);
	return true;
}

static void run(const struct guest *g, const char *page0)
{
	char dir[] = "/tmp/isolation-XXXXXX", out[64], err[64], *text, *said;
	int status;

	ck_assert(mkdtemp(dir));
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(err, sizeof(err), "%s/err", dir);
	ck_assert_int_gt(waitpid(start(g, page0, out, err), &status, 0), 0);
	said = contents(err);
	if (no_such_host(status, g->name, page0, said)) {
		finish(dir, out, err);
		return;
	}
	text = contents(out);
	ck_assert_msg(WIFEXITED(status), "%s, page 0 %s: signal %d after %u tests%s", g->name,
		      page0, WTERMSIG(status), count(text, "PASS "),
		      WTERMSIG(status) == SIGSYS ? ": a host system call by the guest" : "");
	judge(g, page0, text, said);
	ck_assert_msg(WEXITSTATUS(status) == 1, "%s, page 0 %s: exit %d: %s", g->name, page0,
		      WEXITSTATUS(status), said);
	ck_assert_str_eq(said, "");
	judge_counters(g, out);
	if (!strcmp(g->name, "paging"))
		judge_cells(text);
	finish(dir, out, err);
	free(said);
	free(text);
}

START_TEST(page0_mapped)
{
	run(&guests[_i], "map");
}
END_TEST

START_TEST(page0_shifted)
{
	run(&guests[_i], "shift");
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* it maps its own shadow memory below 4 GiB */
/* One line of /proc/PID/maps; false when it may be there. */
static bool offends(const char *line, u64 linbase)
{
	unsigned long long from, to;
	char perms[5];

	ck_assert_int_eq(sscanf(line, "%llx-%llx %4s", &from, &to, perms), 3);
	if (from >> 32)
		return false;
	/* The monitor area, and in it another mapping of the shadow RAM and what translated
	 * code may read of the guest's descriptor tables. */
	if (from - REFVMM_MONITOR_BASE < MON_SIZE && to - REFVMM_MONITOR_BASE <= MON_SIZE) {
		bool table = from - REFVMM_MONITOR_BASE >= MON_TABLE_PAGES &&
			     to - REFVMM_MONITOR_BASE <= MON_TABLE_PAGES + (TABLE_PAGES << 12);
		bool alias = from < (u64)REFVMM_MONITOR_BASE + MON_TC &&
			     to > (u64)REFVMM_MONITOR_BASE + MON_SHADOW_RAM;

		if (table && strstr(line, "memfd:refvmm-ram"))
			return strncmp(perms, "r--", 3) != 0;
		return alias == !strstr(line, "memfd:refvmm-ram") || (alias && perms[2] == 'x');
	}
	return from < linbase || to > REFVMM_MONITOR_BASE || perms[2] == 'x' ||
	       !strstr(line, "memfd:refvmm-ram");
}

/* The guest waits, halted; look at the process. */
static void look(const char *page0, u64 linbase)
{
	static const struct guest waiting = {"waiting", "64M", false, false};
	char dir[] = "/tmp/isolation-XXXXXX", out[64], err[64], maps[64], bad[256] = "";
	char line[512], *said = NULL, *text = NULL;
	unsigned windows = 0;
	int status = 0;
	bool up = false;
	pid_t pid;
	FILE *f;

	ck_assert(mkdtemp(dir));
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(err, sizeof(err), "%s/err", dir);
	pid = start(&waiting, page0, out, err);
	while (!up && !waitpid(pid, &status, WNOHANG)) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		if (access(out, R_OK))
			continue;
		text = contents(out);
		up = strstr(text, "READY");
		free(text);
	}
	said = contents(err);
	if (!up && no_such_host(status, "maps", page0, said)) {
		finish(dir, out, err);
		return;
	}
	ck_assert_msg(up, "the guest did not start: %s", said);
	snprintf(maps, sizeof(maps), "/proc/%d/maps", (int)pid);
	f = fopen(maps, "r");
	ck_assert(f);
	while (fgets(line, sizeof(line), f)) {
		windows += !!strstr(line, "memfd:refvmm-ram");
		if (offends(line, linbase) && !*bad)
			snprintf(bad, sizeof(bad), "%.*s", (int)strcspn(line, "\n"), line);
	}
	fclose(f);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	finish(dir, out, err);
	ck_assert_uint_gt(windows, 1);
	ck_assert_msg(!*bad, "below 4 GiB, page 0 %s: %s", page0, bad);
	free(said);
}

#endif

START_TEST(maps)
{
#ifdef __SANITIZE_ADDRESS__
	printf("SKIP isolation maps: AddressSanitizer maps its shadow below 4 GiB\n");
#else
	look(_i ? "shift" : "map", _i ? 0x10000 : 0);
#endif
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("isolation");
	char program[300], *slash;
	SRunner *r;
	int failed;

	snprintf(build, sizeof(build), "%s", argv[0]);
	for (int up = 0; up < 2; up++) { /* BUILD/vmm/test_isolation */
		slash = strrchr(build, '/');
		if (!slash) {
			fprintf(stderr, "run it as BUILD/vmm/test_isolation\n");
			return 2;
		}
		*slash = 0;
	}
	snprintf(program, sizeof(program), "%s/refvmm", build);
	vmm = getenv("ISOLATION_VMM") ? getenv("ISOLATION_VMM") : program;
	seconds = getenv("ISOLATION_SECONDS") ? getenv("ISOLATION_SECONDS") : "600";
	for (unsigned k = 0; k < N_GUESTS; k++) {
		TCase *tc = tcase_create(guests[k].name);

		tcase_set_timeout(tc, 900); /* a guard against hangs */
		tcase_add_loop_test(tc, page0_mapped, (int)k, (int)k + 1);
		tcase_add_loop_test(tc, page0_shifted, (int)k, (int)k + 1);
		suite_add_tcase(s, tc);
	}
	TCase *tc = tcase_create("maps");

	tcase_set_timeout(tc, 900);
	tcase_add_loop_test(tc, maps, 0, 2);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

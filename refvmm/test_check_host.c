/* SPDX-License-Identifier: MIT
 * --check-host on hosts that lack things.  System calls are denied by seccomp
 * filters; what probes learn in other ways is replaced in struct host_env.  Check
 * runs each test in its own process, so filters need no undoing.
 */
#include "refvmm/check_host.h"
#include "refvmm/exit.h"
#include "refvmm/layout.h"
#include "refvmm/machine.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"
#include "refvmm/test_seccomp.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static struct host_env env;
static char report[8192];

static int run_report(void)
{
	FILE *out = tmpfile();
	size_t n;
	int rc = check_host(&env, out);

	rewind(out);
	n = fread(report, 1, sizeof(report) - 1, out);
	report[n] = '\0';
	fclose(out);
	return rc;
}

/* The report line of one feature. */
static const char *line_of(const char *name)
{
	static char line[400];
	const char *at = report;

	for (; at && *at; at = strchr(at, '\n'), at += at != NULL) {
		size_t n = strlen(name);

		if (strncmp(at, name, n) || at[n] != ' ')
			continue;
		n = strcspn(at, "\n");
		memcpy(line, at, n);
		line[n] = '\0';
		return line;
	}
	ck_abort_msg("no line for %s in:\n%s", name, report);
}

static void expect(const char *name, const char *word, const char *reason)
{
	const char *line = line_of(name);

	ck_assert_msg(!strncmp(line + 15, word, strlen(word)), "%s", line);
	ck_assert_msg(strstr(line, reason), "no '%s' in: %s", reason, line);
}

/* The feature is missing for this reason: in the report, by exit code, and in
 * the one line before a run. */
static void expect_missing(const char *name, const char *reason)
{
	const char *text;

	ck_assert_int_eq(run_report(), RC_HOST);
	expect(name, "MISSING", reason);
	ck_assert_ptr_nonnull(strstr(report, "refvmm cannot run here: "));
	capture_stderr();
	ck_assert_int_eq(check_host_quietly(&env, PAGE0_AUTO), RC_HOST);
	text = printed();
	ck_assert_msg(!strncmp(text, "refvmm: ", 8) && strstr(text, reason), "%s", text);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}

static void setup(void)
{
	env = host_env_real;
}

START_TEST(this_host)
{
	ck_assert_msg(run_report() == RC_OK, "%s", report);
	ck_assert_ptr_null(strstr(report, "MISSING"));
	ck_assert_ptr_nonnull(strstr(report, "refvmm can run here\n"));
	capture_stderr();
	ck_assert_int_eq(check_host_quietly(&env, PAGE0_AUTO), RC_OK);
	ck_assert_str_eq(printed(), "");
}
END_TEST

static const struct {
	int nr, err;
	const char *name, *reason;
} denied[] = {
	{SYS_modify_ldt, ENOSYS, "modify_ldt", "not in this kernel, or hidden by a sandbox"},
	{SYS_modify_ldt, EPERM, "modify_ldt", "denied by a sandbox"},
	{SYS_modify_ldt, EPERM, "code32", "modify_ldt: Operation not permitted"},
	{SYS_modify_ldt, EPERM, "code16", "modify_ldt: Operation not permitted"},
	{SYS_modify_ldt, EINVAL, "signals", "modify_ldt: Invalid argument"},
	{SYS_memfd_create, ENOSYS, "memfd", "memfd_create: Function not implemented"},
	{SYS_memfd_create, EPERM, "memfd", "memfd_create: Operation not permitted"},
	{SYS_ftruncate, EPERM, "memfd", "ftruncate: Operation not permitted"},
	{SYS_rt_sigaction, EPERM, "signals", "sigaltstack or sigaction: Operation not permitted"},
	{SYS_timer_create, EPERM, "timer", "timer_create: Operation not permitted"},
};

START_TEST(denied_calls)
{
	deny_call(denied[_i].nr, denied[_i].err);
	expect_missing(denied[_i].name, denied[_i].reason);
}
END_TEST

/* Placing a private mapping at this address fails; others at it do not. */
static void deny_mmap_at(int err, u64 addr, u64 extra_flags)
{
	u64 flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | extra_flags;

	deny_call_with(SYS_mmap, err, (struct call_arg){0, addr}, (struct call_arg){3, flags});
}

START_TEST(no_alternate_stack)
{
	/* Setting one, not asking for it, which the sanitizers do. */
	deny_call_with(SYS_sigaltstack, EPERM, (struct call_arg){1, 0}, (struct call_arg){1, 0});
	expect_missing("signals", "sigaltstack or sigaction: Operation not permitted");
}
END_TEST

START_TEST(window_taken)
{
	deny_mmap_at(ENOMEM, 0x10000, MAP_NORESERVE);
	expect_missing("window", "mmap of 0x10000-");
}
END_TEST

START_TEST(monitor_base_taken)
{
	deny_mmap_at(EEXIST, REFVMM_MONITOR_BASE, MAP_NORESERVE);
	expect_missing("monitor-base", "File exists");
}
END_TEST

START_TEST(arena_taken)
{
	deny_mmap_at(ENOMEM, ARENA_BASE, MAP_NORESERVE);
	expect_missing("arena", "Cannot allocate memory");
}
END_TEST

START_TEST(no_executable_memory)
{
	/* PROT_READ | PROT_WRITE | PROT_EXEC, as SELinux execmem denies it */
	deny_call_with(SYS_mmap, EACCES, (struct call_arg){0, REFVMM_MONITOR_BASE},
		       (struct call_arg){2, 7});
	expect_missing("monitor-base", "Permission denied");
}
END_TEST

START_TEST(killed_by_sandbox)
{
	/* A sandbox that kills instead of refusing must not kill the report. */
	kill_call(SYS_modify_ldt);
	expect_missing("modify_ldt", "killed by signal 31");
}
END_TEST

static unsigned long no_hwcap2(void)
{
	return 0;
}

START_TEST(no_fsgsbase)
{
	env.hwcap2 = no_hwcap2;
	expect_missing("fsgsbase", "the kernel did not enable FSGSBASE");
}
END_TEST

static u32 old_cpu(void)
{
	return host_env_real.cpuid_1_edx() & ~(1u << 26);
}

START_TEST(no_sse2)
{
	env.cpuid_1_edx = old_cpu;
	expect_missing("cpu", "the processor has no SSE2");
}
END_TEST

START_TEST(other_selectors)
{
	env.cs = 0xe033; /* Xen PV */
	expect_missing("selectors", "not 0xe033");
}
END_TEST

/* A /proc with the given files. */
static char *fake_proc(const char *map_count, const char *min_addr, const char *seccomp)
{
	static char dir[] = "/tmp/refvmm-test-XXXXXX";
	char cmd[500];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(cmd, sizeof(cmd),
		 "cd %s && mkdir -p sys/vm self && echo %s >sys/vm/max_map_count && "
		 "echo %s >sys/vm/mmap_min_addr && printf 'Name:\\tx\\nSeccomp:\\t%s\\n' "
		 ">self/status",
		 dir, map_count, min_addr, seccomp);
	ck_assert_int_eq(system(cmd), 0);
	return dir;
}

static void remove_proc(const char *dir)
{
	char cmd[100];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

START_TEST(few_mappings)
{
	char *dir = fake_proc("4096", "65536", "2");

	env.proc = dir;
	expect_missing("map-count", "vm.max_map_count is 4096, too small");
	expect("seccomp", "info", "filter");
	expect("page0", "info", "vm.mmap_min_addr 65536");
	remove_proc(dir);
}
END_TEST

START_TEST(no_proc)
{
	env.proc = "/nonexistent";
	expect_missing("map-count", "cannot read vm.max_map_count");
	expect("seccomp", "info", "unknown");
	expect("page0", "info", "vm.mmap_min_addr unknown");
}
END_TEST

START_TEST(no_processes)
{
	/* The flags of fork(); the leak checker clones with others. */
	const struct call_arg flags = {0, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD};

	deny_call_with(SYS_clone, EAGAIN, flags, flags);
	expect_missing("code32", "fork: Resource temporarily unavailable");
}
END_TEST

/* Page 0 decides the configuration, not whether refvmm runs. */
START_TEST(page0_not_mappable)
{
	deny_mmap_at(EPERM, 0, 0);
	ck_assert(!check_host_page0());
	ck_assert_msg(run_report() == RC_OK, "%s", report);
	expect("page0", "info", "--page0 auto will shift all bases by 64 KiB");
}
END_TEST

START_TEST(page0_wanted)
{
	const char *text;

	deny_mmap_at(EPERM, 0, 0);
	ck_assert(!check_host_page0());
	capture_stderr();
	ck_assert_int_eq(check_host_quietly(&env, PAGE0_MAP), RC_HOST);
	text = printed();
	ck_assert_msg(strstr(text, "refvmm: --page0: cannot map page 0"), "%s", text);
}
END_TEST

START_TEST(userfaultfd_is_optional)
{
	deny_call(SYS_userfaultfd, EPERM);
	ck_assert_msg(run_report() == RC_OK, "%s", report);
	expect("userfaultfd", "info", "Operation not permitted");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, this_host);
	tcase_add_loop_test(tc, denied_calls, 0, sizeof(denied) / sizeof(*denied));
	tcase_add_test(tc, no_alternate_stack);
	tcase_add_test(tc, window_taken);
	tcase_add_test(tc, monitor_base_taken);
	tcase_add_test(tc, arena_taken);
	tcase_add_test(tc, no_executable_memory);
	tcase_add_test(tc, killed_by_sandbox);
	tcase_add_test(tc, no_fsgsbase);
	tcase_add_test(tc, no_sse2);
	tcase_add_test(tc, other_selectors);
	tcase_add_test(tc, few_mappings);
	tcase_add_test(tc, no_proc);
	tcase_add_test(tc, no_processes);
	tcase_add_test(tc, page0_not_mappable);
	tcase_add_test(tc, page0_wanted);
	tcase_add_test(tc, userfaultfd_is_optional);
}

TEST_MAIN("check_host")

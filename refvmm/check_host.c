/* SPDX-License-Identifier: MIT
 * Host feature report.  A table of probes; those that may kill the process or
 * leave segments behind run in a forked child.  The facts are the host rules of
 * docs/host-rules.md.
 */
#include "refvmm/check_host.h"
#include "refvmm/exit.h"
#include "refvmm/host_probes.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum need { REQUIRED, INFO };

static const struct check {
	const char *name;
	enum need need;
	bool in_child;
	host_probe *probe;
	const char *remedy;
} checks[] = {
	{"cpu", REQUIRED, false, probe_cpu, "use an x86-64 processor"},
	{"selectors", REQUIRED, false, probe_selectors,
	 "run under a Linux kernel with the usual selectors (not Xen PV)"},
	{"modify_ldt", REQUIRED, true, probe_modify_ldt,
	 "kernel with CONFIG_MODIFY_LDT_SYSCALL, container profile that allows modify_ldt"},
	{"code32", REQUIRED, true, probe_code32, "run without a sandbox that blocks LDT segments"},
	{"code16", REQUIRED, true, probe_code16,
	 "kernel with CONFIG_X86_16BIT (x86_espfix64), no sandbox that blocks LDT segments"},
	{"fsgsbase", REQUIRED, false, probe_fsgsbase,
	 "processor with FSGSBASE and Linux 5.9 or later without nofsgsbase"},
	{"signals", REQUIRED, true, probe_signals, "run outside ptrace-based sandboxes"},
	{"memfd", REQUIRED, true, probe_memfd, "allow memfd_create and executable mappings of it"},
	{"window", REQUIRED, true, probe_window,
	 "raise ulimit -v; nothing else may be mapped below 4 GiB"},
	{"monitor-base", REQUIRED, true, probe_monitor,
	 "allow writable and executable memory below 4 GiB"},
	{"arena", REQUIRED, true, probe_arena, "raise ulimit -v"},
	{"map-count", REQUIRED, false, probe_map_count, "sysctl vm.max_map_count=65530"},
	{"timer", REQUIRED, false, probe_timer, "allow timer_create"},
	{"page0", INFO, false, probe_page0, NULL},
	{"userfaultfd", INFO, false, probe_userfaultfd, NULL},
	{"seccomp", INFO, false, probe_seccomp, NULL},
};

enum { N_CHECKS = sizeof(checks) / sizeof(*checks) };

static bool run_in_child(const struct check *c, const struct host_env *env, char *text)
{
	char *shared =
		mmap(NULL, PROBE_TEXT, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool ok = false;
	int status = 0;
	pid_t pid;

	if (shared == MAP_FAILED) {
		snprintf(text, PROBE_TEXT, "mmap: %s", strerror(errno));
		return false;
	}
	pid = fork();
	if (pid == 0) {
		alarm(20); /* a host this broken must not hang the report */
		_exit(!c->probe(env, shared));
	}
	if (pid < 0) {
		snprintf(text, PROBE_TEXT, "fork: %s", strerror(errno));
	} else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		memcpy(text, shared, PROBE_TEXT);
		if (WIFSIGNALED(status))
			snprintf(text, PROBE_TEXT, "the probe was killed by signal %d (%s)%.100s",
				 WTERMSIG(status), strsignal(WTERMSIG(status)),
				 WTERMSIG(status) == SIGSYS ? ", a seccomp filter" : "");
	}
	munmap(shared, PROBE_TEXT);
	return ok;
}

static bool run(const struct check *c, const struct host_env *env, char *text)
{
	text[0] = '\0';
	return c->in_child ? run_in_child(c, env, text) : c->probe(env, text);
}

int check_host(const struct host_env *env, FILE *out)
{
	unsigned missing = 0;

	fflush(out); /* children must not print it again */
	for (unsigned i = 0; i < N_CHECKS; i++) {
		const struct check *c = &checks[i];
		char text[PROBE_TEXT];
		bool ok = run(c, env, text);

		if (c->need == INFO)
			fprintf(out, "%-14s info     %s\n", c->name, text);
		else if (ok)
			fprintf(out, "%-14s ok       %s\n", c->name, text);
		else
			fprintf(out, "%-14s MISSING  %s; %s\n", c->name, text, c->remedy);
		missing += c->need == REQUIRED && !ok;
		fflush(out);
	}
	if (missing)
		fprintf(out, "refvmm cannot run here: %u of the required features missing\n",
			missing);
	else
		fprintf(out, "refvmm can run here\n");
	return missing ? RC_HOST : RC_OK;
}

int check_host_quietly(const struct host_env *env, enum page0_mode page0)
{
	char text[PROBE_TEXT];

	for (unsigned i = 0; i < N_CHECKS; i++) {
		const struct check *c = &checks[i];

		if (c->need == REQUIRED && !run(c, env, text))
			return refuse(RC_HOST, c->name, "%s (see refvmm --check-host)", text);
	}
	if (page0 == PAGE0_MAP && !check_host_page0()) {
		probe_page0(env, text);
		return refuse(RC_HOST, "--page0", "cannot map page 0: %s", text);
	}
	return RC_OK;
}

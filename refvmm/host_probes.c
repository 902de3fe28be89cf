/* SPDX-License-Identifier: MIT
 * Probes that ask the processor or the kernel and change nothing.
 */
#include "refvmm/host_probes.h"
#include "refvmm/hosttest.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The engine keeps mappings under this; isolated pages are evicted in ranges. */
#define MIN_MAP_COUNT 16384

#define SAY(...)      snprintf(text, PROBE_TEXT, __VA_ARGS__)

static unsigned long real_hwcap2(void)
{
	return getauxval(AT_HWCAP2);
}

static u32 real_cpuid_1_edx(void)
{
	unsigned a, b, c, d = 0;

	__get_cpuid(1, &a, &b, &c, &d);
	return d;
}

const struct host_env host_env_real = {
	.proc = "/proc",
	.hwcap2 = real_hwcap2,
	.cpuid_1_edx = real_cpuid_1_edx,
	.cs = 0x33, /* __USER_CS and __USER_DS of Linux on x86-64 */
	.ss = 0x2b,
};

/* First line of a file under /proc; false with errno set. */
static bool proc_line(const struct host_env *env, const char *name, char *line, int n)
{
	char path[256];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", env->proc, name);
	f = fopen(path, "r");
	if (!f)
		return false;
	ok = fgets(line, n, f) != NULL;
	if (!ok)
		errno = EIO;
	fclose(f);
	line[ok ? strcspn(line, "\n") : 0] = '\0';
	return ok;
}

bool probe_cpu(const struct host_env *env, char *text)
{
	static const struct {
		u32 bit;
		const char *name;
	} needed[] = {
		{bit_CMPXCHG8B, "CX8"}, {bit_CMOV, "CMOV"}, {bit_FXSAVE, "FXSR"},
		{bit_SSE, "SSE"},       {bit_SSE2, "SSE2"},
	};
	u32 brand[13] = {0}, edx = env->cpuid_1_edx();

	for (unsigned i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (!(edx & needed[i].bit)) {
			SAY("the processor has no %s", needed[i].name);
			return false;
		}
	}
	for (u32 i = 0; i < 3; i++)
		if (!__get_cpuid(0x80000002 + i, &brand[4 * i], &brand[4 * i + 1],
				 &brand[4 * i + 2], &brand[4 * i + 3]))
			brand[0] = 0;
	SAY("%.48s", brand[0] ? (char *)brand : "x86-64");
	return true;
}

bool probe_selectors(const struct host_env *env, char *text)
{
	u16 cs, ss;

	__asm__("mov %%cs, %0; mov %%ss, %1" : "=r"(cs), "=r"(ss));
	if (cs != env->cs || ss != env->ss) {
		SAY("CS is %#x and SS is %#x, not %#x and %#x", cs, ss, env->cs, env->ss);
		return false;
	}
	SAY("CS %#x, SS %#x", cs, ss);
	return true;
}

bool probe_fsgsbase(const struct host_env *env, char *text)
{
	bool ok = env->hwcap2() & 2; /* HWCAP2_FSGSBASE */

	SAY(ok ? "user code may write FS and GS bases" : "the kernel did not enable FSGSBASE");
	return ok;
}

bool probe_map_count(const struct host_env *env, char *text)
{
	char line[64];
	long n;

	if (!proc_line(env, "sys/vm/max_map_count", line, sizeof(line))) {
		SAY("cannot read vm.max_map_count: %s", strerror(errno));
		return false;
	}
	n = atol(line);
	SAY("vm.max_map_count is %ld%s", n, n < MIN_MAP_COUNT ? ", too small" : "");
	return n >= MIN_MAP_COUNT;
}

bool probe_timer(const struct host_env *env, char *text)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	timer_t id;

	if (timer_create(CLOCK_MONOTONIC, &ev, &id) < 0) {
		SAY("timer_create: %s", strerror(errno));
		return false;
	}
	timer_delete(id);
	SAY("POSIX timer on the monotonic clock");
	return true;
}

bool check_host_page0(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, 4096);
	return p == NULL;
}

bool probe_page0(const struct host_env *env, char *text)
{
	char line[64];
	bool ok = check_host_page0();
	int err = errno;

	if (!proc_line(env, "sys/vm/mmap_min_addr", line, sizeof(line)))
		strcpy(line, "unknown");
	if (ok)
		SAY("vm.mmap_min_addr %.40s: --page0 auto will map page 0", line);
	else
		SAY("vm.mmap_min_addr %.40s (%s): --page0 auto will shift all bases by 64 KiB",
		    line, strerror(err));
	return ok;
}

bool probe_userfaultfd(const struct host_env *env, char *text)
{
	struct uffdio_api api = {.api = UFFD_API};
	/* 1: UFFD_USER_MODE_ONLY, Linux 5.11 */
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);
	bool wp;

	if (fd < 0) {
		SAY("userfaultfd: %s; writes to translated pages are tracked by mprotect",
		    strerror(errno));
		return false;
	}
	wp = ioctl(fd, UFFDIO_API, &api) == 0 && (api.features & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	close(fd);
	SAY("user-mode userfaultfd %s write protection", wp ? "with" : "without");
	return wp;
}

bool probe_seccomp(const struct host_env *env, char *text)
{
	static const char *const modes[] = {"none", "strict", "filter"};
	char path[256], line[128];
	unsigned mode = 3;
	FILE *f;

	snprintf(path, sizeof(path), "%s/self/status", env->proc);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Seccomp:", 8))
			mode = (unsigned)atoi(line + 8);
	if (f)
		fclose(f);
	SAY("seccomp mode of this process: %s", mode < 3 ? modes[mode] : "unknown");
	return mode < 3;
}

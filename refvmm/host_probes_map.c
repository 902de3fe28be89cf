/* SPDX-License-Identifier: MIT
 * Memory probes: the guest linear window below 4 GiB, guest RAM as a memfd, the
 * monitor area.  They leave mappings behind and so run in a child.
 */
#include "refvmm/host_probes.h"
#include "refvmm/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SAY(...) snprintf(text, PROBE_TEXT, __VA_ARGS__)

/* Default vm.mmap_min_addr of Debian and Ubuntu; page 0 is its own probe. */
#define WINDOW_START 0x10000u
#define MONITOR_SIZE 0x800000u

bool probe_memfd(const struct host_env *env, char *text)
{
	int fd = memfd_create("refvmm-probe", MFD_CLOEXEC);
	volatile u8 *high, *low;
	bool ok;

	if (fd < 0) {
		SAY("memfd_create: %s", strerror(errno));
		return false;
	}
	if (ftruncate(fd, 4096) < 0) {
		SAY("memfd: ftruncate: %s", strerror(errno));
		return false;
	}
	high = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	low = mmap((void *)(uintptr_t)WINDOW_START, 4096, PROT_READ | PROT_EXEC,
		   MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	if (high == MAP_FAILED || low == MAP_FAILED) {
		SAY("memfd: mmap: %s", strerror(errno));
		return false;
	}
	*high = 0xa5;
	ok = *low == 0xa5;
	SAY(ok ? "one memory file at two addresses, executable"
	       : "two mappings of a memory file differ");
	return ok;
}

static bool map_at(u32 base, u32 size, int prot, char *text)
{
	void *want = (void *)(uintptr_t)base;
	void *got = mmap(want, size, prot,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == want) {
		SAY("%#x-%#x is free", base, base + size - 1);
		return true;
	}
	SAY("mmap of %#x-%#x: %s", base, base + size - 1,
	    got == MAP_FAILED ? strerror(errno) : "placed elsewhere");
	return false;
}

bool probe_window(const struct host_env *env, char *text)
{
	return map_at(WINDOW_START, REFVMM_MONITOR_BASE - WINDOW_START, PROT_NONE, text);
}

bool probe_monitor(const struct host_env *env, char *text)
{
	return map_at(REFVMM_MONITOR_BASE, MONITOR_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, text);
}

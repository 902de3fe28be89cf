/* SPDX-License-Identifier: MIT
 * Memory probes: the guest linear window below 4 GiB, guest RAM as a memfd, the
 * monitor area.  They leave mappings behind and so run in a child.
 */
#include "refvmm/host_probes.h"
#include "refvmm/layout.h"
#include "refvmm/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SAY(...) snprintf(text, PROBE_TEXT, __VA_ARGS__)

/* Default vm.mmap_min_addr of Debian and Ubuntu; page 0 is its own probe. */
#define WINDOW_START 0x10000u
/* An address in the window for a page of the memory file. */
#define MEMFD_PAGE 0x1000000u

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
	low = mmap((void *)(uintptr_t)MEMFD_PAGE, 4096, PROT_READ | PROT_EXEC,
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

static bool map_at(u64 base, u64 size, int prot, char *text)
{
	void *want = (void *)(uintptr_t)base;
	void *got = mmap(want, size, prot,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == want) {
		SAY("%#llx-%#llx is free", (unsigned long long)base,
		    (unsigned long long)(base + size - 1));
		return true;
	}
	SAY("mmap of %#llx-%#llx: %s", (unsigned long long)base,
	    (unsigned long long)(base + size - 1),
	    got == MAP_FAILED ? strerror(errno) : "placed elsewhere");
	return false;
}

bool probe_window(const struct host_env *env, char *text)
{
	return map_at(WINDOW_START, REFVMM_MONITOR_BASE - WINDOW_START, PROT_NONE, text);
}

bool probe_arena(const struct host_env *env, char *text)
{
	return map_at(ARENA_BASE, RAM_ALIAS - ARENA_BASE, PROT_NONE, text) &&
	       map_at(RAM_ALIAS, 0x80000000ull, PROT_READ | PROT_WRITE, text);
}

bool probe_monitor(const struct host_env *env, char *text)
{
	return map_at(REFVMM_MONITOR_BASE, MON_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, text);
}

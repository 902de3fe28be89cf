/* SPDX-License-Identifier: MIT
 * A library that a user may have preloaded: it maps memory of its own below 4 GiB,
 * after the host was checked and before the guest's window is made
 * (test_isolation.c, guest "low").
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLACE ((void *)0x30000000)
#define SIZE  0x40000

int memfd_create(const char *name, unsigned flags)
{
	void *p = mmap(PLACE, SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == PLACE)
		memset(p, 0x5e, SIZE);
	return (int)syscall(SYS_memfd_create, name, flags);
}

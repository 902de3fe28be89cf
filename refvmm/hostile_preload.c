/* SPDX-License-Identifier: MIT
 * A library that a user may have preloaded, at its worst (test_isolation.c):
 *
 * - it moves the thread's TLS block to an address whose low half is that of guest
 *   RAM, so that a guest access through a stale FS base is not saved by a page
 *   fault (FS bases are cut to 32 bits in compatibility mode);
 * - after the host was checked and before the guest's window is made it maps memory
 *   of its own below 4 GiB.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TLS_PLACE  0x700000400000ull
#define LOW_PLACE  ((void *)0x30000000)
#define LOW_SIZE   0x40000
#define MAX_AROUND 0x8000u

/* The part of the mapping around `base` that is copied. */
static int surroundings(uint64_t base, uint64_t *from, uint64_t *to)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long long a = 0, b = 0;
	char line[512];
	int found = 0;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%llx-%llx", &a, &b) == 2 && a <= base && base < b;
	if (f)
		fclose(f);
	*from = found && base - a > MAX_AROUND ? base - MAX_AROUND : a;
	*to = found && b - base > MAX_AROUND ? base + MAX_AROUND : b;
	return found;
}

/* The block that FS points to: its first and third words are its own address (System
 * V ABI for x86-64, TLS variant II). */
__attribute__((constructor)) static void move_tls(void)
{
	uint64_t base, from, to, *tcb;
	void *p;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(base));
	if (!surroundings(base, &from, &to))
		return;
	p = mmap((void *)TLS_PLACE, 4 * MAX_AROUND, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == MAP_FAILED)
		return;
	memcpy((char *)p + MAX_AROUND - (base - from), (void *)from, to - from);
	tcb = (uint64_t *)((char *)p + MAX_AROUND);
	tcb[0] = tcb[2] = (uint64_t)tcb;
	__asm__ volatile("wrfsbase %0" : : "r"(tcb));
}

int memfd_create(const char *name, unsigned flags)
{
	void *p = mmap(LOW_PLACE, LOW_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == LOW_PLACE)
		memset(p, 0x5e, LOW_SIZE);
	return (int)syscall(SYS_memfd_create, name, flags);
}

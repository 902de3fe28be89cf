/* SPDX-License-Identifier: MIT
 * maps SECONDS: mmap, munmap, mremap, mprotect in random order over private, shared
 * and file mappings, every page checked against what was written; pages without rights
 * must fault; code is written, run and written again; children see copies.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 192, PAGE = 4096, MOST = 48 };

static struct slot {
	unsigned char *at;
	unsigned pages;
	uint32_t seed;
} slot[SLOTS];

static uint32_t state = 1;
static long maps, unmaps, faults, calls, copies;
static sigjmp_buf back;
static int file;

static void bad(const char *what, unsigned k, unsigned page)
{
	printf("BAD maps: %s, slot %u page %u\n", what, k, page);
	exit(1);
}

static unsigned rnd(unsigned n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

static uint32_t word(const struct slot *s, unsigned page, unsigned at)
{
	return (s->seed + page * 2654435761u) ^ at * 40503u;
}

static void fill(struct slot *s, unsigned from)
{
	for (unsigned p = from; p < s->pages; p++)
		for (unsigned at = 0; at < PAGE; at += 256)
			*(uint32_t *)(s->at + p * PAGE + at) = word(s, p, at);
}

static void check(unsigned k, unsigned pages)
{
	const struct slot *s = &slot[k];

	for (unsigned p = 0; p < pages; p++)
		for (unsigned at = 0; at < PAGE; at += 256)
			if (*(volatile uint32_t *)(s->at + p * PAGE + at) != word(s, p, at))
				bad("not what was written", k, p);
}

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

static void map(unsigned k)
{
	struct slot *s = &slot[k];
	int kind = (int)rnd(3);

	s->pages = 1 + rnd(MOST);
	s->seed = state;
	s->at = mmap(NULL, s->pages * PAGE, PROT_READ | PROT_WRITE,
		     kind == 0   ? MAP_PRIVATE | MAP_ANONYMOUS
		     : kind == 1 ? MAP_SHARED | MAP_ANONYMOUS
				 : MAP_PRIVATE,
		     kind == 2 ? file : -1, 0);
	if (s->at == MAP_FAILED)
		bad("mmap", k, s->pages);
	fill(s, 0);
	maps++;
}

static void unmap(unsigned k)
{
	struct slot *s = &slot[k];

	check(k, s->pages);
	if (munmap(s->at, s->pages * PAGE))
		bad("munmap", k, s->pages);
	if (!sigsetjmp(back, 1)) {
		(void)*(volatile unsigned char *)s->at;
		bad("reads where nothing is mapped", k, 0);
	}
	faults++;
	unmaps++;
	s->at = NULL;
}

static void resize(unsigned k)
{
	struct slot *s = &slot[k];
	unsigned pages = 1 + rnd(MOST), kept = pages < s->pages ? pages : s->pages;
	void *at = mremap(s->at, s->pages * PAGE, kept * PAGE, MREMAP_MAYMOVE);

	if (at == MAP_FAILED)
		bad("mremap", k, kept);
	s->at = at;
	s->pages = kept;
	check(k, kept);
}

/* PROT_NONE and PROT_READ in the middle: both have to fault, nothing is lost. */
static void protect(unsigned k)
{
	struct slot *s = &slot[k];
	unsigned p = rnd(s->pages);
	volatile uint32_t *at = (void *)(s->at + p * PAGE);

	if (mprotect((void *)at, PAGE, PROT_NONE))
		bad("mprotect", k, p);
	if (!sigsetjmp(back, 1)) {
		(void)*at;
		bad("reads without a right", k, p);
	}
	if (mprotect((void *)at, PAGE, PROT_READ))
		bad("mprotect", k, p);
	if (!sigsetjmp(back, 1)) {
		*at = 0;
		bad("writes without a right", k, p);
	}
	if (mprotect((void *)at, PAGE, PROT_READ | PROT_WRITE))
		bad("mprotect", k, p);
	faults += 2;
	check(k, s->pages);
}

/* mov eax, imm32; ret -- twice in the same place. */
static void run_code(void)
{
	unsigned char *c =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int turn = 0; turn < 2; turn++) {
		uint32_t want = rnd(1u << 24);

		if (c == MAP_FAILED || mprotect(c, PAGE, PROT_READ | PROT_WRITE))
			bad("no page for code", 0, 0);
		c[0] = 0xb8;
		memcpy(c + 1, &want, 4);
		c[5] = 0xc3;
		if (mprotect(c, PAGE, PROT_READ | PROT_EXEC))
			bad("mprotect of code", 0, 0);
		if (((uint32_t(*)(void))(uintptr_t)c)() != want)
			bad("code returns something else", 0, (unsigned)turn);
		calls++;
	}
	munmap(c, PAGE);
}

/* The child's writes must not be seen here. */
static void copy(unsigned k)
{
	struct slot *s = &slot[k];
	int status;
	pid_t pid = fork();

	if (!pid) {
		check(k, s->pages);
		_exit(7);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
		bad("child sees something else", k, 0);
	check(k, s->pages);
	copies++;
}

int main(int argc, char **argv)
{
	char name[] = "/tmp/mapsXXXXXX";
	time_t end = time(NULL) + atoi(argv[1]);

	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	state = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
	file = mkstemp(name);
	if (file < 0 || unlink(name) || ftruncate(file, MOST * PAGE))
		bad("no file", 0, 0);
	do {
		for (unsigned n = 0; n < 2000; n++) {
			unsigned k = rnd(SLOTS), what = rnd(100);

			if (!slot[k].at)
				map(k);
			else if (what < 55)
				unmap(k);
			else if (what < 70)
				resize(k);
			else if (what < 90)
				protect(k);
			else if (what < 99)
				run_code();
			else
				copy(k);
		}
	} while (time(NULL) < end);
	for (unsigned k = 0; k < SLOTS; k++)
		if (slot[k].at)
			unmap(k);
	if (maps != unmaps)
		bad("maps and unmaps differ", (unsigned)maps, (unsigned)unmaps);
	printf("OK maps %ld (%ld faults, %ld calls, %ld copies)\n", maps, faults, calls, copies);
	return 0;
}

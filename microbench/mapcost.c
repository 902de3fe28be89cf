/* SPDX-License-Identifier: MIT
 * What the host asks for the primitives that the window is made of.  Each is the
 * median of batches; the mappings are shared ones of a memory file, as in refvmm.
 */
#include "microbench/replay.h"

#include <err.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGES   64u
#define BATCHES 41
#define PAGE    4096u

const char *const map_cost_names[MAP_COSTS] = {"fault", "map",    "replace",    "populate",
					       "touch", "unmap",  "unmap_more", "protect",
					       "walk",  "handoff"};

static int fd;
static unsigned char *area;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nanoseconds of one of the PAGES operations of `run`, without those of `prepare`. */
static double cost(void (*prepare)(void), void (*run)(void))
{
	double sample[BATCHES];

	for (int k = 0; k < BATCHES; k++) {
		double begin;

		prepare();
		begin = now();
		run();
		sample[k] = (now() - begin) / PAGES;
	}
	qsort(sample, BATCHES, sizeof(*sample), by_value);
	return sample[BATCHES / 2];
}

/* Every other page: no two mappings are one. */
static unsigned char *page(u32 k)
{
	return area + (size_t)k * 2 * PAGE;
}

static void show(u32 k, u32 frame, int flags)
{
	if (mmap(page(k), PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | flags, fd,
		 (off_t)frame * PAGE) == MAP_FAILED)
		err(1, "mmap");
}

static void nothing(void)
{
	if (munmap(area, (size_t)PAGES * 2 * PAGE))
		err(1, "munmap");
}

static void map_all(void)
{
	for (u32 k = 0; k < PAGES; k++)
		show(k, k * 7 % PAGES, 0);
}

static void map_others(void)
{
	for (u32 k = 0; k < PAGES; k++)
		show(k, (k * 7 + 3) % PAGES, 0);
}

static void populate_all(void)
{
	for (u32 k = 0; k < PAGES; k++)
		show(k, k * 7 % PAGES, MAP_POPULATE);
}

static void fresh(void)
{
	nothing();
	map_all();
}

static void filled(void)
{
	nothing();
	populate_all();
}

static void touch_all(void)
{
	for (u32 k = 0; k < PAGES; k++)
		(*(volatile unsigned char *)page(k))++;
}

static void unmap_each(void)
{
	for (u32 k = 0; k < PAGES; k++)
		munmap(page(k), PAGE);
}

static void protect_each(void)
{
	for (u32 k = 0; k < PAGES; k++)
		mprotect(page(k), PAGE, PROT_READ);
}

/* The faulting instruction is two bytes long: go on behind it. */
static void skip(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void fault_all(void)
{
	for (u32 k = 0; k < PAGES; k++)
		__asm__ volatile("movb (%%rax), %%cl" : : "a"(page(k)) : "rcx", "memory");
}

/* Two dependent loads and a comparison, as of a page directory and a page table. */
#define TABLES 64u
static u32 directory[1024], table[TABLES << 10], matches;
static void walk_all(void)
{
	static u32 at;

	for (u32 k = 0; k < PAGES; k++) {
		u32 pde = ((volatile u32 *)directory)[at >> 22];
		u32 pte = ((volatile u32 *)table)[(pde & (TABLES - 1)) << 10 | (at >> 12 & 1023)];

		matches += pte == k;
		at = (at + pte + 1) * 1664525 + 1013904223; /* the next address depends on it */
	}
}

static void scatter(void)
{
	for (u32 k = 0; k < 1024; k++)
		directory[k] = k * 29;
}

static void idle(void)
{
}

/* Half of there and back between two processes on one processor. */
static double handoff(void)
{
	u32 *turn = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const u32 rounds = 100 * BATCHES;
	cpu_set_t one, before;
	double sample[BATCHES], begin;
	pid_t child;

	sched_getaffinity(0, sizeof(before), &before);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	child = fork();
	if (child < 0)
		err(1, "fork");
	begin = now();
	for (u32 me = child ? 0 : 1, k = 0; k < rounds; k++) {
		if (k % 100 == 99) {
			sample[k / 100] = (now() - begin) / 100 / 2;
			begin = now();
		}
		while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != me)
			syscall(SYS_futex, turn, FUTEX_WAIT, !me, NULL, NULL, 0);
		__atomic_store_n(turn, !me, __ATOMIC_RELEASE);
		syscall(SYS_futex, turn, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	if (!child)
		_exit(0);
	qsort(sample, BATCHES, sizeof(*sample), by_value); /* others may have run in between */
	waitpid(child, NULL, 0);
	sched_setaffinity(0, sizeof(before), &before);
	munmap(turn, PAGE);
	return sample[BATCHES / 2];
}

void map_costs_measure(struct map_costs *c)
{
	struct sigaction sa = {.sa_flags = SA_SIGINFO}, before;

	fd = memfd_create("mapcost", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)PAGES * PAGE))
		err(1, "memory file");
	area = mmap(NULL, (size_t)PAGES * 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		err(1, "mmap");
	filled();
	c->map = cost(nothing, map_all);
	c->replace = cost(filled, map_others);
	c->populate = cost(nothing, populate_all) - c->map;
	c->touch = cost(fresh, touch_all);
	c->unmap = cost(filled, unmap_each);
	c->unmap_more = cost(filled, nothing);
	c->protect = cost(filled, protect_each);
	c->walk = cost(scatter, walk_all);
	nothing();
	sa.sa_sigaction = skip;
	sigaction(SIGSEGV, &sa, &before);
	c->fault = cost(idle, fault_all);
	sigaction(SIGSEGV, &before, NULL);
	c->handoff = handoff();
	close(fd);
}

/* SPDX-License-Identifier: MIT
 * What a policy of the guest linear window costs on a recorded guest profile
 * (refvmm --trace mem, see refvmm/trace_mem.c; docs/mmu-policy.md).
 */
#ifndef MICROBENCH_REPLAY_H
#define MICROBENCH_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef uint32_t u32;
typedef uint64_t u64;

/* Nanoseconds of the host's primitives. */
struct map_costs {
	double fault;      /* host fault in guest context: signal, handler, return */
	double map;        /* mmap of one page where nothing is, nothing filled in */
	double replace;    /* the same over a mapped page */
	double populate;   /* MAP_POPULATE: each page */
	double touch;      /* first access to a page that was not populated */
	double unmap;      /* munmap of one page */
	double unmap_more; /* each further page of the same call, a mapping of its own */
	double protect;    /* mprotect of one page */
	double walk;       /* two-level page table walk and comparison */
	double handoff;    /* another process on this processor goes on, by futex */
};
#define MAP_COSTS 10

/* The fields of struct map_costs by name, in order. */
extern const char *const map_cost_names[MAP_COSTS];
/* Measure this host; half a second. */
void map_costs_measure(struct map_costs *c);

enum recall { RECALL_NONE, RECALL_MAPPED, RECALL_TOUCHED };

struct policy {
	const char *name, *what;
	u32 run;     /* longest run of contiguous pages mapped by a fault, in each direction */
	bool around; /* and the other pages of the 16 around it */
	bool keep;   /* pages that still hold stay mapped over a load of CR3 */
	enum recall recall; /* what is mapped again when CR3 comes back */
	u32 learn;          /* RECALL_TOUCHED: forget it each so many residences, 0: never */
	bool twice;         /* what was not found then has to be touched in two residences */
	u32 cr3s, pages;    /* remembered */
	bool replace;       /* mmap over what is there instead of munmap before */
	u32 populate;       /* populate mappings of up to so many pages */
	bool eager;         /* map after a guest fault was resolved, without another fault */
	bool spaces;        /* a host process for each CR3 */
};

struct tally {
	u64 faults, maps, pages, replaces, populated, touches, unmaps, unmapped_more, protects,
		walks, handoffs, loads, residences;
	double ns;
};

/* Replay the events of `profile` from its beginning.  False: not a profile, one line
 * on stderr. */
bool replay(FILE *profile, const struct policy *p, const struct map_costs *c, struct tally *t);

#endif

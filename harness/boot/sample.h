/* SPDX-License-Identifier: MIT
 * Samples of a running VMM: processor time, memory and, where it has a control
 * socket with the order "stats" (refvmm, docs/control.md), its counters.
 */
#ifndef HARNESS_BOOT_SAMPLE_H
#define HARNESS_BOOT_SAMPLE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* Every so many periods the window is dropped for a look at what is left. */
enum { SAMPLE_NAMES = 600, SAMPLE_REPLY = 65536, SAMPLE_SETTLE = 6 };

/* What /proc says of the process. */
struct sample {
	long long ns, user_ns, system_ns; /* ns: since the VMM was started */
	long rss_kb, anon_kb, shmem_kb;   /* VmRSS, RssAnon, RssShmem */
	long pss_kb; /* Pss of smaps_rollup: a page that is mapped n times counts 1/n, -1: not read
		      */
	long maps;   /* lines of /proc/PID/maps, -1: not counted */
};

struct sampler {
	FILE *out;          /* JSON Lines; NULL: no samples are taken */
	const char *socket; /* NULL: a VMM without counters */
	long long period;   /* nanoseconds, 0: only at milestones */
	long long last;     /* the last one of the period */
	int fd;
	unsigned n_periods;
	bool wanted, asked;
	bool counting;            /* the mappings and Pss too, which is slow */
	bool settling;            /* the order "drop" comes first: what is no cache of refvmm */
	char names[SAMPLE_NAMES]; /* milestones since the last, JSON strings with commas */
	char asked_names[SAMPLE_NAMES];
	struct sample at; /* when it was asked */
	char reply[SAMPLE_REPLY];
	size_t n;
};

/* False when the file cannot be written. */
bool sampler_open(struct sampler *s, const char *path);

/* A milestone was reached: take a sample now. */
void sampler_mark(struct sampler *s, const char *name);

/* To be called often; never waits.  `ns` is the time since the VMM with this
 * process (and group) was started. */
void sampler_step(struct sampler *s, pid_t pid, long long ns);

/* Read what /proc says into *s (except ns); `maps` tells whether to count them and
 * to read Pss, both of which are slow. */
bool sample_proc(struct sample *s, pid_t pid, bool maps);

/* The JSON of the answer number k, from 0, to orders that are answered by "ok 1" and a
 * line; NULL while it is not complete, *bad when it is no such answer. */
const char *sample_reply(const char *text, size_t n, unsigned k, bool *bad);

#endif

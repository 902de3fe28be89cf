/* SPDX-License-Identifier: MIT
 * Is a running VMM still getting on?  Seconds are those of the VMM, not of the
 * clock on the wall: a busy machine must not make a VM look hung.
 */
#ifndef HARNESS_PROGRESS_H
#define HARNESS_PROGRESS_H

#include <stdbool.h>
#include <sys/types.h>

enum { PROGRESS_FILES = 8 };

struct progress {
	/* Set by the caller: seconds (idle 0: no such limit) and what grows. */
	double limit, idle;
	const char *file[PROGRESS_FILES];
	int nfiles;
	pid_t pid;
	/* Kept by progress_overdue(); zero before the first call. */
	long long begin, last, size, cpu_then, slept;
};

/* Call a few times per second.  Returns "limit" when the process has used
 * `limit` seconds of processor time or four times as much by the clock, "idle"
 * when since a file grew last it has worked, or slept with all threads, for
 * `idle` seconds, else NULL. */
const char *progress_overdue(struct progress *p);

/* Is a complete line beginning with "END " in the file?  `*at` is 0 at first and
 * then tells where to read on. */
bool progress_saw_end(const char *path, off_t *at);

/* CLOCK_MONOTONIC in nanoseconds. */
long long progress_now(void);

#endif

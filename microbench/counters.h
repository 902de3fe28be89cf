/* SPDX-License-Identifier: MIT
 * Event counters of a process tree through libpfm4 and perf_event_open(2), and
 * its processor time from the kernel's CPU clocks.  What cannot be opened is
 * NAN, never zero.
 */
#ifndef MICROBENCH_COUNTERS_H
#define MICROBENCH_COUNTERS_H

#include "refvmm/types.h"

#include <sys/types.h>

enum counter {
#define COUNTER(key, event) COUNTER_##key,
#include "microbench/counters.def"
#undef COUNTER
	COUNTERS
};
extern const char *const counter_key[COUNTERS];

struct counters {
	int fd[COUNTERS]; /* -1: not available */
};

/* Open the counters of `pid` and of all threads and children it will have.
 * Counting starts when it calls exec. */
void counters_open(struct counters *c, pid_t pid);
void counters_read(const struct counters *c, double out[COUNTERS]);
void counters_close(struct counters *c);

/* Why a counter could not be opened: "" if it could. */
const char *counter_error(enum counter which);

/* User and system time of `pid` and its living descendants, in nanoseconds;
 * NAN if the process is gone. */
double cpu_time_ns(pid_t pid);

#endif

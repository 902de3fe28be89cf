/* SPDX-License-Identifier: MIT
 * One start of one machine with one job, timed from outside.
 */
#ifndef MICROBENCH_BOOT_H
#define MICROBENCH_BOOT_H

#include "microbench/counters.h"
#include "microbench/kernel.h"
#include "microbench/vmm.h"

struct pair {
	u32 iterations, checksum;
	double ns;     /* wall clock between the markers */
	double cpu_ns; /* user + system time of the machine's processes */
	double counter[COUNTERS];
};

#define BOOT_PAIRS 64
struct boot {
	struct pair pair[BOOT_PAIRS];
	unsigned pairs;
	double seconds;  /* from start to end of this boot */
	char error[240]; /* "" when the job went as planned */
};

struct boot_plan {
	struct job job;
	double target_ns; /* > 0: stop after the first pair this long */
	double limit_s;   /* give up after this long */
};

/* Start machine `id` on the image of folder `build`, in the scratch folder
 * `dir`.  Everything it started is gone when this returns. */
void boot_run(const struct vmm *v, enum vmm_id id, const struct boot_plan *plan, const char *build,
	      const char *dir, struct boot *out);

/* Set by the runner's SIGINT handler: finish the current boot at once. */
extern volatile int boot_interrupted;

#endif

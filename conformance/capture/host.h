/* SPDX-License-Identifier: MIT
 * The host CPU runs vectors in a child process that can do nothing else: its
 * segments reach nothing but the arena, a filter kills it at the first system
 * call that is not its own, and a vector that does not end is killed and named.
 */
#ifndef CONFORMANCE_CAPTURE_HOST_H
#define CONFORMANCE_CAPTURE_HOST_H

#include "conformance/capture/vec.h"

#define BATCH 256

struct batch {
	u32 n, done, version; /* version: world_background() */
	struct vec v[BATCH];
	struct outcome o[BATCH];
};

/* Start the child; it shares `count` batches with the caller.  NULL, or the
 * reason why this host cannot. */
const char *host_start(struct batch **batches, unsigned count);
/* Have the child run batch i; returns at once.  Batches run in order. */
void host_submit(unsigned i);
/* Wait for the oldest submitted batch.  NULL, or what went wrong with vector
 * v[done] of it. */
const char *host_wait(void);
void host_stop(void);

#endif

/* SPDX-License-Identifier: MIT
 * Capturing a set: generator, host CPU and writer work at the same time.
 */
#ifndef CONFORMANCE_CAPTURE_RUN_H
#define CONFORMANCE_CAPTURE_RUN_H

#include "conformance/capture/cell.h"

struct plan {
	u64 seed;
	u32 count, per_cell;
	long serial; /* >= 0: that vector of each cell alone */
	const char *filter, *out;
	bool best;   /* small files */
	bool sample; /* one vector of each cell, files by group */
};

int plan_run(const struct plan *p, const struct cells *cs);
int plan_verify(const struct plan *p, const struct cells *cs);

#endif

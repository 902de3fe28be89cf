/* SPDX-License-Identifier: MIT
 * What this process takes from the host.
 */
#ifndef REFVMM_FOOTPRINT_H
#define REFVMM_FOOTPRINT_H

#include "refvmm/types.h"

struct footprint {
	u64 rss_kb;   /* resident memory; a page that is mapped twice counts twice */
	u64 mappings; /* lines of /proc/self/maps; the host has a limit on them */
};

/* False when /proc is not there. */
bool footprint_read(struct footprint *f);

#endif

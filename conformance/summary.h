/* SPDX-License-Identifier: MIT
 * What a guest's summary on the screen must say (conformance/protocol.md), worked out
 * from another VMM's records of the same cases.
 */
#ifndef CONFORMANCE_SUMMARY_H
#define CONFORMANCE_SUMMARY_H

#include "conformance/log.h"
#include "conformance/tcase.h"

struct summary {
	unsigned cases; /* selected ones */
	u32 crc;        /* over their records in order of their numbers, without undefined flags */
	/* Cases of which the log cannot tell: no record, or not run there.  The CRC is
	 * worth nothing unless this is 0. */
	unsigned unknown;
	unsigned first_unknown; /* number of the first of them */
};

/* Can the summary tell of this case: does nothing of its record, flags aside, depend on
 * the processor, a device or the clock? */
bool summary_can(const struct tcase *t);

/* The summary of the cases with select[id] set by a guest whose CPUID lacks the bits
 * `unmet` (leaf 1 EDX), where all else is as in the log. */
struct summary summary_expect(const struct tlist *l, const struct log *g, const u8 *select,
			      u32 unmet);

#endif

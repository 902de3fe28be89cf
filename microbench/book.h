/* SPDX-License-Identifier: MIT
 * Checksums by kernel and iteration count.  Every VMM and the native process
 * must report the same one; the book finds those that do not.
 */
#ifndef MICROBENCH_BOOK_H
#define MICROBENCH_BOOK_H

#include "refvmm/types.h"

struct book_entry {
	unsigned kernel, vmm;
	u32 iterations, checksum;
};

struct book {
	struct book_entry *entry;
	size_t count, space;
};

struct book_verdict {
	unsigned compared; /* counts that somebody else ran too */
	bool wrong;
	u32 iterations, got, expected; /* first difference, if wrong */
};

/* Returns 0 or -ENOMEM.  The same entry may be added many times. */
int book_add(struct book *b, unsigned kernel, unsigned vmm, u32 iterations, u32 checksum);

/* Judge one VMM's entries of one kernel.  The reference for a count is VMM
 * `native` if it ran that count; else the value most VMMs gave, the earliest
 * on a tie.  A VMM that contradicts itself is wrong. */
struct book_verdict book_judge(const struct book *b, unsigned kernel, unsigned vmm,
			       unsigned native);

void book_free(struct book *b);

#endif

/* SPDX-License-Identifier: MIT
 * Incremental parser of the marker channel (kernel.h).  Accepts bytes in any
 * portions; text that is not a marker is skipped and counted.
 */
#ifndef MICROBENCH_MARKER_H
#define MICROBENCH_MARKER_H

#include "refvmm/types.h"

enum marker_kind { MARK_BEGIN, MARK_END, MARK_QUIT, MARK_ERROR };

struct marker {
	enum marker_kind kind;
	char id[32];     /* kernel.ring, BEGIN and END */
	u32 iterations;  /* END */
	u32 checksum;    /* END */
	char text[112];  /* ERROR */
	s64 first_ns;    /* when the first byte of the line arrived */
	s64 complete_ns; /* when its newline arrived */
};

struct marker_parser {
	char line[128];
	unsigned length; /* may exceed the buffer: then the line is no marker */
	s64 first_ns;
	u64 other_lines; /* non-empty lines that were no markers */
};

typedef void marker_fn(void *arg, const struct marker *m);

/* Feed n bytes that arrived at time `ns`; fn is called for each marker. */
void marker_feed(struct marker_parser *p, const char *bytes, size_t n, s64 ns, marker_fn *fn,
		 void *arg);

#endif

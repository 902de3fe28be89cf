/* SPDX-License-Identifier: MIT
 * Reads a raw result channel (conformance/protocol.md).
 */
#ifndef CONFORMANCE_LOG_H
#define CONFORMANCE_LOG_H

#include <stdio.h>

#include "refvmm/types.h"

struct log {
	unsigned ncases; /* size of the arrays below */
	char **payload;  /* by id: hex text, or NULL */
	u8 *started;     /* by id */
	int last_start;  /* -1: none */
	bool have_plan, ended;
	unsigned plan, records;
	u32 digest;
	unsigned bad_crc;    /* R lines whose CRC does not match */
	unsigned bad_lines;  /* malformed lines that look like ours */
	unsigned duplicates; /* second R for an id */
	unsigned no_start;   /* R without its START just before */
	bool bad_end;        /* END with a wrong count or CRC */
	char corrupt[80];    /* text of a CORRUPT line, "" if none */
	char channel[16];
	char error[80]; /* text of an INFO error line */
};

/* Parse everything up to end of file; foreign lines (firmware, debugger) are
 * skipped.  Always returns a log; log_free() it. */
void log_read(FILE *f, unsigned ncases, struct log *l);
void log_free(struct log *l);

#endif

/* SPDX-License-Identifier: MIT
 * What a guest that has only a text screen shows there (conformance/protocol.md,
 * "Summary on the screen").
 */
#ifndef HARNESS_SUMMARY_H
#define HARNESS_SUMMARY_H

#include <stddef.h>

#include "refvmm/types.h"

enum summary_state {
	SUMMARY_NONE,    /* no such line */
	SUMMARY_DAMAGED, /* a line that is cut, or whose check does not match */
	SUMMARY_WHOLE,
};

struct summary {
	enum summary_state state;
	/* Of a whole one. */
	char digest[9];
	u32 cases, crc, unmet;
	/* Of the other lines: how far the guest got (-1: it says nothing), and why it
	 * stopped ("" if it does not say). */
	s64 done, all;
	char stopped[64];
};

/* Read a screen: lines of text, zero-terminated, blanks at their ends left out. */
void summary_parse(const char *screen, struct summary *s);

/* A log of screens (harness/screenlog.h): the last one, up to its end. */
const char *summary_last(const char *log);

#endif

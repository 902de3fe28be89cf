/* SPDX-License-Identifier: MIT
 * One wire between two chips: interrupt requests, gates, the speaker.  The
 * board connects the far end; an unconnected line swallows its level.
 */
#ifndef DEVICES_LINE_H
#define DEVICES_LINE_H

#include "refvmm/types.h"

struct line {
	void (*set)(void *arg, unsigned n, bool level);
	void *arg;
	unsigned n; /* which input of the far chip */
};

static inline void line_set(const struct line *l, bool level)
{
	if (l->set)
		l->set(l->arg, l->n, level);
}

#endif

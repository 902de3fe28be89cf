/* SPDX-License-Identifier: MIT
 * The text screen of a running VM as a result channel: a file that grows by a form feed
 * and the whole text each time the screen has changed.
 */
#ifndef HARNESS_SCREENLOG_H
#define HARNESS_SCREENLOG_H

#include <stdbool.h>

#include "harness/boot/control.h"

struct screenlog {
	const char *out; /* the file; NULL: no screen is looked at */
	struct control control;
	char last[SCREEN_TEXT];
};

/* Prepare for --screen KIND:ARG FILE; false when there is no such kind.  The file is made anew. */
bool screenlog_init(struct screenlog *s, const char *spec, const char *out);

/* Look once.  True when the guest has said its last: a whole summary, or why it stopped.
 * Nothing happens while the VMM does not answer. */
bool screenlog_follow(struct screenlog *s);

#endif

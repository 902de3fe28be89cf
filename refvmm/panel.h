/* SPDX-License-Identifier: MIT
 * What stands around the machine: the typist at the keyboard (--type), whoever
 * gives orders over the control channel (--control), the camera (--screenshot).
 */
#ifndef REFVMM_PANEL_H
#define REFVMM_PANEL_H

#include "refvmm/config.h"

struct panel;

/* The buttons of the machine.  May be called while panel_poll() runs. */
struct panel_machine {
	void *arg;
	struct pc **pc; /* the board, once it is built */
	void (*quit)(void *arg);
	void (*reset)(void *arg);
	void (*drop)(void *arg); /* the window */
	/* The counters as one JSON object in malloc'd memory, NULL: out of memory. */
	char *(*stats)(void *arg);
};

/* NULL: out of memory.  Takes over cfg->control. */
struct panel *panel_new(const struct config *cfg, const struct panel_machine *machine);
void panel_free(struct panel *p);
/* Is there anything that makes panel_poll() necessary? */
bool panel_active(const struct panel *p);
/* Look at the channel and type what is due at virtual time `now` (ns). */
void panel_poll(struct panel *p, u64 now);
/* COM1 as the guest sees it, with the panel listening in. */
struct pc_char panel_listen(struct panel *p, const struct pc_char *com1);

#endif

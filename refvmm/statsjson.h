/* SPDX-License-Identifier: MIT
 * The counters of a run as one JSON object on one line (--stats json).  It is
 * built in memory and written in one piece at the end, so that a reader never
 * sees half of it.
 */
#ifndef REFVMM_STATSJSON_H
#define REFVMM_STATSJSON_H

#include "refvmm/config.h"

struct stats; /* one growing object */

struct stats *stats_new(void);
/* Members are written in the order of the calls; names are not checked for
 * duplicates. */
void stats_number(struct stats *s, const char *name, u64 value);
/* Bytes outside ASCII are taken as Latin-1. */
void stats_string(struct stats *s, const char *name, const char *value);
void stats_bool(struct stats *s, const char *name, bool value);
/* Open and close a nested object. */
void stats_open(struct stats *s, const char *name);
void stats_close(struct stats *s);
/* The finished object with a line break, in malloc'd memory; frees `s`.  NULL: out
 * of memory. */
char *stats_text(struct stats *s);
/* Write to cfg->stats_fd (nothing if it is -1) and free `s`.  RC_OK, or
 * RC_OUTPUT / RC_INTERNAL after one line on stderr. */
int stats_write(struct stats *s, const struct config *cfg);

#endif

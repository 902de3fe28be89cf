/* SPDX-License-Identifier: MIT
 * One expectation on refvmm, by librefvmm: real mode, flat RAM.
 */
#ifndef CONFORMANCE_VECTORS_PLAY_H
#define CONFORMANCE_VECTORS_PLAY_H

#include "conformance/vectors/judge.h"
#include "refvmm/librefvmm.h"

#define PLAY_MEMORY (16u << 20)

struct player {
	struct refvmm *vm;
	struct refvmm_state reset;
	u8 *touched; /* addresses of this test, to find the bytes that are not its */
	u32 *page;
	u32 n_pages, room;
	bool strict; /* PASS_THIRD is a failure */
	bool count;  /* the machine counts instructions: they are compared */
};

/* Make the machine of a player; false with a line in `why` (REFVMM_REASON bytes). */
bool play_open(struct player *p, const struct refvmm_options *o, char *why);
void play_close(struct player *p);

/* Does the test fit?  NULL, or why not. */
const char *play_fits(const struct moo_test *t);

/* Run it with `how` of librefvmm.h.  `again`: the machine ran it just before, and its
 * translations are to be used. */
void play(struct player *p, const struct expectation *e, const struct moo_test *t, unsigned how,
	  bool again, struct outcome *out);
/* Take the test's memory away. */
void play_clean(struct player *p, const struct moo_test *t);
/* Clear all of memory: a test has failed and may have written anywhere. */
void play_wipe(struct player *p);
/* Is memory clear again, up to `end`?  If not, the first address.  PLAY_REACH is what
 * real mode can address. */
#define PLAY_REACH (2u << 20)
bool play_clear(const struct player *p, u32 end, u32 *where);

#endif

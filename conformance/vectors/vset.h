/* SPDX-License-Identifier: MIT
 * A set of vectors on disk: its files, its lists, which of its tests are wanted.
 */
#ifndef CONFORMANCE_VECTORS_VSET_H
#define CONFORMANCE_VECTORS_VSET_H

#include <glob.h>

#include "conformance/vectors/expect.h"

/* Which tests; all zero: all. */
struct vset_choice {
	u32 sample; /* about so many of the set, */
	u64 seed;   /* by this */
	bool has_file, has_index;
	char file[64]; /* name without .MOO and .gz */
	u32 index;
};

struct vset {
	glob_t files;
	struct hostcheck host;
	u32 total; /* tests by the headers */
	struct vset_choice choice;
};

struct vset_test {
	u32 id;   /* number in the whole set */
	u32 file; /* number of the file among those that were visited */
	const char *path;
	const struct moo_file *set;
	const struct moo_test *t;
	const char *drop; /* why it is not to be run; NULL: it is */
	struct expectation e;
};

struct vset_visitor {
	void *arg;
	/* Any of them false: the walk ends, and is false. */
	bool (*begin)(void *arg, const char *path); /* a file; may be NULL */
	bool (*test)(void *arg, const struct vset_test *v);
	bool (*end)(void *arg, const char *path); /* may be NULL */
};

/* `what`: a folder or one file.  False with a line in `why` (400 bytes). */
bool vset_open(struct vset *s, const char *what, const struct vset_choice *choice, char *why);
void vset_close(struct vset *s);
/* Visit all chosen tests in order.  `why`: "" when a visitor ended it. */
bool vset_walk(struct vset *s, const struct vset_visitor *v, char *why);
/* Parse FILE or FILE:INDEX. */
bool vset_only(struct vset_choice *c, const char *text);
bool vset_number(const char *text, u64 *out);

#endif

/* SPDX-License-Identifier: MIT
 * A second chip for a captured set: the answers of another capture of the same
 * vectors, compared and added.  What a chip has said is never changed.
 */
#ifndef CONFORMANCE_CAPTURE_MERGE_H
#define CONFORMANCE_CAPTURE_MERGE_H

#include <stdio.h>

#include "conformance/capture/read.h"

struct merge {
	FILE *tell;    /* differences, a line each; may be NULL */
	u64 vectors;   /* compared */
	u64 undefined; /* whose undefined results are not those of chip 0 */
	u64 differ;    /* whose defined results are not (or not what the chip said before) */
	bool known;    /* the chip was in the set */
	struct set_chip chip;
	u32 number;    /* of the chip in the set */
	char why[400]; /* why it was refused */
};

/* Compare file `from`, of one chip, with file `set`, and write the set's file with that
 * chip's answers to *out (an empty one).  False: not the same vectors, or damaged; m->why.
 * With m->differ *out is not to be used. */
bool merge_file(struct moo_file *set, struct moo_file *from, struct moo_out *out, struct merge *m);
/* Vendor, signature and name. */
bool merge_same_chip(const struct set_chip *a, const struct set_chip *b);
/* All files of two folders; `write`: put the answers into `set` when all of them agree in
 * everything defined.  0, 1 defined results differ (nothing is written), 2 refused, 3
 * cannot be written. */
int merge_folders(const char *set, const char *from, bool write, struct merge *m);

#endif

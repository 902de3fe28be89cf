/* SPDX-License-Identifier: MIT
 * Which encodings the vectors of a set execute: single instructions captured on
 * silicon (docs/vector-format.md).
 */
#ifndef CONFORMANCE_COVERAGE_SILICON_H
#define CONFORMANCE_COVERAGE_SILICON_H

#include "conformance/coverage/slots.h"

struct silicon {
	char name[40];    /* of the folder */
	char chip[200];   /* all that answered */
	unsigned vectors; /* of the set */
	unsigned seen[SLOTS_MAX];
};

/* Count all *.MOO and *.MOO.gz of a folder.  A vector counts for its encoding and its
 * prefixes unless it ended in #UD: that is no execution.  NULL, or what is wrong, in a
 * buffer of the function. */
const char *silicon_read(struct silicon *s, const char *dir);

#endif

/* SPDX-License-Identifier: MIT
 * Counting what became of the tests of a set, and saying so.
 */
#ifndef CONFORMANCE_VECTORS_SCORE_H
#define CONFORMANCE_VECTORS_SCORE_H

#include <stdio.h>

#include "conformance/vectors/judge.h"

#define SCORE_REASONS  16
#define SCORE_FAILURES 10000

struct tally {
	u32 tests, ran, passed, failed, dropped;
};

struct file_score {
	char name[64]; /* of the file, without .MOO and .gz */
	struct tally t;
};

struct failure {
	char file[64], name[64];
	u32 index;
	const char *class, *machine, *how;
	char text[512];
};

struct score {
	const char *vmm;
	struct tally all, class[CLASSES];
	u32 as_captured, as_other, as_third; /* undefined flags */
	struct {
		const char *why;
		u32 n;
	} reason[SCORE_REASONS];
	struct file_score *file;
	u32 n_files;
	struct failure *failure;
	u32 n_failures;
};

/* A file begins; false: out of memory. */
bool score_file(struct score *s, const char *path);
void score_drop(struct score *s, const char *why);
/* A test of file number `file` ran in every configuration: the worst verdict of all. */
void score_test(struct score *s, u32 file, enum vclass class, enum verdict worst);
/* One configuration failed. */
void score_failure(struct score *s, u32 file, const struct moo_test *t, enum vclass class,
		   const char *machine, const char *how, const char *text);
void score_free(struct score *s);

/* "ran N of M", classes, drops by reason; `opcodes`: a line per file. */
void score_print(const struct score *s, FILE *out, bool opcodes);
/* The same as JSON in `path`; false: errno. */
bool score_save(const struct score *s, const char *set, const char *path);

#endif

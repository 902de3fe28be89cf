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
	u32 expected; /* failed as docs/findings.md explains */
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
	char finding[16]; /* of an expected failure, or one that could be; else "" */
};

struct score {
	const char *vmm, *engine; /* engine: what the VMM is one driver of; may be NULL */
	bool part;                /* not all of the set was chosen */
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
	struct failure *expected;
	u32 n_expected;
};

/* A file begins; false: out of memory. */
bool score_file(struct score *s, const char *path);
void score_drop(struct score *s, const char *why);
/* A test of file number `file` ran in every configuration: the worst verdict of all. */
void score_test(struct score *s, u32 file, enum vclass class, enum verdict worst);
/* A test failed as a finding explains: it counts for itself. */
void score_expected(struct score *s, u32 file, const struct moo_test *t, enum vclass class,
		    const char *machine, const char *how, const char *text, const char *finding);
/* One configuration failed; `finding` would explain it if the test were listed, else "". */
void score_failure(struct score *s, u32 file, const struct moo_test *t, enum vclass class,
		   const char *machine, const char *how, const char *text, const char *finding);
void score_free(struct score *s);

/* "ran N of M", classes, drops by reason; `opcodes`: a line per file. */
void score_print(const struct score *s, FILE *out, bool opcodes);
/* The same as JSON in `path`; false: errno. */
bool score_save(const struct score *s, const char *set, const char *path);

#endif

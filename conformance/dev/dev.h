/* SPDX-License-Identifier: MIT
 * Device cases on the host side: scripts (*.dev) compiled to steps, and what a data
 * sheet says that each recorded value must be.
 */
#ifndef CONFORMANCE_DEV_DEV_H
#define CONFORMANCE_DEV_DEV_H

#include <stdio.h>

#include "conformance/devscript.h"
#include "conformance/gen/gen.h"
#include "conformance/result.h"

#define DEV_ACCEPT_MAX 4
#define DEV_TEXT_MAX   40

/* One recorded value. */
struct dev_expect {
	char text[DEV_TEXT_MAX]; /* the statement without what is expected */
	unsigned line;
	u16 at; /* in the log */
	u8 size;
	u8 scored;    /* bytes of it, from the first, that count: 0 report only */
	u8 naccepted; /* values that are right: more than one, implementation-defined */
	u64 accepted[DEV_ACCEPT_MAX];
};

struct devcase {
	const char *file;
	unsigned line;
	char name[48]; /* two words with a slash */
	char group[12];
	char cite[100];
	u32 need;
	bool complete; /* has a value that counts */
	struct dev_step *step;
	unsigned nstep;
	unsigned *step_line;
	struct dev_expect *exp;
	unsigned nexp;
	unsigned log;
};

struct devlist {
	struct devcase *v;
	unsigned n;
};

/* Compiles the text of all scripts, each behind a line "file NAME".  Returns false
 * with `error` filled (file, line, why).  devlist_free() either way. */
bool dev_compile(const char *text, struct devlist *l, char *error, size_t size);
void devlist_free(struct devlist *l);

/* The scripts of the tree, compiled once; never freed.  Ends the program with a
 * message when they are wrong: the unit test sees to it that they are not. */
const struct devlist *dev_scripts(void);
void gen_dev(struct gen *g);

/* Bit of a need's name, -1: none; its text. */
int dev_need_find(const char *name, size_t n);
void dev_needs_print(FILE *f, u32 needs);

/* The log of a record.  Returns how many bytes there are from `at`, at most n. */
unsigned dev_log(const struct result *r, unsigned at, unsigned n, u8 *b);
/* Scored values that a record misses, as DIFF_ bits; 0: as the data sheets say. */
unsigned dev_model_diff(const struct tcase *t, const struct result *r);
/* Scored values that `a` has right and `b` has not. */
unsigned dev_result_diff(const struct tcase *t, const struct result *a, const struct result *b);
void dev_model_print(FILE *f, const struct tcase *t);
void dev_result_print(FILE *f, const struct tcase *t, const struct result *r);
void dev_case_print(FILE *f, const struct tcase *t);

#endif

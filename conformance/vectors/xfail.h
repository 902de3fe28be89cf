/* SPDX-License-Identifier: MIT
 * What a VMM is known to be wrong in: adjudicated.tsv says by opcode and class why and
 * who witnesses it, SET/xfail/VMM.list which tests of a set it is.  Both must hold, and a
 * test of the list that passes is a failure (docs/oracle.md).
 */
#ifndef CONFORMANCE_VECTORS_XFAIL_H
#define CONFORMANCE_VECTORS_XFAIL_H

#include "conformance/vectors/score.h"

struct xfail_rule {
	char *pattern; /* of FILE/CLASS/VECTOR, as a shell's; without exception VECTOR is none */
	char finding[16];
};

struct xfail_test {
	char file[24];
	u32 index;
	bool seen; /* by xfail_test() */
};

struct xfail {
	struct xfail_rule *rule;
	u32 n_rules;
	struct xfail_test *test; /* sorted */
	u32 n_tests;
};

/* Rules for `vmm` in the file `rules` (NULL: none), its list beside the set (none when there is
 * no such file).  False with a line in `why` (400 bytes): damaged, or refvmm is excused. */
bool xfail_load(struct xfail *x, const char *rules, const char *set, const char *vmm, char *why);
void xfail_free(struct xfail *x);
/* The finding that explains this test, by the first rule that has it; NULL: none. */
const char *xfail_finding(const struct xfail *x, const char *file, const struct moo_test *t,
			  const struct expectation *e);
/* Is it in the list?  It has been seen then. */
bool xfail_listed(struct xfail *x, const char *file, u32 index);
/* The first of the list that was not seen; NULL: all were. */
const struct xfail_test *xfail_unseen(const struct xfail *x);

/* What becomes of a test, by whether it failed and what is known: text (512 bytes) is
 * that of the failure, which a test that passes against the list gets here. */
enum xfail_verdict { XV_PASS, XV_FAIL, XV_EXPECTED };
enum xfail_verdict xfail_judge(struct xfail *x, const char *file, const struct moo_test *t,
			       const struct expectation *e, bool failed, char *text,
			       const char **finding);

#endif

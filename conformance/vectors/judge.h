/* SPDX-License-Identifier: MIT
 * An expectation against what was seen, on whatever machine it was.
 */
#ifndef CONFORMANCE_VECTORS_JUDGE_H
#define CONFORMANCE_VECTORS_JUDGE_H

#include "conformance/vectors/expect.h"

/* Upper halves of registers that a 16-bit instruction has to leave alone. */
#define JUNK 0x5a5a0000u

enum verdict {
	PASS,
	PASS_OTHER, /* undefined flags as the other chip has them */
	PASS_THIRD, /* undefined flags as neither has them: another chip */
	FAIL,
};

struct outcome {
	enum verdict verdict;
	char text[512]; /* FAIL: what differs, expected and got */
};

struct observed {
	u32 reg[MOO_REGS];
	const u8 *ram;   /* by address; the pages below are looked at */
	const u32 *page; /* all pages of the test */
	u32 n_pages;
};

static inline bool is_gpr(unsigned r)
{
	return r >= MOO_EAX && r <= MOO_ESP;
}

static inline bool is_seg(unsigned r)
{
	return r >= MOO_CS && r <= MOO_SS;
}

/* What a register holds before the test. */
u32 start_value(const struct expectation *e, const struct moo_test *t, unsigned reg);
/* Add to the text: the test failed. */
void differ(struct outcome *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Add what is wrong to *o, which begins as PASS.  `strict`: undefined flags as neither
 * chip has them are wrong. */
void judge(const struct expectation *e, const struct moo_test *t, bool strict,
	   const struct observed *seen, struct outcome *o);

#endif

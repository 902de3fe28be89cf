/* SPDX-License-Identifier: MIT
 * What a case ended with: decoding of the payload of an R line, a readable
 * form, and the comparison of two results under the case's masks.
 */
#ifndef CONFORMANCE_RESULT_H
#define CONFORMANCE_RESULT_H

#include <stdio.h>

#include "conformance/tcase.h"

struct result_run {
	u32 lin;
	u8 n;
	u8 b[RES_MAX_RUN];
};

struct result {
	u8 vector;
	bool has_error;
	u32 error, eip, eflags;
	u32 gpr[8];
	u16 sel[A_SREGS];
	unsigned nruns;
	u32 unmet;     /* not run: CPUID bits that are missing */
	bool overflow; /* more than RES_MAX_RUNS runs of memory differ */
	struct result_run run[RES_MAX_RUNS + 1];
};

/* NULL, or why the hex text is no result of this case. */
const char *result_decode(const struct tcase *t, const char *hex, size_t n, struct result *r);
/* Encode as the guest does; returns the number of characters. */
size_t result_encode(const struct tcase *t, const struct result *r, char *hex, size_t size);

/* One line: outcome, what changed, flags spelled with undefined ones as '?'. */
void result_print(FILE *f, const struct tcase *t, const struct result *r);
/* "CF ZF", "-" when none; bits of `undef` are printed as "CF?". */
void flags_print(FILE *f, u32 eflags, u32 undef);

/* What differs, as bits. */
enum {
	DIFF_VECTOR = 1u << 0,
	DIFF_ERROR = 1u << 1,
	DIFF_EIP = 1u << 2,
	DIFF_FLAGS = 1u << 3,  /* arithmetic flags and DF, defined ones */
	DIFF_EFLAGS = 1u << 4, /* other bits of EFLAGS but RF */
	DIFF_RF = 1u << 5,
	DIFF_SEG = 1u << 6,
	DIFF_MEM = 1u << 7,
	DIFF_REG = 1u << 8,   /* any general register */
	DIFF_CR = 1u << 9,    /* CR0, CR2, CR4 */
	DIFF_DR = 1u << 10,   /* DR6, DR7 */
	DIFF_DESC = 1u << 11, /* TR, LDTR, descriptors */
	DIFF_PTE = 1u << 12,  /* page table entries */
	DIFF_TSS = 1u << 13,  /* the TSS the case came from */
	DIFF_PORT = 1u << 14, /* what a device script recorded */
	DIFF_BITS = 15
};
extern const char *const diff_names[DIFF_BITS];

/* Which of these an observation or a run of memory belongs to. */
unsigned result_run_class(u32 lin);
/* Now-value of n bytes at lin, if they were reported changed. */
bool result_bytes(const struct result *r, u32 lin, unsigned n, u32 *value);

unsigned result_diff(const struct tcase *t, const struct result *a, const struct result *b);

#endif

/* SPDX-License-Identifier: MIT
 * The manual as a witness: what the generator worked out by its rules (struct texp)
 * against a record.
 */
#ifndef CONFORMANCE_MODEL_H
#define CONFORMANCE_MODEL_H

#include <stdio.h>

#include "conformance/result.h"

/* Expectations of a case that a result misses, as DIFF_ bits. */
unsigned model_diff(const struct tcase *t, const struct result *r);
/* Which of two permitted outcomes a record shows (expect_or()): 0, 1, or -1 when the
 * case has no choice or shows neither. */
int model_choice(const struct tcase *t, const struct result *r);
/* The expectations in words. */
void model_print(FILE *f, const struct tcase *t);
/* Names of the CPUID bits of OP_NEED, separated by blanks. */
void features_print(FILE *f, u32 edx);

#endif

/* SPDX-License-Identifier: MIT
 * The lists that `cases` prints.
 */
#ifndef CONFORMANCE_PRINT_H
#define CONFORMANCE_PRINT_H

#include <stdio.h>

#include "conformance/log.h"
#include "conformance/tcase.h"

/* JSON string with quotes. */
void json_string(FILE *f, const char *s);
/* One JSON line per case; group NULL: all. */
void print_list(FILE *f, const struct tlist *l, const char *group);
void print_groups(FILE *f, const struct tlist *l);
/* One JSON object: filled cells by mnemonic, form and mode, and empty ones. */
void print_matrix(FILE *f, const struct tlist *l);
/* One case in words. */
void print_case(FILE *f, const struct tcase *t);
/* JSON Lines of the cases whose records differ in `got` from `ref`; returns
 * how many, or -1 when a payload cannot be read (said on stderr). */
int print_compare(FILE *f, const struct tlist *l, const struct log *ref, const struct log *got);
/* One JSON object: what is in this log and what is missing. */
/* What the manual says of the records of system cases: verdict rule (as predicted),
 * broken (not so: fields, record) or unmet (not run: CPUID bits that are missing).
 * Returns how many are broken, negative when a record cannot be read. */
int print_model(FILE *f, const struct tlist *l, const struct log *g);
void print_log(FILE *f, const struct tlist *l, const struct log *log);

#endif

/* SPDX-License-Identifier: MIT
 * What a generated program consists of, by Zydis and bt/insn.def.
 */
#ifndef CONFORMANCE_FUZZ_COVERAGE_H
#define CONFORMANCE_FUZZ_COVERAGE_H

#include "conformance/fuzz/gen.h"

#include <stdio.h>

/* One decoded instruction of a block. */
struct item {
	u32 block, offset, len;
	bool decoded;
	u32 row; /* of bt/insn.def, ROW_NONE */
	char text[96];
};
#define ROW_NONE 0xffffffffu

/* Calls `see` for every instruction of every block, in order. */
void walk_program(const struct gen *g, void (*see)(void *arg, const struct item *i), void *arg);
void list_program(const struct gen *g, FILE *out);
/* "ROW count" lines, rows without instructions included. */
void list_classes(const struct gen *g, FILE *out);
/* "insns N" and a line "row NAME" for each row met: in the blocks with a '1' in
 * `bits`, or among the lines CS:EIP of a file (false: cannot be read). */
void list_ended(const struct gen *g, const char *bits, FILE *out);
bool list_executed(const struct gen *g, const char *path, FILE *out);
u32 row_count(void);
const char *row_name(u32 row);

#endif

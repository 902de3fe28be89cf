/* SPDX-License-Identifier: MIT
 * What of a program can be left out: its elements, the elements inside them and the
 * instructions.  Left out is filled with NOPs, so that all else stays where it is.
 */
#ifndef CONFORMANCE_FUZZ_ATOMS_H
#define CONFORMANCE_FUZZ_ATOMS_H

#include "conformance/fuzz/gen.h"

#include <stdio.h>

/* Lines "KIND BLOCK REGION START END": KIND e (element of a block), n (element inside
 * one) or i (instruction outside the ranges that must stay together); REGION 16 or
 * 32, START and END offsets in it. */
void list_atoms(const struct gen *g, FILE *out);
/* NOPs over the lines of a file.  False: it cannot be read, or a line is wrong. */
bool blank_atoms(struct gen *g, const char *path);
/* The definitions small.asm needs to run a piece of this block, but for registers and
 * bytes. */
void describe_block(const struct gen *g, u32 block, FILE *out);

#endif

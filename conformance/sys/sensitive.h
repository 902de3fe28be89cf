/* SPDX-License-Identifier: MIT
 * What the three parts of group sensitive share: where a cell runs.
 */
#ifndef CONFORMANCE_SYS_SENSITIVE_H
#define CONFORMANCE_SYS_SENSITIVE_H

#include "conformance/sys/sys.h"

struct place {
	u8 mode, cpl, iopl;
};

/* Rings 0 to 3 in 32- and 16-bit code, virtual-8086 mode, real mode; the first
 * SENS_PLACES with one IOPL each, all of them with every IOPL that matters. */
#define SENS_PLACES     10u
#define SENS_ALL_PLACES 14u
extern const struct place sens_places[SENS_ALL_PLACES];

/* A case of the group there, with its IOPL as class and extra, if any, behind it. */
struct tcase *sens_case(struct gen *g, const struct place *p, const char *mnemonic,
			const char *form, const char *extra, const char *cite);
static inline bool sens_wide(const struct tcase *t)
{
	return t->mode == CM_PM32 || t->mode == CM_FLAT32;
}
static inline bool sens_selectors(const struct tcase *t)
{
	return t->mode != CM_REAL16 && t->mode != CM_V86;
}
/* n bytes at lin become value: every one of them is another one before. */
void sens_stored(struct tcase *t, u32 lin, unsigned n, u32 value);
/* Code `opcode` with a ModRM byte /reg for [BX] or [EBX], which reaches the result. */
u32 sens_memory(struct tcase *t, const char *opcode, unsigned reg);

void gen_sens_registers(struct gen *g);
void gen_sens_segments(struct gen *g);
void gen_sens_transfers(struct gen *g);

#endif

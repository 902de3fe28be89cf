/* SPDX-License-Identifier: MIT
 * The encodings of the opcode maps: which there are on a Pentium III-class
 * processor, and which one a decoded instruction is.
 *
 * The list is not written down anywhere: all encodings are decoded with Zydis and
 * kept where bt/insn.def, the instruction table of the translator, has a row for
 * the mnemonic or its ISA set.
 */
#ifndef CONFORMANCE_COVERAGE_SLOTS_H
#define CONFORMANCE_COVERAGE_SLOTS_H

#include "refvmm/types.h"

/* Maps of SDM vol. 2D appendix A: one byte, 0F xx, and the escapes D8-DF. */
enum slot_map { MAP_ONE, MAP_0F, MAP_X87, MAP_COUNT };

enum slot_level {
	LEVEL_P3,    /* up to the Pentium III: must be covered */
	LEVEL_LATER, /* in the table, but newer (SSE2 and so on) */
};

/* Mandatory prefix of an encoding. */
enum slot_prefix { PFX_NONE, PFX_66, PFX_F3, PFX_F2, PFX_COUNT };

struct slot {
	char key[16];  /* "80/2r", "F30F10m", "D8C1", "90" */
	char name[20]; /* mnemonic, or "prefix" */
	u8 map, level, prefix, op;
	s8 digit;  /* ModRM /digit where it selects, else -1 */
	char form; /* 'm' memory, 'r' register, '-' no ModRM */
	u8 modrm;  /* a ModRM byte of it; of x87 register forms, the one */
};

#define SLOTS_MAX 2000u

/* All of them, in map order; made at the first call. */
const struct slot *slots_all(unsigned *n);

/* Called for every encoding that a run of code executes for sure. */
typedef void slot_seen(void *arg, unsigned slot);

/* Decode from the start of the code up to and with the first transfer of control,
 * what does not decode, or `last` (an offset; instructions behind the one there
 * are not executed).  bits: 16 or 32, the size of the code segment; real: real or
 * virtual-8086 mode.  Returns how many instructions were seen; `bad` is set to the offset of
 * what does not decode, else to -1. */
unsigned slots_walk(const u8 *code, unsigned n, unsigned bits, bool real, unsigned last,
		    slot_seen *seen, void *arg, int *bad);

#endif

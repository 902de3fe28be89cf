/* SPDX-License-Identifier: MIT
 * What the manual leaves undefined, and what a newer processor does otherwise.
 */
#ifndef CONFORMANCE_VECTORS_UNDEFINED_H
#define CONFORMANCE_VECTORS_UNDEFINED_H

#include <stdbool.h>

#include "refvmm/types.h"

/* An instruction taken apart as far as the rules need it. */
struct vinsn {
	u16 opcode; /* 0F xx: 0x0fxx */
	u8 n;       /* bytes, prefixes included */
	u8 modrm;   /* the byte, when has_modrm */
	bool has_modrm, lock, rep, opsize32, addrsize32;
	u8 override; /* last segment prefix, 0: none */
	u8 at_modrm; /* its place */
	u8 last;     /* last byte: an immediate count */
	bool ss;     /* the memory operand lies in the stack segment */
};

/* `n` bytes of code without the HLT behind them. */
void vinsn_parse(struct vinsn *i, const u8 *code, u32 n);

/* FLAGS bits that the manual calls undefined after this instruction; `cl`: the count
 * register before it. */
u32 undefined_flags(const struct vinsn *i, u8 cl);

/* Does it pop, or return, so that an SP of FFFF is a fault of the stack segment? */
bool pops(const struct vinsn *i);

/* A string instruction on words: which of SI and DI it uses, as bits 0 and 1; 0:
 * another instruction. */
unsigned word_string(const struct vinsn *i);

/* Offset of the memory operand with 16-bit addresses, from registers in the order of
 * ModRM.  False: no such operand. */
bool operand_offset(const struct vinsn *i, const u8 *code, const u32 gpr[8], u16 *offset);

/* Does LOCK in front of it raise #UD (SDM vol. 2A, LOCK)? */
bool lock_invalid(const struct vinsn *i);

#endif

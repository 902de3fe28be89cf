/* SPDX-License-Identifier: MIT
 * Segment register loads, stores and queries: the rows of segment.def.
 */
#ifndef CONFORMANCE_INSN_SEGMENT_H
#define CONFORMANCE_INSN_SEGMENT_H

#include "refvmm/types.h"

enum segment_kind { K_REG, K_MEM, K_POP, K_FAR, K_STORE_R, K_STORE_M, K_QUERY, K_QUERY_G, K_ARPL };

struct segment_row {
	const char *mnemonic, *form;
	enum segment_kind kind;
	u32 opcode;
	u8 sreg;
	const char *cite;
};

#define SEGLOAD(mnemonic, form, kind, opcode, sreg, cite)                                          \
	{#mnemonic, #form, K_##kind, opcode, sreg, cite},
static const struct segment_row segment_rows[] = {
#include "conformance/insn/segment.def"
};
#undef SEGLOAD

#endif

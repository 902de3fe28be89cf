/* SPDX-License-Identifier: MIT
 * Control transfers: the rows of flow.def.
 */
#ifndef CONFORMANCE_INSN_FLOW_H
#define CONFORMANCE_INSN_FLOW_H

#include "refvmm/types.h"

enum flow_kind {
	K_JCC8,
	K_JCC,
	K_LOOP,
	K_REL8,
	K_REL,
	K_REG,
	K_MEM,
	K_RET,
	K_FARPTR,
	K_FARMEM,
	K_RETF,
	K_IRET
};

struct flow_row {
	const char *mnemonic, *form;
	enum flow_kind kind;
	u32 opcode;
	u8 arg; /* digit of ModRM forms, condition of Jcc */
	const char *cite;
};

#define FLOW(mnemonic, form, kind, opcode, arg, cite)                                              \
	{#mnemonic, #form, K_##kind, opcode, arg, cite},
static const struct flow_row flow_rows[] = {
#include "conformance/insn/flow.def"
};
#undef FLOW

#endif

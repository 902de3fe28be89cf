/* SPDX-License-Identifier: MIT
 * Inside of the table-driven generator.
 */
#ifndef CONFORMANCE_GEN_TABLE_H
#define CONFORMANCE_GEN_TABLE_H

#include "conformance/gen/gen.h"
#include "conformance/gen/values.h"

enum undef {
	U_NONE,
	U_AF,
	U_OF,
	U_ROT,
	U_SHL,
	U_SAR,
	U_SHLD,
	U_BT,
	U_BSCAN,
	U_AAA,
	U_AAM,
	U_MUL,
	U_DIV,
	U_BSWAP,
};

/* What the operands of a case turned out to be. */
struct operands {
	unsigned size; /* of the operation, bytes */
	u32 v[3];
	bool dst_mem;
	unsigned dst_reg;
	u32 dst_lin;
};

void apply_undef(struct tcase *t, enum undef rule, const struct operands *o);

#endif

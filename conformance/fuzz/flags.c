/* SPDX-License-Identifier: MIT
 * Removing undefined flags before anything can see them: either the defined
 * ones are captured in EAX and written back, or a CMP sets them all.
 */
#include "conformance/fuzz/gen.h"

void fix_flags(struct gen *g, u32 undefined)
{
	u32 size = chance(g, 50) ? 4 : 2, start = g->c->pc;

	if (!undefined)
		return;
	if (g->nostack || chance(g, 65)) {
		b2(g, 0x3c, rnd(g, 256)); /* cmp al, imm8 */
		fixed_range(g, start);
		return;
	}
	opsize(g, size);
	b1(g, 0x9c); /* pushf */
	opsize(g, size);
	b1(g, 0x58); /* pop eax */
	opsize(g, size);
	b1(g, 0x25); /* and eax, imm */
	immz(g, ~undefined, size);
	/* AND leaves AF undefined: POPF sets it from the image. */
	opsize(g, size);
	b1(g, 0x50);
	opsize(g, size);
	b1(g, 0x9d);
	fixed_range(g, start);
}

/* SPDX-License-Identifier: MIT
 * Group iomap: ports by IOPL and the I/O permission bitmap: each bit, operands of
 * 1, 2 and 4 bytes, maps that end inside the operand's bits, bases at and behind
 * the limit of the TSS.  Rule: SDM vol. 1 section 19.5.2: two bytes of the map are
 * read, both within the limit, and every port of the operand must have a 0.
 */
#include "conformance/sys/sys.h"

static const struct {
	const char *name, *code;
	u8 size;
} insns[] = {
	{"out_al", "ee", 1}, {"out_ax", "o ef", 2}, {"out_eax", "O ef", 4},
	{"outsb", "6e", 1},  {"outsd", "O 6f", 4},
};

static const struct map {
	const char *name;
	u32 limit; /* of the TSS */
	u32 bits;  /* ports 80-9F */
	u16 base;  /* of the map */
} maps[] = {
	{"open", 0x9f, 0x00000000, TSS_IOMAP},          {"closed", 0x9f, 0xffffffff, TSS_IOMAP},
	{"bit80", 0x9f, 0x00000001, TSS_IOMAP},         {"bit83", 0x9f, 0x00000008, TSS_IOMAP},
	{"bit87", 0x9f, 0x00000080, TSS_IOMAP},         {"bit88", 0x9f, 0x00000100, TSS_IOMAP},
	{"even", 0x9f, 0x55555555, TSS_IOMAP},          {"end98", 0x98, 0x00000000, TSS_IOMAP},
	{"end99", 0x99, 0x00000000, TSS_IOMAP},         {"nomap", 0x67, 0x00000000, TSS_IOMAP},
	{"base_at_limit", 0x88, 0x00000000, TSS_IOMAP}, {"base_far", 0x9f, 0x00000000, 0xffff},
};
static const u8 ports[] = {0x80, 0x83, 0x84, 0x86, 0x87, 0x88};

static bool allowed(const struct map *m, unsigned port, unsigned size)
{
	u32 byte = m->base + port / 8;

	if (byte + 1 > m->limit)
		return false;
	return !(m->bits >> (port - 0x80) & ((1u << size) - 1));
}

static void one(struct gen *g, unsigned n, const struct map *m, unsigned port, unsigned mode,
		unsigned cpl, unsigned iopl)
{
	struct tcase *t = sys_case(g, "iomap", insns[n].name, m->name, mode, cpl,
				   sys_text("p%02x_iopl%u", port, iopl), "SDM 1 19.5.2");

	sys_op(t, OP_TSS, 0x64 / 4, (u32)m->base << 16, 0);
	sys_op(t, OP_TSS, 0x98 / 4, m->bits, 0);
	sys_op(t, OP_TSS, 0x9c / 4, 0, 0);
	sys_op(t, OP_TSSLIM, 0, m->limit, 0);
	t->eflags = (t->eflags & ~(u32)F_IOPL) | iopl << 12;
	set_gpr(t, A_EDX, port);
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF));
	sys_code(t, insns[n].code);
	if ((mode != CM_V86 && cpl <= iopl) || allowed(m, port, insns[n].size))
		expect_done(t);
	else
		expect_fault(t, GP, 0);
}

void gen_sys_iomap(struct gen *g)
{
	unsigned n, m, p;

	for (n = 0; n < sizeof insns / sizeof *insns; n++)
		for (m = 0; m < sizeof maps / sizeof *maps; m++)
			for (p = 0; p < sizeof ports; p++) {
				one(g, n, &maps[m], ports[p], CM_PM32, 3, 0);
				one(g, n, &maps[m], ports[p], CM_V86, 3, 3);
				if (p)
					continue;
				one(g, n, &maps[m], ports[p], CM_PM32, 3, 3);
				one(g, n, &maps[m], ports[p], CM_PM16, 3, 2);
				one(g, n, &maps[m], ports[p], CM_PM32, 1, 0);
				one(g, n, &maps[m], ports[p], CM_PM32, 1, 1);
				one(g, n, &maps[m], ports[p], CM_V86, 3, 0);
			}
}

/* SPDX-License-Identifier: MIT
 * Elements: the stack, flags, single step.
 */
#include "conformance/fuzz/gen.h"

static void push_pop_mem(struct gen *g, bool pop, u32 size)
{
	struct mem m = plan_mem(g, 1, pop, 4);

	mem_prefixes(g, &m);
	opsize(g, size);
	b1(g, pop ? 0x8f : 0xff);
	mem_operand(g, &m, pop ? 0 : 6);
}

void el_stack(struct gen *g)
{
	static const u8 segs[] = {0x06, 0x0e, 0x16, 0x1e};
	u32 size = chance(g, 70) == g->d32 ? 4 : 2;

	if (g->nostack) {
		el_data(g);
		return;
	}
	switch (rnd(g, 10)) {
	case 0:
	case 1:
		opsize(g, size);
		b1(g, 0x50 + rnd(g, 8));
		break;
	case 2:
	case 3:
		opsize(g, size);
		b1(g, 0x58 + any_reg(g));
		break;
	case 4:
		opsize(g, size);
		b2(g, 0x6a, rnd(g, 256));
		break;
	case 5:
		opsize(g, size);
		b1(g, 0x68);
		immz(g, value32(g), size);
		break;
	case 6:
		push_pop_mem(g, false, size);
		break;
	case 7:
		push_pop_mem(g, true, size);
		break;
	case 8:
		opsize(g, size);
		/* POPA that faults midway may keep what it popped (docs/findings.md). */
		b1(g, chance(g, 70) || g->paging ? 0x60 : 0x61);
		break;
	default:
		opsize(g, size);
		if (chance(g, 50))
			b1(g, PICK(g, segs));
		else
			b2(g, 0x0f, chance(g, 50) ? 0xa0 : 0xa8);
	}
}

/* ENTER and LEAVE, or the same by hand. */
void el_frame(struct gen *g)
{
	u32 size = g->d32 ? 4 : 2, level = chance(g, 60) ? 0 : rnd(g, 4);

	if (g->nostack) {
		el_value(g);
		return;
	}
	g->nopad++;
	if (chance(g, 60)) {
		mov_imm(g, 5, 0x2000 + rnd(g, 0x4000));
		b1(g, 0xc8);
		w16(g, rnd(g, 64) & ~3u);
		b1(g, level);
	} else {
		b1(g, 0x55);
		opsize(g, size);
		b2(g, 0x89, 0xe5); /* mov ebp, esp */
		b2(g, 0x6a, rnd(g, 256));
	}
	b1(g, 0xc9);
	g->nopad--;
}

void el_flags(struct gen *g)
{
	/* DF, arithmetic, and in 32 bits AC and ID; not TF, IF, IOPL, NT, VM. */
	u32 size = chance(g, 60) == g->d32 ? 4 : 2, bits = rnd32(g) & 0xcd5;

	if (chance(g, 30) || g->nostack) {
		/* CLI, STI: a fault where IOPL forbids them */
		b1(g, chance(g, 50) && !g->opt.timer ? 0xfa : 0xfb);
		return;
	}
	g->nopad++;
	opsize(g, size);
	b1(g, 0x9c);
	if (chance(g, 70)) {
		opsize(g, size);
		b1(g, 0x58 + 3); /* pop ebx */
		opsize(g, size);
		b2(g, 0x81, 0xf3); /* xor ebx, imm */
		if (size == 4)
			bits |= rnd32(g) & 0x240000;
		immz(g, bits, size);
		opsize(g, size);
		b1(g, 0x50 + 3);
	}
	opsize(g, size);
	b1(g, 0x9d);
	g->nopad--;
}

/* TF on, some instructions without undefined flags, TF off.  The runtime logs
 * each trap. */
void el_step(struct gen *g)
{
	u32 n = 1 + rnd(g, 4);

	/* Bochs makes one exception of a single step and the breakpoint behind it; the
	 * manual leaves both bits of DR6 open to that. */
	if (g->nostack || g->counts_pads) {
		el_value(g);
		return;
	}
	g->nopad++;
	b1(g, 0x9c);
	b1(g, 0x5b);
	b3(g, 0x80, 0xcf, 0x01); /* or bh, 1 */
	b1(g, 0x53);
	b1(g, 0x9d);
	while (n--) {
		if (chance(g, 30))
			el_value(g);
		else if (chance(g, 30))
			b1(g, 0x40 + any_reg(g));
		else
			b2(g, 0x01, 0xc0 | any_reg(g) << 3 | any_reg(g));
	}
	b1(g, 0x9c);
	b1(g, 0x5b);
	b3(g, 0x80, 0xe7, 0xfe); /* and bh, ~1 */
	b2(g, 0x3c, 0x55);
	b1(g, 0x53);
	b1(g, 0x9d);
	g->nopad--;
}

/* SPDX-License-Identifier: MIT
 * Memory operands in all addressing forms of 16- and 32-bit code (SDM vol. 2A
 * tables 2-1 to 2-3).  Mostly the registers are set up so that the operand lies
 * in its segment; else it is whatever the registers hold, and may fault.
 */
#include "conformance/fuzz/gen.h"

enum { AX, CX, DX, BX, SP, BP, SI, DI };

u32 any_reg(struct gen *g)
{
	u32 r = rnd(g, 7);

	return r < SP ? r : r + 1;
}

/* Offset of an operand: anywhere, or over the end of a 64 KiB segment. */
static u32 place(struct gen *g, u32 align, u32 size)
{
	if (chance(g, 4))
		return 0x10000 - 1 - rnd(g, size + 2);
	return rnd(g, 0xff00) & ~(align - 1);
}

static u8 pick_segment(struct gen *g, bool write)
{
	static const u8 some[] = {0x26, 0x3e, 0x65, 0x2e};
	u8 s;

	if (chance(g, 65))
		return SEG_NONE;
	s = PICK(g, some);
	/* In real mode a store through CS would hit arbitrary code. */
	return s == 0x2e && write && g->real ? SEG_NONE : s;
}

static void set_base(struct gen *g, u32 reg, u32 v)
{
	if (chance(g, 50)) {
		mov_imm(g, reg, v);
	} else {
		opsize(g, 4); /* movzx reg, reg16: any offset */
		b3(g, 0x0f, 0xb7, 0xc0 | reg << 3 | reg);
	}
}

/* Stack segment through BP: below the live stack, so that no return address is
 * overwritten. */
static void frame_operand(struct gen *g, struct mem *m, u32 align)
{
	mov_imm(g, BP, (0x1000 + rnd(g, 0x6000)) & ~(align - 1));
	m->mod = chance(g, 70) ? 1 : 2;
	m->rm = m->adsize == 2 ? 6 : BP;
	m->disp_size = m->mod == 1 ? 1 : m->adsize;
	m->disp = m->mod == 1 ? rnd(g, 256) : rnd(g, 0x800);
	m->disp &= ~(align - 1);
}

static void operand16(struct gen *g, struct mem *m, u32 align, u32 size)
{
	static const u8 forms[] = {0, 1, 4, 5, 7};
	static const u8 base[] = {[0] = BX, [1] = BX, [4] = SI, [5] = DI, [7] = BX};

	if (chance(g, 25)) { /* [disp16] */
		m->mod = 0;
		m->rm = 6;
		m->disp_size = 2;
		m->disp = place(g, align, size);
		return;
	}
	m->rm = PICK(g, forms);
	m->mod = (u8)rnd(g, 3);
	m->disp_size = m->mod;
	m->disp = rnd(g, 256) & ~(align - 1);
	if (align > 1 || chance(g, 20)) {
		movw_imm(g, base[m->rm], place(g, align, size));
		if (m->rm < 2)
			movw_imm(g, m->rm ? DI : SI, rnd(g, 64) * align);
	}
}

static void operand32(struct gen *g, struct mem *m, u32 align, u32 size)
{
	static const u8 bases[] = {AX, CX, DX, BX, SI, DI};
	u32 base = PICK(g, bases), index = any_reg(g), at = place(g, align, size);

	m->mod = (u8)rnd(g, 3);
	m->disp_size = m->mod == 2 ? 4 : m->mod;
	m->disp = rnd(g, 64) & ~(align - 1);
	if (chance(g, 20)) { /* [disp32] */
		m->mod = 0;
		m->rm = 5;
		m->disp_size = 4;
		m->disp = at;
		return;
	}
	m->rm = (u8)base;
	if (chance(g, 90))
		set_base(g, base, at);
	if (align > 1)
		mov_imm(g, base, at);
	if (!chance(g, 35))
		return;
	m->rm = 4;
	m->has_sib = 1;
	m->sib = (u8)(rnd(g, 4) << 6 | index << 3 | base);
	if (index != base && (align > 1 || chance(g, 85)))
		mov_imm(g, index, rnd(g, 16) * align);
	if (chance(g, 10))
		m->sib = (u8)(rnd(g, 4) << 6 | 4 << 3 | base); /* no index */
	if (m->mod == 0 && chance(g, 15)) {                    /* index and disp32 only */
		m->sib = (m->sib & 0xf8) | 5;
		m->disp_size = 4;
		m->disp = at;
	}
}

struct mem plan_mem(struct gen *g, u32 align, bool write, u32 size)
{
	struct mem m = {.adsize = g->d32 != chance(g, 20) ? 4 : 2};

	if (chance(g, 15)) {
		frame_operand(g, &m, align);
		return m;
	}
	m.seg = pick_segment(g, write);
	if (m.adsize == 2)
		operand16(g, &m, align, size);
	else
		operand32(g, &m, align, size);
	return m;
}

void mem_prefixes(struct gen *g, const struct mem *m)
{
	if (m->seg != SEG_NONE)
		b1(g, m->seg);
	adsize(g, m->adsize);
}

void mem_operand(struct gen *g, const struct mem *m, u32 reg)
{
	b1(g, m->mod << 6 | reg << 3 | m->rm);
	if (m->has_sib)
		b1(g, m->sib);
	for (u32 k = 0; k < m->disp_size; k++)
		b1(g, m->disp >> 8 * k & 0xff);
}

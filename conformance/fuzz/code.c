/* SPDX-License-Identifier: MIT
 * Random draws and emission of bytes into the code region of the block.
 */
#include "conformance/fuzz/gen.h"

#include <stdlib.h>

u32 rnd32(struct gen *g)
{
	g->rng ^= g->rng >> 12;
	g->rng ^= g->rng << 25;
	g->rng ^= g->rng >> 27;
	return (u32)(g->rng * 0x2545f4914f6cdd1dull >> 32);
}

u32 rnd(struct gen *g, u32 below)
{
	return (u32)((u64)rnd32(g) * below >> 32);
}

bool chance(struct gen *g, u32 percent)
{
	return rnd(g, 100) < percent;
}

u32 value32(struct gen *g)
{
	static const u32 edge[] = {0,          1,          2,       0x7f,       0x80,
				   0xff,       0x7fff,     0x8000,  0xffff,     0x10000,
				   0x7fffffff, 0x80000000, 0x20,    0xffffffff, 0x55555555,
				   0x99999999, 0x3f800000, 0xff00ff};

	switch (rnd(g, 4)) {
	case 0:
		return PICK(g, edge);
	case 1:
		return rnd(g, 0x10000);
	case 2:
		return 0u - rnd(g, 0x1000);
	default:
		return rnd32(g);
	}
}

u32 room(const struct gen *g)
{
	return FZ_CODE_SIZE - g->c->pc;
}

void b1(struct gen *g, u32 a)
{
	if (g->c->pc >= FZ_CODE_SIZE)
		abort(); /* generate() leaves room: its arithmetic is wrong */
	g->c->bytes[g->c->pc++] = (u8)a;
}

void b2(struct gen *g, u32 a, u32 b)
{
	b1(g, a);
	b1(g, b);
}

void b3(struct gen *g, u32 a, u32 b, u32 c)
{
	b2(g, a, b);
	b1(g, c);
}

void w16(struct gen *g, u32 v)
{
	b2(g, v & 0xff, v >> 8 & 0xff);
}

void w32(struct gen *g, u32 v)
{
	w16(g, v);
	w16(g, v >> 16);
}

void immz(struct gen *g, u32 v, u32 size)
{
	if (size == 2)
		w16(g, v);
	else
		w32(g, v);
}

bool page_ends_within(const struct gen *g, u32 n)
{
	return g->paging && (g->c->pc ^ (g->c->pc + n)) >> 12;
}

bool page_ends(const struct gen *g)
{
	return page_ends_within(g, 40);
}

void patch8(struct gen *g, u32 at)
{
	u32 d = g->c->pc - at - 1;

	if (d > 127)
		abort(); /* constructs with a rel8 are shorter */
	g->c->bytes[at] = (u8)d;
}

void patch_rel(struct gen *g, u32 at, u32 size)
{
	u32 d = g->c->pc - at - size;

	for (u32 k = 0; k < size; k++)
		g->c->bytes[at + k] = (u8)(d >> 8 * k);
}

void patch_abs(struct gen *g, u32 at, u32 size)
{
	for (u32 k = 0; k < size; k++)
		g->c->bytes[at + k] = (u8)(g->c->pc >> 8 * k);
}

void opsize(struct gen *g, u32 size)
{
	if ((size == 4) != g->d32)
		b1(g, 0x66);
}

void adsize(struct gen *g, u32 size)
{
	if ((size == 4) != g->d32)
		b1(g, 0x67);
}

void mov_imm(struct gen *g, u32 reg, u32 v)
{
	opsize(g, 4);
	b1(g, 0xb8 + reg);
	w32(g, v);
}

void movw_imm(struct gen *g, u32 reg, u32 v)
{
	opsize(g, 2);
	b1(g, 0xb8 + reg);
	w16(g, v);
}

void pad(struct gen *g)
{
	if (g->nopad || g->n_pads >= MAX_PADS)
		return;
	if (g->n_pads > g->first_pad && g->pad[g->n_pads - 1] == g->c->pc)
		return;
	g->pad[g->n_pads++] = (u16)g->c->pc;
}

void fs(struct gen *g)
{
	b1(g, 0x64);
}

void abs_operand(struct gen *g, u32 reg, u32 offset)
{
	b1(g, reg << 3 | (g->d32 ? 5 : 6));
	immz(g, offset, g->d32 ? 4 : 2);
}

void fs_store(struct gen *g, u32 offset, u32 v, u32 size)
{
	fs(g);
	if (size != 1)
		opsize(g, size);
	b1(g, size == 1 ? 0xc6 : 0xc7);
	abs_operand(g, 0, offset);
	if (size == 1)
		b1(g, v);
	else
		immz(g, v, size);
}

void load_fs(struct gen *g, u32 selector)
{
	movw_imm(g, 0, selector);
	b2(g, 0x8e, 0xe0);
}

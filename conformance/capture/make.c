/* SPDX-License-Identifier: MIT
 * The state a vector starts from, seeded values, registers and memory.
 */
#include "conformance/capture/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014). */
u32 mrnd(struct maker *m)
{
	u64 z = m->rng += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (u32)((z ^ z >> 31) >> 16);
}

static void choose_segments(struct maker *m)
{
	struct vec *v = m->v;
	unsigned i;

	for (i = 0; i < A_SREGS; i++)
		v->sel[i] = case_default_sel(v->mode, 3, i);
	if (m->flat)
		return;
	/* Stack size and code size are independent. */
	v->sel[A_SS] = SEL_CPL3(mrnd(m) & 1 ? SG_SS32 : SG_SS16);
	if (one_in(m, 8))
		v->sel[A_CS] = SEL_CPL3(m->c->code32 ? SG_ALT32 : SG_ALT16);
	else if (m->c->code32 && one_in(m, 16))
		v->sel[A_CS] = SEL_CPL3(SG_XO);
}

void make_start(struct maker *m, const struct vcell *c, struct vec *v, u64 seed)
{
	static const u32 flags[6] = {F_CF, F_PF, F_AF, F_ZF, F_SF, F_OF};
	unsigned i;

	memset(m, 0, sizeof *m);
	m->c = c;
	m->v = v;
	m->rng = seed;
	mrnd(m);
	m->addr = (c->prefix & PF_A ? 1 : 0) ^ c->code32 ? 4 : 2;
	m->flat = c->code32 && m->addr == 4 && one_in(m, 4);
	/* A third of the vectors are about where things lie. */
	if (v->serial % 3 == 2)
		m->place = (enum place)(1 + mbelow(m, AT_COUNT - 1));
	m->fetch = v->serial % 16 == 13;

	v->mode = m->flat ? CM_FLAT32 : c->code32 ? CM_PM32 : CM_PM16;
	v->fpu = v->parts = v->umem_of_fault = false;
	v->tolerance = TOL_EXACT;
	v->pages = WORLD_WORK;
	v->nmem = v->numem = v->code_len = 0;
	v->pooled = 0;
	v->undef = v->undef_mask = 0;
	v->undef_reg = 0;
	for (i = 0; i < 8; i++)
		v->gpr[i] = mrnd(m);
	v->eflags = 2 | F_IF;
	for (i = 0; i < 6; i++)
		if (mrnd(m) & 1)
			v->eflags |= flags[i];
	if (one_in(m, 4))
		v->eflags |= F_DF;
	choose_segments(m);
	v->gpr[A_ESP] = seg_off(m, A_SS, WORLD_STACK_OFF + 4 * mbelow(m, 16));
	if (case_segs[v->sel[A_SS] >> 3].flags == 0)
		v->gpr[A_ESP] |= mrnd(m) << 16; /* a 16-bit stack ignores it */
}

u32 seg_base(const struct maker *m, unsigned sreg)
{
	return case_segs[m->v->sel[sreg] >> 3].base;
}

u32 seg_off(const struct maker *m, unsigned sreg, u32 off)
{
	u32 base = seg_base(m, sreg), window = seg_window(sreg);

	/* flat, or of this window, or one that was put there instead */
	return !base || base >> 16 == window >> 16 ? window + off - base : off;
}

u32 mvalue(struct maker *m, unsigned size)
{
	u32 mask = size_mask(size), sign = (mask >> 1) + 1;

	switch (mbelow(m, 16)) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return mask;
	case 3:
		return sign;
	case 4:
		return sign - 1;
	case 5:
		return mbelow(m, 40);
	case 6:
		return (0u - mbelow(m, 40)) & mask;
	case 7:
		return 1u << mbelow(m, 8 * size);
	default:
		return mrnd(m) & mask;
	}
}

static u64 corner_double(struct maker *m)
{
	static const u64 c[] = {
		0,
		0x8000000000000000,
		0x3ff0000000000000,
		0xbff0000000000000,
		0x4000000000000000,
		0x7ff0000000000000,
		0xfff0000000000000,
		0x7ff8000000000000,
		0x7ff4000000000001,
		0x0000000000000001,
		0x000fffffffffffff,
		0x0010000000000000,
		0x7fefffffffffffff,
		0x3fdfffffffffffff,
		0x41dfffffffc00000,
		0x41e0000000000000,
		0xc1e0000000000000,
		0x43e0000000000000,
		0xffffffffffffffff,
		0x36a0000000000000,
		0x47efffffe0000000,
	};

	return c[mbelow(m, sizeof c / sizeof *c)];
}

static u32 corner_single(struct maker *m)
{
	static const u32 c[] = {
		0,          0x80000000, 0x3f800000, 0xbf800000, 0x40000000, 0x7f800000, 0xff800000,
		0x7fc00000, 0x7fa00001, 0x00000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3effffff,
		0x4effffff, 0x4f000000, 0xcf000000, 0x5f000000, 0xffffffff, 0x3f7fffff, 0x4b000001,
	};

	return c[mbelow(m, sizeof c / sizeof *c)];
}

static void extended(struct maker *m, u8 *b)
{
	/* sign and exponent, significand (SDM vol. 1 table 8-3) */
	static const struct {
		u16 se;
		u64 sig;
	} c[] = {
		{0, 0},
		{0x8000, 0},
		{0x3fff, 0x8000000000000000},
		{0xbfff, 0x8000000000000000},
		{0x4000, 0x8000000000000000},
		{0x4000, 0xc90fdaa22168c235}, /* pi */
		{0x3ffe, 0x8000000000000000},
		{0x7fff, 0x8000000000000000}, /* infinity */
		{0xffff, 0x8000000000000000},
		{0x7fff, 0xc000000000000000}, /* quiet NaN */
		{0xffff, 0xc000000000000000}, /* indefinite */
		{0x7fff, 0xa000000000000001}, /* signalling NaN */
		{0x0000, 0x0000000000000001}, /* denormal */
		{0x0000, 0x8000000000000000}, /* pseudo-denormal */
		{0x4000, 0x4000000000000000}, /* unnormal */
		{0x7fff, 0x0000000000000001}, /* pseudo-NaN */
		{0x7fff, 0x0000000000000000}, /* pseudo-infinity */
		{0x0001, 0x8000000000000000},
		{0x7ffe, 0xffffffffffffffff},
		{0x403e, 0x8000000000000000}, /* 2^63 */
		{0xc03e, 0x8000000000000000},
		{0x401e, 0x8000000000000000},
		{0x400e, 0x8000000000000000},
		{0x3ffe, 0xffffffffffffffff},
	};
	u64 sig;
	u16 se;

	if (one_in(m, 3)) {
		unsigned i = mbelow(m, sizeof c / sizeof *c);

		se = c[i].se;
		sig = c[i].sig;
	} else {
		sig = (u64)mrnd(m) << 32 | mrnd(m) | 0x8000000000000000;
		if (one_in(m, 3))
			sig &= ~0ull << mbelow(m, 64);
		sig |= 0x8000000000000000;
		/* around one, around where integers end, anywhere */
		se = (u16)(one_in(m, 8)   ? mbelow(m, 0x7fff)
			   : one_in(m, 3) ? 0x3fff + mbelow(m, 70)
					  : 0x3fff - 16 + mbelow(m, 32));
		se |= (u16)(mrnd(m) & 0x8000);
	}
	memcpy(b, &sig, 8);
	memcpy(b + 8, &se, 2);
}

void mlanes(struct maker *m, u8 *b, unsigned n, char type)
{
	unsigned i;

	for (i = 0; i < n;) {
		u32 lo = mrnd(m), hi = mrnd(m), e;

		if (type == 'x' && n - i >= 10) {
			extended(m, b + i);
			i += 10;
			continue;
		}
		if (type == 'd' && n - i >= 8) {
			u64 d = (u64)hi << 32 | lo;

			if (one_in(m, 3)) {
				d = corner_double(m);
			} else if (mrnd(m) & 1) { /* of moderate size */
				e = 1023 - 40 + mbelow(m, 80);
				d = (d & 0x800fffffffffffff) | (u64)e << 52;
			}
			memcpy(b + i, &d, 8);
			i += 8;
			continue;
		}
		if (type == 's') {
			if (one_in(m, 3))
				lo = corner_single(m);
			else if (mrnd(m) & 1)
				lo = (lo & 0x807fffff) | (127 - 20 + mbelow(m, 40)) << 23;
		} else {
			lo = mvalue(m, 4);
		}
		e = n - i < 4 ? n - i : 4;
		memcpy(b + i, &lo, e);
		i += e;
	}
}

static u8 bit_of(unsigned size, unsigned reg)
{
	return (u8)(1u << (size == 1 ? reg & 3 : reg));
}

unsigned mreg(struct maker *m, unsigned size)
{
	for (;;) {
		unsigned r = mbelow(m, 8);

		if (m->used & bit_of(size, r))
			continue;
		m->used |= bit_of(size, r);
		return r;
	}
}

void mset(struct maker *m, unsigned size, unsigned reg, u32 value)
{
	u32 mask = size_mask(size), *g = &m->v->gpr[size == 1 ? reg & 3 : reg];
	unsigned sh = size == 1 && reg > 3 ? 8 : 0;

	m->used |= bit_of(size, reg);
	*g = (*g & ~(mask << sh)) | (value & mask) << sh;
}

u32 mget(const struct maker *m, unsigned size, unsigned reg)
{
	u32 g = m->v->gpr[size == 1 ? reg & 3 : reg];

	return (size == 1 && reg > 3 ? g >> 8 : g) & size_mask(size);
}

static void list(struct maker *m, u32 lin, const void *data, unsigned n)
{
	struct vec *v = m->v;
	const u8 *b = data;
	u8 *p = v->pool;
	unsigned i, left = n;

	/* Only pages that exist take bytes. */
	while (left) {
		for (i = 0; i < left && world_page(lin + i); i++)
			;
		if (i) {
			if (v->nmem == VEC_MEM_MAX || v->pooled + i > VEC_POOL_MAX) {
				fprintf(stderr, "capture: %s/%s: too much memory\n", m->c->group,
					m->c->mnemonic);
				exit(3);
			}
			v->mem[v->nmem].lin = lin;
			v->mem[v->nmem].len = (u16)i;
			v->mem[v->nmem++].at = v->pooled;
			memcpy(p + v->pooled, b, i);
			v->pooled = (u16)(v->pooled + i);
		}
		for (; i < left && !world_page(lin + i); i++)
			;
		lin += i;
		b += i;
		left -= i;
	}
}

void mmem(struct maker *m, u32 lin, const void *data, unsigned n)
{
	u32 room = 0x10000 - (lin & 0xffff);

	list(m, lin, data, n);
	/* What is accessed in parts wraps between them. */
	if (m->addr == 2 && n > room)
		list(m, lin + room - 0x10000, (const u8 *)data + room, n - room);
}

void mmem32(struct maker *m, u32 lin, u32 value, unsigned size)
{
	mmem(m, lin, &value, size);
}

void mumem(struct maker *m, u32 lin, unsigned len)
{
	struct vec *v = m->v;

	if (v->numem == VEC_UMEM_MAX) {
		fprintf(stderr, "capture: %s: too much undefined memory\n", m->c->mnemonic);
		exit(3);
	}
	v->umem[v->numem].lin = lin;
	v->umem[v->numem++].len = (u16)len;
}

void mundef(struct maker *m, enum undef rule, const struct operands *o)
{
	struct tcase t;

	t.undef = t.ign_mask = 0;
	t.ign_reg = 0;
	t.ign_len = 0;
	apply_undef(&t, rule, o);
	m->v->undef |= t.undef;
	m->v->undef_reg = t.ign_reg;
	m->v->undef_mask = t.ign_mask;
	if (t.ign_len)
		mumem(m, t.ign_lin, t.ign_len);
}

void mmem_pair(struct maker *m, u32 lin, u32 a, unsigned na, u32 b, unsigned nb)
{
	u8 bytes[8];

	memcpy(bytes, &a, na);
	memcpy(bytes + na, &b, nb);
	mmem(m, lin, bytes, na + nb);
}

bool mstack16(const struct maker *m)
{
	return !(case_segs[m->v->sel[A_SS] >> 3].flags & 4);
}

void mstack(struct maker *m, u32 sp, const void *data, unsigned n)
{
	u32 base = seg_base(m, A_SS), i, part;

	for (i = 0; i < n; i += part) {
		u32 at = mstack16(m) ? (sp + i) & 0xffff : sp + i;

		part = mstack16(m) && at + n - i > 0x10000 ? 0x10000 - at : n - i;
		list(m, base + at, (const u8 *)data + i, part);
	}
}

void mstack_over(struct maker *m, unsigned n)
{
	u8 b[160];
	unsigned i;

	for (i = 0; i < n; i++)
		b[i] = (u8)mrnd(m);
	mstack(m, m->v->gpr[A_ESP] - n, b, n);
}

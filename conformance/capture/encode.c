/* SPDX-License-Identifier: MIT
 * Assembler for one instruction: prefixes as the cell says, memory operands
 * through every addressing form of SDM vol. 2A tables 2-1 to 2-3, and the place
 * of the code and of the operand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/capture/make.h"

void mprefix(struct maker *m, u8 b)
{
	m->prefix[m->nprefix++] = b;
}

void mopsize(struct maker *m, unsigned size)
{
	if (size > 1 && size != (m->c->code32 ? 4u : 2u))
		mprefix(m, 0x66);
}

void mopcode(struct maker *m, u32 opcode)
{
	if (opcode >> 16)
		mprefix(m, (u8)(opcode >> 16));
	if (opcode & 0xff00)
		m->op[m->nop++] = (u8)(opcode >> 8);
	m->op[m->nop++] = (u8)opcode;
}

void mmodrm(struct maker *m, u32 value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		m->modrm[m->nmodrm++] = (u8)value;
}

void mimm(struct maker *m, u32 value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		m->imm[m->nimm++] = (u8)value;
}

void mmodrm_reg(struct maker *m, unsigned reg, unsigned rm)
{
	mmodrm(m, 0xc0 | reg << 3 | rm, 1);
}

unsigned msegment(struct maker *m, unsigned dflt)
{
	static const u8 prefix[A_SREGS] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	unsigned s;

	if (!(m->c->prefix & PF_S))
		return dflt;
	/* A redundant override is one, too; the code segment comes seldom. */
	do
		s = mbelow(m, A_SREGS);
	while (s == A_CS && !one_in(m, 4));
	mprefix(m, prefix[s]);
	return s;
}

static u32 straddle(struct maker *m, u32 edge, unsigned size)
{
	return edge - (size > 1 ? 1 + mbelow(m, size - 1) : 0);
}

u32 mplace(struct maker *m, struct mref *r)
{
	struct vec *v = m->v;
	enum place p = m->place;
	bool loadable = r->sreg != A_CS && r->sreg != A_SS;
	u32 off = WORLD_DATA_OFF + mbelow(m, 0x100);
	unsigned size = r->size;

	if (r->aligned)
		off &= ~(size - 1);
	else if (one_in(m, 2))
		off &= ~3u;
	if (r->address || (p >= AT_NULL && !loadable))
		p = AT_WORK;
	if (r->aligned && size == 16 && p != AT_NULL && p != AT_ROSEG && p != AT_RO &&
	    p != AT_ALIGN && p != AT_EDGE)
		p = AT_WORK;
	/* #AC on these comes or not, as the processor likes (SDM 2B MOVUPS, 2A FXSAVE). */
	if (p == AT_ALIGN && (size == 16 || r->no_ac))
		p = AT_WORK;
	/* Whether the second part wraps at 64 KiB is the processor's. */
	if (p == AT_OVER && r->parts && m->addr == 2)
		p = AT_EDGE;
	switch (p) {
	case AT_ALIGN:
		v->eflags |= F_AC;
		off |= 1;
		break;
	case AT_EDGE:
	case AT_OVER:
		v->pages |= WORLD_LIMIT | WORLD_LOW;
		off = 0x10000 - size;
		if (p == AT_OVER && size == 1 && m->addr == 4)
			off++;
		else if (p == AT_OVER)
			off = straddle(m, 0x10000, size) - (size == 1);
		break;
	case AT_ABSENT:
		v->pages |= WORLD_ABSENT;
		off = straddle(m, 0x8000, size);
		break;
	case AT_RO:
		v->pages |= WORLD_RO;
		off = mrnd(m) & 1 ? 0xa100 : straddle(m, 0xa000, size);
		if (r->aligned)
			off = 0xa100;
		break;
	case AT_NULL:
		v->sel[r->sreg] = 0; /* the way into a vector clears the RPL of others */
		break;
	case AT_ROSEG:
		v->sel[r->sreg] = SEL_CPL3(SG_RO);
		r->lin = CASE_FS_BASE + off;
		return off;
	case AT_XDOWN:
		v->sel[r->sreg] = SEL_CPL3(SG_XDOWN);
		off = mrnd(m) & 1 ? 0x1000 : straddle(m, 0x1000, size);
		v->pages |= WORLD_LOW;
		r->lin = CASE_FS_BASE + off;
		return off;
	case AT_SMALL:
		v->sel[r->sreg] = SEL_CPL3(SG_SMALL);
		off = mrnd(m) & 1 ? 0x1000 - size : straddle(m, 0x1000, size);
		v->pages |= WORLD_LOW;
		r->lin = CASE_GS_BASE + off;
		return off;
	default:
		break;
	}
	off = seg_off(m, r->sreg, off);
	r->lin = seg_base(m, r->sreg) + off;
	return off;
}

static bool fits8(u32 disp, u32 mask)
{
	disp &= mask;
	return disp < 0x80 || disp > mask - 0x80;
}

/* 16-bit forms: rm 0-7 with up to two registers, or 8: absolute. */
static void mem16(struct maker *m, unsigned reg, struct mref *r)
{
	static const u8 base[8] = {A_EBX, A_EBX, A_EBP, A_EBP, 8, 8, A_EBP, A_EBX};
	static const u8 index[8] = {A_ESI, A_EDI, A_ESI, A_EDI, A_ESI, A_EDI, 8, 8};
	unsigned rm = 8, mod, tries, k;
	u32 off, sum = 0;

	for (tries = 0; tries < 8 && rm == 8; tries++) {
		unsigned t = mbelow(m, 8);

		if ((base[t] == 8 || !(m->used & 1u << base[t])) &&
		    (index[t] == 8 || !(m->used & 1u << index[t])))
			rm = t;
	}
	if (one_in(m, 10))
		rm = 8;
	r->sreg = (u8)msegment(m, rm < 8 && base[rm] == A_EBP ? A_SS : A_DS);
	off = mplace(m, r);
	if (rm == 8) {
		mmodrm(m, 0x06 | reg << 3, 1);
		mmodrm(m, off, 2);
		return;
	}
	for (k = 0; k < 2; k++) {
		unsigned x = k ? index[rm] : base[rm];
		u32 v = mrnd(m) & 0xffff;

		if (x == 8)
			continue;
		if ((k || index[rm] == 8) && mrnd(m) & 1)
			v = off - sum - (s8)mrnd(m) * (mrnd(m) & 1);
		mset(m, 2, x, v);
		sum += v;
	}
	sum = (off - sum) & 0xffff;
	mod = sum == 0 && rm != 6 ? 0 : fits8(sum, 0xffff) ? 1 : 2;
	mmodrm(m, mod << 6 | reg << 3 | rm, 1);
	mmodrm(m, sum, mod);
}

static unsigned free_reg(struct maker *m, u8 not_these)
{
	unsigned r;

	if (not_these == 0xff)
		return 8;
	do
		r = mbelow(m, 8);
	while (not_these & 1u << r);
	return r;
}

/* 32-bit forms: plain base, SIB with and without base and index, absolute. */
static void mem32(struct maker *m, unsigned reg, struct mref *r)
{
	u8 no = m->used | 1u << A_ESP;
	unsigned kind = mbelow(m, 9), base = 8, index = 8, scale = mbelow(m, 4), mod;
	u32 off, sum = 0;
	bool sib = kind >= 4;

	/* 0 absolute, 1-3 base, 4 ESP, 5-7 base and index, 8 index alone */
	if (kind == 4 && !(m->used & 1u << A_ESP))
		base = A_ESP;
	else if (kind >= 1 && kind <= 7)
		base = free_reg(m, no);
	if (base < 8)
		no |= 1u << base;
	if (kind >= 5)
		index = free_reg(m, no);
	if (base == 8 && !sib)
		kind = 0;
	r->sreg = (u8)msegment(m, base == A_EBP || base == A_ESP ? A_SS : A_DS);
	off = mplace(m, r);
	if (index < 8) {
		m->v->gpr[index] = mrnd(m) & 1 ? mrnd(m) : mbelow(m, 64);
		sum += m->v->gpr[index] << scale;
		m->used |= 1u << index;
	}
	if (base < 8) {
		if (base != A_ESP)
			m->v->gpr[base] = mrnd(m) & 1
						  ? mrnd(m)
						  : off - sum - (u32)((s8)mrnd(m) * (mrnd(m) & 1));
		sum += m->v->gpr[base];
		m->used |= 1u << base;
	}
	sum = off - sum;
	if (base == 8)
		mod = 0;
	else
		mod = sum == 0 && base != A_EBP ? 0 : fits8(sum, 0xffffffff) ? 1 : 2;
	if (!sib && base == 8) {
		mmodrm(m, 0x05 | reg << 3, 1);
		mmodrm(m, sum, 4);
		return;
	}
	mmodrm(m, mod << 6 | reg << 3 | (sib ? 4 : base), 1);
	if (sib)
		mmodrm(m, scale << 6 | (index < 8 ? index : 4) << 3 | (base < 8 ? base : 5), 1);
	mmodrm(m, sum, base == 8 || mod == 2 ? 4 : mod);
}

void mmemory(struct maker *m, unsigned reg_field, struct mref *r)
{
	if (m->addr == 2)
		mem16(m, reg_field, r);
	else
		mem32(m, reg_field, r);
}

/* Prefixes come in any order. */
static void shuffle(struct maker *m)
{
	unsigned i;

	for (i = m->nprefix; i > 1; i--) {
		unsigned k = mbelow(m, i);
		u8 b = m->prefix[k];

		m->prefix[k] = m->prefix[i - 1];
		m->prefix[i - 1] = b;
	}
}

static void put(struct vec *v, const u8 *b, unsigned n)
{
	if (v->code_len + n >= VEC_CODE_MAX) {
		fputs("capture: an instruction is too long\n", stderr);
		exit(3);
	}
	memcpy(v->code + v->code_len, b, n);
	v->code_len = (u8)(v->code_len + n);
}

void make_finish(struct maker *m)
{
	struct vec *v = m->v;
	unsigned p = m->c->prefix;
	u32 off = m->placed;

	if (p & PF_A)
		mprefix(m, 0x67);
	if (p & PF_LOCK)
		mprefix(m, 0xf0);
	if (p & PF_REPE)
		mprefix(m, 0xf3);
	if (p & PF_REPNE)
		mprefix(m, 0xf2);
	shuffle(m);
	put(v, m->prefix, m->nprefix);
	put(v, m->op, m->nop);
	put(v, m->modrm, m->nmodrm);
	put(v, m->imm, m->nimm);
	v->code[v->code_len] = 0xf4;

	if (!off) {
		off = WORLD_CODE_OFF + mbelow(m, 64);
		if (m->fetch && v->code_len > 1) {
			bool limit = !m->flat && mrnd(m) & 1;

			v->pages |= limit ? WORLD_LIMIT : WORLD_ABSENT;
			off = straddle(m, limit ? 0x10000 : 0x8000, v->code_len);
		}
	}
	v->eip = seg_off(m, A_CS, off);
	mmem(m, CASE_CS_BASE + off, v->code, v->code_len + 1u);
}

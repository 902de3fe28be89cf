/* SPDX-License-Identifier: MIT
 * Assembler for one instruction under test, with memory operands through every
 * addressing form of SDM vol. 2A tables 2-1 to 2-3.  Base and index registers
 * get random contents; the displacement makes up the difference, so that
 * address arithmetic wraps as often as not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/gen/gen.h"

void ins_prefix(struct insn *i, u8 b)
{
	i->prefix[i->nprefix++] = b;
}

void ins_opsize(const struct tcase *t, struct insn *i, unsigned bytes)
{
	if (bytes != 1 && bytes != mode_opsize(t->mode))
		ins_prefix(i, 0x66);
}

void ins_addrsize(const struct tcase *t, struct insn *i, unsigned bytes)
{
	if (bytes != mode_opsize(t->mode))
		ins_prefix(i, 0x67);
}

void ins_opcode(struct insn *i, u32 opcode)
{
	if (opcode & 0xff00)
		i->op[i->nop++] = (u8)(opcode >> 8);
	i->op[i->nop++] = (u8)opcode;
}

void ins_imm(struct insn *i, u32 value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		i->imm[i->nimm++] = (u8)value;
}

static void put_modrm(struct insn *i, u32 value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		i->modrm[i->nmodrm++] = (u8)value;
}

void ins_modrm_reg(struct insn *i, unsigned reg, unsigned rm)
{
	put_modrm(i, 0xc0 | reg << 3 | rm, 1);
}

void ins_segment(struct insn *i, unsigned sreg)
{
	static const u8 prefix[A_SREGS] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

	ins_prefix(i, prefix[sreg]);
}

void ins_done(struct tcase *t, const struct insn *i)
{
	unsigned n = i->nprefix + i->nop + i->nmodrm + i->nimm;
	u8 *p = t->code;

	if (n > TC_CODE_MAX) {
		fprintf(stderr, "conformance: %s: code too long\n", t->name);
		exit(3);
	}
	memcpy(p, i->prefix, i->nprefix);
	p += i->nprefix;
	memcpy(p, i->op, i->nop);
	p += i->nop;
	memcpy(p, i->modrm, i->nmodrm);
	p += i->nmodrm;
	memcpy(p, i->imm, i->nimm);
	t->code_len = (u8)n;
}

static unsigned choose_segment(struct gen *g, const struct tcase *t, bool writes, unsigned dflt)
{
	static const u8 others[5] = {A_ES, A_SS, A_FS, A_GS, A_CS};
	unsigned s;

	if (rnd_below(g, 10) < 6)
		return dflt;
	s = others[rnd_below(g, 5)];
	if (s == A_CS && writes && t->mode != CM_REAL16)
		return dflt;
	return s;
}

static bool fits8(u32 disp, u32 mask)
{
	disp &= mask;
	return disp < 0x80 || disp > mask - 0x80;
}

/* 16-bit forms: rm 0-7 with up to two registers. */
static void mem16(struct gen *g, struct tcase *t, struct insn *i, unsigned reg, struct memref *m)
{
	static const u8 base[8] = {A_EBX, A_EBX, A_EBP, A_EBP, 8, 8, A_EBP, A_EBX};
	static const u8 index[8] = {A_ESI, A_EDI, A_ESI, A_EDI, A_ESI, A_EDI, 8, 8};
	unsigned rm, dflt, mod, tries;
	u32 off, sum = 0;

	for (tries = 0, rm = 8; tries < 8 && rm == 8; tries++) {
		unsigned r = rnd_below(g, 8);

		if ((base[r] < 8 && (m->used & 1u << base[r])) ||
		    (index[r] < 8 && (m->used & 1u << index[r])))
			continue;
		rm = r;
	}
	if (m->plain || rm == 8 || rnd_below(g, 8) == 0) {
		dflt = A_DS;
		rm = 8; /* absolute */
	} else {
		dflt = base[rm] == A_EBP ? A_SS : A_DS;
	}
	if (m->sreg == A_SREGS)
		m->sreg = (u8)(m->plain ? A_DS : choose_segment(g, t, m->writes, dflt));
	if (m->sreg != dflt)
		ins_segment(i, m->sreg);
	off = mode_off(t, m->sreg, m->off);
	if (rm == 8) {
		put_modrm(i, 0x06 | reg << 3, 1);
		put_modrm(i, off, 2);
		return;
	}
	if (base[rm] < 8) {
		/* now and then leave no or a short displacement */
		u32 v = rnd(g) & 0xffff;

		if (index[rm] == 8 && rnd_below(g, 2))
			v = off - (s8)rnd(g) * (rnd(g) & 1);
		set_reg(t, 2, base[rm], v);
		m->regs |= (u8)(1u << base[rm]);
		sum += v;
	}
	if (index[rm] < 8) {
		u32 v = rnd(g) & 0xffff;

		if (rnd_below(g, 2))
			v = off - sum - (s8)rnd(g) * (rnd(g) & 1);
		set_reg(t, 2, index[rm], v);
		m->regs |= (u8)(1u << index[rm]);
		sum += v;
	}
	sum = (off - sum) & 0xffff;
	if (sum == 0 && rm != 6)
		mod = 0;
	else if (fits8(sum, 0xffff))
		mod = 1;
	else
		mod = 2;
	put_modrm(i, mod << 6 | reg << 3 | rm, 1);
	put_modrm(i, sum, mod);
}

static unsigned free_reg(struct gen *g, u8 used)
{
	unsigned r;

	do
		r = rnd_below(g, 8);
	while (used & 1u << r);
	return r;
}

/* 32-bit forms: plain base, SIB with and without index, absolute. */
static void mem32(struct gen *g, struct tcase *t, struct insn *i, unsigned reg, struct memref *m)
{
	unsigned kind = m->plain ? 0 : rnd_below(g, 8), base = 8, index = 8, scale = 0, dflt, mod;
	u8 used = m->used | 1u << A_ESP;
	u32 off, sum = 0;
	bool sib = false;

	/* 0 absolute, 1-3 base, 4 ESP base, 5-6 base + index, 7 index only */
	if (kind == 4 && (m->used & 1u << A_ESP))
		kind = 1;
	if (used == 0xff)
		kind = 0;
	if (kind >= 1 && kind <= 6)
		base = kind == 4 ? (unsigned)A_ESP : free_reg(g, used);
	if (kind >= 4)
		sib = true;
	if (kind >= 5 && (used | (base < 8 ? 1u << base : 0)) != 0xff) {
		index = free_reg(g, used | (u8)(base < 8 ? 1u << base : 0));
		scale = rnd_below(g, 4);
	}
	dflt = base == A_EBP || base == A_ESP ? A_SS : A_DS;
	if (m->sreg == A_SREGS)
		m->sreg = (u8)(m->plain ? A_DS : choose_segment(g, t, m->writes, dflt));
	if (m->sreg != dflt)
		ins_segment(i, m->sreg);
	off = mode_off(t, m->sreg, m->off);
	if (base < 8 && base != A_ESP) {
		u32 v = rnd(g);

		if (rnd_below(g, 2))
			v = off - (s8)rnd(g) * (rnd(g) & 1);
		set_gpr(t, base, v);
	}
	if (base < 8) {
		m->regs |= (u8)(1u << base);
		sum += t->gpr[base];
	}
	if (index < 8) {
		set_gpr(t, index, rnd_below(g, 2) ? rnd(g) : rnd_below(g, 64));
		m->regs |= (u8)(1u << index);
		sum += t->gpr[index] << scale;
	}
	sum = off - sum;
	if (base == 8)
		mod = 0;
	else if (sum == 0 && base != A_EBP)
		mod = 0;
	else if (fits8(sum, 0xffffffff))
		mod = 1;
	else
		mod = 2;
	if (!sib && base == 8) {
		put_modrm(i, 0x05 | reg << 3, 1);
		put_modrm(i, sum, 4);
		return;
	}
	put_modrm(i, mod << 6 | reg << 3 | (sib ? 4 : base), 1);
	if (sib)
		put_modrm(i, scale << 6 | (index < 8 ? index : 4) << 3 | (base < 8 ? base : 5), 1);
	put_modrm(i, sum, base == 8 ? 4 : mod == 2 ? 4 : mod);
}

void ins_mem(struct gen *g, struct tcase *t, struct insn *i, unsigned reg, struct memref *m)
{
	unsigned dflt = mode_opsize(t->mode);

	m->regs = 0;
	if (!m->addr)
		m->addr =
			(u8)(m->plain || t->mode == CM_FLAT32 || rnd_below(g, 4) ? dflt : 6 - dflt);
	ins_addrsize(t, i, m->addr);
	if (m->addr == 2)
		mem16(g, t, i, reg, m);
	else
		mem32(g, t, i, reg, m);
	m->lin = win(m->sreg, m->off);
	if (m->writes && m->sreg == A_CS && t->mode == CM_REAL16)
		t->no_native = "code segments cannot be written in protected mode";
}

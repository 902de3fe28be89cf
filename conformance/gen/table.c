/* SPDX-License-Identifier: MIT
 * The product engine: every row of insn/table.def times operand size times
 * register or memory times mode and CPL times operand class, plus the classes
 * every memory operand gets: `edge` (last byte at the segment limit), `over`
 * (straddles it), `ro` (write to a read-only segment), `null` (null selector),
 * `lock`, and `lockud` where LOCK is not allowed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/gen/table.h"

struct row {
	const char *group, *mnemonic;
	u32 opcode;
	int digit;
	const char *operands, *attr;
	const struct vclass *set;
	enum undef undef;
	const char *cite;
};

#define I(group, mnemonic, opcode, digit, operands, attr, set, undef, cite)                        \
	{#group, #mnemonic, opcode, digit, operands, attr, set_##set, U_##undef, cite},
static const struct row rows[] = {
#include "conformance/insn/table.def"
};
#undef I

enum extra { X_NONE, X_EDGE, X_OVER, X_RO, X_NULL, X_LOCK, X_LOCKUD };
static const char *const extra_name[] = {"", "edge", "over", "ro", "null", "lock", "lockud"};

/* One operand of a row at one operand size. */
struct op {
	char kind;     /* E M R A G Z I s(Is) a(accumulator) c(CL) 1 x(implicit) */
	unsigned size; /* bytes */
	unsigned reg;  /* for a, c, x */
};

struct shape {
	const struct row *row;
	unsigned size; /* operand size: 1, 2 or 4 */
	bool mem;
	struct op op[4];
	unsigned nop;
	int rm; /* index of the ModRM r/m operand or -1 */
	char form[32];
};

static bool sized(const struct row *r)
{
	return strchr(r->operands, 'v') || strstr(r->operands, "eAX");
}

static unsigned op_size(char letter, unsigned opsize)
{
	return letter == 'b' ? 1 : letter == 'w' ? 2 : letter == 'd' ? 4 : opsize;
}

static void parse_operand(struct shape *s, const char *tok)
{
	static const struct {
		const char *name;
		char kind;
		u8 size, reg; /* size 0: operand size */
	} fixed[] = {
		{"AL", 'a', 1, 0},  {"eAX", 'a', 0, 0},  {"CL", 'c', 1, 1},
		{"1", '1', 1, 0},   {"xAL", 'x', 1, 0},  {"xAH", 'x', 1, 4},
		{"xAX", 'x', 2, 0}, {"xeAX", 'x', 0, 0}, {"xeDX", 'x', 0, 2},
	};
	struct op *o = &s->op[s->nop++];
	unsigned i;

	for (i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (!strcmp(tok, fixed[i].name)) {
			o->kind = fixed[i].kind;
			o->size = fixed[i].size ? fixed[i].size : s->size;
			o->reg = fixed[i].reg;
			return;
		}
	o->kind = tok[0];
	o->size = op_size(tok[1], s->size);
	if (tok[0] == 'I' && tok[1] == 's') {
		o->kind = 's';
		o->size = s->size;
	}
	if (strchr("EMRA", tok[0]))
		s->rm = (int)s->nop - 1;
}

/* The operands of a row at this size, in register or memory form. */
static void make_shape(struct shape *s, const struct row *r, unsigned size, bool mem)
{
	char list[32], *tok, *save;
	unsigned n = 0, i;

	memset(s, 0, sizeof *s);
	s->row = r;
	s->size = size;
	s->mem = mem;
	s->rm = -1;
	snprintf(list, sizeof list, "%s", r->operands);
	for (tok = strtok_r(list, ",", &save); tok; tok = strtok_r(NULL, ",", &save))
		parse_operand(s, tok);
	for (i = 0; i < s->nop; i++) {
		const struct op *o = &s->op[i];
		const char *sep = n ? "_" : "";
		char *p = s->form + n;
		size_t left = sizeof s->form - n;
		unsigned bits = 8 * o->size;

		switch (o->kind) {
		case 'E':
		case 'M':
		case 'R':
		case 'A':
			n += (unsigned)snprintf(p, left, "%s%s%u", sep, mem ? "m" : "rm", bits);
			break;
		case 'G':
			n += (unsigned)snprintf(p, left, "%sr%u", sep, bits);
			break;
		case 'Z':
			n += (unsigned)snprintf(p, left, "%so%u", sep, bits);
			break;
		case 'I':
			n += (unsigned)snprintf(p, left, "%simm%u", sep, bits);
			break;
		case 's':
			n += (unsigned)snprintf(p, left, "%ssimm8_%u", sep, bits);
			break;
		case 'a':
			n += (unsigned)snprintf(p, left, "%s%s", sep,
						bits == 8    ? "al"
						: bits == 16 ? "ax"
							     : "eax");
			break;
		case 'c':
			n += (unsigned)snprintf(p, left, "%scl", sep);
			break;
		case '1':
			n += (unsigned)snprintf(p, left, "%s1", sep);
			break;
		}
	}
	if (!n)
		snprintf(s->form, sizeof s->form, "%s",
			 sized(r) ? (size == 2 ? "o16" : "o32") : "none");
}

static u32 value_of(struct gen *g, u8 code, unsigned size)
{
	u32 m = size_mask(size), sign = (m >> 1) + 1;

	switch (code) {
	case V_0:
		return 0;
	case V_1:
		return 1;
	case V_MAX:
		return m;
	case V_MIN:
		return sign;
	case V_SMAX:
		return sign - 1;
	case V_RND:
		return rnd(g) & m;
	case V_RPOS:
		return (rnd(g) & (sign - 1)) | sign >> 1;
	case V_SMALL:
		return 1 + rnd_below(g, 15);
	case V_OFFN:
		return (0u - (1 + rnd_below(g, 1000))) & m;
	case V_OFFP:
		return (size * 8 + rnd_below(g, 1000)) & m;
	default:
		return code & 0x7f;
	}
}

/* Shift counts speak of the width of the shifted operand, not their own. */
static u32 operand_value(struct gen *g, const struct shape *s, const struct vclass *c, unsigned k)
{
	unsigned bits = 8 * s->size;

	if (s->op[k].kind == '1')
		return 1;
	switch (c->v[k]) {
	case V_SZ:
		return bits;
	case V_SZM1:
		return bits - 1;
	case V_SZP1:
		return bits + 1;
	}
	return value_of(g, c->v[k], s->op[k].size);
}

/* Would DIV or IDIV overflow?  o->v: divisor, low half, high half. */
static bool divide_faults(bool is_signed, unsigned size, const u32 *v)
{
	unsigned bits = 8 * size;
	u64 u = (u64)v[2] << bits | v[1];
	u32 d = v[0];
	s64 q, sd, su;

	if (!d)
		return true;
	if (!is_signed)
		return v[2] >= d;
	su = (s64)(u << (64 - 2 * bits)) >> (64 - 2 * bits);
	sd = (s32)(d << (32 - bits)) >> (32 - bits);
	if (sd == -1 && su == INT64_MIN)
		return true;
	q = su / sd;
	return q < -((s64)1 << (bits - 1)) || q > ((s64)1 << (bits - 1)) - 1;
}

static bool condition(unsigned cc, u32 fl)
{
	bool c = fl & F_CF, z = fl & F_ZF, s = fl & F_SF, o = fl & F_OF, p = fl & F_PF;
	const bool base[8] = {o, c, z, c || z, s, p, s != o, z || s != o};

	return base[cc >> 1] != (cc & 1);
}

static void set_condition(struct gen *g, struct tcase *t, unsigned cc, bool want)
{
	do
		t->eflags = (t->eflags & ~(u32)F_ARITH) | (rnd(g) & F_ARITH);
	while (condition(cc, t->eflags) != want);
}

static bool has(const struct row *r, char attr)
{
	return strchr(r->attr, attr) != NULL;
}

static unsigned reg_for(struct gen *g, const struct tcase *t, u8 used, unsigned size)
{
	for (;;) {
		unsigned r = rnd_below(g, 8);

		if (size == 1) {
			if (used & 1u << (r & 3))
				continue;
			return r;
		}
		/* The stack pointer only where traps do not use it. */
		if (r == A_ESP && !(t->cpl && t->mode >= CM_PM32 && size == 4))
			continue;
		if (used & 1u << r)
			continue;
		return r;
	}
}

static u8 reg_bit(unsigned size, unsigned reg)
{
	return (u8)(1u << (size == 1 ? reg & 3 : reg));
}

static void memory_extra(struct tcase *t, struct gen *g, struct memref *m, enum extra x,
			 unsigned size, bool flat, bool aligned)
{
	static const u8 any[5] = {A_DS, A_ES, A_SS, A_FS, A_GS};

	m->off = 0x1040 + rnd_below(g, 0x60);
	if (aligned)
		m->off &= ~3u;
	switch (x) {
	case X_EDGE:
	case X_OVER:
		m->sreg = flat ? (rnd(g) & 1 ? A_FS : A_GS) : any[rnd_below(g, 5)];
		m->off = 0x10000 - size;
		if (x == X_OVER) {
			m->off += size > 1 ? 1 + rnd_below(g, size - 1) : 1;
			if (size == 1)
				m->addr = 4;
		}
		break;
	case X_RO:
		m->sreg = A_FS;
		set_sel(t, A_FS, CASE_SEL(t->cpl, SG_RO));
		break;
	case X_NULL:
		m->sreg = A_GS;
		set_sel(t, A_GS, 0);
		break;
	case X_LOCK:
	case X_LOCKUD:
		m->off &= ~3u;
		break;
	case X_NONE:
		break;
	}
}

static void make_case(struct gen *g, const struct shape *s, const struct mode_cpl *mc,
		      const struct vclass *c, enum extra x)
{
	const struct row *r = s->row;
	struct cell cell = {r->group, r->mnemonic, s->form, r->cite, mc};
	struct tcase *t = gen_case(g, &cell, x == X_NONE ? c->name : extra_name[x]);
	struct operands o = {.size = s->size, .dst_reg = 0};
	struct insn i = {0};
	struct memref m = {.sreg = A_SREGS, .writes = has(r, 'w')};
	unsigned k, reg_field = r->digit >= 0 ? (unsigned)r->digit : 0, rm_reg = 0, zreg = 0;
	unsigned regs[4] = {0};
	u8 used = 0;

	if (c->fl != FL_ANY)
		t->eflags = (t->eflags & ~(u32)F_CF) | (c->fl == FL_C1 ? F_CF : 0);
	if (has(r, 'c'))
		set_condition(g, t, r->opcode & 15, !strcmp(c->name, "true"));
	for (k = 0; k < s->nop; k++)
		o.v[k] = operand_value(g, s, c, k);

	/* Registers named by the instruction first, then the address. */
	for (k = 0; k < s->nop; k++)
		if (strchr("acx", s->op[k].kind))
			used |= reg_bit(s->op[k].size, s->op[k].reg);
	for (k = 0; k < s->nop; k++) {
		const struct op *p = &s->op[k];

		if (p->kind == 'G' || p->kind == 'Z' || (!s->mem && (int)k == s->rm)) {
			regs[k] = reg_for(g, t, used, p->size);
			used |= reg_bit(p->size, regs[k]);
			if (p->kind == 'G')
				reg_field = regs[k];
			else if (p->kind == 'Z')
				zreg = regs[k];
			else
				rm_reg = regs[k];
		}
	}
	if (x == X_LOCK || x == X_LOCKUD)
		ins_prefix(&i, 0xf0);
	ins_opsize(t, &i, s->size);
	ins_opcode(&i, r->opcode + zreg);
	if (s->rm >= 0 && s->mem) {
		unsigned size = s->op[s->rm].size;

		m.used = used;
		memory_extra(t, g, &m, x, size, mc->mode == CM_FLAT32, has(r, 'a'));
		ins_mem(g, t, &i, reg_field, &m);
		if (s->op[s->rm].kind != 'A' && x != X_NULL)
			set_mem32(t, m.lin, o.v[s->rm], size);
	} else if (s->rm >= 0) {
		ins_modrm_reg(&i, reg_field, rm_reg);
	}
	for (k = 0; k < s->nop; k++) {
		const struct op *p = &s->op[k];

		if (p->kind == 'I' || p->kind == 's')
			ins_imm(&i, o.v[k], p->kind == 's' ? 1 : p->size);
		else if (strchr("acx", p->kind))
			set_reg(t, p->size, p->reg, o.v[k]);
		else if (p->kind == 'G' || p->kind == 'Z' || (!s->mem && (int)k == s->rm))
			set_reg(t, p->size, regs[k], o.v[k]);
	}
	ins_done(t, &i);

	o.dst_mem = s->rm == 0 && s->mem;
	o.dst_lin = m.lin;
	o.dst_reg = regs[0];
	if (x == X_NONE || x == X_EDGE || x == X_LOCK)
		apply_undef(t, r->undef, &o);
	if ((r->undef == U_DIV && divide_faults(r->digit == 7, s->size, o.v)) ||
	    (r->undef == U_AAM && r->opcode == 0xd4 && !o.v[0]))
		t->undef = 0; /* #DE: a fault changes nothing */
}

static const struct vclass *plain_class(const struct row *r)
{
	const struct vclass *c = r->set;

	while (c[1].name)
		c++;
	return c; /* the last class of every set is harmless */
}

/* The checks behind these classes are the same code for every instruction:
 * each form meets each of them in two modes, not in all seven. */
static bool sampled(const struct mode_cpl *mc, enum extra x)
{
	unsigned mode = mc->mode;

	switch (x) {
	case X_NULL:
		return mc->cpl ? mode == CM_PM32 : mode == CM_PM16;
	case X_RO:
		return mc->cpl ? mode == CM_PM16 || mode == CM_FLAT32 : mode == CM_PM32;
	case X_LOCKUD:
		return mode == CM_REAL16 || (mc->cpl && mode == CM_PM32);
	default:
		return true;
	}
}

static void extra(struct gen *g, const struct shape *s, const struct mode_cpl *mc, enum extra x)
{
	const struct row *r = s->row;
	struct cell cell = {r->group, r->mnemonic, s->form, r->cite, mc};

	if (mc->mode == CM_REAL16 && (x == X_NULL || x == X_RO))
		gen_empty(g, &cell, extra_name[x],
			  x == X_RO ? "real mode has no read-only segments"
				    : "real mode has no null selector");
	else if (!sampled(mc, x))
		gen_empty(g, &cell, extra_name[x], "sampled: filled in other modes of this form");
	else
		make_case(g, s, mc, plain_class(r), x);
}

static void extra_classes(struct gen *g, const struct shape *s, const struct mode_cpl *mc)
{
	const struct row *r = s->row;
	bool address_only = s->rm >= 0 && s->op[s->rm].kind == 'A';

	if (s->mem && !address_only) {
		extra(g, s, mc, X_EDGE);
		extra(g, s, mc, X_OVER);
		extra(g, s, mc, X_NULL);
		if (has(r, 'w'))
			extra(g, s, mc, X_RO);
	}
	extra(g, s, mc, has(r, 'l') && s->mem ? X_LOCK : X_LOCKUD);
}

static void row_cells(struct gen *g, const struct shape *s)
{
	const struct row *r = s->row;
	const struct vclass *c;
	unsigned k;

	for (k = 0; k < MODE_CPL_COUNT; k++) {
		const struct mode_cpl *mc = &mode_cpls[k];
		struct cell cell = {r->group, r->mnemonic, s->form, r->cite, mc};

		/* Without a memory operand flat and based segments are one. */
		if (mc->mode == CM_FLAT32 && !s->mem) {
			gen_empty(g, &cell, "*", "no memory operand: same as pm32");
			continue;
		}
		for (c = r->set; c->name; c++)
			make_case(g, s, mc, c, X_NONE);
		extra_classes(g, s, mc);
	}
}

void gen_table(struct gen *g)
{
	unsigned n, size;

	for (n = 0; n < sizeof rows / sizeof *rows; n++) {
		const struct row *r = &rows[n];
		bool e = strchr(r->operands, 'E'),
		     m = strpbrk(r->operands, "MA") &&
			 (r->operands[0] == 'M' || strstr(r->operands, ",A") != NULL);

		for (size = 1; size <= 4; size *= 2) {
			struct shape s;

			if (sized(r) ? size == 1 : size != (r->operands[1] == 'd' ? 4u : 1u))
				continue;
			if (!m) {
				make_shape(&s, r, size, false);
				row_cells(g, &s);
			}
			if (e || m) {
				make_shape(&s, r, size, true);
				row_cells(g, &s);
			}
		}
	}
}

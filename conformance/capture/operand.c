/* SPDX-License-Identifier: MIT
 * Everything that is "operands in, operands out": the integer rows of
 * insn/table.def and the MMX, SSE and SSE2 rows of capture/simd.def.
 *
 * Operand letters as in table.def, and from the opcode map (SDM vol. 2D table
 * P MMX register, Q MMX register or memory, N MMX register by r/m; V XMM
 * register, W XMM register or memory, U XMM register by r/m; sizes q 8 and o 16
 * bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/capture/make.h"

struct row {
	const char *group, *mnemonic;
	u32 opcode;
	int digit;
	const char *operands, *attr;
	const struct vclass *set; /* NULL: SIMD */
	enum undef undef;
	u8 feature;
	char lanes;
	const char *cite;
};

#define I(group, mnemonic, opcode, digit, operands, attr, set, undef, cite)                        \
	{#group,    #mnemonic, opcode,    digit, operands, attr,                                   \
	 set_##set, U_##undef, FEAT_BASE, 0,     cite},
#define S(feature, mnemonic, opcode, operands, attr, lanes, digit, cite)                           \
	{#feature, #mnemonic, opcode,         digit, operands, attr,                               \
	 NULL,     U_NONE,    FEAT_##feature, lanes, cite},
static const struct row rows[] = {
#include "conformance/capture/simd.def"
#include "conformance/insn/table.def"
};
#undef I
#undef S

struct op {
	char kind; /* letter; s byte immediate extended, a accumulator, c CL, x implied */
	u8 size, reg;
};

struct shape {
	const struct row *row;
	struct op op[4];
	unsigned n;
	int rm; /* operand in r/m, or -1 */
	bool mem;
	u8 size;
};

static bool has(const struct row *r, char attr)
{
	return strchr(r->attr, attr) != NULL;
}

static bool sized(const struct row *r)
{
	return strchr(r->operands, 'v') || strstr(r->operands, "eAX");
}

static u8 op_size(char letter, u8 opsize)
{
	switch (letter) {
	case 'b':
		return 1;
	case 'w':
		return 2;
	case 'd':
		return 4;
	case 'q':
		return 8;
	case 'o':
		return 16;
	default:
		return opsize;
	}
}

static void parse(struct op *o, const char *tok, u8 opsize)
{
	static const struct {
		const char *name;
		char kind;
		u8 size, reg;
	} fixed[] = {
		{"AL", 'a', 1, 0},  {"eAX", 'a', 0, 0},  {"CL", 'c', 1, 1},
		{"1", '1', 1, 0},   {"xAL", 'x', 1, 0},  {"xAH", 'x', 1, 4},
		{"xAX", 'x', 2, 0}, {"xeAX", 'x', 0, 0}, {"xeDX", 'x', 0, 2},
	};
	unsigned i;

	for (i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (!strcmp(tok, fixed[i].name)) {
			o->kind = fixed[i].kind;
			o->size = fixed[i].size ? fixed[i].size : opsize;
			o->reg = fixed[i].reg;
			return;
		}
	o->kind = tok[0] == 'I' && tok[1] == 's' ? 's' : tok[0];
	o->size = o->kind == 's' ? opsize : op_size(tok[1], opsize);
}

static void make_shape(struct shape *s, const struct row *r, u8 opsize, bool mem)
{
	char list[32], *tok, *save;

	memset(s, 0, sizeof *s);
	s->row = r;
	s->size = opsize;
	s->mem = mem;
	s->rm = -1;
	snprintf(list, sizeof list, "%s", r->operands);
	for (tok = strtok_r(list, ",", &save); tok; tok = strtok_r(NULL, ",", &save)) {
		parse(&s->op[s->n], tok, opsize);
		if (strchr("EMRAQNWU", s->op[s->n].kind))
			s->rm = (int)s->n;
		s->n++;
	}
}

static void form_name(const struct shape *s, char *out, size_t left)
{
	unsigned i, n = 0;

	for (i = 0; i < s->n; i++) {
		const struct op *o = &s->op[i];
		const char *sep = n ? "_" : "";
		const char *name = NULL;
		unsigned bits = 8u * o->size;

		switch (o->kind) {
		case 'E':
		case 'R':
			name = s->mem ? "m" : "rm";
			break;
		case 'M':
		case 'A':
			name = "m";
			break;
		case 'Q':
		case 'N':
			name = s->mem ? "m" : "mm";
			break;
		case 'W':
		case 'U':
			name = s->mem ? "m" : "x";
			break;
		case 'G':
			name = "r";
			break;
		case 'Z':
			name = "o";
			break;
		case 'P':
			name = "mm";
			break;
		case 'V':
			name = "x";
			break;
		case 'I':
			name = "imm";
			break;
		case 's':
			name = "simm8_";
			break;
		case 'a':
			name = "a";
			break;
		case 'c':
			n += (unsigned)snprintf(out + n, left - n, "%scl", sep);
			break;
		case '1':
			n += (unsigned)snprintf(out + n, left - n, "%s1", sep);
			break;
		}
		if (name)
			n += (unsigned)snprintf(out + n, left - n, "%s%s%u", sep, name, bits);
	}
	if (!n)
		snprintf(out, left, "none");
}

static u32 class_value(struct maker *m, const struct shape *s, const struct vclass *c, unsigned k)
{
	u8 code = c->v[k];
	unsigned size = s->op[k].size, bits = 8u * s->size;
	u32 mask = size_mask(size);

	switch (code) {
	case V_0:
		return 0;
	case V_1:
		return 1;
	case V_MAX:
		return mask;
	case V_MIN:
		return (mask >> 1) + 1;
	case V_SMAX:
		return mask >> 1;
	case V_RPOS:
		return mrnd(m) & mask >> 1;
	case V_SZ:
		return bits;
	case V_SZM1:
		return bits - 1;
	case V_SZP1:
		return bits + 1;
	case V_SMALL:
		return 1 + mbelow(m, 15);
	case V_OFFN:
		return (0u - (1 + mbelow(m, 1000))) & mask;
	case V_OFFP:
		return (bits + mbelow(m, 1000)) & mask;
	case V_RND:
		return mvalue(m, size);
	default:
		return code & 0x7f;
	}
}

/* Operand values: half by a class of the instruction, half by chance. */
static void values(struct maker *m, const struct shape *s, struct operands *o)
{
	const struct vclass *set = s->row->set, *c = NULL;
	unsigned n = 0, k;

	while (set[n].name)
		n++;
	if (mrnd(m) & 1)
		c = &set[mbelow(m, n)];
	/* quotients of random numbers overflow nearly always */
	if (s->row->undef == U_DIV && !one_in(m, 4))
		c = &set[n - 1];
	for (k = 0; k < s->n && k < 3; k++) {
		o->v[k] = c && k < 3 ? class_value(m, s, c, k) : mvalue(m, s->op[k].size);
		if (s->op[k].kind == '1')
			o->v[k] = 1;
		if ((s->op[k].kind == 'c' || (s->op[k].kind == 'I' && set == set_shifti)) && !c)
			o->v[k] = one_in(m, 8) ? mrnd(m) & 0xff : mbelow(m, 40);
	}
	if (set == set_bitmem)
		o->v[1] = class_value(m, s, &set[mbelow(m, n)], 1);
	if (c && c->fl != FL_ANY)
		m->v->eflags = (m->v->eflags & ~(u32)F_CF) | (c->fl == FL_C1 ? F_CF : 0);
	if (set == set_cmpx && one_in(m, 3))
		o->v[2] = o->v[0];
}

/* Does DIV or IDIV overflow?  v: divisor, low half, high half. */
static bool divide_faults(bool is_signed, unsigned size, const u32 *v)
{
	unsigned bits = 8 * size;
	u64 u = (u64)v[2] << bits | v[1];
	s64 q, d = (s32)(v[0] << (32 - bits)) >> (32 - bits), n;

	if (!v[0])
		return true;
	if (!is_signed)
		return v[2] >= v[0];
	n = (s64)(u << (64 - 2 * bits)) >> (64 - 2 * bits);
	if (d == -1 && n == INT64_MIN)
		return true;
	q = n / d;
	return q < -((s64)1 << (bits - 1)) || q > ((s64)1 << (bits - 1)) - 1;
}

static bool in_gpr(const struct shape *s, unsigned k)
{
	if ((int)k == s->rm)
		return !s->mem && strchr("ER", s->op[k].kind);
	return strchr("GZacx", s->op[k].kind);
}

/* Registers the instruction names come before those of the address. */
static void choose_registers(struct maker *m, const struct shape *s, unsigned *reg)
{
	unsigned k, last = s->n; /* of no register yet */

	for (k = 0; k < s->n; k++)
		if (strchr("acx", s->op[k].kind)) {
			reg[k] = s->op[k].reg;
			m->used |= (u8)(1u << (s->op[k].size == 1 ? reg[k] & 3 : reg[k]));
		}
	for (k = 0; k < s->n; k++) {
		if (strchr("acx", s->op[k].kind))
			continue;
		if (!in_gpr(s, k))
			reg[k] = mbelow(m, 8);
		else if (last < s->n && s->op[k].size == s->op[last].size && one_in(m, 12))
			reg[k] = reg[last]; /* ADD EAX, EAX */
		else
			reg[k] = mreg(m, s->op[k].size);
		if (in_gpr(s, k))
			last = k;
	}
}

static void simd_operand(struct maker *m, const struct shape *s, unsigned k, unsigned reg, u32 lin)
{
	const struct op *o = &s->op[k];
	char lanes = s->row->lanes;
	u8 b[16];

	if ((int)k == s->rm && s->mem) {
		mlanes(m, b, o->size, lanes);
		/* LDMXCSR: reserved bits are #GP now and then */
		if (lanes == 'c') {
			u32 v = mrnd(m) & (one_in(m, 8) ? 0xffffffff : 0xffbf);

			memcpy(b, &v, 4);
		}
		mmem(m, lin, b, o->size);
	} else if (strchr("PQN", o->kind)) {
		mlanes(m, mfx_mm(m, reg), 8, lanes);
	} else if (strchr("VWU", o->kind)) {
		mlanes(m, mfx_xmm(m, reg), 16, lanes);
	}
}

static void immediate(struct maker *m, const struct shape *s, u32 *v)
{
	const struct row *r = s->row;

	if (has(r, '8')) /* predicate of CMPPS and its kin: others are reserved */
		*v = mbelow(m, 8);
	else if (!r->set)
		*v = one_in(m, 4) ? mrnd(m) & 0xff : mbelow(m, 72);
}

/* BTS and its kin reach far from the operand's address. */
static void far_bit(struct maker *m, const struct shape *s, const struct operands *o,
		    const struct mref *r)
{
	s32 bit = s->size == 2 ? (s16)o->v[1] : (s32)o->v[1];
	u32 base = seg_base(m, r->sreg);
	u32 off = r->lin - base + (u32)((bit >> (s->size == 2 ? 4 : 5)) * (s32)s->size);

	if (m->addr == 2)
		off &= 0xffff;
	if (base + off != r->lin)
		mmem32(m, base + off, mrnd(m), s->size);
}

static void make_operand(struct maker *m)
{
	const struct row *r = m->c->row;
	struct operands o = {.size = m->c->size ? m->c->size : 1};
	struct mref ref = {.sreg = A_SREGS, .writes = has(r, 'w')};
	unsigned k, reg[4] = {0}, field = r->digit >= 0 ? (unsigned)r->digit : 0, rm = 0, z = 0;
	struct shape s;

	make_shape(&s, r, (u8)o.size, m->c->arg & 1);
	choose_registers(m, &s, reg);
	for (k = 0; k < s.n; k++) {
		if ((int)k == s.rm)
			rm = reg[k];
		else if (strchr("GPV", s.op[k].kind))
			field = reg[k];
		else if (s.op[k].kind == 'Z')
			z = reg[k];
	}
	if (r->set)
		values(m, &s, &o);
	else
		mfx_simd(m);
	if (sized(r))
		mopsize(m, o.size);
	mopcode(m, r->opcode + z);
	if (s.rm >= 0 && s.mem) {
		ref.size = s.op[s.rm].size;
		ref.address = s.op[s.rm].kind == 'A';
		ref.aligned = ref.size == 16 && has(r, 'A') && !one_in(m, 8);
		mmemory(m, field, &ref);
		if (!r->set)
			simd_operand(m, &s, (unsigned)s.rm, 0, ref.lin);
		else if (!ref.address)
			mmem32(m, ref.lin, o.v[s.rm], ref.size);
	} else if (s.rm >= 0) {
		mmodrm_reg(m, field, rm);
	} else if (r->digit >= 0) {
		mmodrm(m, (u32)r->digit << 3 | 0xc0, 1); /* fences: C0 is for none of them */
	}
	for (k = 0; k < s.n; k++) {
		const struct op *p = &s.op[k];

		if (p->kind == 'I' || p->kind == 's') {
			immediate(m, &s, &o.v[k]);
			mimm(m, o.v[k], p->kind == 's' ? 1 : p->size);
		} else if (in_gpr(&s, k)) {
			mset(m, p->size, reg[k], r->set ? o.v[k] : mvalue(m, p->size));
		} else if (!r->set && !((int)k == s.rm && s.mem)) {
			simd_operand(m, &s, k, reg[k], 0);
		}
	}
	if (!r->set) {
		m->v->tolerance = has(r, 'p') ? TOL_APPROX : TOL_EXACT;
		return;
	}
	for (k = 0; k < s.n && k < 3; k++)
		if (in_gpr(&s, k))
			o.v[k] = mget(m, s.op[k].size, reg[k]);
	if (r->set == set_bitmem)
		far_bit(m, &s, &o, &ref);
	o.dst_mem = s.rm == 0 && s.mem;
	o.dst_lin = ref.lin;
	o.dst_reg = reg[0];
	/* What faults changes nothing, so nothing is undefined there; the
	 * capture drops the mask of what did not complete. */
	if (!(r->undef == U_DIV && divide_faults(r->digit == 7, o.size, o.v)))
		mundef(m, r->undef, &o);
}

static void add_shape(struct cells *cs, const struct row *r, u8 size, bool mem)
{
	struct vcell c = {.group = r->group,
			  .mnemonic = r->mnemonic,
			  .cite = r->cite,
			  .feature = r->feature,
			  .make = make_operand,
			  .row = r,
			  .arg = mem};
	struct shape s;
	unsigned p;

	make_shape(&s, r, size, mem);
	form_name(&s, c.form, sizeof c.form);
	c.size = size;
	if (!strncmp(r->mnemonic, "cmov", 4))
		c.feature = FEAT_CMOV;
	cell_opcode(&c, r->opcode, r->digit);
	for (p = 0; p < 8; p++) {
		/* Without memory two classes say that prefixes are ignored. */
		if (!s.mem && (p & (PF_A | PF_S)) == (PF_A | PF_S))
			continue;
		if (p & PF_LOCK && p & (PF_A | PF_S) && !has(r, 'l'))
			continue;
		/* F0 before a mandatory prefix instruction: #UD like the rest */
		c.prefix = (u8)p;
		cells_add(cs, &c);
	}
	if (!s.mem)
		cells_empty(cs, &c, "67+seg",
			    "no memory operand: 67 and seg alone show that they are ignored");
	if (!has(r, 'l'))
		cells_empty(cs, &c, "67+lock seg+lock",
			    "LOCK is #UD here before anything is addressed");
	cells_empty(cs, &c, "f3 f2",
		    r->set ? "reserved on what is no string instruction (SDM 2A 2.1.1)"
			   : "another instruction, or reserved (SDM 2A 2.1.1)");
}

void cells_operand(struct cells *cs)
{
	unsigned n, size;

	for (n = 0; n < sizeof rows / sizeof *rows; n++) {
		const struct row *r = &rows[n];
		bool both = strpbrk(r->operands, "EQW") != NULL;
		bool only = strchr(r->operands, 'M') || strstr(r->operands, "Av");
		u8 sizes[2] = {2, 4};
		unsigned count = 2;

		if (!sized(r)) {
			count = 1;
			sizes[0] = !r->set                                                 ? 0
				   : strstr(r->operands, "Zd")                             ? 4
				   : strchr(r->operands, 'b') || strstr(r->operands, "AL") ? 1
											   : 0;
		}
		for (size = 0; size < count; size++) {
			if (!only)
				add_shape(cs, r, sizes[size], false);
			if (both || only)
				add_shape(cs, r, sizes[size], true);
		}
	}
}

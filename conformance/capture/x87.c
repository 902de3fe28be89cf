/* SPDX-License-Identifier: MIT
 * x87 instructions of capture/x87.def.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/capture/make.h"

struct row {
	const char *mnemonic;
	u32 opcode;
	int digit; /* -1: register form */
	u8 second, registers;
	char operand;
	const char *attr, *cite;
};

#define XM(mnemonic, opcode, digit, operand, attr, cite)                                           \
	{#mnemonic, opcode, digit, 0, 0, #operand[0], attr, cite},
#define XR(mnemonic, opcode, second, registers, attr, cite)                                        \
	{#mnemonic, opcode, -1, second, registers, 0, attr, cite},
static const struct row rows[] = {
#include "conformance/capture/x87.def"
};
#undef XM
#undef XR

static bool has(const struct row *r, char attr)
{
	return strchr(r->attr, attr) != NULL;
}

static unsigned operand_size(char operand, unsigned opsize)
{
	switch (operand) {
	case 'w':
	case 'c':
		return 2;
	case 's':
	case 'l':
		return 4;
	case 'd':
	case 'q':
		return 8;
	case 'e':
		return opsize == 2 ? 14 : 28;
	case 'a':
		return opsize == 2 ? 94 : 108;
	default:
		return 10;
	}
}

/* An environment in protected mode layout (SDM vol. 1 figures 8-9 and 8-11):
 * pointers of zero, as no processor restores others faithfully without a pending
 * exception. */
static void environment(struct maker *m, u8 *b, unsigned opsize)
{
	u32 fcw = (0x340 | (mrnd(m) & 0xf00) | (one_in(m, 8) ? mrnd(m) & 0x3f : 0x3f)) & ~0x100u;
	u32 fsw = mrnd(m) & (one_in(m, 4) ? 0x7f7f : 0x7f00), ftw = mrnd(m);
	unsigned step = opsize;

	if (fcw & 0x200 && mrnd(m) & 1)
		fcw |= 0x100;
	memset(b, 0, 7 * step);
	memcpy(b, &fcw, 2);
	memcpy(b + step, &fsw, 2);
	memcpy(b + 2 * step, &ftw, 2);
}

static void decimal(struct maker *m, u8 *b)
{
	unsigned i;

	for (i = 0; i < 9; i++)
		b[i] = (u8)(mbelow(m, 10) | mbelow(m, 10) << 4);
	b[9] = mrnd(m) & 0x80;
}

static void operand(struct maker *m, const struct row *r, u32 lin, unsigned size)
{
	static const char lanes[] = {'s', 's', 'd', 'd', 'x', 'x'};
	const char *types = "ssddxx", *t = strchr(types, r->operand);
	u8 b[108];
	u32 fcw;
	unsigned i;

	if (t) {
		mlanes(m, b, size, lanes[t - types]);
	} else if (r->operand == 'b') {
		decimal(m, b);
	} else if (r->operand == 'c') {
		fcw = (0x340 | (mrnd(m) & 0xc00) | (one_in(m, 4) ? mrnd(m) & 0x3f : 0x3f)) &
		      ~(one_in(m, 2) ? 0x300u : 0u);
		memcpy(b, &fcw, 2);
	} else if (r->operand == 'e' || r->operand == 'a') {
		environment(m, b, m->c->size);
		for (i = 7u * m->c->size; i + 10 <= size; i += 10)
			mlanes(m, b + i, 10, 'x');
	} else {
		mlanes(m, b, size, 'i');
	}
	mmem(m, lin, b, size);
}

static void make_x87(struct maker *m)
{
	const struct row *r = m->c->row;
	unsigned size = operand_size(r->operand, m->c->size), step = m->c->size, i;
	struct mref ref = {.size = size, .writes = has(r, 'w'), .parts = size > 10};

	mfx_x87(m);
	m->v->tolerance = has(r, 't') ? TOL_ULP : TOL_EXACT;
	mopsize(m, m->c->size);
	mopcode(m, r->opcode);
	if (r->digit < 0) {
		if (m->c->prefix & PF_S)
			msegment(m, A_DS);
		i = r->registers == 8 ? mbelow(m, 8) : 0;
		mlanes(m, m->v->fx + FX_ST + 16 * i, 10, 'x');
		if (r->registers == 8 && one_in(m, 4)) /* equal operands */
			memcpy(m->v->fx + FX_ST, m->v->fx + FX_ST + 16 * i, 10);
		mmodrm(m, r->second + i, 1);
		return;
	}
	m->v->parts = ref.parts;
	mmemory(m, (u32)r->digit, &ref);
	operand(m, r, ref.lin, size);
	if (ref.writes && (r->operand == 'e' || r->operand == 'a')) {
		/* pointers and opcode; upper halves of 32-bit fields are reserved */
		mumem(m, ref.lin + 3 * step, 4 * step);
		for (i = 0; i < 3 && step == 4; i++)
			mumem(m, ref.lin + 4 * i + 2, 2);
	}
}

void cells_x87(struct cells *cs)
{
	unsigned k, p, size;

	for (k = 0; k < sizeof rows / sizeof *rows; k++) {
		const struct row *r = &rows[k];
		bool sized = r->operand == 'e' || r->operand == 'a';
		struct vcell c = {.group = "x87",
				  .mnemonic = r->mnemonic,
				  .cite = r->cite,
				  .feature = has(r, 'C') ? FEAT_CMOV : FEAT_BASE,
				  .make = make_x87,
				  .row = r};

		if (r->digit >= 0)
			snprintf(c.form, sizeof c.form, "m%c", r->operand);
		else
			snprintf(c.form, sizeof c.form, "%s", r->registers == 8 ? "sti" : "none");
		cell_opcode(&c, r->opcode, r->digit);
		if (r->digit < 0)
			snprintf(c.opcode, sizeof c.opcode, "%02X%02X", r->opcode, r->second);
		for (size = 2; size <= 4; size += 2) {
			c.size = sized ? (u8)size : 0;
			if (!sized && size == 4)
				continue;
			for (p = 0; p < 5; p++) {
				if (p == 3 && r->digit < 0)
					continue;
				c.prefix = (u8)p;
				cells_add(cs, &c);
			}
			cells_empty(cs, &c, "lock with others",
				    "LOCK is #UD here before anything is addressed");
			if (r->digit < 0)
				cells_empty(cs, &c, "67+seg",
					    "no memory operand: 67 and seg alone show that they "
					    "are ignored");
			cells_empty(cs, &c, "f3 f2",
				    "reserved on what is no string instruction (SDM 2A 2.1.1)");
		}
	}
}

/* SPDX-License-Identifier: MIT
 * String instructions of insn/string.def: three widths, both repeat prefixes,
 * both address sizes, both directions, counts down to zero, and faults in the
 * middle of a repetition.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/capture/make.h"

struct row {
	const char *mnemonic;
	u8 opcode;
	const char *attr, *cite;
};

#define STR(mnemonic, opcode, attr, cite) {#mnemonic, opcode, attr, cite},
static const struct row rows[] = {
#include "conformance/insn/string.def"
};
#undef STR

#define ELEMENTS 8

static bool has(const struct row *r, char attr)
{
	return strchr(r->attr, attr) != NULL;
}

/* Junk above a 16-bit register that only its lower half counts of. */
static void index_register(struct maker *m, unsigned reg, u32 v)
{
	m->v->gpr[reg] = m->addr == 2 ? (mrnd(m) << 16) | (v & 0xffff) : v;
}

/* Where a string begins whose last element lies at the place of a fault. */
static u32 begin(struct maker *m, unsigned sreg, bool writes, unsigned size, unsigned n)
{
	struct mref ref = {.sreg = (u8)sreg, .writes = writes, .size = size};
	u32 off = mplace(m, &ref), ahead = m->place ? mbelow(m, n) * size : 0;
	bool down = m->v->eflags & F_DF;

	return down ? off + ahead : off - ahead;
}

/* The elements, each where its address wraps to. */
static void fill(struct maker *m, unsigned sreg, u32 off, const u8 *b, unsigned size, unsigned n)
{
	u32 mask = m->addr == 2 ? 0xffff : 0xffffffff,
	    step = m->v->eflags & F_DF ? 0u - size : size;
	unsigned i;

	for (i = 0; i < n; i++)
		mmem(m, seg_base(m, sreg) + ((off + i * step) & mask), b + i * size, size);
}

static void make_string(struct maker *m)
{
	const struct row *r = m->c->row;
	unsigned size = m->c->arg, rep = m->c->prefix & (PF_REPE | PF_REPNE), n, i;
	unsigned src_seg = A_DS;
	u8 a[4 * ELEMENTS], b[4 * ELEMENTS];
	u32 acc = mvalue(m, size), off, count = mbelow(m, 6), same;
	bool both = has(r, 's') && has(r, 'd');
	enum place place = m->place;

	/* the accumulator's size is the operand's */
	mopsize(m, size);
	mopcode(m, r->opcode + (size > 1));
	if (m->c->prefix & PF_S) /* on what has no source it does nothing */
		src_seg = msegment(m, A_DS);
	n = rep ? (count ? count : 1) : 1;
	m->v->eflags = one_in(m, 2) ? m->v->eflags | F_DF : m->v->eflags & ~(u32)F_DF;
	for (i = 0; i < sizeof a; i++) {
		a[i] = (u8)mrnd(m);
		b[i] = (u8)mrnd(m);
	}
	if (has(r, 'c')) { /* equal up to some element, or differing up to it */
		same = mbelow(m, n + 1) * size;
		if (has(r, 's'))
			memcpy(m->c->prefix & PF_REPNE ? a + same : a,
			       m->c->prefix & PF_REPNE ? b + same : b,
			       m->c->prefix & PF_REPNE ? sizeof a - same : same);
		else
			for (i = 0; i < sizeof b; i += size)
				if ((i < same) == !(m->c->prefix & PF_REPNE))
					memcpy(b + i, &acc, size);
	}
	/* only one of two strings is at a special place */
	if (has(r, 's')) {
		m->place = both && mrnd(m) & 1 ? AT_WORK : place;
		off = begin(m, src_seg, false, size, n);
		index_register(m, A_ESI, off);
		fill(m, src_seg, off, a, size, n);
		if (m->place)
			place = AT_WORK;
	}
	if (has(r, 'd')) {
		/* one segment for both: only one of them may replace it */
		m->place = both && src_seg == A_ES && place >= AT_NULL ? AT_WORK : place;
		off = begin(m, A_ES, has(r, 'w'), size, n);
		index_register(m, A_EDI, off);
		fill(m, A_ES, off, b, size, n);
	}
	if (has(r, 'a'))
		mset(m, size, A_EAX, acc);
	if (rep)
		index_register(m, A_ECX, count);
}

void cells_string(struct cells *cs)
{
	unsigned k, size, p, lock;

	for (k = 0; k < sizeof rows / sizeof *rows; k++)
		for (size = 1; size <= 4; size *= 2) {
			struct vcell c = {.group = "string",
					  .mnemonic = rows[k].mnemonic,
					  .cite = rows[k].cite,
					  .make = make_string,
					  .row = &rows[k],
					  .arg = (u8)size};

			c.size = (u8)size;
			snprintf(c.form, sizeof c.form, "%c",
				 size == 1   ? 'b'
				 : size == 2 ? 'w'
					     : 'd');
			cell_opcode(&c, rows[k].opcode + (size > 1), -1);
			for (p = 0; p < 4; p++)
				for (lock = 0; lock < 4; lock++) {
					static const u8 rep[4] = {0, PF_REPE, PF_REPNE, PF_LOCK};

					if (lock == 3 && p)
						continue;
					c.prefix = (u8)(p | rep[lock]);
					cells_add(cs, &c);
				}
			cells_empty(cs, &c, "lock with others",
				    "LOCK is #UD here before anything is addressed");
			cells_empty(cs, &c, "f2+f3",
				    "both repeat prefixes: undefined (SDM 2A 2.1.1)");
		}
}

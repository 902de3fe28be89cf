/* SPDX-License-Identifier: MIT
 * Segment register loads and stores and the checks of insn/segment.def, with
 * every kind of descriptor of segments.def.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/capture/make.h"
#include "conformance/insn/segment.h"

/* A selector of the local table, null, or beyond its end: the global table is
 * the host's. */
static u16 selector(struct maker *m)
{
	unsigned i;

	if (one_in(m, 8))
		return (u16)mbelow(m, 4);
	if (one_in(m, 12))
		return (u16)(SEL_CPL3(SG_COUNT + mbelow(m, 200)) & ~3u) | (u16)mbelow(m, 4);
	do
		i = mbelow(m, SG_COUNT);
	while (!world_segment(i));
	return (u16)((SEL_CPL3(i) & ~3u) | (one_in(m, 4) ? mbelow(m, 4) : 3));
}

static void source(struct maker *m, unsigned field, unsigned size, u32 value)
{
	struct mref ref = {.size = size};
	unsigned reg;

	if (m->c->arg) {
		mmemory(m, field, &ref);
		mmem32(m, ref.lin, value, size);
		return;
	}
	reg = mreg(m, 4);
	mset(m, 4, reg, value | mrnd(m) << 16);
	mmodrm_reg(m, field, reg);
}

static void make_segment(struct maker *m)
{
	const struct segment_row *r = m->c->row;
	unsigned size = m->c->size, reg;
	struct mref ref = {.size = 2, .writes = true};

	m->used = 1u << A_ESP;
	mopsize(m, size);
	if (m->c->prefix & PF_S && !m->c->arg)
		msegment(m, A_DS);
	mopcode(m, r->opcode);
	switch (r->kind) {
	case K_REG:
	case K_MEM:
		source(m, r->sreg, 2, selector(m));
		break;
	case K_FAR:
		ref.size = size + 2;
		ref.parts = true;
		ref.writes = false;
		reg = mreg(m, size);
		mmemory(m, reg, &ref);
		mmem_pair(m, ref.lin, mrnd(m), size, selector(m), 2);
		break;
	case K_STORE_R:
		mmodrm_reg(m, r->sreg, mreg(m, size));
		break;
	case K_STORE_M:
		mmemory(m, r->sreg, &ref);
		mmem32(m, ref.lin, mrnd(m), 4);
		break;
	case K_QUERY:
		source(m, r->sreg, 2, selector(m));
		break;
	case K_QUERY_G:
		reg = mreg(m, size);
		source(m, reg, 2, selector(m));
		break;
	case K_ARPL:
		reg = mreg(m, 4);
		mset(m, 2, reg, mrnd(m));
		ref.size = 2;
		if (m->c->arg) {
			mmemory(m, reg, &ref);
			mmem32(m, ref.lin, selector(m), 2);
		} else {
			unsigned rm = mreg(m, 4);

			mset(m, 2, rm, selector(m));
			mmodrm_reg(m, reg, rm);
		}
		break;
	case K_POP:
		break;
	}
}

static void add(struct cells *cs, const struct segment_row *r, bool mem, u8 size)
{
	struct vcell c = {.group = "segment",
			  .mnemonic = r->mnemonic,
			  .cite = r->cite,
			  .make = make_segment,
			  .row = r,
			  .arg = mem,
			  .size = size};
	unsigned p;
	bool both = r->kind == K_QUERY || r->kind == K_QUERY_G || r->kind == K_ARPL;

	snprintf(c.form, sizeof c.form, "%s%s", r->form, both && mem ? "_m" : "");
	cell_opcode(&c, r->opcode,
		    r->kind == K_QUERY || r->opcode == 0x8c || r->opcode == 0x8e ? r->sreg : -1);
	for (p = 0; p < 5; p++) {
		if (p == 3 && !mem)
			continue;
		c.prefix = (u8)p;
		cells_add(cs, &c);
	}
	cells_empty(cs, &c, "lock with others", "LOCK is #UD here before anything is addressed");
	cells_empty(cs, &c, "f3 f2", "reserved on what is no string instruction (SDM 2A 2.1.1)");
}

void cells_segment(struct cells *cs)
{
	unsigned k;

	for (k = 0; k < sizeof segment_rows / sizeof *segment_rows; k++) {
		const struct segment_row *r = &segment_rows[k];
		bool mem = r->kind == K_MEM || r->kind == K_FAR || r->kind == K_STORE_M;
		bool both = r->kind == K_QUERY || r->kind == K_QUERY_G || r->kind == K_ARPL;
		/* 16 bits whatever the operand size, except results in a register */
		bool sized = r->kind == K_FAR || r->kind == K_STORE_R || r->kind == K_QUERY_G;

		if (r->kind == K_POP)
			continue; /* with the stack instructions */
		add(cs, r, mem, sized ? 2 : 0);
		if (sized)
			add(cs, r, mem, 4);
		if (both)
			add(cs, r, true, sized ? 2 : 0);
		if (both && sized)
			add(cs, r, true, 4);
	}
}

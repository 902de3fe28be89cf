/* SPDX-License-Identifier: MIT
 * Control transfers of insn/flow.def.  Every target is known beforehand, is not
 * the instruction itself and holds a HLT, or lies where fetching faults, so that
 * none of them runs away.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/capture/make.h"
#include "conformance/insn/flow.h"

/* Offset (in the window of CS) a branch goes to; a HLT is put there. */
static u32 target(struct maker *m, bool near_code)
{
	/* of two faults the processor chooses one: a bad stack comes with a good target */
	bool good =
		near_code || m->place == AT_EDGE || m->place == AT_OVER || m->place == AT_ABSENT;
	u32 off = near_code ? WORLD_CODE_OFF + 0x20 + mbelow(m, 0x40) : 0x1200 + mbelow(m, 0x100);
	u8 hlt = 0xf4;

	if (!good && one_in(m, 8)) { /* nothing is mapped there, or beyond the limit */
		off = mrnd(m) & 1 || m->flat || m->c->size == 2 ? 0x8000 + mbelow(m, 16) : 0x10010;
		return off;
	}
	mmem(m, CASE_CS_BASE + off, &hlt, 1);
	return off;
}

/* A pointer operand: offset, and selector of a code segment or a bad one. */
static u16 far_selector(struct maker *m, u32 *off)
{
	/* what may be loaded into CS, and what may not */
	static const u8 segs[] = {SG_CODE16, SG_CODE32, SG_ALT16, SG_ALT32, SG_XO,
				  SG_DS,     SG_NP,     SG_SS32,  SG_COUNT};
	u16 sel = SEL_CPL3(segs[mbelow(m, one_in(m, 4) ? 9 : 5)]);

	if (one_in(m, 16))
		sel = (u16)mbelow(m, 4);
	else if (one_in(m, 16))
		sel = (sel & ~3u) | mbelow(m, 4);
	if (sel >> 3 < SG_COUNT && sel > 3)
		*off = CASE_CS_BASE + *off - case_segs[sel >> 3].base;
	return sel;
}

static void push_room(struct maker *m)
{
	u32 off = WORLD_STACK_OFF + mbelow(m, 0x40), high = m->v->gpr[A_ESP] & 0xffff0000;

	if (m->place == AT_OVER || m->place == AT_EDGE) {
		m->v->pages |= WORLD_LIMIT | WORLD_LOW;
		off = mbelow(m, 12);
	} else if (m->place == AT_ABSENT) {
		m->v->pages |= WORLD_RO | WORLD_ABSENT;
		off = 0x9000 + mbelow(m, 12);
	}
	off = seg_off(m, A_SS, off);
	m->v->gpr[A_ESP] = mstack16(m) ? high | (off & 0xffff) : off;
	mstack_over(m, 12);
}

/* What RET and its kin find on the stack. */
static void stack_frame(struct maker *m, const void *b, unsigned n)
{
	mstack(m, m->v->gpr[A_ESP], b, n);
}

static void frame(struct maker *m, const struct flow_row *r, unsigned size)
{
	u32 off = target(m, false), image[3] = {0};
	u8 b[12];
	unsigned i, n = r->kind == K_RET ? 1 : r->kind == K_RETF ? 2 : 3;

	image[0] = seg_off(m, A_CS, off);
	if (n > 1) {
		image[1] = far_selector(m, &off);
		/* of a lower RPL some read the outer stack first: not the manual's word */
		image[1] |= 3;
		image[0] = off;
		/* the upper half of a popped selector does not count */
		image[1] |= mrnd(m) << 16;
	}
	image[2] = (mrnd(m) & (F_ARITH | F_DF | F_AC | F_ID | F_IOPL | F_IF)) | 2;
	for (i = 0; i < n; i++)
		memcpy(b + i * size, &image[i], size);
	if (m->place == AT_ALIGN || m->place >= AT_OVER)
		m->place = AT_WORK;
	stack_frame(m, b, n * size);
	if (r->arg) /* RET n */
		mimm(m, one_in(m, 8) ? mrnd(m) : mbelow(m, 64), 2);
}

static void relative(struct maker *m, const struct flow_row *r, unsigned size)
{
	bool byte = r->kind == K_JCC8 || r->kind == K_LOOP || r->kind == K_REL8;
	unsigned imm = byte ? 1 : size, len;
	u32 to, from;

	/* from a known place, for the distance */
	m->placed = WORLD_CODE_OFF + mbelow(m, 16);
	to = target(m, byte);
	len = m->nprefix + ((m->c->prefix & PF_A) != 0) + ((m->c->prefix & PF_LOCK) != 0) + m->nop +
	      imm;
	from = m->placed + len;
	if (byte && one_in(m, 4)) { /* backwards */
		u8 hlt = 0xf4;

		to = m->placed - 1 - mbelow(m, 100);
		mmem(m, CASE_CS_BASE + to, &hlt, 1);
	}
	mimm(m, to - from, imm);
}

static void make_flow(struct maker *m)
{
	const struct flow_row *r = m->c->row;
	unsigned size = m->c->size, reg;
	struct mref ref = {.size = size};
	u32 off, sel;

	m->used = 1u << A_ESP;
	m->fetch = false;
	mopsize(m, size);
	if (m->c->prefix & PF_S && r->kind != K_MEM && r->kind != K_FARMEM)
		msegment(m, A_DS); /* a hint on Jcc, nothing elsewhere */
	if (r->opcode == 0x9a || r->opcode == 0xe8 ||
	    (r->opcode == 0xff && (r->arg == 2 || r->arg == 3)))
		push_room(m);
	if (r->opcode == 0x9a || (r->opcode == 0xff && r->arg == 3)) {
		/* whether a far call that faults has pushed already is the processor's */
		u32 sp = m->v->gpr[A_ESP] - 2 * size;

		for (unsigned k = 0; k < 2; k++, sp += size)
			mumem(m, seg_base(m, A_SS) + (mstack16(m) ? sp & 0xffff : sp), size);
		m->v->umem_of_fault = true;
	}
	mopcode(m, r->opcode);
	switch (r->kind) {
	case K_LOOP:
		mset(m, m->addr, A_ECX, one_in(m, 3) ? mbelow(m, 3) : mrnd(m));
		relative(m, r, size);
		break;
	case K_JCC8:
	case K_JCC:
	case K_REL8:
	case K_REL:
		relative(m, r, size);
		break;
	case K_REG:
		reg = mreg(m, size);
		mset(m, size, reg, seg_off(m, A_CS, target(m, false)));
		mmodrm_reg(m, r->arg, reg);
		break;
	case K_MEM:
		mmemory(m, r->arg, &ref);
		mmem32(m, ref.lin, seg_off(m, A_CS, target(m, false)), size);
		break;
	case K_FARPTR:
		off = target(m, false);
		sel = far_selector(m, &off);
		mimm(m, off, size);
		mimm(m, sel, 2);
		break;
	case K_FARMEM:
		ref.size = size + 2;
		ref.parts = true;
		mmemory(m, r->arg, &ref);
		off = target(m, false);
		sel = far_selector(m, &off);
		mmem_pair(m, ref.lin, off, size, sel, 2);
		break;
	case K_RET:
	case K_RETF:
	case K_IRET:
		frame(m, r, size);
		break;
	}
}

void cells_flow(struct cells *cs)
{
	unsigned k, size, p;

	for (k = 0; k < sizeof flow_rows / sizeof *flow_rows; k++)
		for (size = 2; size <= 4; size += 2) {
			bool mem = flow_rows[k].kind == K_MEM || flow_rows[k].kind == K_FARMEM;
			struct vcell c = {.group = "flow",
					  .mnemonic = flow_rows[k].mnemonic,
					  .cite = flow_rows[k].cite,
					  .make = make_flow,
					  .row = &flow_rows[k]};

			c.size = (u8)size;
			snprintf(c.form, sizeof c.form, "%s", flow_rows[k].form);
			cell_opcode(&c, flow_rows[k].opcode,
				    flow_rows[k].opcode == 0xff ? flow_rows[k].arg : -1);
			for (p = 0; p < 5; p++) {
				if (p == 3 && !mem && flow_rows[k].kind != K_LOOP)
					continue;
				c.prefix = (u8)p;
				cells_add(cs, &c);
			}
			cells_empty(cs, &c, "lock with others",
				    "LOCK is #UD here before anything is addressed");
			cells_empty(cs, &c, "f3 f2",
				    "reserved on what is no string instruction (SDM 2A 2.1.1)");
		}
}

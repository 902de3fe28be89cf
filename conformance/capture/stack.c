/* SPDX-License-Identifier: MIT
 * Stack instructions of insn/stack.def, on 16- and 32-bit stacks, with the
 * stack pointer in the middle of its page, at the limit, and next to a page that
 * is not there.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/capture/make.h"

enum kind { K_PUSH, K_POP, K_PUSHA, K_POPA, K_PUSHF, K_POPF, K_ENTER, K_LEAVE };
enum operand { O_ZREG, O_REG, O_MEM, O_MEM_ESP, O_IMM, O_SIMM8, O_SREG, O_NONE };

struct row {
	const char *mnemonic, *form;
	enum kind kind;
	enum operand operand;
	u32 opcode;
	u8 arg;
	const char *cite;
};

#define STACK(mnemonic, form, kind, operand, opcode, arg, cite)                                    \
	{#mnemonic, #form, K_##kind, O_##operand, opcode, arg, cite},
static const struct row rows[] = {
#include "conformance/insn/stack.def"
};
#undef STACK

/* Put the stack pointer somewhere; room: bytes the instruction pops or pushes. */
static void place_stack(struct maker *m, unsigned room, bool pops)
{
	u32 off = WORLD_STACK_OFF + mbelow(m, 0x40), high = m->v->gpr[A_ESP] & 0xffff0000;
	unsigned cut = mbelow(m, room + 1);

	switch (m->place) {
	case AT_EDGE:
	case AT_OVER:
		m->v->pages |= WORLD_LIMIT | WORLD_LOW;
		/* a push near 0 wraps or is beyond the limit */
		off = pops ? 0x10000 - cut : mrnd(m) & 1 ? cut : 0x10000 + room - cut;
		break;
	case AT_ABSENT:
		m->v->pages |= WORLD_ABSENT | WORLD_RO;
		off = pops ? 0x8000 - cut : 0x9000 + cut;
		break;
	case AT_RO:
		m->v->pages |= WORLD_RO;
		off = pops ? 0xb000 - cut : 0xa000 + cut + mbelow(m, 8);
		break;
	case AT_ALIGN:
		m->v->eflags |= F_AC;
		off |= 1;
		break;
	default:
		if (mrnd(m) & 1)
			off &= ~3u;
		break;
	}
	off = seg_off(m, A_SS, off);
	m->v->gpr[A_ESP] = mstack16(m) ? high | (off & 0xffff) : off;
}

static u32 flags_image(struct maker *m)
{
	/* neither TF nor what a process cannot have: TF would trap behind it */
	return (mrnd(m) & (F_ARITH | F_DF | F_NT | F_AC | F_ID | F_IOPL | F_IF)) | 2;
}

static void enter(struct maker *m, unsigned size, unsigned level)
{
	unsigned bytes = level ? (level - 1) * size : 0;
	u8 frame[31 * 4];
	unsigned i;
	u32 bp;

	for (i = 0; i < sizeof frame; i++)
		frame[i] = (u8)mrnd(m);
	place_stack(m, size * (level + 1), false);
	mstack_over(m, size * (level + 1));
	bp = seg_off(m, A_SS, WORLD_DATA_OFF + 0x200 + mbelow(m, 0x40));
	m->v->gpr[A_EBP] = mstack16(m) ? mrnd(m) << 16 | (bp & 0xffff) : bp;
	mstack(m, m->v->gpr[A_EBP] - bytes, frame, bytes);
	mimm(m, mbelow(m, one_in(m, 8) ? 0x10000 : 0x100), 2);
	mimm(m, level | (mrnd(m) & 0xe0), 1);
}

/* PUSH Sreg with a 32-bit operand: processors write two bytes or four. */
static void push_sreg(struct maker *m, unsigned size)
{
	u32 sp = m->v->gpr[A_ESP] - 4;

	if (size == 4)
		mumem(m, seg_base(m, A_SS) + (mstack16(m) ? sp & 0xffff : sp) + 2, 2);
}

static void pop_sreg(struct maker *m, u8 *b)
{
	static const u8 segs[] = {SG_DS, SG_ES,    SG_SS16, SG_SS32, SG_FS,     SG_GS,
				  SG_RO, SG_SMALL, SG_NP,   SG_XO,   SG_CODE32, SG_COUNT};
	u16 sel = SEL_CPL3(segs[mbelow(m, sizeof segs)]);

	if (one_in(m, 8))
		sel = (u16)mbelow(m, 4); /* null */
	else if (one_in(m, 8))
		sel = (sel & ~3u) | mbelow(m, 4);
	if (sel >> 3 == SG_RING0 || sel >> 3 == SG_CONF)
		sel = SEL_CPL3(SG_DS);
	memcpy(b, &sel, 2);
}

static void make_stack(struct maker *m)
{
	const struct row *r = m->c->row;
	unsigned size = m->c->size, n = size, i, reg;
	struct mref ref = {.size = size, .writes = r->kind == K_POP};
	bool pops =
		r->kind == K_POP || r->kind == K_POPA || r->kind == K_POPF || r->kind == K_LEAVE;
	u8 b[32];

	for (i = 0; i < sizeof b; i++)
		b[i] = (u8)mrnd(m);
	if (r->kind == K_PUSHA || r->kind == K_POPA)
		n = 8 * size;
	/* Two bytes are accessed or four, as the processor likes: no place where it
	 * makes a difference. */
	if (r->operand == O_SREG && size == 4)
		m->place = AT_WORK;
	m->used = 1u << A_ESP;
	if (r->kind != K_ENTER && (r->operand != O_MEM || mrnd(m) & 1)) {
		place_stack(m, n, pops);
		m->place = AT_WORK;
	}
	if (!pops && r->kind != K_ENTER)
		mstack_over(m, n);
	if (r->kind == K_POPF) {
		u32 fl = flags_image(m);

		memcpy(b, &fl, 4);
	}
	if (r->operand == O_SREG && pops)
		pop_sreg(m, b);
	if (r->operand == O_SREG && !pops)
		push_sreg(m, size);
	if (r->kind == K_LEAVE) { /* the frame is at EBP */
		m->v->gpr[A_EBP] = m->v->gpr[A_ESP];
		m->v->gpr[A_ESP] = mrnd(m);
		mstack(m, m->v->gpr[A_EBP], b, n);
	} else if (pops) {
		mstack(m, m->v->gpr[A_ESP], b, n);
	}
	mopsize(m, size);
	switch (r->operand) {
	case O_ZREG:
		mopcode(m, r->opcode + (r->arg == 4 || r->arg == 5 ? r->arg : mbelow(m, 4)));
		break;
	case O_REG:
		mopcode(m, r->opcode);
		reg = mbelow(m, 8);
		mmodrm_reg(m, r->arg, reg);
		break;
	case O_MEM:
		mopcode(m, r->opcode);
		/* POP: an ESP base counts after the increment; O_MEM_ESP has it */
		mmemory(m, r->arg, &ref);
		mmem32(m, ref.lin, mrnd(m), size);
		break;
	case O_MEM_ESP: { /* [ESP + disp8], 32-bit addressing: 67 in 16-bit code */
		u32 at;

		if (!m->c->code32)
			mprefix(m, 0x67);
		if (mstack16(m)) /* 32-bit addressing needs all of ESP below the limit */
			m->v->gpr[A_ESP] &= 0xffff;
		at = m->v->gpr[A_ESP] + (pops ? size : 0);
		if (mstack16(m))
			at &= 0xffff;
		at += 0x10;
		mopcode(m, r->opcode);
		mmodrm(m, 0x44 | (u32)r->arg << 3, 1);
		mmodrm(m, 0x24, 1);
		mmodrm(m, 0x10, 1);
		mmem32(m, seg_base(m, A_SS) + at, mrnd(m), 4);
		break;
	}
	case O_IMM:
		mopcode(m, r->opcode);
		mimm(m, mvalue(m, size), size);
		break;
	case O_SIMM8:
		mopcode(m, r->opcode);
		mimm(m, mrnd(m), 1);
		break;
	default:
		mopcode(m, r->opcode);
		if (r->kind == K_ENTER)
			enter(m, size, r->arg);
		break;
	}
}

void cells_stack(struct cells *cs)
{
	unsigned k, size, p;

	for (k = 0; k < sizeof rows / sizeof *rows; k++)
		for (size = 2; size <= 4; size += 2) {
			struct vcell c = {.group = "stack",
					  .mnemonic = rows[k].mnemonic,
					  .cite = rows[k].cite,
					  .make = make_stack,
					  .row = &rows[k]};

			c.size = (u8)size;
			snprintf(c.form, sizeof c.form, "%s", rows[k].form);
			cell_opcode(&c, rows[k].opcode,
				    rows[k].operand == O_MEM || rows[k].operand == O_REG ||
						    rows[k].operand == O_MEM_ESP
					    ? rows[k].arg
					    : -1);
			for (p = 0; p < 5; p++) {
				/* [ESP + disp8] is a form of 32-bit addressing, SS its
				 * segment; both prefixes only matter with memory */
				if (p == 3 && rows[k].operand != O_MEM)
					continue;
				if (p && p < 4 && rows[k].operand == O_MEM_ESP)
					continue;
				c.prefix = (u8)p;
				cells_add(cs, &c);
			}
			if (rows[k].operand == O_MEM_ESP)
				cells_empty(cs, &c, "67 seg",
					    "form fixed as [ESP + disp8]; other forms are form m");
			else if (rows[k].operand != O_MEM)
				cells_empty(cs, &c, "67+seg",
					    "no memory operand: 67 and seg alone show that they "
					    "are ignored");
			cells_empty(cs, &c, "lock with others",
				    "LOCK is #UD here before anything is addressed");
			cells_empty(cs, &c, "f3 f2",
				    "reserved on what is no string instruction (SDM 2A 2.1.1)");
		}
}

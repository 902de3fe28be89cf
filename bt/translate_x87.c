/* SPDX-License-Identifier: MIT
 * Notes on the last x87 instruction, for the environment that FNSTENV, FNSAVE and
 * FXSAVE show (SDM vol. 1 section 8.1.8).  What the processor keeps itself names the
 * translation cache, and nothing at all once the host has switched tasks (host
 * rule 11).
 *
 * One note serves a run of x87 instructions, those behind each other with nothing
 * but FWAIT between.  No general register changes within a run, so when one of its
 * instructions traps, x87_trapped() can still say what the others would have left.
 * Selectors are not noted: they do not change in translated code, except by segment
 * loads, which go to the monitor while a note is there.
 */
#include "bt/translate.h"
#include "bt/x87note.h"

void tr_x87_flush(struct tr *t)
{
	struct emit *e = &t->e;
	const struct insn *op = t->x87_op, *mem = t->x87_mem;
	u32 kept = 0;

	if (mem) {
		kept = tr_keep_callout(t, mem);
		e_store_imm(e, V_X87_MEM_NOTE, kept);
		if (mem->base != NO_REG)
			e_store(e, V_X87_BASE, mem->base);
		if (mem->index != NO_REG)
			e_store(e, V_X87_INDEX, mem->index);
	}
	if (op)
		e_store_imm(e, V_X87_OP_NOTE, op == mem ? kept : tr_keep_callout(t, op));
	t->x87_op = t->x87_mem = NULL;
}

/* FXRSTOR was executed: fetch the pointers it loaded, which cannot fault any more.
 * Were it to, FXRSTOR would be done again. */
static void loaded(struct tr *t, const struct insn *i)
{
	static const struct {
		u8 at, size;
		u16 to;
	} field[] = {{6, 2, V_X87_OP},
		     {8, 4, V_X87_IP},
		     {12, 2, V_X87_CS},
		     {16, 4, V_X87_DP},
		     {20, 2, V_X87_DS}};
	static const u8 prefix[S_COUNT] = {0x26, 0x64, 0x36, 0x3e, 0x64, 0x64}; /* ORDER sreg */
	struct emit *e = &t->e;

	e_store(e, V_SPILL_ECX, R_ECX);
	e_store(e, V_SPILL_EDX, R_EDX);
	tr_mem_op(t, i, false, 0, 0x8d, R_ECX); /* lea ecx, operand */
	tr_mark(t, i, FIX_ECX | FIX_EDX);
	for (unsigned k = 0; k < sizeof(field) / sizeof(field[0]); k++) {
		e8(e, prefix[i->mem_seg]);
		if (field[k].size == 2)
			e8(e, 0x0f);
		e8(e, field[k].size == 2 ? 0xb7 : 0x8b); /* movzx or mov edx, [ecx + at] */
		e8(e, 0x40 | R_EDX << 3 | R_ECX);
		e8(e, field[k].at);
		e_store(e, field[k].to, R_EDX);
	}
	e_store_imm(e, V_X87_MEM_NOTE, 0);
	e_store_imm(e, V_X87_OP_NOTE, 0);
	e_load(e, R_EDX, V_SPILL_EDX);
	e_load(e, R_ECX, V_SPILL_ECX);
	t->x87_op = t->x87_mem = NULL;
}

void tr_x87(struct tr *t, const struct insn *i)
{
	tr_ident(t, i);
	t->u->x87 = true;
	switch (x87_note_of(i)) {
	case X87_KEEPS:
		break;
	case X87_NOTES:
		t->x87_op = i;
		if (i->has_mem)
			t->x87_mem = i;
		break;
	case X87_CLEARS: /* both kinds, and nothing before it matters */
		t->x87_op = t->x87_mem = i;
		tr_x87_flush(t);
		break;
	case X87_LOADS:
		loaded(t, i);
		break;
	}
}

void tr_x87_guard(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	u32 none;

	e_store(e, V_SPILL_ECX, R_ECX);
	e_load(e, R_ECX, V_X87_OP_NOTE);
	none = e_jecxz(e);
	e_load(e, R_ECX, V_SPILL_ECX);
	tr_callout(t, i);
	t->ended = false;
	e_here8(e, none);
	e_load(e, R_ECX, V_SPILL_ECX);
}

/* SPDX-License-Identifier: MIT
 * From notes on the last x87 instruction (translate_x87.c) to the guest's opcode,
 * FCS:FIP and FDS:FDP.  Monitor context, except where bytes are decoded.
 */
#include "bt/x87note.h"

void bt_x87_resolve(struct bt *bt)
{
	struct vcpu *v = bt->v;
	struct x87_last *x = &v->x87;
	const struct insn *i;
	u32 ea;

	bt->stat[ST_x87_notes]++;
	if (x->mem_note) {
		i = &bt->callout[x->mem_note];
		ea = (u32)i->disp;
		if (i->has_mem && i->base != NO_REG)
			ea += x->base;
		if (i->has_mem && i->index != NO_REG)
			ea += x->index * i->scale;
		x87_executed(v, i, i->adsize == 2 ? (u16)ea : ea);
	}
	if (x->op_note != x->mem_note)
		x87_executed(v, &bt->callout[x->op_note], 0);
	x->op_note = x->mem_note = 0;
}

void bt_x87_trapped(struct bt *bt, u32 index, const u8 *source)
{
	struct vcpu *v = bt->v;
	const struct bt_unit *u = &bt->unit[index];
	u32 mode = bt->ctx[u->ctx].mode, at = 0;
	struct decode_mode dm = {.code32 = mode & M_D, .protected = mode & M_PE};
	struct insn i, op, mem;

	op.cls = mem.cls = IC_IDENT;
	while (u->eip + at != v->eip &&
	       bt_decode(dm, source + at, u->glen - at, u->eip + at, &i) == DECODE_OK) {
		at += i.len;
		switch (x87_note_of(&i)) {
		case X87_NOTES:
			if (i.has_mem)
				mem = i;
			op = i;
			break;
		case X87_KEEPS:
			if (i.cls == IC_X87 || i.cls == IC_WAIT)
				break;
			/* fall through */
		default: /* what was due was noted */
			op.cls = mem.cls = IC_IDENT;
		}
	}
	if (mem.cls == IC_X87)
		x87_executed(v, &mem, insn_ea(v, &mem));
	if (op.cls == IC_X87)
		x87_executed(v, &op, op.has_mem ? insn_ea(v, &op) : 0);
}

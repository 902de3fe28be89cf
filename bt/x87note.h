/* SPDX-License-Identifier: MIT
 * Which x87 instructions change the last instruction and data pointers, and to
 * what (SDM vol. 1 section 8.1.8).
 */
#ifndef BT_X87NOTE_H
#define BT_X87NOTE_H

#include "bt/bt.h"

enum x87_note {
	X87_KEEPS,  /* a control instruction, or none of the x87 */
	X87_NOTES,  /* opcode and FCS:FIP become its own; FDS:FDP if it has an operand */
	X87_CLEARS, /* FNINIT */
	X87_LOADS,  /* FXRSTOR: those of its operand */
};

/* Does it raise an x87 exception that is pending, before anything else of its own? */
static inline bool x87_waits(const struct insn *i)
{
	if (i->cls == IC_MMX || i->cls == IC_WAIT)
		return true;
	if (i->cls == IC_SSE) /* CVT(T)PS2PI, CVT(T)PD2PI write an MMX register */
		return i->map == 1 && (i->opcode | 1) == 0x2d && !i->rep;
	if ((i->cls != IC_X87 && i->cls != IC_X87_ENV) || i->map)
		return false; /* FXSAVE, FXRSTOR */
	if (i->has_mem)       /* D9 /6, /7 FNSTENV FNSTCW; DD /6, /7 FNSAVE FNSTSW */
		return i->reg < 6 || (i->opcode != 0xd9 && i->opcode != 0xdd);
	/* DB E0-E4, DF E0: FNCLEX FNINIT FNSTSW AX and the 8087's */
	return !(i->reg == 4 && (i->opcode == 0xdb || (i->opcode == 0xdf && i->rm == 0)));
}

static inline enum x87_note x87_note_of(const struct insn *i)
{
	if (i->cls != IC_X87)
		return X87_KEEPS;
	if (i->map)
		return i->opcode == 0xae && i->has_mem ? X87_LOADS : X87_KEEPS;
	if (i->has_mem) {
		/* D9: FLDENV FLDCW FNSTENV FNSTCW; DD: FRSTOR, -, FNSAVE FNSTSW */
		return i->reg >= 4 && (i->opcode == 0xd9 || (i->opcode == 0xdd && i->reg != 5))
			       ? X87_KEEPS
			       : X87_NOTES;
	}
	/* DB E0-E4: FENI FDISI FNCLEX FNINIT FSETPM; DF E0: FNSTSW AX */
	if (i->opcode == 0xdb && i->reg == 4)
		return i->rm == 3 ? X87_CLEARS : X87_KEEPS;
	return i->opcode == 0xdf && i->reg == 4 && i->rm == 0 ? X87_KEEPS : X87_NOTES;
}

/* `i` was executed, with its operand at offset `ea`. */
static inline void x87_executed(struct vcpu *v, const struct insn *i, u32 ea)
{
	struct x87_last *x = &v->x87;

	switch (x87_note_of(i)) {
	case X87_KEEPS:
	case X87_LOADS: /* whoever executes it has the operand */
		break;
	case X87_NOTES:
		x->op = (u32)(i->opcode & 7) << 8 | i->bytes[i->modrm_off];
		x->ip = i->eip;
		x->cs = v->gsel[S_CS];
		if (!i->has_mem)
			break;
		x->dp = ea;
		x->ds = v->gsel[i->mem_seg];
		break;
	case X87_CLEARS:
		x->op = x->ip = x->cs = x->dp = x->ds = 0;
		break;
	}
}

#endif

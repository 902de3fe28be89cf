/* SPDX-License-Identifier: MIT
 * See accesses.h.  Alignment: SDM vol. 3A section 6.15, "Interrupt 17", table 6-7.
 */
#include "refvmm/accesses.h"

#include "refvmm/debug.h"
#include "refvmm/operand.h"
#include "refvmm/stack.h"

#include <Zydis/Zydis.h>

struct list {
	const struct vcpu *v;
	struct mem_access *out;
	unsigned n;
};

static void add(struct list *l, u8 seg, u32 off, u32 n, u32 align, bool write)
{
	if (l->n == ACCESSES_MAX)
		return;
	l->out[l->n++] = (struct mem_access){
		.off = off, .n = n, .seg = seg, .align = (u8)align, .write = write};
}

/* `count` stack items, from `at` bytes above the stack pointer. */
static void stack(struct list *l, s32 at, u32 size, u32 count, bool write)
{
	u32 mask = l->v->seg[S_SS].attr & D_DB ? 0xffffffff : 0xffff;

	for (u32 k = 0; k < count; k++)
		add(l, S_SS, (l->v->gpr[R_ESP] + (u32)at + k * size) & mask, size, size, write);
}

static u32 alignment(const struct insn *i)
{
	switch (i->mem_size) {
	case 2:
	case 4:
	case 8:
		break;
	case 6: /* far pointer, GDTR and IDTR images */
		return 4;
	case 10:
		return 8;
	case 14:
	case 28:
	case 94:
	case 108:
		return i->opsize;
	default: /* bytes; SSE operands raise #GP themselves */
		return 1;
	}
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_BOUND:
		return i->opsize;
	case ZYDIS_MNEMONIC_LDS:
	case ZYDIS_MNEMONIC_LES:
	case ZYDIS_MNEMONIC_LFS:
	case ZYDIS_MNEMONIC_LGS:
	case ZYDIS_MNEMONIC_LSS:
		return 2; /* m16:16 */
	case ZYDIS_MNEMONIC_JMP:
	case ZYDIS_MNEMONIC_CALL:
		return i->cls == IC_MON ? 2 : i->opsize;
	default:
		return i->mem_size;
	}
}

static void operand(struct list *l, const struct insn *i)
{
	u32 ea = insn_ea(l->v, i);

	if (!i->has_mem || !i->mem_size || !(i->mem_read || i->mem_write))
		return;
	/* Prefetches, NOPs and INVLPG access nothing. */
	if ((i->map == 1 && i->opcode >= 0x18 && i->opcode <= 0x1f) ||
	    i->mnemonic == ZYDIS_MNEMONIC_INVLPG)
		return;
	/* Bit tests with a register reach beyond the operand. */
	if (i->map == 1 && (i->opcode & 0xe7) == 0xa3) {
		u32 bit = reg_get(l->v, i->reg, i->opsize);
		s32 word = i->opsize == 2 ? (s16)bit >> 4 : (s32)bit >> 5;

		ea += (u32)word * i->opsize;
	}
	/* POP computes its address with the stack pointer already moved. */
	if (i->mnemonic == ZYDIS_MNEMONIC_POP && i->base == R_ESP)
		ea += i->opsize;
	if (i->adsize == 2)
		ea &= 0xffff;
	add(l, i->mem_seg, ea, i->mem_size, alignment(i), i->mem_write);
}

/* ESI and EDI of strings, of INS and OUTS too. */
static void strings(struct list *l, const struct insn *i)
{
	u32 mask = i->adsize == 2 ? 0xffff : 0xffffffff, n = i->opcode & 1 ? i->opsize : 1;
	u32 si = l->v->gpr[R_ESI] & mask, di = l->v->gpr[R_EDI] & mask;

	if (rep_prefix(i) && !(l->v->gpr[R_ECX] & mask))
		return;
	switch (i->opcode & 0xfe) {
	case 0xa4: /* MOVS */
	case 0xa6: /* CMPS */
	case 0xac: /* LODS */
	case 0x6e: /* OUTS */
		add(l, (u8)data_seg(i), si, n, n, false);
		break;
	case 0xd6: /* XLAT is D7 */
		add(l, (u8)data_seg(i), (l->v->gpr[R_EBX] + (l->v->gpr[R_EAX] & 0xff)) & mask, 1, 1,
		    false);
		break;
	}
	switch (i->opcode & 0xfe) {
	case 0xa4:
	case 0xaa: /* STOS */
	case 0x6c: /* INS */
		add(l, S_ES, di, n, n, true);
		break;
	case 0xa6:
	case 0xae: /* SCAS */
		add(l, S_ES, di, n, n, false);
		break;
	}
}

static void implicit(struct list *l, const struct insn *i)
{
	u32 o = i->opsize;

	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_PUSH:
	case ZYDIS_MNEMONIC_PUSHF:
	case ZYDIS_MNEMONIC_PUSHFD:
		stack(l, -(s32)o, o, 1, true);
		break;
	case ZYDIS_MNEMONIC_CALL:
		stack(l, i->cls == IC_MON ? -2 * (s32)o : -(s32)o, o, i->cls == IC_MON ? 2 : 1,
		      true);
		break;
	case ZYDIS_MNEMONIC_POP:
	case ZYDIS_MNEMONIC_POPF:
	case ZYDIS_MNEMONIC_POPFD:
		stack(l, 0, o, 1, false);
		break;
	case ZYDIS_MNEMONIC_RET:
		stack(l, 0, o, i->cls == IC_MON ? 2 : 1, false);
		break;
	case ZYDIS_MNEMONIC_PUSHA:
	case ZYDIS_MNEMONIC_PUSHAD:
		stack(l, -8 * (s32)o, o, 8, true);
		break;
	case ZYDIS_MNEMONIC_POPA:
	case ZYDIS_MNEMONIC_POPAD:
		stack(l, 0, o, 8, false);
		break;
	case ZYDIS_MNEMONIC_ENTER:
		stack(l, -(s32)o, o, 1, true);
		break;
	case ZYDIS_MNEMONIC_LEAVE:
		add(l, S_SS,
		    l->v->seg[S_SS].attr & D_DB ? l->v->gpr[R_EBP] : l->v->gpr[R_EBP] & 0xffff, o,
		    o, false);
		break;
	case ZYDIS_MNEMONIC_IRET:
	case ZYDIS_MNEMONIC_IRETD:
		stack(l, 0, o, 3, false);
		break;
	default:
		break;
	}
}

unsigned insn_accesses(const struct vcpu *v, const struct insn *i,
		       struct mem_access out[ACCESSES_MAX])
{
	struct list l = {.v = v, .out = out};

	operand(&l, i);
	if (insn_is_maskmov(i))
		add(&l, (u8)data_seg(i), i->adsize == 2 ? v->gpr[R_EDI] & 0xffff : v->gpr[R_EDI],
		    i->cls == IC_SSE ? 16 : 8, 1, true);
	if (i->cls == IC_STRING || (!i->map && i->opcode >= 0x6c && i->opcode <= 0x6f))
		strings(&l, i);
	else
		implicit(&l, i);
	return l.n;
}

enum mon insn_check(struct vcpu *v, const struct insn *i, u32 *dr6)
{
	bool aligned = v->vflags & FL_AC && v->cr0 & CR0_AM && v->cpl == 3;
	struct mem_access a[ACCESSES_MAX];
	unsigned n = insn_accesses(v, i, a);
	struct fault none = v->fault;

	*dr6 = 0;
	for (unsigned k = 0; k < n; k++) {
		u32 lin;

		/* Its own fault comes first, and only it sets accessed and dirty bits: it
		 * may not come to this access. */
		if (operand_check(v, (enum sreg)a[k].seg, a[k].off, a[k].n,
				  ACC_DEBUG | (a[k].write ? ACC_WRITE : ACC_READ), &lin)) {
			v->fault = none;
			break;
		}
		if (aligned && lin & (a[k].align - 1u))
			return vcpu_fault(v, V_AC, 0);
		*dr6 |= debug_match_data(v, lin, a[k].n, a[k].write);
	}
	return MON_OK;
}

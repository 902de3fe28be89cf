/* SPDX-License-Identifier: MIT
 * Copied instructions.  The TC is always 32-bit code, so 16-bit guest code gets
 * its size prefixes toggled; prefixes are rebuilt in a fixed order, which drops
 * redundant ones and keeps every copy within 15 bytes.
 *
 * DS, ES and SS are the guest's own shadows.  Hardware FS serves guest FS, GS
 * and CS overrides in turn; which one it holds is part of the context.
 */
#include "bt/translate.h"

#include <Zydis/Mnemonic.h>

static u8 default_segment(const struct insn *i)
{
	return i->has_mem && (i->base == R_ESP || i->base == R_EBP) ? S_SS : S_DS;
}

static bool uses_segment(const struct insn *i)
{
	return (i->has_mem || i->cls == IC_STRING || insn_is_maskmov(i)) && i->mem_seg != NO_SEG;
}

void tr_segment(struct tr *t, const struct insn *i)
{
	static const u8 owner_of[S_COUNT] = {
		[S_FS] = OWNER_FS, [S_GS] = OWNER_GS, [S_CS] = OWNER_CS};
	u32 owner, hsel = i->mem_seg;

	if (!uses_segment(i) || (i->mem_seg != S_FS && i->mem_seg != S_GS && i->mem_seg != S_CS))
		return;
	owner = owner_of[i->mem_seg];
	if (owner == OWNER_GS && (t->mode & M_PE) && bt_wraps(t->bt, i, t->ctx->cs_base + i->eip)) {
		owner = OWNER_GS_LOW;
		hsel = HSEL_GS_LOW;
	}
	if ((t->mode & M_OWNER) >> M_OWNER_SHIFT == owner)
		return;
	e_store_imm(&t->e, V_FS_OWNER, owner);
	gs_modrm(&t->e, 0x8e, 4, V_HSEL + 4 * hsel); /* mov fs, gs:[hsel] */
	t->mode = (t->mode & ~M_OWNER) | owner << M_OWNER_SHIFT;
	tr_mark(t, i, 0);
}

static void segment_prefix(struct tr *t, const struct insn *i)
{
	if (!uses_segment(i) || i->mem_seg == default_segment(i))
		return;
	switch (i->mem_seg) {
	case S_ES:
		e8(&t->e, 0x26);
		break;
	case S_SS:
		e8(&t->e, 0x36);
		break;
	case S_DS:
		e8(&t->e, 0x3e);
		break;
#ifdef WITHOUT_GS_RESERVED
	case S_GS:
		e8(&t->e, 0x65);
		break;
#endif
#ifdef WITHOUT_CS_OVERRIDE
	case S_CS:
		e8(&t->e, 0x2e);
		break;
#endif
	default: /* FS, GS, CS: tr_segment() put it into hardware FS */
		e8(&t->e, 0x64);
		break;
	}
}

/* Does the address-size prefix mean anything to this instruction? */
static bool uses_adsize(const struct insn *i)
{
	if (insn_is_maskmov(i))
		return true;
	return i->modrm_off ? i->mod != 3 : i->has_mem || i->cls == IC_STRING;
}

void tr_ident(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;

	tr_segment(t, i);
	if (i->lock)
		e8(e, 0xf0);
	segment_prefix(t, i);
	if (i->mand66 || (i->opsize == 2 && insn_takes_opsize(i)))
		e8(e, 0x66);
	if (i->adsize == 2 && uses_adsize(i))
		e8(e, 0x67);
	if (i->rep) /* last: it may be part of the opcode */
		e8(e, i->rep);
	ebytes(e, i->bytes + i->opcode_off, i->len - i->opcode_off);
}

void tr_mem_op(struct tr *t, const struct insn *i, bool o16, unsigned map, unsigned opcode,
	       unsigned reg)
{
	struct emit *e = &t->e;

	segment_prefix(t, i);
	if (o16)
		e8(e, 0x66);
	if (i->adsize == 2)
		e8(e, 0x67);
	if (map)
		e8(e, 0x0f);
	e8(e, opcode);
	e8(e, (i->bytes[i->modrm_off] & 0xc7) | reg << 3);
	ebytes(e, i->bytes + i->modrm_off + 1, i->len - i->modrm_off - 1 - i->imm_size);
}

void tr_push_seg(struct tr *t, const struct insn *i)
{
#ifdef WITHOUT_HIDDEN_SELECTORS
	tr_ident(t, i);
	return;
#endif
	/* The selector value is the guest's own. */
	unsigned s = i->map ? (i->opcode == 0xa0 ? S_FS : S_GS) : i->opcode >> 3 & 3;
	struct emit *e = &t->e;

	if (i->opsize == 2) { /* push word gs:[gsel] */
		e8(e, 0x66);
		gs_modrm(e, 0xff, 6, V_GSEL + 4 * s);
		return;
	}
	/* Intel's processors write two bytes of the four (SDM vol. 2B PUSH), AMD's all
	 * of them, so the real instruction will not do. */
	e_store(e, V_SPILL_ECX, R_ECX);
	e_store(e, V_SPILL_EDX, R_EDX);
	e_load(e, R_EDX, V_GSEL + 4 * s);
	e_lea(e, R_ECX, R_ESP, 0u - 4);
	if (!(t->mode & M_B)) { /* movzx ecx, cx */
		e8(e, 0x0f);
		e8(e, 0xb7);
		e8(e, 0xc9);
	}
	tr_mark(t, i, FIX_ECX | FIX_EDX);
	e8(e, 0x36); /* mov ss:[ecx], dx */
	e8(e, 0x66);
	e8(e, 0x89);
	e8(e, R_EDX << 3 | R_ECX);
	e_load(e, R_EDX, V_SPILL_EDX);
	e_load(e, R_ECX, V_SPILL_ECX);
	tr_add_esp(t, 0u - 4);
}

void tr_mov_seg(struct tr *t, const struct insn *i)
{
	static const u32 spill[] = {V_SPILL_EAX, V_SPILL_ECX, V_SPILL_EDX};
	unsigned tmp = R_EAX;

#ifdef WITHOUT_HIDDEN_SELECTORS
	tr_ident(t, i);
	return;
#endif
	if (i->mod == 3) {
		if (i->opsize == 2)
			e8(&t->e, 0x66);
		gs_modrm(&t->e, 0x8b, i->rm, V_GSEL + 4 * i->reg);
		return;
	}
	/* The address may use two of EAX, ECX, EDX at most. */
	while (tmp == i->base || tmp == i->index)
		tmp++;
	tr_segment(t, i);
	e_store(&t->e, spill[tmp], tmp);
	e_load(&t->e, tmp, V_GSEL + 4 * i->reg);
	tr_mark(t, i, 1u << tmp); /* ORDER FIX_*: EAX, ECX, EDX */
	tr_mem_op(t, i, true, 0, 0x89, tmp);
	e_load(&t->e, tmp, spill[tmp]);
}

/* SPDX-License-Identifier: MIT
 * MOV and POP to a segment register without the monitor.
 *
 * Real mode: base = selector * 16, nothing else changes (SDM vol. 3A section
 * 20.1.1).  Two tables in the monitor area give the LDT selector of the shadow
 * segment of each selector that the guest has loaded lately (refvmm/segmap.c); a
 * miss is the monitor's, who fills it in.  Only in contexts with M_PLAIN: every
 * data segment is 64 KiB, read-write.
 *
 * Protected mode: a stub repeats what the monitor remembers of the last load of the
 * selector (stubs_segload.c, refvmm/segmemo.c).  Stacks only when they stay 32-bit:
 * SS.B is part of the context.
 *
 * The vCPU's selectors are brought up to date here; what is hidden follows at the
 * next exit (segmap_sync(), segmemo_sync()).  The order of the stores matters:
 * whoever interrupts the sequence reloads hardware registers from hsel.
 */
#include "bt/translate.h"

u8 bt_segload_register(const struct insn *i)
{
	if (i->map == 0 && i->opcode == 0x8e)
		return i->reg < S_COUNT && i->reg != S_CS ? i->reg : NO_SEG;
	if (i->map == 0 && (i->opcode == 0x07 || i->opcode == 0x17 || i->opcode == 0x1f))
		return i->opcode >> 3 & 3;
	if (i->map == 1 && (i->opcode & 0xf7) == 0xa1)
		return i->opcode >> 3 & 1 ? S_GS : S_FS;
	return NO_SEG;
}

static bool is_pop(const struct insn *i)
{
	return i->map == 1 || i->opcode != 0x8e;
}

/* SS: no interrupt before the end of the next instruction, so that has to be in
 * this unit. */
bool tr_segload_inline(const struct tr *t, const struct insn *i)
{
	u8 s = bt_segload_register(i);

	if (i->lock || s == NO_SEG || (s == S_SS && t->mode & (M_TF | M_SINGLE | M_CHECK)))
		return false;
	if (t->mode & M_PE)
		return (tr_cpl(t) == 0 || tr_cpl(t) == 3) && (s != S_SS || t->mode & M_B);
	return t->mode & M_PLAIN && (!is_pop(i) || i->opsize == 2);
}

/* Does hardware FS hold guest register `s` now? */
static bool owns_fs(const struct tr *t, u8 s)
{
	u32 owner = (t->mode & M_OWNER) >> M_OWNER_SHIFT;

	return (s == S_FS && owner == OWNER_FS) || (s == S_GS && owner == OWNER_GS);
}

/* mov sreg, gs:[hsel]; hardware GS stays the monitor's */
static void load_hardware(struct tr *t, u8 s)
{
	static const u8 hardware[S_COUNT] = {S_ES, 0, S_SS, S_DS, S_FS, S_FS};

	if (s < S_FS || owns_fs(t, s))
		gs_modrm(&t->e, 0x8e, hardware[s], V_HSEL + 4 * s);
}

static void segload_real(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	u8 s = bt_segload_register(i);
	bool pop = is_pop(i);
	u32 slow, done;

	if (!pop)
		tr_segment(t, i);
	e_store(e, V_SPILL_ECX, R_ECX);
	if (pop) {
		e8(e, 0x66);
		e8(e, 0x59); /* pop cx: may fault, nothing to undo */
	}
	if (!pop && i->mod != 3) {
		tr_mem_op(t, i, false, 1, 0xb7, R_ECX); /* may fault, the same */
	} else {
		e8(e, 0x0f); /* movzx ecx, r16 */
		e8(e, 0xb7);
		e8(e, 0xc0 | R_ECX << 3 | (pop ? R_ECX : i->rm));
	}
	e_store(e, V_SCRATCH, R_ECX);
	e_table16(e, R_ECX, R_ECX, s == S_SS ? MON_SEG_STACK : MON_SEG_DATA);
	slow = e_jecxz(e);
	e_store(e, V_HSEL + 4 * s, R_ECX);
	e_load(e, R_ECX, V_SCRATCH);
	e_store(e, V_GSEL + 4 * s, R_ECX);
	e_store_imm8(e, V_SEG_LOADED, 1);
	load_hardware(t, s);
	e_load(e, R_ECX, V_SPILL_ECX);
	done = e_jmp8(e);
	e_here8(e, slow);
	e_load(e, R_ECX, V_SPILL_ECX);
	if (pop)
		tr_add_esp(t, 0u - 2);
	tr_callout(t, i);
	t->ended = false;
	e_here8(e, done);
}

static enum segload variant(const struct tr *t, u8 s)
{
	u32 owner = (t->mode & M_OWNER) >> M_OWNER_SHIFT;

	switch (s) {
	case S_ES:
		return SEGLOAD_ES;
	case S_SS:
		return SEGLOAD_SS;
	case S_DS:
		return SEGLOAD_DS;
	case S_FS:
		return owner == OWNER_FS ? SEGLOAD_FS_OWNER : SEGLOAD_FS;
	default:
		return owner == OWNER_GS       ? SEGLOAD_GS_OWNER
		       : owner == OWNER_GS_LOW ? SEGLOAD_GS_LOW_OWNER
					       : SEGLOAD_GS;
	}
}

/* movzx ecx, word of the operand; may fault before anything is changed.  Of the
 * stack two bytes are read, whatever the operand size. */
static void selector_to_ecx(struct tr *t, const struct insn *i)
{
	static const u8 sp[] = {0x0f, 0xb7, 0xcc};            /* movzx ecx, sp */
	static const u8 stack16[] = {0x36, 0x0f, 0xb7, 0x09}; /* movzx ecx, word ss:[ecx] */
	static const u8 stack32[] = {0x0f, 0xb7, 0x0c, 0x24}; /* movzx ecx, word [esp] */
	static const u8 register_form[] = {0x0f, 0xb7, 0xc8}; /* movzx ecx, r16 */
	struct emit *e = &t->e;

	if (is_pop(i) && t->mode & M_B) {
		ebytes(e, stack32, sizeof(stack32));
	} else if (is_pop(i)) {
		ebytes(e, sp, sizeof(sp));
		tr_mark(t, i, FIX_ECX);
		ebytes(e, stack16, sizeof(stack16));
	} else if (i->mod != 3) {
		tr_mem_op(t, i, false, 1, 0xb7, R_ECX);
	} else {
		ebytes(e, register_form, 2);
		e8(e, register_form[2] | i->rm);
	}
}

static void segload_protected(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	u32 back;

	if (!is_pop(i))
		tr_segment(t, i);
	e_store(e, V_SPILL_ECX, R_ECX);
	selector_to_ecx(t, i);
	e_store_imm(e, V_EXIT_ARG, tr_keep_callout(t, i));
	e_store_imm(e, V_SEG_RETURN, 0);
	back = e->pc - 4;
	e_jmp(e, t->bt->stub_segload[tr_cpl(t) != 0][variant(t, bt_segload_register(i))]);
	e_here32(e, back);
	if (is_pop(i))
		tr_add_esp(t, i->opsize);
}

void tr_segload(struct tr *t, const struct insn *i)
{
	if (bt_segload_register(i) == S_SS && t->k + 1 == t->n)
		tr_callout(t, i);
	else if (t->mode & M_PE)
		segload_protected(t, i);
	else
		segload_real(t, i);
}

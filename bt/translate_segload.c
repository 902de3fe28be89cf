/* SPDX-License-Identifier: MIT
 * MOV and POP to a segment register in real mode: base = selector * 16, nothing
 * else changes (SDM vol. 3A section 20.1.1).  Two tables in the monitor area
 * give the LDT selector of the shadow segment of each selector that the guest
 * has loaded lately (refvmm/segmap.c); a miss is the monitor's, who fills it in.
 *
 * Only in contexts with M_PLAIN: every data segment is 64 KiB, read-write.  The
 * vCPU's selectors are brought up to date here; segment bases follow at the next
 * exit (segmap_sync()).  The order of the stores matters: whoever interrupts the
 * sequence reloads hardware registers from hsel.
 */
#include "bt/translate.h"

/* Which register `i` loads: 8E, 07, 17, 1F, 0F A1, 0F A9; NO_SEG: another
 * instruction or not possible. */
static u8 loaded(const struct insn *i)
{
	if (i->map == 0 && i->opcode == 0x8e)
		return i->reg < S_COUNT && i->reg != S_CS ? i->reg : NO_SEG;
	if (i->opsize != 2)
		return NO_SEG;
	if (i->map == 0 && (i->opcode & 0xe7) == 0x07)
		return i->opcode >> 3 & 3;
	if (i->map == 1 && (i->opcode & 0xf7) == 0xa1)
		return i->opcode >> 3 & 1 ? S_GS : S_FS;
	return NO_SEG;
}

/* SS: no interrupt before the end of the next instruction, so that has to be in
 * this unit. */
bool tr_segload_inline(const struct tr *t, const struct insn *i)
{
	return t->mode & M_PLAIN && !i->lock && loaded(i) != NO_SEG &&
	       (loaded(i) != S_SS || !(t->mode & (M_TF | M_SINGLE | M_CHECK)));
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

void tr_segload(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	u8 s = loaded(i);
	bool pop = i->map == 1 || i->opcode != 0x8e;
	u32 slow, done;

	if (s == S_SS && t->k + 1 == t->n) {
		tr_callout(t, i);
		return;
	}
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

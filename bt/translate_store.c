/* SPDX-License-Identifier: MIT
 * Stores that the window cannot let through: reads of the page go elsewhere than
 * writes, as while firmware copies a ROM into the shadow RAM beneath it (i440FX
 * PAM, write-only).  x86 pages cannot be write-only, so each store would cost a
 * host fault.  Once an instruction has faulted twice on such a page it is made
 * anew: it looks its linear address up in the tables of refvmm/alias.c and stores
 * through another mapping of the same frame; where there is none it runs as it
 * is.
 *
 * Segment limit and type are checked by the hardware, with a load through the
 * same operand, and vcpu.seg_rw says whether the segment may be written.  Of a
 * segment that translated code has loaded (stubs_segload.c) neither that nor the base
 * is known before the next exit: seg_rw is 0, and the store runs as it is.
 */
#include "bt/translate.h"

static u8 *faults(struct bt *bt, u32 lin)
{
	return &bt->faults[(lin ^ lin >> 12) & (BT_FAULTS - 1)];
}

void bt_store_faulted(struct bt *bt, u32 unit, u32 lin)
{
	u8 *n = faults(bt, lin);

	if (*n < BT_FAULTS_TO_CHECK && ++*n == BT_FAULTS_TO_CHECK)
		bt_invalidate(bt, unit);
}

/* MOV [mem], register or immediate.  In contexts where translated code loads
 * segment registers it does not know their bases. */
bool tr_store_checked(const struct tr *t, const struct insn *i)
{
	return i->map == 0 && i->modrm_off && i->mod != 3 && !i->lock &&
	       (i->opcode == 0x88 || i->opcode == 0x89 || i->opcode == 0xc6 || i->opcode == 0xc7) &&
	       !(t->mode & M_PLAIN) &&
	       *faults(t->bt, t->ctx->cs_base + i->eip) >= BT_FAULTS_TO_CHECK;
}

/* ECX = linear address of the operand; EDX is lost. */
static void linear_address(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;

	tr_mem_op(t, i, false, 0, 0x8d, R_ECX); /* lea */
	e_load(e, R_EDX, V_SEG + 16 * i->mem_seg);
	e8(e, 0x8d); /* lea ecx, [ecx + edx] */
	e8(e, 0x0c);
	e8(e, 0x11);
}

/* ECX = the operand: faults as the store would, but for a read-only segment. */
static void probe(struct tr *t, const struct insn *i, unsigned size)
{
	bool wide = size == 4;

	tr_mem_op(t, i, false, !wide, wide ? 0x8b : size == 2 ? 0xb7 : 0xb6, R_ECX);
}

/* ECX = where the 256 bytes around vcpu.lin are seen in the monitor area.  Returns the
 * jump for 0; all entries of group 0, which nothing has, are. */
static u32 look_up(struct tr *t)
{
	struct emit *e = &t->e;

	e_load16(e, R_ECX, V_LIN + 2);
	e_table8(e, R_ECX, R_ECX, MON_GRANULES);
	gs_modrm(e, 0x88, R_ECX, V_LIN + 2); /* CL in place of bits 16-23 */
	e_load16(e, R_ECX, V_LIN + 1);
	e_table32(e, R_ECX, R_ECX, MON_ALIASES);
	return e_jecxz(e);
}

/* mov gs:[at], value of `i` */
static void store(struct tr *t, const struct insn *i, unsigned size, unsigned at)
{
	struct emit *e = &t->e;

	e8(e, 0x65);
	if (size == 2)
		e8(e, 0x66);
	e8(e, i->opcode);
	e8(e, (i->opcode < 0xc0 ? i->reg << 3 : 0) | at);
	ebytes(e, i->bytes + i->imm_off, i->imm_size);
}

void tr_store(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	unsigned size = i->opcode & 1 ? i->opsize : 1;
	/* The register stored: AH, CH, DH, BH are parts of the first four. */
	unsigned reg = size == 1 ? i->reg & 3 : i->reg;
	unsigned at = i->opcode < 0xc0 && reg == R_EDX ? R_ECX : R_EDX;
	u32 refused, may, plain, no_alias, done;

	t->bt->stat[ST_stores_checked]++;
	tr_segment(t, i);
	e_store(e, V_SPILL_ECX, R_ECX);
	e_store(e, V_SPILL_EDX, R_EDX);
	e_load8(e, R_ECX, V_SEG_RW + i->mem_seg);
	refused = e_jecxz(e);
	may = e_jmp8(e);
	e_here8(e, refused);
	plain = e_jmp(e, 0);
	e_here8(e, may);
	e_load(e, R_ECX, V_SPILL_ECX); /* as the mark of the instruction says */
	probe(t, i, size);
	e_load(e, R_ECX, V_SPILL_ECX);
	linear_address(t, i);
	e_store(e, V_LIN, R_ECX);
	e_load8(e, R_EDX, V_LIN);
	no_alias = look_up(t);
	e8(e, 0x8d); /* lea at, [ecx + edx] */
	e8(e, at << 3 | 4);
	e8(e, 0x11);
	e_load(e, at ^ R_ECX ^ R_EDX, at == R_EDX ? V_SPILL_ECX : V_SPILL_EDX);
	store(t, i, size, at);
	e_load(e, at, at == R_EDX ? V_SPILL_EDX : V_SPILL_ECX);
	done = e_jmp8(e);
	if (!e->full)
		patch_rel32(plain, e->pc);
	e_here8(e, no_alias);
	e_load(e, R_ECX, V_SPILL_ECX);
	e_load(e, R_EDX, V_SPILL_EDX);
	tr_ident(t, i);
	e_here8(e, done);
}

/* SPDX-License-Identifier: MIT
 * Callouts: control and debug registers, table registers, TLB and cache (SDM
 * vol. 2A and 2B under these names).
 */
#include "refvmm/callout.h"
#include "refvmm/mmu.h"

/* 0F 20/22: bit 1 is the direction.  The r/m field names a register whatever
 * mod says (SDM vol. 2B MOV - Move to/from Control Registers). */
enum mon callout_mov_cr(struct vcpu *v, const struct insn *i)
{
	enum mon m;

	if (i->opcode & 2)
		m = arch_write_cr(v, i->reg, v->gpr[i->rm]);
	else
		m = arch_read_cr(v, i->reg, &v->gpr[i->rm]);
	return m ? m : insn_done(v, i);
}

/* 0F 21/23. */
enum mon callout_mov_dr(struct vcpu *v, const struct insn *i)
{
	enum mon m;

	if (i->opcode & 2)
		m = arch_write_dr(v, i->reg, v->gpr[i->rm]);
	else
		m = arch_read_dr(v, i->reg, &v->gpr[i->rm]);
	return m ? m : insn_done(v, i);
}

enum mon callout_lgdt(struct vcpu *v, const struct insn *i)
{
	enum mon m = arch_lgdt(v, (enum sreg)i->mem_seg, insn_ea(v, i), i->opsize);

	return m ? m : insn_done(v, i);
}

enum mon callout_lidt(struct vcpu *v, const struct insn *i)
{
	enum mon m = arch_lidt(v, (enum sreg)i->mem_seg, insn_ea(v, i), i->opsize);

	return m ? m : insn_done(v, i);
}

/* All four bytes of the base are stored with either operand size: Bochs and
 * today's processors agree there; only the 80286 stored ones in the last. */
static enum mon store_table(struct vcpu *v, const struct insn *i, const struct dtr *table)
{
	u16 image[3] = {(u16)table->limit, (u16)table->base, (u16)(table->base >> 16)};
	enum mon m = mem_write(v, (enum sreg)i->mem_seg, insn_ea(v, i), image, sizeof(image));

	return m ? m : insn_done(v, i);
}

enum mon callout_sgdt(struct vcpu *v, const struct insn *i)
{
	return store_table(v, i, &v->gdtr);
}

enum mon callout_sidt(struct vcpu *v, const struct insn *i)
{
	return store_table(v, i, &v->idtr);
}

static enum mon load_system(struct vcpu *v, const struct insn *i,
			    enum mon (*load)(struct vcpu *, u16))
{
	u32 sel;
	enum mon m = require_protected(v);

	if (m == MON_OK)
		m = require_cpl0(v);
	if (m == MON_OK)
		m = rm_read(v, i, 2, &sel);
	if (m == MON_OK)
		m = load(v, (u16)sel);
	return m ? m : insn_done(v, i);
}

enum mon callout_lldt(struct vcpu *v, const struct insn *i)
{
	return load_system(v, i, arch_lldt);
}

enum mon callout_ltr(struct vcpu *v, const struct insn *i)
{
	return load_system(v, i, arch_ltr);
}

/* Two bytes in memory; a register gets the operand size, zero-extended. */
static enum mon store(struct vcpu *v, const struct insn *i, u32 value)
{
	enum mon m = rm_write(v, i, i->has_mem ? 2 : i->opsize, value);

	return m ? m : insn_done(v, i);
}

enum mon callout_sldt(struct vcpu *v, const struct insn *i)
{
	enum mon m = require_protected(v);

	return m ? m : store(v, i, v->ldtr.sel);
}

enum mon callout_str(struct vcpu *v, const struct insn *i)
{
	enum mon m = require_protected(v);

	return m ? m : store(v, i, v->tr.sel);
}

/* Allowed at every CPL; a 32-bit register gets all of CR0. */
enum mon callout_smsw(struct vcpu *v, const struct insn *i)
{
	return store(v, i, v->cr0);
}

enum mon callout_lmsw(struct vcpu *v, const struct insn *i)
{
	u32 value;
	enum mon m = require_cpl0(v);

	if (m == MON_OK)
		m = rm_read(v, i, 2, &value);
	if (m == MON_OK)
		m = arch_lmsw(v, (u16)value);
	return m ? m : insn_done(v, i);
}

enum mon callout_clts(struct vcpu *v, const struct insn *i)
{
	enum mon m = require_cpl0(v);

	if (m)
		return m;
	if (v->cr0 & CR0_TS) {
		v->cr0 &= ~(u32)CR0_TS;
		vcpu_mode_changed(v);
	}
	return insn_done(v, i);
}

/* The address is not checked: no access is made (SDM vol. 2A INVLPG). */
enum mon callout_invlpg(struct vcpu *v, const struct insn *i)
{
	enum mon m;

	if (!i->has_mem)
		return vcpu_fault(v, V_UD, 0);
	m = require_cpl0(v);
	if (m)
		return m;
	mmu_invalidate_page(v, v->seg[i->mem_seg].base + insn_ea(v, i));
	return insn_done(v, i);
}

/* INVD and WBINVD: guest memory is the host's coherent memory, so there is
 * nothing to write back; what INVD would lose is undefined. */
enum mon callout_cache(struct vcpu *v, const struct insn *i)
{
	enum mon m = require_cpl0(v);

	return m ? m : insn_done(v, i);
}

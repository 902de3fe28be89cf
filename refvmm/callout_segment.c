/* SPDX-License-Identifier: MIT
 * Callouts: loading segment registers and asking about selectors (SDM vol. 2A
 * and 2B under these names).  Descriptor checks are behind arch.h.
 */
#include "refvmm/callout.h"

#include <Zydis/Zydis.h>

#include "refvmm/stack.h"

/* After MOV SS and POP SS no interrupt is accepted before the end of the next
 * instruction, so that SS and ESP can be loaded together.  LSS needs none. */
static enum mon loaded(struct vcpu *v, const struct insn *i, enum sreg s)
{
	if (s == S_SS)
		v->shadow = SHADOW_SS;
	return insn_done(v, i);
}

enum mon callout_mov_seg(struct vcpu *v, const struct insn *i)
{
	enum sreg s = (enum sreg)i->reg;
	u32 sel;
	enum mon m;

	if (s == S_CS || s >= S_COUNT)
		return vcpu_fault(v, V_UD, 0);
	m = rm_read(v, i, 2, &sel);
	if (m == MON_OK)
		m = arch_load_seg(v, s, (u16)sel);
	return m ? m : loaded(v, i, s);
}

/* 07 ES, 17 SS, 1F DS, 0F A1 FS, 0F A9 GS.  Two bytes are read whatever the
 * operand size; the stack pointer moves by the size of the old stack. */
enum mon callout_pop_seg(struct vcpu *v, const struct insn *i)
{
	enum sreg s = (enum sreg)(i->opcode >> 3 & 7);
	struct seg old = v->seg[S_SS];
	u32 sp = stack_sp(v);
	u16 sel;
	enum mon m = mem_read(v, S_SS, sp, &sel, sizeof(sel));

	if (m == MON_OK)
		m = arch_load_seg(v, s, sel);
	if (m)
		return m;
	stack_set_sp(v, &old, sp + i->opsize);
	return loaded(v, i, s);
}

static enum sreg far_pointer_seg(const struct insn *i)
{
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_LDS:
		return S_DS;
	case ZYDIS_MNEMONIC_LES:
		return S_ES;
	case ZYDIS_MNEMONIC_LFS:
		return S_FS;
	case ZYDIS_MNEMONIC_LGS:
		return S_GS;
	default:
		return S_SS;
	}
}

/* LDS, LES, LFS, LGS, LSS: the register changes only if the segment loads. */
enum mon callout_load_far_pointer(struct vcpu *v, const struct insn *i)
{
	u16 raw[3];
	enum mon m;

	if (!i->has_mem)
		return vcpu_fault(v, V_UD, 0);
	m = mem_read(v, (enum sreg)i->mem_seg, insn_ea(v, i), raw, i->opsize + 2u);
	if (m == MON_OK)
		m = arch_load_seg(v, far_pointer_seg(i), raw[i->opsize / 2]);
	if (m)
		return m;
	reg_set(v, i->reg, i->opsize, raw[0] | (u32)raw[1] << 16);
	return insn_done(v, i);
}

static void set_zf(struct vcpu *v, bool zf)
{
	v->hwflags = zf ? v->hwflags | FL_ZF : v->hwflags & ~(u32)FL_ZF;
}

/* LAR and LSL: the selector is 16 bits wide whatever the operand size; the
 * destination is written only when ZF is set. */
static enum mon inquire(struct vcpu *v, const struct insn *i,
			enum mon (*ask)(struct vcpu *, u16, u32 *, bool *))
{
	u32 sel, value = 0;
	bool zf = false;
	enum mon m = require_protected(v);

	if (m == MON_OK)
		m = rm_read(v, i, 2, &sel);
	if (m == MON_OK)
		m = ask(v, (u16)sel, &value, &zf);
	if (m)
		return m;
	set_zf(v, zf);
	if (zf)
		reg_set(v, i->reg, i->opsize, value);
	return insn_done(v, i);
}

enum mon callout_lar(struct vcpu *v, const struct insn *i)
{
	return inquire(v, i, arch_lar);
}

enum mon callout_lsl(struct vcpu *v, const struct insn *i)
{
	return inquire(v, i, arch_lsl);
}

static enum mon verify(struct vcpu *v, const struct insn *i, bool write)
{
	u32 sel;
	bool zf = false;
	enum mon m = require_protected(v);

	if (m == MON_OK)
		m = rm_read(v, i, 2, &sel);
	if (m == MON_OK)
		m = arch_verify(v, (u16)sel, write, &zf);
	if (m)
		return m;
	set_zf(v, zf);
	return insn_done(v, i);
}

enum mon callout_verr(struct vcpu *v, const struct insn *i)
{
	return verify(v, i, false);
}

enum mon callout_verw(struct vcpu *v, const struct insn *i)
{
	return verify(v, i, true);
}

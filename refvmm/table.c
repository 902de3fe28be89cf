/* SPDX-License-Identifier: MIT
 * Descriptor table registers: LGDT, LIDT, LLDT, LTR (SDM vol. 2A and 2B under
 * these names).
 */
#include "refvmm/descriptor.h"
#include "refvmm/segment.h"

static enum mon load_table(struct vcpu *v, struct dtr *table, enum sreg s, u32 off, unsigned opsize)
{
	u16 limit;
	u32 base;
	enum mon m;

	if (v->cpl)
		return vcpu_fault(v, V_GP, 0);
	m = mem_read(v, s, off, &limit, 2);
	if (m == MON_OK)
		m = mem_read(v, s, off + 2, &base, 4);
	if (m)
		return m;
	table->limit = limit;
	table->base = opsize == 2 ? base & 0x00ffffff : base;
	return MON_OK;
}

enum mon arch_lgdt(struct vcpu *v, enum sreg s, u32 off, unsigned opsize)
{
	return load_table(v, &v->gdtr, s, off, opsize);
}

enum mon arch_lidt(struct vcpu *v, enum sreg s, u32 off, unsigned opsize)
{
	return load_table(v, &v->idtr, s, off, opsize);
}

/* Mode, CPL and table of a selector for LLDT and LTR. */
static enum mon check_system(struct vcpu *v)
{
	if (!vcpu_protected(v))
		return vcpu_fault(v, V_UD, 0);
	return v->cpl ? vcpu_fault(v, V_GP, 0) : MON_OK;
}

static enum mon fetch_global(struct vcpu *v, u16 sel, struct desc *d)
{
	if (sel_is_local(sel))
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	return desc_fetch(v, sel, V_GP, 0, d);
}

enum mon arch_lldt(struct vcpu *v, u16 sel)
{
	struct desc d;
	enum mon m = check_system(v);

	if (m)
		return m;
	if (sel_is_null(sel)) {
		v->ldtr = (struct seg){.sel = sel};
		return MON_OK;
	}
	m = fetch_global(v, sel, &d);
	if (m)
		return m;
	if (!desc_is_system(&d) || desc_type(&d) != SYS_LDT)
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_present(&d))
		return vcpu_fault(v, V_NP, sel_error(sel, 0));
	desc_to_seg(&d, sel, &v->ldtr);
	return MON_OK;
}

enum mon arch_ltr(struct vcpu *v, u16 sel)
{
	struct desc d;
	u8 access;
	enum mon m = check_system(v);

	if (m)
		return m;
	if (sel_is_null(sel))
		return vcpu_fault(v, V_GP, 0);
	m = fetch_global(v, sel, &d);
	if (m)
		return m;
	if (!desc_is_system(&d) || (desc_type(&d) != SYS_TSS16 && desc_type(&d) != SYS_TSS32))
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_present(&d))
		return vcpu_fault(v, V_NP, sel_error(sel, 0));
	d.hi |= SYS_BUSY_BIT << 8;
	access = (u8)(d.hi >> 8);
	m = lin_write(v, d.lin + 5, &access, 1, ACC_WRITE | ACC_SYSTEM);
	if (m)
		return m;
	desc_to_seg(&d, sel, &v->tr);
	return MON_OK;
}

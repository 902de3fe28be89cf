/* SPDX-License-Identifier: MIT
 * Asking about a selector without loading it: LAR, LSL, VERR, VERW (SDM vol. 2A
 * and 2B under these names, vol. 3A section 5.10).  #UD outside protected mode.
 */
#include "refvmm/descriptor.h"

static u32 type_set(u32 a, u32 b, u32 c, u32 d, u32 e)
{
	return 1u << a | 1u << b | 1u << c | 1u << d | 1u << e;
}

/* Read the descriptor when the selector is visible at CPL and RPL and, for a
 * system descriptor, of one of `system_types` (bit = type). */
static enum mon look_up(struct vcpu *v, u16 sel, u32 system_types, struct desc *d, bool *visible)
{
	enum mon m;

	*visible = false;
	if (!vcpu_protected(v))
		return vcpu_fault(v, V_UD, 0);
	if (sel_is_null(sel) || !desc_locate(v, sel, &d->lin))
		return MON_OK;
	m = desc_fetch(v, sel, V_GP, 0, d);
	if (m)
		return m;
	if (desc_is_system(d) && !(system_types >> desc_type(d) & 1))
		return MON_OK;
	*visible = desc_is_conforming(d) || (desc_dpl(d) >= v->cpl && desc_dpl(d) >= sel_rpl(sel));
	return MON_OK;
}

/* The SDM leaves bits 16-19 of the result undefined; like Bochs we return the
 * limit bits that stand there. */
enum mon arch_lar(struct vcpu *v, u16 sel, u32 *out, bool *zf)
{
	struct desc d;
	u32 types = type_set(SYS_TSS16, SYS_LDT, SYS_TSS16_BUSY, SYS_TSS32, SYS_TSS32_BUSY) |
		    1u << SYS_CALL16 | 1u << SYS_TASK_GATE | 1u << SYS_CALL32;
	enum mon m = look_up(v, sel, types, &d, zf);

	if (m == MON_OK && *zf)
		*out = d.hi & 0x00ffff00;
	return m;
}

enum mon arch_lsl(struct vcpu *v, u16 sel, u32 *out, bool *zf)
{
	struct desc d;
	u32 types = type_set(SYS_TSS16, SYS_LDT, SYS_TSS16_BUSY, SYS_TSS32, SYS_TSS32_BUSY);
	enum mon m = look_up(v, sel, types, &d, zf);

	if (m == MON_OK && *zf)
		*out = desc_limit(&d);
	return m;
}

enum mon arch_verify(struct vcpu *v, u16 sel, bool write, bool *zf)
{
	struct desc d;
	enum mon m = look_up(v, sel, 0, &d, zf);

	if (m || !*zf)
		return m;
	if (write)
		*zf = desc_is_writable(&d);
	else
		*zf = !desc_is_code(&d) || (d.hi & D_READABLE);
	return MON_OK;
}

/* SPDX-License-Identifier: MIT
 * See descriptor.h.
 */
#include "refvmm/descriptor.h"

bool desc_locate(const struct vcpu *v, u16 sel, u32 *lin)
{
	u32 offset = sel & 0xfff8u;

	if (sel_is_local(sel)) {
		if (!(v->ldtr.attr & D_P) || offset + 7 > v->ldtr.limit)
			return false;
		*lin = v->ldtr.base + offset;
		return true;
	}
	if (offset + 7 > v->gdtr.limit)
		return false;
	*lin = v->gdtr.base + offset;
	return true;
}

enum mon desc_fetch(struct vcpu *v, u16 sel, u8 vector, u32 ext, struct desc *d)
{
	u32 raw[2];
	enum mon m;

	if (!desc_locate(v, sel, &d->lin))
		return vcpu_fault(v, vector, sel_error(sel, ext));
	m = lin_read(v, d->lin, raw, sizeof(raw), ACC_READ | ACC_SYSTEM);
	d->lo = raw[0];
	d->hi = raw[1];
	return m;
}

enum mon desc_touch(struct vcpu *v, struct desc *d)
{
	u8 access;

	/* Tables in read-only pages work as long as the bit is set already. */
	if (d->hi & D_ACCESSED)
		return MON_OK;
	d->hi |= D_ACCESSED;
	access = (u8)(d->hi >> 8);
	return lin_write(v, d->lin + 5, &access, 1, ACC_WRITE | ACC_SYSTEM);
}

void desc_to_seg(const struct desc *d, u16 sel, struct seg *out)
{
	out->base = desc_base(d);
	out->limit = desc_limit(d);
	out->attr = d->hi & D_ALL;
	out->sel = sel;
	out->pad = 0;
}

enum mon desc_check_code(struct vcpu *v, const struct desc *d, u16 sel, unsigned rpl, unsigned cpl)
{
	bool ok;

	if (!desc_is_code(d))
		ok = false;
	else if (desc_is_conforming(d))
		ok = desc_dpl(d) <= cpl;
	else
		ok = rpl <= cpl && desc_dpl(d) == cpl;
	if (!ok)
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_present(d))
		return vcpu_fault(v, V_NP, sel_error(sel, 0));
	return MON_OK;
}

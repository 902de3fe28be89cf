/* SPDX-License-Identifier: MIT
 * Loading segment registers: MOV/POP/Lxx (SDM vol. 2B MOV, vol. 3A sections
 * 5.4-5.7) and the last step of far transfers.
 */
#include "refvmm/segment.h"

#include "refvmm/descriptor.h"

void seg_install(struct vcpu *v, enum sreg s, const struct seg *seg)
{
	v->seg[s] = *seg;
	v->gsel[s] = seg->sel;
	vcpu_seg_changed(v, s);
}

void seg_install_null(struct vcpu *v, enum sreg s, u16 sel)
{
	const struct seg null = {.sel = sel};

	seg_install(v, s, &null);
}

/* Limit and access rights stay what they were ("unreal" mode depends on it, and
 * so does CS.D).  A register nulled in protected mode becomes present again
 * with the limit 0 that the null selector left, as in Bochs; the SDM is silent. */
void seg_install_real(struct vcpu *v, enum sreg s, u16 sel)
{
	struct seg seg = v->seg[s];

	if (v->vflags & FL_VM) {
		seg_install_v86(v, s, sel);
		return;
	}
	seg.sel = sel;
	seg.base = (u32)sel << 4;
	seg.attr |= D_P | D_S;
	seg_install(v, s, &seg);
}

void seg_install_v86(struct vcpu *v, enum sreg s, u16 sel)
{
	const struct seg seg = {.base = (u32)sel << 4,
				.limit = 0xffff,
				.attr = D_P | D_S | D_WRITABLE | D_ACCESSED | D_DPL,
				.sel = sel};

	seg_install(v, s, &seg);
}

void seg_transfer(struct vcpu *v, struct seg *cs, u8 cpl, u32 eip, const struct seg *ss)
{
	bool crossed = v->cpl != cpl;

	cs->sel = (u16)((cs->sel & 0xfffc) | cpl);
	v->cpl = cpl;
	v->eip = eip;
	if (ss)
		seg_install(v, S_SS, ss);
	seg_install(v, S_CS, cs);
	if (crossed)
		vcpu_mode_changed(v);
}

void seg_leave_v86(struct vcpu *v)
{
	if (!(v->vflags & FL_VM))
		return;
	v->vflags &= ~(u32)FL_VM;
	vcpu_mode_changed(v);
}

void seg_drop_inner(struct vcpu *v)
{
	static const u8 data[] = {S_ES, S_DS, S_FS, S_GS};

	for (u32 i = 0; i < sizeof(data); i++) {
		struct seg *seg = &v->seg[data[i]];
		bool conforming = (seg->attr & (D_S | D_CODE | D_CONFORMING)) ==
				  (D_S | D_CODE | D_CONFORMING);

		/* A null register counts as data of DPL 0, so that selectors
		 * 1-3 become 0 here. */
		if (d_dpl(seg->attr) >= v->cpl || conforming || (!seg->attr && !seg->sel))
			continue;
		seg_install_null(v, data[i], 0);
	}
}

static enum mon load_stack_segment(struct vcpu *v, u16 sel)
{
	struct desc d;
	struct seg seg;
	enum mon m;

	if (sel_is_null(sel))
		return vcpu_fault(v, V_GP, 0);
	m = desc_fetch(v, sel, V_GP, 0, &d);
	if (m)
		return m;
	if (sel_rpl(sel) != v->cpl || !desc_is_writable(&d) || desc_dpl(&d) != v->cpl)
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_present(&d))
		return vcpu_fault(v, V_SS, sel_error(sel, 0));
	m = desc_touch(v, &d);
	if (m)
		return m;
	desc_to_seg(&d, sel, &seg);
	seg_install(v, S_SS, &seg);
	return MON_OK;
}

static enum mon load_data_segment(struct vcpu *v, enum sreg s, u16 sel)
{
	struct desc d;
	struct seg seg;
	enum mon m;

	if (sel_is_null(sel)) {
		seg_install_null(v, s, sel);
		return MON_OK;
	}
	m = desc_fetch(v, sel, V_GP, 0, &d);
	if (m)
		return m;
	if (desc_is_system(&d) || (desc_is_code(&d) && !(d.hi & D_READABLE)))
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_is_conforming(&d) && (sel_rpl(sel) > desc_dpl(&d) || v->cpl > desc_dpl(&d)))
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_present(&d))
		return vcpu_fault(v, V_NP, sel_error(sel, 0));
	m = desc_touch(v, &d);
	if (m)
		return m;
	desc_to_seg(&d, sel, &seg);
	seg_install(v, s, &seg);
	return MON_OK;
}

enum mon arch_load_seg(struct vcpu *v, enum sreg s, u16 sel)
{
	if (!vcpu_protected(v)) {
		seg_install_real(v, s, sel);
		return MON_OK;
	}
	return s == S_SS ? load_stack_segment(v, sel) : load_data_segment(v, s, sel);
}

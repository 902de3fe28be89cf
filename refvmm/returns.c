/* SPDX-License-Identifier: MIT
 * See returns.h.
 */
#include "refvmm/returns.h"

#include "refvmm/segment.h"
#include "refvmm/stack.h"

enum mon return_check_cs(struct vcpu *v, u16 cs, u32 eip, struct return_to *to)
{
	enum mon m;

	to->cs = cs;
	to->eip = eip;
	to->outer = sel_rpl(cs) > v->cpl;
	if (sel_is_null(cs))
		return vcpu_fault(v, V_GP, 0);
	m = desc_fetch(v, cs, V_GP, 0, &to->cs_desc);
	if (m)
		return m;
	if (sel_rpl(cs) < v->cpl)
		return vcpu_fault(v, V_GP, sel_error(cs, 0));
	return desc_check_code(v, &to->cs_desc, cs, 0, sel_rpl(cs));
}

enum mon return_check_ss(struct vcpu *v, u32 at, unsigned opsize, struct return_to *to)
{
	u32 ss;
	unsigned rpl = sel_rpl(to->cs);
	enum mon m = stack_peek(v, at + opsize, 2, &ss);

	if (m == MON_OK)
		m = stack_peek(v, at, opsize, &to->esp);
	if (m)
		return m;
	to->ss = (u16)ss;
	if (sel_is_null(to->ss))
		return vcpu_fault(v, V_GP, 0);
	m = desc_fetch(v, to->ss, V_GP, 0, &to->ss_desc);
	if (m)
		return m;
	if (sel_rpl(to->ss) != rpl || !desc_is_writable(&to->ss_desc) ||
	    desc_dpl(&to->ss_desc) != rpl)
		return vcpu_fault(v, V_GP, sel_error(to->ss, 0));
	if (!desc_present(&to->ss_desc))
		return vcpu_fault(v, V_SS, sel_error(to->ss, 0));
	return MON_OK;
}

enum mon return_check_eip(struct vcpu *v, struct return_to *to)
{
	enum mon m;

	if (to->eip > desc_limit(&to->cs_desc))
		return vcpu_fault(v, V_GP, 0);
	m = desc_touch(v, &to->cs_desc);
	if (m == MON_OK && to->outer)
		m = desc_touch(v, &to->ss_desc);
	return m;
}

void return_commit(struct vcpu *v, struct return_to *to)
{
	struct seg cs, ss;

	desc_to_seg(&to->cs_desc, to->cs, &cs);
	if (!to->outer) {
		stack_set_sp(v, &v->seg[S_SS], to->esp);
		seg_transfer(v, &cs, v->cpl, to->eip, NULL);
		return;
	}
	desc_to_seg(&to->ss_desc, to->ss, &ss);
	stack_set_sp(v, &ss, to->esp);
	seg_transfer(v, &cs, (u8)sel_rpl(to->cs), to->eip, &ss);
	seg_drop_inner(v);
}

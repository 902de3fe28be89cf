/* SPDX-License-Identifier: MIT
 * See callgate.h.  SDM vol. 2A JMP "CALL-GATE" and CALL "CALL-GATE",
 * vol. 3A sections 5.8.3 to 5.8.5.
 */
#include "refvmm/callgate.h"

#include "refvmm/segment.h"
#include "refvmm/stack.h"
#include "refvmm/tss.h"

static enum mon fetch_target(struct vcpu *v, u16 gate_sel, const struct desc *gate, struct desc *cs)
{
	if (!desc_present(gate))
		return vcpu_fault(v, V_NP, sel_error(gate_sel, 0));
	if (sel_is_null(gate_selector(gate)))
		return vcpu_fault(v, V_GP, 0);
	return desc_fetch(v, gate_selector(gate), V_GP, 0, cs);
}

enum mon callgate_jmp(struct vcpu *v, u16 gate_sel, const struct desc *gate)
{
	u16 sel = gate_selector(gate);
	struct desc cs;
	struct seg seg;
	enum mon m = fetch_target(v, gate_sel, gate, &cs);

	if (m)
		return m;
	/* The RPL of a selector in a gate does not matter. */
	m = desc_check_code(v, &cs, sel, 0, v->cpl);
	if (m)
		return m;
	if (gate_offset(gate) > desc_limit(&cs))
		return vcpu_fault(v, V_GP, 0);
	m = desc_touch(v, &cs);
	if (m)
		return m;
	desc_to_seg(&cs, sel, &seg);
	seg_transfer(v, &seg, v->cpl, gate_offset(gate), NULL);
	return MON_OK;
}

/* Old SS:ESP and `count` parameters of the gate's size. */
static enum mon push_caller(struct vcpu *v, struct frame *f, u32 count)
{
	u32 param[31];

	for (u32 i = 0; i < count; i++) {
		enum mon m = stack_peek(v, i * f->size, f->size, &param[i]);

		if (m)
			return m;
	}
	frame_push(f, v->seg[S_SS].sel);
	/* A 16-bit caller's stack pointer is SP: Bochs, the SDM leaves open
	 * what becomes of ESP[31:16]. */
	frame_push(f, stack_sp(v));
	while (count)
		frame_push(f, param[--count]);
	return MON_OK;
}

enum mon callgate_call(struct vcpu *v, u16 gate_sel, const struct desc *gate, u32 next_eip)
{
	u16 sel = gate_selector(gate);
	struct desc cs;
	struct seg seg;
	struct inner_stack inner;
	struct frame f;
	bool deeper;
	enum mon m = fetch_target(v, gate_sel, gate, &cs);

	if (m)
		return m;
	if (!desc_is_code(&cs) || desc_dpl(&cs) > v->cpl)
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	if (!desc_present(&cs))
		return vcpu_fault(v, V_NP, sel_error(sel, 0));

	deeper = !desc_is_conforming(&cs) && desc_dpl(&cs) < v->cpl;
	if (deeper) {
		m = tss_inner_stack(v, desc_dpl(&cs), 0, &inner);
		if (m)
			return m;
		frame_inner(&f, &inner.seg, inner.esp, gate_size(gate),
			    sel_error(inner.seg.sel, 0));
		m = push_caller(v, &f, gate->hi & 31);
		if (m)
			return m;
	} else {
		frame_here(v, &f, gate_size(gate));
	}
	frame_push(&f, v->seg[S_CS].sel);
	frame_push(&f, next_eip);
	m = frame_room(v, &f);
	if (m)
		return m;
	if (gate_offset(gate) > desc_limit(&cs))
		return vcpu_fault(v, V_GP, 0);

	m = desc_touch(v, &cs);
	if (m == MON_OK && deeper)
		m = desc_touch(v, &inner.desc);
	if (m == MON_OK)
		m = frame_write(v, &f);
	if (m)
		return m;
	stack_set_sp(v, f.ss, f.sp);
	desc_to_seg(&cs, sel, &seg);
	seg_transfer(v, &seg, deeper ? desc_dpl(&cs) : v->cpl, gate_offset(gate),
		     deeper ? &inner.seg : NULL);
	return MON_OK;
}

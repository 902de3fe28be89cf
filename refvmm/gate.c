/* SPDX-License-Identifier: MIT
 * Interrupt and exception delivery through the IVT (real mode) and through
 * interrupt and trap gates of the IDT (SDM vol. 2A INT n, vol. 3A section 6.12;
 * error codes: section 6.13).
 */
#include "refvmm/segment.h"
#include "refvmm/stack.h"
#include "refvmm/tss.h"

/* Real mode (SDM vol. 3B section 20.1.4).  As on the chip the frame is written
 * before the vector is read, so that a stack over the table works the same;
 * the check of the new IP against the CS limit comes last, as in Bochs. */
static enum mon deliver_ivt(struct vcpu *v, u8 vector)
{
	struct frame f;
	u16 entry[2];
	enum mon m;

	if (vector * 4u + 3 > v->idtr.limit)
		return vcpu_fault(v, V_GP, 0);
	frame_here(v, &f, 2);
	frame_push(&f, vcpu_eflags(v));
	frame_push(&f, v->seg[S_CS].sel);
	frame_push(&f, v->eip);
	m = frame_room(v, &f);
	if (m == MON_OK)
		m = frame_write(v, &f);
	if (m == MON_OK)
		m = lin_read(v, v->idtr.base + vector * 4u, entry, 4, ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	if (entry[0] > v->seg[S_CS].limit)
		return vcpu_fault(v, V_GP, 0);
	stack_set_sp(v, f.ss, f.sp);
	seg_install_real(v, S_CS, entry[1]);
	v->eip = entry[0];
	v->vflags &= ~(u32)(FL_IF | FL_TF | FL_AC | FL_RF);
	return MON_OK;
}

/* The gate itself: IDT limit, type, DPL, present. */
static enum mon fetch_gate(struct vcpu *v, u8 vector, enum int_kind kind, u32 ext,
			   struct desc *gate)
{
	const u32 types = 1u << SYS_TASK_GATE | 1u << SYS_INT16 | 1u << SYS_TRAP16 |
			  1u << SYS_INT32 | 1u << SYS_TRAP32;
	u32 error = vector * 8u + 2 + ext;
	u32 raw[2];
	enum mon m;

	if (vector * 8u + 7 > v->idtr.limit)
		return vcpu_fault(v, V_GP, error);
	gate->lin = v->idtr.base + vector * 8u;
	m = lin_read(v, gate->lin, raw, sizeof(raw), ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	gate->lo = raw[0];
	gate->hi = raw[1];
	if (!desc_is_system(gate) || !(types >> desc_type(gate) & 1))
		return vcpu_fault(v, V_GP, error);
	if (kind == INT_SOFT && desc_dpl(gate) < v->cpl)
		return vcpu_fault(v, V_GP, error);
	if (!desc_present(gate))
		return vcpu_fault(v, V_NP, error);
	return MON_OK;
}

/* The code segment the gate names; unlike a call, the handler may be
 * conforming or more privileged. */
static enum mon fetch_handler(struct vcpu *v, u16 sel, u32 ext, struct desc *cs)
{
	enum mon m;

	if (sel_is_null(sel))
		return vcpu_fault(v, V_GP, ext);
	m = desc_fetch(v, sel, V_GP, ext, cs);
	if (m)
		return m;
	if (!desc_is_code(cs) || desc_dpl(cs) > v->cpl)
		return vcpu_fault(v, V_GP, sel_error(sel, ext));
	if (!desc_present(cs))
		return vcpu_fault(v, V_NP, sel_error(sel, ext));
	return MON_OK;
}

/* What an interrupt out of virtual-8086 mode pushes before SS:ESP, and nulls. */
static const u8 v86_order[] = {S_GS, S_FS, S_DS, S_ES};

enum mon arch_interrupt(struct vcpu *v, u8 vector, enum int_kind kind, bool has_error, u32 error)
{
	u32 ext = kind != INT_SOFT;
	struct desc gate, cs;
	struct inner_stack inner;
	struct frame f;
	struct seg seg;
	bool deeper, v86 = v->vflags & FL_VM;
	enum mon m;

	if (!(v->cr0 & CR0_PE))
		return deliver_ivt(v, vector);

	m = fetch_gate(v, vector, kind, ext, &gate);
	if (m)
		return m;
	if (desc_type(&gate) == SYS_TASK_GATE)
		return tss_switch_gate(v, &gate,
				       &(struct task_request){.source = TASK_INT,
							      .eip = v->eip,
							      .ext = ext,
							      .has_error = has_error,
							      .error = error});
	m = fetch_handler(v, gate_selector(&gate), ext, &cs);
	if (m)
		return m;

	/* Out of virtual-8086 mode only to ring 0 (SDM vol. 2A INT n). */
	if (v86 && (desc_is_conforming(&cs) || desc_dpl(&cs)))
		return vcpu_fault(v, V_GP, sel_error(gate_selector(&gate), ext));
	deeper = !desc_is_conforming(&cs) && desc_dpl(&cs) < v->cpl;
	if (deeper) {
		m = tss_inner_stack(v, desc_dpl(&cs), ext, &inner);
		if (m)
			return m;
		frame_inner(&f, &inner.seg, inner.esp, gate_size(&gate),
			    sel_error(inner.seg.sel, ext));
		for (u32 k = 0; v86 && k < sizeof(v86_order); k++)
			frame_push(&f, v->seg[v86_order[k]].sel);
		frame_push(&f, v->seg[S_SS].sel);
		/* All of ESP, even when the old stack was a 16-bit one (Bochs;
		 * the SDM does not say). */
		frame_push(&f, v->gpr[R_ESP]);
	} else {
		frame_here(v, &f, gate_size(&gate));
		f.error = ext;
	}
	frame_push(&f, vcpu_eflags(v));
	frame_push(&f, v->seg[S_CS].sel);
	frame_push(&f, v->eip);
	if (has_error)
		frame_push(&f, error);
	/* Stack first, then EIP: the SDM's order.  Bochs has it reversed. */
	m = frame_room(v, &f);
	if (m)
		return m;
	if (gate_offset(&gate) > desc_limit(&cs))
		return vcpu_fault(v, V_GP, ext);

	m = desc_touch(v, &cs);
	if (m == MON_OK && deeper)
		m = desc_touch(v, &inner.desc);
	if (m == MON_OK)
		m = frame_write(v, &f);
	if (m)
		return m;
	seg_leave_v86(v);
	stack_set_sp(v, f.ss, f.sp);
	desc_to_seg(&cs, gate_selector(&gate), &seg);
	seg_transfer(v, &seg, deeper ? (u8)desc_dpl(&cs) : v->cpl, gate_offset(&gate),
		     deeper ? &inner.seg : NULL);
	for (u32 k = 0; v86 && k < sizeof(v86_order); k++)
		seg_install_null(v, v86_order[k], 0);
	v->vflags &= ~(u32)(FL_TF | FL_NT | FL_RF);
	if (!(desc_type(&gate) & SYS_TRAP_BIT))
		v->vflags &= ~(u32)FL_IF;
	return MON_OK;
}

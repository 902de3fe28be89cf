/* SPDX-License-Identifier: MIT
 * Far JMP, CALL and RET (SDM vol. 2A JMP and CALL, vol. 2B RET; privilege
 * rules vol. 3A section 5.8).  Call gates are in callgate.c, tasks in tss.c.
 */
#include "refvmm/callgate.h"
#include "refvmm/returns.h"
#include "refvmm/segment.h"
#include "refvmm/stack.h"
#include "refvmm/tss.h"

static u32 mask_offset(u32 off, unsigned opsize)
{
	return opsize == 2 ? off & 0xffff : off;
}

/* Is the new CS:EIP within the limit that CS keeps in real and virtual-8086 mode? */
static enum mon check_real_eip(struct vcpu *v, u32 eip)
{
	return eip > v->seg[S_CS].limit ? vcpu_fault(v, V_GP, 0) : MON_OK;
}

/* The part that JMP and CALL share: null selector, table limit, and for system
 * descriptors the DPL. */
static enum mon fetch_target(struct vcpu *v, u16 sel, struct desc *d)
{
	enum mon m;

	if (sel_is_null(sel))
		return vcpu_fault(v, V_GP, 0);
	m = desc_fetch(v, sel, V_GP, 0, d);
	if (m)
		return m;
	if (desc_is_system(d) && (desc_dpl(d) < v->cpl || desc_dpl(d) < sel_rpl(sel)))
		return vcpu_fault(v, V_GP, sel_error(sel, 0));
	return MON_OK;
}

/* System descriptors that are no call gate. */
static enum mon go_to_task(struct vcpu *v, u16 sel, const struct desc *d, enum task_source source)
{
	const struct task_request req = {.source = source, .eip = v->next_eip};

	if (desc_type(d) != SYS_TASK_GATE)
		return tss_switch_to(v, sel, d, &req);
	if (!desc_present(d))
		return vcpu_fault(v, V_NP, sel_error(sel, 0));
	return tss_switch_gate(v, d, &req);
}

static bool is_call_gate(const struct desc *d)
{
	return desc_type(d) == SYS_CALL16 || desc_type(d) == SYS_CALL32;
}

enum mon arch_jmp_far(struct vcpu *v, u16 sel, u32 off, unsigned opsize)
{
	struct desc d;
	struct seg cs;
	enum mon m;

	off = mask_offset(off, opsize);
	if (!vcpu_protected(v)) {
		m = check_real_eip(v, off);
		if (m)
			return m;
		seg_install_real(v, S_CS, sel);
		v->eip = off;
		return MON_OK;
	}

	m = fetch_target(v, sel, &d);
	if (m)
		return m;
	if (desc_is_system(&d))
		return is_call_gate(&d) ? callgate_jmp(v, sel, &d)
					: go_to_task(v, sel, &d, TASK_JMP);
	m = desc_check_code(v, &d, sel, sel_rpl(sel), v->cpl);
	if (m)
		return m;
	if (off > desc_limit(&d))
		return vcpu_fault(v, V_GP, 0);
	m = desc_touch(v, &d);
	if (m)
		return m;
	desc_to_seg(&d, sel, &cs);
	seg_transfer(v, &cs, v->cpl, off, NULL);
	return MON_OK;
}

enum mon arch_call_far(struct vcpu *v, u16 sel, u32 off, unsigned opsize, u32 next_eip)
{
	struct desc d;
	struct seg cs;
	struct frame f;
	bool real = !vcpu_protected(v);
	enum mon m;

	off = mask_offset(off, opsize);
	if (!real) {
		m = fetch_target(v, sel, &d);
		if (m)
			return m;
		if (desc_is_system(&d))
			return is_call_gate(&d) ? callgate_call(v, sel, &d, next_eip)
						: go_to_task(v, sel, &d, TASK_CALL);
		m = desc_check_code(v, &d, sel, sel_rpl(sel), v->cpl);
		if (m)
			return m;
	}

	frame_here(v, &f, opsize);
	frame_push(&f, v->seg[S_CS].sel);
	frame_push(&f, next_eip);
	m = frame_room(v, &f);
	if (m)
		return m;
	if (off > (real ? v->seg[S_CS].limit : desc_limit(&d)))
		return vcpu_fault(v, V_GP, 0);
	if (!real)
		m = desc_touch(v, &d);
	if (m == MON_OK)
		m = frame_write(v, &f);
	if (m)
		return m;

	stack_set_sp(v, f.ss, f.sp);
	if (real) {
		seg_install_real(v, S_CS, sel);
		v->eip = off;
	} else {
		desc_to_seg(&d, sel, &cs);
		seg_transfer(v, &cs, v->cpl, off, NULL);
	}
	return MON_OK;
}

static enum mon ret_far_real(struct vcpu *v, unsigned opsize, u16 pop_bytes)
{
	u32 eip, cs;
	enum mon m = stack_peek_wrapped(v, 0, opsize, &eip);

	if (m == MON_OK)
		m = stack_peek_wrapped(v, opsize, opsize, &cs);
	if (m == MON_OK)
		m = check_real_eip(v, eip);
	if (m)
		return m;
	stack_set_sp(v, &v->seg[S_SS], v->gpr[R_ESP] + 2 * opsize + pop_bytes);
	seg_install_real(v, S_CS, (u16)cs);
	v->eip = eip;
	return MON_OK;
}

enum mon arch_ret_far(struct vcpu *v, unsigned opsize, u16 pop_bytes)
{
	struct return_to to;
	u32 eip, cs;
	enum mon m;

	if (!vcpu_protected(v))
		return ret_far_real(v, opsize, pop_bytes);

	m = stack_peek(v, opsize, opsize, &cs);
	if (m == MON_OK)
		m = stack_peek(v, 0, opsize, &eip);
	if (m == MON_OK)
		m = return_check_cs(v, (u16)cs, eip, &to);
	if (m)
		return m;
	if (to.outer) {
		m = return_check_ss(v, 2 * opsize + pop_bytes, opsize, &to);
		to.esp += pop_bytes;
	} else {
		to.esp = v->gpr[R_ESP] + 2 * opsize + pop_bytes;
	}
	if (m == MON_OK)
		m = return_check_eip(v, &to);
	if (m == MON_OK)
		return_commit(v, &to);
	return m;
}

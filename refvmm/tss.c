/* SPDX-License-Identifier: MIT
 * See tss.h.  Layout: SDM vol. 3A figures 7-2 and 7-10.
 */
#include "refvmm/tss.h"

/* Smallest limits of a TSS that can be switched to (SDM vol. 3A section 7.2.2). */
#define TSS16_LIMIT 0x2b
#define TSS32_LIMIT 0x67

/* The SDM's limit check covers the bytes that are read; Bochs asks for two more
 * in a 32-bit TSS. */
static enum mon read_pointer(struct vcpu *v, unsigned dpl, u32 ext, u16 *ss, u32 *esp)
{
	bool wide = (v->tr.attr >> 8) & SYS_32_BIT;
	u32 at = wide ? 8 * dpl + 4 : 4 * dpl + 2;
	u32 size = wide ? 4 : 2;
	enum mon m;

	if (!(v->tr.attr & D_P) || at + size + 1 > v->tr.limit)
		return vcpu_fault(v, V_TS, sel_error(v->tr.sel, ext));
	*esp = 0;
	m = lin_read(v, v->tr.base + at, esp, size, ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	return lin_read(v, v->tr.base + at + size, ss, 2, ACC_READ | ACC_SYSTEM);
}

/* SDM vol. 2A CALL, "MORE-PRIVILEGE", and INT n, "INTER-PRIVILEGE-LEVEL". */
enum mon tss_inner_stack(struct vcpu *v, unsigned dpl, u32 ext, struct inner_stack *out)
{
	u16 ss;
	enum mon m = read_pointer(v, dpl, ext, &ss, &out->esp);

	if (m)
		return m;
	if (sel_is_null(ss))
		return vcpu_fault(v, V_TS, ext);
	m = desc_fetch(v, ss, V_TS, ext, &out->desc);
	if (m)
		return m;
	if (sel_rpl(ss) != dpl || desc_dpl(&out->desc) != dpl || !desc_is_writable(&out->desc))
		return vcpu_fault(v, V_TS, sel_error(ss, ext));
	if (!desc_present(&out->desc))
		return vcpu_fault(v, V_SS, sel_error(ss, ext));
	desc_to_seg(&out->desc, ss, &out->seg);
	out->seg.attr |= D_ACCESSED;
	return MON_OK;
}

static bool type_is_tss(u32 type)
{
	return (type & ~(u32)SYS_BUSY_BIT) == SYS_TSS16 || (type & ~(u32)SYS_BUSY_BIT) == SYS_TSS32;
}

/* What all three ways share once the descriptor has the right type. */
static enum mon check_and_switch(struct vcpu *v, u16 sel, const struct desc *tss,
				 const struct task_request *req)
{
	u32 least = desc_type(tss) & SYS_32_BIT ? TSS32_LIMIT : TSS16_LIMIT;

	if (!desc_present(tss))
		return vcpu_fault(v, V_NP, sel_error(sel, req->ext));
	if (desc_limit(tss) < least)
		return vcpu_fault(v, V_TS, sel_error(sel, req->ext));
	return task_switch(v, sel, tss, req);
}

enum mon tss_switch_to(struct vcpu *v, u16 sel, const struct desc *tss,
		       const struct task_request *req)
{
	if (sel_is_local(sel) || !desc_is_system(tss) || !type_is_tss(desc_type(tss)) ||
	    desc_type(tss) & SYS_BUSY_BIT)
		return vcpu_fault(v, V_GP, sel_error(sel, req->ext));
	return check_and_switch(v, sel, tss, req);
}

enum mon tss_switch_gate(struct vcpu *v, const struct desc *gate, const struct task_request *req)
{
	u16 sel = gate_selector(gate);
	struct desc tss;
	enum mon m;

	if (sel_is_local(sel))
		return vcpu_fault(v, V_GP, sel_error(sel, req->ext));
	m = desc_fetch(v, sel, V_GP, req->ext, &tss);
	if (m)
		return m;
	return tss_switch_to(v, sel, &tss, req);
}

/* SDM vol. 2A IRET, "TASK-RETURN": the back link is in the current TSS. */
enum mon tss_switch_back(struct vcpu *v)
{
	const struct task_request req = {.source = TASK_IRET, .eip = v->next_eip};
	u16 sel;
	struct desc tss;
	enum mon m = lin_read(v, v->tr.base, &sel, 2, ACC_READ | ACC_SYSTEM);

	if (m)
		return m;
	if (sel_is_local(sel))
		return vcpu_fault(v, V_TS, sel_error(sel, 0));
	m = desc_fetch(v, sel, V_TS, 0, &tss);
	if (m)
		return m;
	if (!desc_is_system(&tss) || !type_is_tss(desc_type(&tss)) ||
	    !(desc_type(&tss) & SYS_BUSY_BIT))
		return vcpu_fault(v, V_TS, sel_error(sel, 0));
	return check_and_switch(v, sel, &tss, &req);
}

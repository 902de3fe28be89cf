/* SPDX-License-Identifier: MIT
 * The hardware task switch (SDM vol. 3A section 7.3, figures 7-2 and 7-10, table
 * 7-1).  Where the manual leaves an order open it is that of Bochs.
 *
 * Up to the commit point nothing visible has happened but the descriptors'
 * busy bits and the old task's TSS; everything those writes touch is probed
 * first.  From there on the new task runs: a fault belongs to it.
 */
#include "refvmm/debug.h"
#include "refvmm/mmu.h"
#include "refvmm/segment.h"
#include "refvmm/tss.h"

#define DR7_LOCAL 0x155u /* L0-L3, LE */

/* ORDER sreg is ES CS SS DS FS GS, also in both kinds of TSS. */
#define SYS (ACC_WRITE | ACC_SYSTEM)

/* What is written when the task is left: from EIP up to the LDT's selector. */
struct layout {
	u32 eip, flags, gpr, seg, ldt, end; /* offsets */
	u32 size;                           /* bytes of a register, step of selectors */
	u32 n_segs;
};

static const struct layout layouts[2] = {
	{0x0e, 0x10, 0x12, 0x22, 0x2a, 0x2c, 2, 4},
	{0x20, 0x24, 0x28, 0x48, 0x60, 0x68, 4, 6},
};

#define TSS32_CR3  0x1c
#define TSS32_TRAP 0x64

/* A task as its TSS holds it. */
struct task {
	u32 eip, flags, gpr[8], cr3;
	u16 seg[S_COUNT], ldt;
	bool trap;
};

static const struct layout *layout_of(u32 type)
{
	return &layouts[!!(type & SYS_32_BIT)];
}

static u32 get(const u8 *image, u32 at, u32 size)
{
	u32 value = 0;

	for (u32 k = 0; k < size; k++)
		value |= (u32)image[at + k] << 8 * k;
	return value;
}

static void put(u8 *image, u32 at, u32 size, u32 value)
{
	for (u32 k = 0; k < size; k++)
		image[at + k] = (u8)(value >> 8 * k);
}

static enum mon probe(struct vcpu *v, u32 tss_lin, const struct layout *old,
		      const struct layout *new, const struct desc *tss, enum task_source source)
{
	bool nests = source == TASK_CALL || source == TASK_INT;
	enum mon m = lin_probe(v, v->tr.base + old->eip, old->ldt - old->eip, SYS);

	if (m == MON_OK)
		m = lin_probe(v, tss_lin, new->end, ACC_READ | ACC_SYSTEM);
	if (m == MON_OK && nests)
		m = lin_probe(v, tss_lin, 2, SYS);
	/* The busy bits; the old descriptor may lie outside the table by now. */
	if (m == MON_OK && !nests)
		m = lin_probe(v, v->gdtr.base + (v->tr.sel & 0xfff8u) + 5, 1, SYS);
	if (m == MON_OK && source != TASK_IRET)
		m = lin_probe(v, tss->lin + 5, 1, SYS);
	return m;
}

static enum mon save_old(struct vcpu *v, const struct layout *l, const struct task_request *req)
{
	u8 image[0x60];
	u32 flags = vcpu_eflags(v);

	if (req->source == TASK_IRET)
		flags &= ~(u32)FL_NT;
	for (u32 k = 0; k < sizeof(image); k++)
		image[k] = 0;
	put(image, l->eip, l->size, req->eip);
	put(image, l->flags, l->size, flags);
	for (u32 r = 0; r < 8; r++)
		put(image, l->gpr + r * l->size, l->size, v->gpr[r]);
	for (u32 s = 0; s < l->n_segs; s++)
		put(image, l->seg + s * l->size, 2, v->seg[s].sel);
	if (l->size == 2)
		return lin_write(v, v->tr.base + l->eip, image + l->eip, l->ldt - l->eip, SYS);
	/* The upper halves of the selector fields are not written. */
	for (u32 s = 0; s < l->n_segs; s++) {
		u32 at = l->seg + s * l->size;
		enum mon m = lin_write(v, v->tr.base + at, image + at, 2, SYS);

		if (m)
			return m;
	}
	return lin_write(v, v->tr.base + l->eip, image + l->eip, l->seg - l->eip, SYS);
}

static enum mon read_new(struct vcpu *v, const struct layout *l, u32 tss_lin, struct task *t)
{
	u8 image[0x68];
	enum mon m = lin_read(v, tss_lin, image, l->end, ACC_READ | ACC_SYSTEM);

	if (m)
		return m;
	t->eip = get(image, l->eip, l->size);
	t->flags = get(image, l->flags, l->size);
	for (u32 r = 0; r < 8; r++) {
		t->gpr[r] = get(image, l->gpr + r * l->size, l->size);
		/* Undefined by the manual; ones on Bochs and, it says, on chips. */
		if (l->size == 2)
			t->gpr[r] |= 0xffff0000;
	}
	for (u32 s = 0; s < S_COUNT; s++)
		t->seg[s] = s < l->n_segs ? (u16)get(image, l->seg + s * l->size, 2) : 0;
	t->ldt = (u16)get(image, l->ldt, 2);
	t->cr3 = l->size == 4 ? get(image, TSS32_CR3, 4) : 0;
	t->trap = l->size == 4 && image[TSS32_TRAP] & 1;
	return MON_OK;
}

/* The busy bit of a TSS descriptor in memory. */
static enum mon set_busy(struct vcpu *v, u32 desc_lin, bool busy)
{
	u8 access;
	enum mon m = lin_read(v, desc_lin + 5, &access, 1, ACC_READ | ACC_SYSTEM);

	if (m)
		return m;
	access = busy ? access | SYS_BUSY_BIT : access & (u8)~SYS_BUSY_BIT;
	return lin_write(v, desc_lin + 5, &access, 1, SYS);
}

/* A fault of the new task. */
static enum mon task_fault(struct vcpu *v, u8 vector, u32 error)
{
	vcpu_fault(v, vector, error);
	v->fault.committed = true;
	return MON_FAULT;
}

static enum mon committed(struct vcpu *v, enum mon m)
{
	if (m == MON_FAULT)
		v->fault.committed = true;
	return m;
}

static enum mon load_ldt(struct vcpu *v, u16 sel, u32 ext)
{
	struct desc d;
	enum mon m;

	v->ldtr = (struct seg){.sel = sel};
	if (sel_is_local(sel))
		return task_fault(v, V_TS, sel_error(sel, ext));
	if (sel_is_null(sel))
		return MON_OK;
	m = desc_fetch(v, sel, V_TS, ext, &d);
	if (m)
		return committed(v, m);
	if (!desc_is_system(&d) || desc_type(&d) != SYS_LDT || !desc_present(&d))
		return task_fault(v, V_TS, sel_error(sel, ext));
	desc_to_seg(&d, sel, &v->ldtr);
	return MON_OK;
}

static enum mon install(struct vcpu *v, enum sreg s, u16 sel, struct desc *d)
{
	struct seg seg;
	enum mon m = desc_touch(v, d);

	if (m)
		return committed(v, m);
	desc_to_seg(d, sel, &seg);
	seg_install(v, s, &seg);
	return MON_OK;
}

static enum mon load_ss(struct vcpu *v, u16 sel, unsigned cpl, u32 ext)
{
	struct desc d;
	enum mon m;

	if (sel_is_null(sel))
		return task_fault(v, V_TS, sel_error(sel, ext));
	m = desc_fetch(v, sel, V_TS, ext, &d);
	if (m)
		return committed(v, m);
	if (!desc_is_writable(&d))
		return task_fault(v, V_TS, sel_error(sel, ext));
	if (!desc_present(&d))
		return task_fault(v, V_SS, sel_error(sel, ext));
	if (desc_dpl(&d) != cpl || sel_rpl(sel) != cpl)
		return task_fault(v, V_TS, sel_error(sel, ext));
	return install(v, S_SS, sel, &d);
}

static enum mon load_cs(struct vcpu *v, u16 sel, u32 ext)
{
	unsigned rpl = sel_rpl(sel);
	struct desc d;
	enum mon m;

	if (sel_is_null(sel))
		return task_fault(v, V_TS, sel_error(sel, ext));
	m = desc_fetch(v, sel, V_TS, ext, &d);
	if (m)
		return committed(v, m);
	if (!desc_is_code(&d) ||
	    (desc_is_conforming(&d) ? desc_dpl(&d) > rpl : desc_dpl(&d) != rpl))
		return task_fault(v, V_TS, sel_error(sel, ext));
	if (!desc_present(&d))
		return task_fault(v, V_NP, sel_error(sel, ext));
	return install(v, S_CS, sel, &d);
}

static enum mon load_data(struct vcpu *v, enum sreg s, u16 sel, u32 ext)
{
	struct desc d;
	enum mon m;

	if (sel_is_null(sel))
		return MON_OK;
	m = desc_fetch(v, sel, V_TS, ext, &d);
	if (m)
		return committed(v, m);
	if (desc_is_system(&d) || (desc_is_code(&d) && !(d.hi & D_READABLE)))
		return task_fault(v, V_TS, sel_error(sel, ext));
	if (!desc_is_conforming(&d) && (sel_rpl(sel) > desc_dpl(&d) || v->cpl > desc_dpl(&d)))
		return task_fault(v, V_TS, sel_error(sel, ext));
	if (!desc_present(&d))
		return task_fault(v, V_NP, sel_error(sel, ext));
	return install(v, s, sel, &d);
}

/* Segment registers of the new task.  All of them show their selectors at once;
 * each becomes usable when its descriptor has passed. */
static enum mon load_segments(struct vcpu *v, const struct task *t, u32 ext)
{
	static const u8 data[] = {S_DS, S_ES, S_FS, S_GS};
	unsigned rpl = sel_rpl(t->seg[S_CS]);
	enum mon m;

	if (v->vflags & FL_VM) {
		for (u32 s = 0; s < S_COUNT; s++)
			seg_install_v86(v, s, t->seg[s]);
		return load_ldt(v, t->ldt, ext);
	}
	for (u32 s = 0; s < S_COUNT; s++)
		seg_install_null(v, s, t->seg[s]);
	/* Until there is a stack, a handler has to switch to another one. */
	m = load_ldt(v, t->ldt, ext);
	if (m == MON_OK)
		m = load_ss(v, t->seg[S_SS], rpl, ext);
	if (m == MON_OK)
		m = load_cs(v, t->seg[S_CS], ext);
	if (m)
		return m;
	v->cpl = (u8)rpl;
	for (u32 k = 0; k < sizeof(data) && m == MON_OK; k++)
		m = load_data(v, data[k], t->seg[data[k]], ext);
	return m;
}

/* The new task's general state; no access can fault here. */
static void load_state(struct vcpu *v, u16 sel, const struct desc *tss, const struct task *t,
		       enum task_source source)
{
	desc_to_seg(tss, sel, &v->tr);
	v->tr.attr |= SYS_BUSY_BIT << 8;
	v->cr0 |= CR0_TS;
	v->dr[7] &= ~DR7_LOCAL;
	v->eip = t->eip;
	for (u32 r = 0; r < 8; r++)
		v->gpr[r] = t->gpr[r];
	vcpu_set_eflags(v, t->flags | (source == TASK_CALL || source == TASK_INT ? (u32)FL_NT : 0));
	v->cpl = 3;
	v->shadow = 0;
	v->debug_trap = t->trap ? DR6_BT : 0;
	v->task_switched = true;
	vcpu_mode_changed(v);
}

enum mon task_switch(struct vcpu *v, u16 sel, const struct desc *tss,
		     const struct task_request *req)
{
	const struct layout *old = layout_of(v->tr.attr >> 8), *new = layout_of(desc_type(tss));
	u32 lin = desc_base(tss);
	bool nests = req->source == TASK_CALL || req->source == TASK_INT;
	struct task t;
	enum mon m = probe(v, lin, old, new, tss, req->source);

	if (m == MON_OK && !nests)
		m = set_busy(v, v->gdtr.base + (v->tr.sel & 0xfff8u), false);
	if (m == MON_OK)
		m = save_old(v, old, req);
	if (m == MON_OK && nests)
		m = lin_write(v, lin, &v->tr.sel, 2, SYS);
	if (m == MON_OK)
		m = read_new(v, new, lin, &t);
	if (m == MON_OK && req->source != TASK_IRET)
		m = set_busy(v, tss->lin, true);
	if (m)
		return m;

	load_state(v, sel, tss, &t, req->source);
	if (new->size == 4 && v->cr0 &(u32)CR0_PG)
		m = committed(v, mmu_set_cr3(v, t.cr3));
	if (m == MON_OK)
		m = load_segments(v, &t, req->ext);
	vcpu_mode_changed(v);
	if (m == MON_OK && req->has_error)
		m = committed(v, arch_push(v, req->error, new->size));
	if (m == MON_OK && v->eip > v->seg[S_CS].limit)
		m = task_fault(v, V_GP, req->ext);
	return m;
}

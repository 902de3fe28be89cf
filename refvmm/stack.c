/* SPDX-License-Identifier: MIT
 * See stack.h.  Stack addressing: SDM vol. 1 section 6.2; limit checks: vol. 3A
 * section 5.3.
 */
#include "refvmm/stack.h"

u32 stack_sp(const struct vcpu *v)
{
	return v->seg[S_SS].attr & D_DB ? v->gpr[R_ESP] : v->gpr[R_ESP] & 0xffff;
}

void stack_set_sp(struct vcpu *v, const struct seg *ss, u32 sp)
{
	if (ss->attr & D_DB)
		v->gpr[R_ESP] = sp;
	else
		v->gpr[R_ESP] = (v->gpr[R_ESP] & 0xffff0000) | (sp & 0xffff);
}

void frame_inner(struct frame *f, const struct seg *ss, u32 esp, unsigned size, u32 error)
{
	f->ss = ss;
	f->sp = ss->attr & D_DB ? esp : esp & 0xffff;
	f->size = size;
	f->n = 0;
	f->error = error;
	f->how = ACC_WRITE | ACC_SYSTEM;
}

void frame_here(struct vcpu *v, struct frame *f, unsigned size)
{
	frame_inner(f, &v->seg[S_SS], v->gpr[R_ESP], size, 0);
	f->how = ACC_WRITE;
}

void frame_push(struct frame *f, u32 value)
{
	f->sp -= f->size;
	if (!(f->ss->attr & D_DB))
		f->sp &= 0xffff;
	f->off[f->n] = f->sp;
	f->value[f->n++] = value;
}

static bool item_fits(const struct seg *ss, u32 off, u32 n)
{
	u32 last = off + n - 1;

	if (!(ss->attr & D_P) || last < off)
		return false;
	if (ss->attr & D_EXPDOWN)
		return off > ss->limit && (ss->attr & D_DB || last <= 0xffff);
	return last <= ss->limit;
}

enum mon frame_room(struct vcpu *v, const struct frame *f)
{
	for (u32 i = 0; i < f->n; i++)
		if (!item_fits(f->ss, f->off[i], f->size))
			return vcpu_fault(v, V_SS, f->error);
	return MON_OK;
}

enum mon frame_write(struct vcpu *v, const struct frame *f)
{
	enum mon m = MON_OK;

	for (u32 i = 0; m == MON_OK && i < f->n; i++)
		m = lin_probe(v, f->ss->base + f->off[i], f->size, f->how);
	for (u32 i = 0; m == MON_OK && i < f->n; i++)
		m = lin_write(v, f->ss->base + f->off[i], &f->value[i], f->size, f->how);
	return m;
}

enum mon stack_peek(struct vcpu *v, u32 at, unsigned size, u32 *value)
{
	*value = 0;
	return mem_read(v, S_SS, stack_sp(v) + at, value, size);
}

enum mon stack_peek_wrapped(struct vcpu *v, u32 at, unsigned size, u32 *value)
{
	u32 off = stack_sp(v) + at;

	if (!(v->seg[S_SS].attr & D_DB))
		off &= 0xffff;
	*value = 0;
	return mem_read(v, S_SS, off, value, size);
}

enum mon arch_push(struct vcpu *v, u32 value, unsigned size)
{
	struct frame f;
	enum mon m;

	frame_here(v, &f, size);
	frame_push(&f, value);
	m = frame_room(v, &f);
	if (m == MON_OK)
		m = frame_write(v, &f);
	if (m == MON_OK)
		stack_set_sp(v, f.ss, f.sp);
	return m;
}

enum mon arch_pop(struct vcpu *v, u32 *value, unsigned size)
{
	u32 got;
	enum mon m = stack_peek_wrapped(v, 0, size, &got);

	if (m)
		return m;
	*value = got;
	stack_set_sp(v, &v->seg[S_SS], v->gpr[R_ESP] + size);
	return MON_OK;
}

/* SPDX-License-Identifier: MIT
 * INT n and IRETD are the way into and out of a kernel, so their cost is the
 * cost of a system call.  The whole way (gate.c, iret.c) reads and checks gate,
 * code and stack descriptors.  The checks depend only on the descriptors, the
 * selectors and the CPL: when all of these are bit for bit what they were the
 * last time the transfer succeeded, they need not be done again.  Everything is
 * still read from guest memory every time; nothing is assumed unchanged.
 *
 * Only for what 32-bit systems do: GDT selectors, 32-bit gates, flat stacks in
 * RAM.  Monitor context.
 */
#include "refvmm/gatememo.h"

#include "refvmm/descriptor.h"
#include "refvmm/vm.h"

#define FLAT_STACK (D_P | D_S | D_WRITABLE | D_DB)

/* Descriptors, gates and the TSS are read with supervisor rights. */
static const u8 *system_ram(struct vm *vm, u32 lin, u32 n)
{
	return lin_ram(vm->v, lin, n, ACC_READ | ACC_SYSTEM);
}

static bool raw_descriptor(struct vm *vm, u16 sel, u64 *raw)
{
	const u8 *p;

	if ((sel & 4) || (u32)(sel | 7) > vm->v->gdtr.limit)
		return false;
	p = system_ram(vm, vm->v->gdtr.base + (sel & ~7u), 8);
	if (p)
		__builtin_memcpy(raw, p, 8);
	return p;
}

static bool raw_gate(struct vm *vm, u8 vector, u64 *raw)
{
	const u8 *p;

	if (vector * 8u + 7 > vm->v->idtr.limit)
		return false;
	p = system_ram(vm, vm->v->idtr.base + vector * 8u, 8);
	if (p)
		__builtin_memcpy(raw, p, 8);
	return p;
}

static bool flat_stack(const struct seg *s)
{
	return s->base == 0 && s->limit == 0xffffffff &&
	       (s->attr & (FLAT_STACK | D_CODE | D_EXPDOWN)) == FLAT_STACK;
}

/* Stack pointer of ring `dpl` in a 32-bit TSS (SDM vol. 3A figure 7-2). */
static bool tss_stack(struct vm *vm, unsigned dpl, u32 *esp, u16 *ss)
{
	const struct seg *tr = &vm->v->tr;
	const u8 *p;

	if (!((tr->attr & D_TYPE) >> 8 & SYS_32_BIT) || tr->limit < 8 * dpl + 11)
		return false;
	p = system_ram(vm, tr->base + 4 + 8 * dpl, 6);
	if (!p)
		return false;
	__builtin_memcpy(esp, p, 4);
	__builtin_memcpy(ss, p + 4, 2);
	return true;
}

static void install(struct vcpu *v, enum sreg s, const struct seg *seg)
{
	v->seg[s] = *seg;
	v->gsel[s] = seg->sel;
	vcpu_seg_changed(v, s);
}

bool gatememo_int(struct vm *vm, u8 vector, u32 next)
{
	struct vcpu *v = vm->v;
	const struct gate_memo *m = &vm->memos.gate[vector];
	u32 frame[5], sp, n = 12;
	u64 raw;
	u16 ss;
	u8 *p;

	if (!vcpu_protected(v) || !m->valid || m->from != v->cpl || !raw_gate(vm, vector, &raw) ||
	    raw != m->gate || !raw_descriptor(vm, m->cs.sel, &raw) || raw != m->cs_raw)
		return false;
	if (m->to != m->from) {
		if (!tss_stack(vm, m->to, &sp, &ss) || ss != m->ss.sel ||
		    !raw_descriptor(vm, ss, &raw) || raw != m->ss_raw)
			return false;
		frame[3] = v->gpr[R_ESP];
		frame[4] = v->seg[S_SS].sel;
		n = 20;
	} else {
		if (!flat_stack(&v->seg[S_SS]))
			return false;
		sp = v->gpr[R_ESP];
	}
	frame[0] = next;
	frame[1] = v->seg[S_CS].sel;
	frame[2] = vcpu_eflags(v) & ~FL_RF;
	p = sp >= n ? lin_ram(v, sp - n, n, ACC_WRITE | (m->to < 3 ? ACC_SYSTEM : 0)) : NULL;
	if (!p)
		return false;
	__builtin_memcpy(p, frame, 12);
	if (n == 20)
		__builtin_memcpy(p + 12, frame + 3, 8);
	v->gpr[R_ESP] = sp - n;
	v->cpl = m->to;
	if (m->to != m->from)
		install(v, S_SS, &m->ss);
	install(v, S_CS, &m->cs);
	if (m->to != m->from)
		vcpu_mode_changed(v);
	v->vflags &= ~m->clear;
	v->eip = m->eip;
	v->retired_mon++;
	return true;
}

void gatememo_note_int(struct vm *vm, u8 vector, u8 from)
{
	struct vcpu *v = vm->v;
	struct gate_memo *m = &vm->memos.gate[vector];
	struct desc gate;

	m->valid = false;
	if (!vcpu_protected(v) || !raw_gate(vm, vector, &m->gate))
		return;
	gate = (struct desc){.lo = (u32)m->gate, .hi = (u32)(m->gate >> 32)};
	if ((desc_type(&gate) & ~SYS_TRAP_BIT) != SYS_INT32 || !flat_stack(&v->seg[S_SS]) ||
	    v->seg[S_CS].sel != (gate_selector(&gate) & ~3u) + v->cpl ||
	    v->eip != gate_offset(&gate) || !raw_descriptor(vm, v->seg[S_CS].sel, &m->cs_raw) ||
	    (v->cpl != from && !raw_descriptor(vm, v->seg[S_SS].sel, &m->ss_raw)))
		return;
	m->cs = v->seg[S_CS];
	m->ss = v->seg[S_SS];
	m->eip = v->eip;
	m->clear = FL_TF | FL_NT | FL_RF | (desc_type(&gate) & SYS_TRAP_BIT ? 0 : FL_IF);
	m->from = from;
	m->to = v->cpl;
	m->valid = true;
}

/* Would the return to ring `to` null this data segment register? */
static bool dropped(const struct seg *s, u8 to)
{
	return d_dpl(s->attr) < to && (s->attr || s->sel);
}

bool gatememo_iret(struct vm *vm)
{
	const u32 mask =
		FL_HW | FL_TF | FL_NT | FL_IF | FL_IOPL | FL_RF | FL_AC | FL_ID | FL_VIF | FL_VIP;
	struct vcpu *v = vm->v;
	const struct return_memo *m;
	u32 frame[5];
	u64 raw;
	const u8 *p;

	if (v->cpl || !vcpu_protected(v) || (v->vflags & FL_NT) || !flat_stack(&v->seg[S_SS]) ||
	    !(p = lin_ram(v, v->gpr[R_ESP], 20, ACC_READ)))
		return false;
	__builtin_memcpy(frame, p, 20);
	m = &vm->memos.ret[frame[1] >> 3 & (RETURN_MEMOS - 1)];
	if (!m->valid || m->cs.sel != (u16)frame[1] || (frame[2] & FL_VM) ||
	    frame[0] > m->cs.limit || !raw_descriptor(vm, m->cs.sel, &raw) || raw != m->cs_raw)
		return false;
	if (m->to) {
		if (m->ss.sel != (u16)frame[4] || !raw_descriptor(vm, m->ss.sel, &raw) ||
		    raw != m->ss_raw || dropped(&v->seg[S_DS], m->to) ||
		    dropped(&v->seg[S_ES], m->to) || dropped(&v->seg[S_FS], m->to) ||
		    dropped(&v->seg[S_GS], m->to))
			return false;
		v->cpl = m->to;
		v->gpr[R_ESP] = frame[3];
		install(v, S_SS, &m->ss);
	} else {
		v->gpr[R_ESP] += 12;
	}
	install(v, S_CS, &m->cs);
	if (m->to)
		vcpu_mode_changed(v);
	v->eip = frame[0];
	v->nmi_blocked = false;
	vcpu_set_eflags(v, (vcpu_eflags(v) & ~mask) | (frame[2] & mask));
	v->retired_mon++;
	return true;
}

void gatememo_note_iret(struct vm *vm, u8 from)
{
	struct vcpu *v = vm->v;
	struct return_memo *m = &vm->memos.ret[v->seg[S_CS].sel >> 3 & (RETURN_MEMOS - 1)];

	m->valid = false;
	if (from || !vcpu_protected(v) || !flat_stack(&v->seg[S_SS]) ||
	    (v->seg[S_CS].sel & 3) != v->cpl || !raw_descriptor(vm, v->seg[S_CS].sel, &m->cs_raw) ||
	    (v->cpl && !raw_descriptor(vm, v->seg[S_SS].sel, &m->ss_raw)))
		return;
	m->cs = v->seg[S_CS];
	m->ss = v->seg[S_SS];
	m->to = v->cpl;
	m->valid = true;
}

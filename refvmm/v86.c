/* SPDX-License-Identifier: MIT
 * See v86.h.  SDM vol. 3B section 20.3.3, table 20-2: with CR4.VME a bitmap in the
 * TSS, 32 bytes below the I/O permission bitmap, says which vectors stay inside
 * the 8086 program.
 */
#include "refvmm/v86.h"

#include "refvmm/descriptor.h"
#include "refvmm/segment.h"
#include "refvmm/stack.h"

#define TSS_BITMAP_PTR 0x66
#define TSS32_LIMIT    0x67

/* Does the bitmap send `vector` to the IDT? */
static enum mon monitored(struct vcpu *v, u8 vector, bool *yes)
{
	u16 io;
	u8 bits;
	u32 at;
	enum mon m;

	if (!((v->tr.attr >> 8) & SYS_32_BIT) || v->tr.limit < TSS32_LIMIT)
		return vcpu_fault(v, V_GP, 0);
	m = lin_read(v, v->tr.base + TSS_BITMAP_PTR, &io, 2, ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	at = io - 32u + vector / 8;
	if (io < 32 || at > v->tr.limit)
		return vcpu_fault(v, V_GP, 0);
	m = lin_read(v, v->tr.base + at, &bits, 1, ACC_READ | ACC_SYSTEM);
	*yes = bits >> (vector & 7) & 1;
	return m;
}

/* Through the 8086 program's own table at linear 0, as on an 8086.  Below IOPL 3
 * its IF is VIF, and its image of IOPL is 3. */
static enum mon deliver(struct vcpu *v, u8 vector)
{
	bool virtual_if = (v->vflags & FL_IOPL) != FL_IOPL;
	u32 flags = vcpu_eflags(v);
	struct frame f;
	u16 entry[2];
	enum mon m;

	if (virtual_if) {
		flags |= FL_IOPL;
		flags = v->vflags & FL_VIF ? flags | FL_IF : flags & ~(u32)FL_IF;
	}
	m = lin_read(v, vector * 4u, entry, 4, ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	frame_here(v, &f, 2);
	frame_push(&f, flags);
	frame_push(&f, v->seg[S_CS].sel);
	frame_push(&f, v->eip);
	m = frame_room(v, &f);
	if (m == MON_OK)
		m = frame_write(v, &f);
	if (m)
		return m;
	stack_set_sp(v, f.ss, f.sp);
	seg_install_v86(v, S_CS, entry[1]);
	v->eip = entry[0];
	v->vflags &= ~(u32)(FL_TF | FL_RF | (virtual_if ? FL_VIF : FL_IF));
	return MON_OK;
}

enum mon v86_int(struct vcpu *v, u8 vector, bool *handled)
{
	bool to_idt = true;
	enum mon m = MON_OK;

	*handled = false;
	if (v->cr4 & CR4_VME)
		m = monitored(v, vector, &to_idt);
	if (m)
		return m;
	if (to_idt)
		return (v->vflags & FL_IOPL) == FL_IOPL ? MON_OK : vcpu_fault(v, V_GP, 0);
	*handled = true;
	return deliver(v, vector);
}

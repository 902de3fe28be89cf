/* SPDX-License-Identifier: MIT
 * Callouts: far JMP, CALL and RET, software interrupts, IRET (SDM vol. 2A and
 * 2B under these names).  Privilege, gates and stacks are behind arch.h.
 */
#include "refvmm/callout.h"
#include "refvmm/v86.h"

enum { VECTOR_INT1 = V_DB, VECTOR_INT3 = V_BP, VECTOR_INTO = V_OF };

/* The target: ptr16:16/32 in the instruction or m16:16/32 at its operand. */
static enum mon far_target(struct vcpu *v, const struct insn *i, u16 *sel, u32 *off)
{
	u16 raw[3];
	enum mon m;

	if (!i->has_mem) {
		*sel = (u16)i->imm2;
		*off = i->imm;
		return MON_OK;
	}
	m = mem_read(v, (enum sreg)i->mem_seg, insn_ea(v, i), raw, i->opsize + 2u);
	if (m)
		return m;
	*off = i->opsize == 2 ? raw[0] : raw[0] | (u32)raw[1] << 16;
	*sel = raw[i->opsize / 2];
	return MON_OK;
}

/* EIP was set by the transfer, RF by a new task's segment (SDM vol. 3B section
 * 17.3.1.1): it covers the first instruction of that task. */
static enum mon transferred(struct vcpu *v, enum mon m)
{
	if (m == MON_OK && v->task_switched)
		return insn_retired(v);
	return m ? m : insn_goto(v, v->eip);
}

enum mon callout_jmp_far(struct vcpu *v, const struct insn *i)
{
	u16 sel;
	u32 off;
	enum mon m = far_target(v, i, &sel, &off);

	return m ? m : transferred(v, arch_jmp_far(v, sel, off, i->opsize));
}

enum mon callout_call_far(struct vcpu *v, const struct insn *i)
{
	u16 sel;
	u32 off;
	enum mon m = far_target(v, i, &sel, &off);

	return m ? m : transferred(v, arch_call_far(v, sel, off, i->opsize, next_eip(i)));
}

enum mon callout_ret_far(struct vcpu *v, const struct insn *i)
{
	u16 drop = i->opcode == 0xca ? (u16)i->imm : 0;

	return transferred(v, arch_ret_far(v, i->opsize, drop));
}

/* RF may come from the popped image and then covers the next instruction. */
enum mon callout_iret(struct vcpu *v, const struct insn *i)
{
	enum mon m = arch_iret(v, i->opsize);

	return m ? m : insn_retired(v);
}

/* A trap: the saved EIP is that of the next instruction, but a fault on the
 * way belongs to this one.  Once RF has served the instruction it is clear in
 * the saved image. */
static enum mon software_interrupt(struct vcpu *v, const struct insn *i, u8 vector,
				   enum int_kind kind)
{
	u32 vflags = v->vflags;
	bool handled = false;
	enum mon m = MON_OK;

	v->eip = next_eip(i);
	v->vflags &= ~(u32)FL_RF;
	/* INT3, INT1 and INTO know no IOPL and no redirection. */
	if (v->vflags & FL_VM && i->opcode == 0xcd)
		m = v86_int(v, vector, &handled);
	if (m == MON_OK && !handled)
		m = arch_interrupt(v, vector, kind, false, 0);
	if (m == MON_OK)
		return insn_retired(v);
	if (m == MON_FAULT && v->fault.committed)
		return m;
	v->eip = i->eip;
	v->vflags = vflags;
	return m;
}

enum mon callout_int(struct vcpu *v, const struct insn *i)
{
	return software_interrupt(v, i, (u8)i->imm, INT_SOFT);
}

enum mon callout_int3(struct vcpu *v, const struct insn *i)
{
	return software_interrupt(v, i, VECTOR_INT3, INT_SOFT);
}

enum mon callout_int1(struct vcpu *v, const struct insn *i)
{
	return software_interrupt(v, i, VECTOR_INT1, INT_ICEBP);
}

enum mon callout_sysenter(struct vcpu *v, const struct insn *i)
{
	return transferred(v, arch_sysenter(v));
}

enum mon callout_sysexit(struct vcpu *v, const struct insn *i)
{
	return transferred(v, arch_sysexit(v));
}

enum mon callout_into(struct vcpu *v, const struct insn *i)
{
	if (!(v->hwflags & FL_OF))
		return insn_done(v, i);
	return software_interrupt(v, i, VECTOR_INTO, INT_SOFT);
}

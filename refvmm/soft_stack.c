/* SPDX-License-Identifier: MIT
 * Instructions that use the stack or only move EIP inside the segment: PUSH,
 * POP, PUSHA, POPA, ENTER, LEAVE, near CALL, RET and JMP (SDM vol. 2; stack
 * addressing vol. 1 section 6.2).  Every access is checked before the first
 * byte is written, and (E)SP changes last.
 */
#include "refvmm/soft.h"

#include "refvmm/operand.h"
#include "refvmm/stack.h"

static u32 wrap(const struct vcpu *v, u32 sp)
{
	return v->seg[S_SS].attr & D_DB ? sp : sp & 0xffff;
}

/* ESP as it is after `sp` was put into the part that SS.B selects. */
static u32 whole_esp(const struct vcpu *v, u32 sp)
{
	return v->seg[S_SS].attr & D_DB ? sp : (v->gpr[R_ESP] & 0xffff0000) | (sp & 0xffff);
}

static enum mon branch(struct vcpu *v, u32 eip, unsigned size)
{
	eip &= size_mask(size);
	if (eip > v->seg[S_CS].limit)
		return vcpu_fault(v, V_GP, 0);
	return insn_goto(v, eip);
}

static enum mon push(struct vcpu *v, const struct insn *i, u32 value)
{
	enum mon m = arch_push(v, value, i->opsize);

	return m ? m : insn_done(v, i);
}

static enum mon push_rm(struct vcpu *v, const struct insn *i)
{
	u32 value;
	enum mon m = rm_read(v, i, i->opsize, &value);

	return m ? m : push(v, i, value);
}

/* With a 32-bit operand Intel's processors move (E)SP by four and write the two
 * bytes of the selector (SDM vol. 2B PUSH); AMD's write four. */
static enum mon push_seg(struct vcpu *v, const struct insn *i)
{
	u16 sel = v->seg[i->opcode >> 3 & 7].sel;
	u32 sp = wrap(v, stack_sp(v) - i->opsize);
	enum mon m = mem_write(v, S_SS, sp, &sel, sizeof(sel));

	if (m)
		return m;
	stack_set_sp(v, &v->seg[S_SS], sp);
	return insn_done(v, i);
}

static enum mon pop_reg(struct vcpu *v, const struct insn *i)
{
	u32 value;
	enum mon m = arch_pop(v, &value, i->opsize);

	if (m)
		return m;
	reg_set(v, i->opcode & 7, i->opsize, value);
	return insn_done(v, i);
}

/* An address with ESP in it is formed after ESP has been incremented. */
static enum mon pop_rm(struct vcpu *v, const struct insn *i)
{
	u32 esp = v->gpr[R_ESP], value;
	enum mon m = arch_pop(v, &value, i->opsize);

	if (m)
		return m;
	m = rm_write(v, i, i->opsize, value);
	if (m) {
		v->gpr[R_ESP] = esp;
		return m;
	}
	return insn_done(v, i);
}

/* ORDER gpr; the slot of ESP holds the value before the first push.  Each slot
 * wraps on its own at the bottom of a 16-bit stack. */
static enum mon pusha(struct vcpu *v, const struct insn *i)
{
	u32 sp = stack_sp(v), size = i->opsize, lin[8];
	enum mon m = MON_OK;

	for (unsigned r = 0; m == MON_OK && r < 8; r++)
		m = operand_check(v, S_SS, wrap(v, sp - (r + 1) * size), size, ACC_WRITE, &lin[r]);
	for (unsigned r = 0; m == MON_OK && r < 8; r++)
		m = lin_write(v, lin[r], &v->gpr[r], size, ACC_WRITE);
	if (m)
		return m;
	stack_set_sp(v, &v->seg[S_SS], sp - 8 * size);
	return insn_done(v, i);
}

static enum mon popa(struct vcpu *v, const struct insn *i)
{
	u32 sp = stack_sp(v), size = i->opsize, value[8];

	for (unsigned r = 0; r < 8; r++) {
		enum mon m = mem_read(v, S_SS, wrap(v, sp + r * size), &value[7 - r], size);

		if (m)
			return m;
	}
	for (unsigned r = 0; r < 8; r++)
		if (r != R_ESP)
			reg_set(v, r, size, value[r]);
	stack_set_sp(v, &v->seg[S_SS], sp + 8 * size);
	return insn_done(v, i);
}

/* ENTER in progress.  The same walk is done twice: once checking every access,
 * once making them; a frame pointer may be read from a slot just written. */
struct enter {
	u32 sp, size;
	bool commit;
};

static enum mon enter_push(struct vcpu *v, struct enter *e, u32 value)
{
	u32 lin;
	enum mon m;

	e->sp = wrap(v, e->sp - e->size);
	if (e->commit)
		return mem_write(v, S_SS, e->sp, &value, e->size);
	m = operand_check(v, S_SS, e->sp, e->size, ACC_WRITE, &lin);
	return m;
}

static enum mon enter_copy(struct vcpu *v, struct enter *e, u32 bp)
{
	u32 value = 0, lin;
	enum mon m;

	if (e->commit)
		m = mem_read(v, S_SS, bp, &value, e->size);
	else
		m = operand_check(v, S_SS, bp, e->size, ACC_READ, &lin);
	return m ? m : enter_push(v, e, value);
}

static enum mon enter_walk(struct vcpu *v, const struct insn *i, struct enter *e, u32 *frame)
{
	u32 bp = v->gpr[R_EBP], level = i->imm2 & 31, lin;
	enum mon m;

	e->sp = stack_sp(v);
	e->size = i->opsize;
	m = enter_push(v, e, bp);
	*frame = whole_esp(v, e->sp);
	for (u32 k = 1; m == MON_OK && k < level; k++) {
		bp = wrap(v, bp - e->size);
		m = enter_copy(v, e, bp);
	}
	if (m == MON_OK && level)
		m = enter_push(v, e, *frame);
	if (m)
		return m;
	e->sp = wrap(v, e->sp - (i->imm & 0xffff));
	/* It ends with a write check, and no write, at the new top. */
	return operand_check(v, S_SS, e->sp, e->size, ACC_WRITE, &lin);
}

static enum mon enter(struct vcpu *v, const struct insn *i)
{
	struct enter e = {.commit = false};
	u32 frame;
	enum mon m = enter_walk(v, i, &e, &frame);

	e.commit = true;
	if (m == MON_OK)
		m = enter_walk(v, i, &e, &frame);
	if (m)
		return m;
	/* A 32-bit operand takes all of ESP, also from a 16-bit stack. */
	reg_set(v, R_EBP, i->opsize, frame);
	stack_set_sp(v, &v->seg[S_SS], e.sp);
	return insn_done(v, i);
}

static enum mon leave(struct vcpu *v, const struct insn *i)
{
	u32 bp = wrap(v, v->gpr[R_EBP]), value = 0;
	enum mon m = mem_read(v, S_SS, bp, &value, i->opsize);

	if (m)
		return m;
	stack_set_sp(v, &v->seg[S_SS], bp + i->opsize);
	reg_set(v, R_EBP, i->opsize, value);
	return insn_done(v, i);
}

/* SDM order: target against the CS limit, then room on the stack. */
static enum mon call(struct vcpu *v, const struct insn *i, u32 target)
{
	enum mon m;

	target &= size_mask(i->opsize);
	if (target > v->seg[S_CS].limit)
		return vcpu_fault(v, V_GP, 0);
	m = arch_push(v, next_eip(i), i->opsize);
	return m ? m : insn_goto(v, target);
}

static enum mon ret(struct vcpu *v, const struct insn *i)
{
	u32 sp = stack_sp(v), target = 0;
	u32 drop = i->opsize + (i->opcode == 0xc2 ? i->imm & 0xffff : 0);
	enum mon m = mem_read(v, S_SS, sp, &target, i->opsize);

	if (m == MON_OK)
		m = branch(v, target, i->opsize);
	if (m == MON_OK)
		stack_set_sp(v, &v->seg[S_SS], sp + drop);
	return m;
}

static bool group5(struct vcpu *v, const struct insn *i, enum mon *out)
{
	u32 target;

	switch (i->reg) {
	case 6:
		*out = push_rm(v, i);
		return true;
	case 2:
	case 4:
		*out = rm_read(v, i, i->opsize, &target);
		if (*out == MON_OK)
			*out = i->reg == 2 ? call(v, i, target) : branch(v, target, i->opsize);
		return true;
	default: /* INC, DEC, far CALL, far JMP */
		return false;
	}
}

static bool one_byte(struct vcpu *v, const struct insn *i, enum mon *out)
{
	u8 op = i->opcode;

	if (op >= 0x50 && op <= 0x57)
		*out = push(v, i, v->gpr[op & 7]);
	else if (op >= 0x58 && op <= 0x5f)
		*out = pop_reg(v, i);
	else if (op == 0x06 || op == 0x0e || op == 0x16 || op == 0x1e)
		*out = push_seg(v, i);
	else if (op == 0x60)
		*out = pusha(v, i);
	else if (op == 0x61)
		*out = popa(v, i);
	else if (op == 0x68)
		*out = push(v, i, i->imm);
	else if (op == 0x6a)
		*out = push(v, i, (u32)(s8)i->imm);
	else if (op == 0x8f)
		*out = pop_rm(v, i);
	else if (op == 0xc2 || op == 0xc3)
		*out = ret(v, i);
	else if (op == 0xc8)
		*out = enter(v, i);
	else if (op == 0xc9)
		*out = leave(v, i);
	else if (op == 0xe8)
		*out = call(v, i, i->rel_target);
	else if (op == 0xe9 || op == 0xeb)
		*out = branch(v, i->rel_target, i->opsize);
	else if (op == 0xff)
		return group5(v, i, out);
	else
		return false;
	return true;
}

/* By opcode: one mnemonic covers near, far and segment register forms. */
bool soft_stack(struct vcpu *v, const struct insn *i, enum mon *out)
{
	if (i->map == 1 && (i->opcode == 0xa0 || i->opcode == 0xa8)) {
		*out = push_seg(v, i);
		return true;
	}
	return i->map == 0 && one_byte(v, i, out);
}

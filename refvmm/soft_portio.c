/* SPDX-License-Identifier: MIT
 * IN, OUT, INS and OUTS (SDM vol. 2).  The permission check comes before
 * everything else, the memory check before the port is touched: an access of a
 * port cannot be undone.
 */
#include "refvmm/soft.h"

#include "refvmm/debug.h"
#include "refvmm/operand.h"
#include "refvmm/rep.h"

/* A device may ask for an interrupt, a stop or a reset: one disk sector's worth
 * of words is how long it waits at most. */
#define PORT_BURST 256

static u16 port_dx(const struct vcpu *v)
{
	return (u16)v->gpr[R_EDX];
}

static enum mon ins(struct vcpu *v, const struct rep *r)
{
	u32 to, value;
	enum mon m = operand_check(v, S_ES, rep_di(v, r), r->size, ACC_WRITE, &to);

	if (m)
		return m;
	value = port_in(v, port_dx(v), r->size);
	v->debug_trap |= debug_match_port(v, port_dx(v), r->size);
	return lin_write(v, to, &value, r->size, ACC_WRITE);
}

static enum mon outs(struct vcpu *v, const struct rep *r)
{
	u32 value = 0;
	enum mon m = mem_read(v, r->seg, rep_si(v, r), &value, r->size);

	if (m == MON_OK)
		port_out(v, port_dx(v), value, r->size);
	if (m == MON_OK)
		v->debug_trap |= debug_match_port(v, port_dx(v), r->size);
	return m;
}

/* With REP the permission is checked even when the count is zero: the SDM's
 * pseudo-code leaves it open, Bochs does it so. */
static enum mon string_io(struct vcpu *v, const struct insn *i)
{
	struct rep r = {.burst = PORT_BURST};
	enum mon m;

	rep_setup(&r, i);
	r.dst = i->opcode < 0x6e;
	r.src = !r.dst;
	r.step = r.dst ? ins : outs;
	m = arch_check_io(v, port_dx(v), r.size);
	return m ? m : rep_run(v, i, &r);
}

/* E4-E7 take the port from an immediate, EC-EF from DX; bit 1 is OUT, bit 0
 * chooses AL or eAX. */
static enum mon register_io(struct vcpu *v, const struct insn *i)
{
	unsigned size = i->opcode & 1 ? i->opsize : 1;
	u16 port = i->opcode & 8 ? port_dx(v) : i->imm & 0xff;
	enum mon m = arch_check_io(v, port, size);

	if (m)
		return m;
	if (i->opcode & 2)
		port_out(v, port, reg_get(v, R_EAX, size), size);
	else
		reg_set(v, R_EAX, size, port_in(v, port, size));
	v->debug_trap |= debug_match_port(v, port, size);
	return insn_done(v, i);
}

bool soft_portio(struct vcpu *v, const struct insn *i, enum mon *out)
{
	if (i->map)
		return false;
	if (i->opcode >= 0x6c && i->opcode <= 0x6f)
		*out = string_io(v, i);
	else if ((i->opcode & 0xf4) == 0xe4)
		*out = register_io(v, i);
	else
		return false;
	return true;
}

/* SPDX-License-Identifier: MIT
 * MOVS, STOS, LODS, CMPS and SCAS against guest memory (SDM vol. 2).  The
 * source is DS:(E)SI or an override, the destination always ES:(E)DI.
 */
#include "refvmm/soft.h"

#include "refvmm/operand.h"
#include "refvmm/rep.h"

#define STRING_BURST 4096

static u32 parity_flag(u32 value)
{
	value ^= value >> 4;
	value ^= value >> 2;
	value ^= value >> 1;
	return value & 1 ? 0 : FL_PF;
}

/* The six status flags of a - b. */
static void flags_of_compare(struct vcpu *v, u32 a, u32 b, u32 size)
{
	u32 mask = size_mask(size), sign = (mask >> 1) + 1;
	u32 r = (a - b) & mask, fl = 0;

	if (a < b)
		fl |= FL_CF;
	if (!r)
		fl |= FL_ZF;
	if (r & sign)
		fl |= FL_SF;
	if ((a ^ b) & (a ^ r) & sign)
		fl |= FL_OF;
	if ((a ^ b ^ r) & 0x10)
		fl |= FL_AF;
	fl |= parity_flag(r & 0xff);
	v->hwflags = (v->hwflags & ~(FL_HW & ~FL_DF)) | fl;
}

/* Source before destination, both checked before either is accessed: the read
 * may have a side effect when it goes to a device. */
static enum mon movs(struct vcpu *v, const struct rep *r)
{
	u32 from, to = 0, value = 0;
	enum mon m = operand_check(v, r->seg, rep_si(v, r), r->size, ACC_READ, &from);

	if (m == MON_OK)
		m = operand_check(v, S_ES, rep_di(v, r), r->size, ACC_WRITE, &to);
	if (m == MON_OK)
		m = lin_read(v, from, &value, r->size, ACC_READ);
	return m == MON_OK ? lin_write(v, to, &value, r->size, ACC_WRITE) : m;
}

static enum mon cmps(struct vcpu *v, const struct rep *r)
{
	u32 from, to, a = 0, b = 0;
	enum mon m = operand_check(v, r->seg, rep_si(v, r), r->size, ACC_READ, &from);

	if (m == MON_OK)
		m = operand_check(v, S_ES, rep_di(v, r), r->size, ACC_READ, &to);
	if (m == MON_OK)
		m = lin_read(v, from, &a, r->size, ACC_READ);
	if (m == MON_OK)
		m = lin_read(v, to, &b, r->size, ACC_READ);
	if (m == MON_OK)
		flags_of_compare(v, a, b, r->size);
	return m;
}

static enum mon stos(struct vcpu *v, const struct rep *r)
{
	return mem_write(v, S_ES, rep_di(v, r), &v->gpr[R_EAX], r->size);
}

static enum mon lods(struct vcpu *v, const struct rep *r)
{
	u32 value = 0;
	enum mon m = mem_read(v, r->seg, rep_si(v, r), &value, r->size);

	if (m == MON_OK)
		reg_set(v, R_EAX, r->size, value);
	return m;
}

static enum mon scas(struct vcpu *v, const struct rep *r)
{
	u32 value = 0;
	enum mon m = mem_read(v, S_ES, rep_di(v, r), &value, r->size);

	if (m == MON_OK)
		flags_of_compare(v, reg_get(v, R_EAX, r->size), value, r->size);
	return m;
}

bool soft_string(struct vcpu *v, const struct insn *i, enum mon *out)
{
	struct rep r = {.burst = STRING_BURST};

	/* By opcode: Zydis gives MOVSD and CMPSD to SSE2 instructions too. */
	if (i->map)
		return false;
	switch (i->opcode & 0xfe) {
	case 0xa4:
		r.step = movs;
		r.src = r.dst = true;
		break;
	case 0xa6:
		r.step = cmps;
		r.src = r.dst = r.compare = true;
		break;
	case 0xaa:
		r.step = stos;
		r.dst = true;
		break;
	case 0xac:
		r.step = lods;
		r.src = true;
		break;
	case 0xae:
		r.step = scas;
		r.dst = r.compare = true;
		break;
	default:
		return false;
	}
	rep_setup(&r, i);
	*out = rep_run(v, i, &r);
	return true;
}

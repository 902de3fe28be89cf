/* SPDX-License-Identifier: MIT
 * Operands of one decoded instruction as monitor code reads and writes them,
 * and the end of an instruction.  Private to soft*.c and callout*.c.
 */
#ifndef REFVMM_OPERAND_H
#define REFVMM_OPERAND_H

#include "bt/decode.h"
#include "refvmm/arch.h"

static inline u32 size_mask(unsigned size)
{
	return size == 4 ? 0xffffffffu : (1u << (8 * size)) - 1;
}

/* Register `r` of 1, 2 or 4 bytes; one-byte registers 4-7 are AH CH DH BH. */
static inline u32 reg_get(const struct vcpu *v, unsigned r, unsigned size)
{
	if (size == 1)
		return r < 4 ? v->gpr[r] & 0xff : v->gpr[r - 4] >> 8 & 0xff;
	return v->gpr[r] & size_mask(size);
}

static inline void reg_set(struct vcpu *v, unsigned r, unsigned size, u32 value)
{
	unsigned shift = size == 1 && r >= 4 ? 8 : 0;
	u32 *reg = size == 1 ? &v->gpr[r & 3] : &v->gpr[r];
	u32 mask = size_mask(size) << shift;

	*reg = (*reg & ~mask) | (value << shift & mask);
}

/* The EIP of the instruction after `i`.  It does not wrap at 64 KiB: running
 * off the end of a 16-bit segment is a limit violation of the next fetch. */
static inline u32 next_eip(const struct insn *i)
{
	return i->eip + i->len;
}

/* The last F2 or F3 before the opcode, 0 when there is none.  String
 * instructions repeat with either, whatever the decoder calls it. */
static inline u8 rep_prefix(const struct insn *i)
{
	u8 rep = 0;

	for (unsigned k = 0; k < i->opcode_off; k++)
		if (i->bytes[k] == 0xf2 || i->bytes[k] == 0xf3)
			rep = i->bytes[k];
	return rep;
}

/* The segment of an implicit DS operand. */
static inline enum sreg data_seg(const struct insn *i)
{
	return i->seg_prefix == NO_SEG ? S_DS : (enum sreg)i->seg_prefix;
}

/* Read the r/m operand, zero-extended. */
static inline enum mon rm_read(struct vcpu *v, const struct insn *i, unsigned size, u32 *value)
{
	if (i->has_mem) {
		*value = 0;
		return mem_read(v, (enum sreg)i->mem_seg, insn_ea(v, i), value, size);
	}
	*value = reg_get(v, i->rm, size);
	return MON_OK;
}

/* Store to the r/m operand. */
static inline enum mon rm_write(struct vcpu *v, const struct insn *i, unsigned size, u32 value)
{
	if (i->has_mem)
		return mem_write(v, (enum sreg)i->mem_seg, insn_ea(v, i), &value, size);
	reg_set(v, i->rm, size, value);
	return MON_OK;
}

/* Segment check and page probe together: after MON_OK the access cannot fault. */
static inline enum mon operand_check(struct vcpu *v, enum sreg s, u32 off, u32 n, enum access how,
				     u32 *lin)
{
	enum mon m = seg_check(v, s, off, n, how, lin);

	return m == MON_OK ? lin_probe(v, *lin, n, how) : m;
}

/* A completed instruction that leaves EIP and EFLAGS to its own doing. */
static inline enum mon insn_retired(struct vcpu *v)
{
	v->retired_mon++;
	return MON_OK;
}

/* Completed: execution goes on at `eip`.  RF covers one instruction only (SDM
 * vol. 3B section 17.3.1.1). */
static inline enum mon insn_goto(struct vcpu *v, u32 eip)
{
	v->eip = eip;
	v->vflags &= ~FL_RF;
	return insn_retired(v);
}

static inline enum mon insn_done(struct vcpu *v, const struct insn *i)
{
	return insn_goto(v, next_eip(i));
}

/* MON_STOP naming the instruction and its bytes: "<what> <name> <bytes>". */
enum mon insn_stop(struct vcpu *v, const struct insn *i, const char *what);

#endif

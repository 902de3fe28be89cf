/* SPDX-License-Identifier: MIT
 * One instruction with a memory operand, executed by the monitor: checks in the
 * manual's order, operand to v->window, the instruction itself on the real
 * processor, operand back (see soft.h).  The few whose operand is not simply
 * "ModRM, mem_size bytes" are done in C here: XLAT, BOUND, ARPL, MOV from a
 * segment register, bit tests with a register bit offset (SDM vol. 2A BT), and
 * the pointers in x87 environments.
 */
#include "refvmm/soft.h"

#include <Zydis/Zydis.h>

#include "bt/x87note.h"
#include "refvmm/monstring.h"
#include "refvmm/montext.h"
#include "refvmm/operand.h"
#include "refvmm/x87env.h"

enum mon insn_stop(struct vcpu *v, const struct insn *i, const char *what)
{
	char hex[3 * INSN_MAX + 1];
	u32 at = 0;

	hex[0] = 0;
	for (unsigned k = 0; k < i->len && k < INSN_MAX; k++)
		at += mon_format(hex + at, sizeof(hex) - at, " %02x", i->bytes[k]);
	return mon_stop(v, "%s %s%s at %04x:%08x", what, bt_insn_name(i), hex, v->seg[S_CS].sel,
			i->eip);
}

/* SSE operands of 16 bytes must be aligned, #GP(0) (SDM vol. 1 section 11.6);
 * so must the FXSAVE area.  Only these may lie anywhere.  Where a limit of the stack
 * segment, #SS(0), is passed as well, processors (Zen 4) look at the alignment of
 * SSE operands first and at that of the FXSAVE area last. */
static bool must_align(const struct insn *i)
{
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_MOVUPS:
	case ZYDIS_MNEMONIC_MOVUPD:
	case ZYDIS_MNEMONIC_MOVDQU:
	case ZYDIS_MNEMONIC_LDDQU:
		return false;
	case ZYDIS_MNEMONIC_FXSAVE:
	case ZYDIS_MNEMONIC_FXRSTOR:
		return true;
	default:
		return i->cls == IC_SSE && i->mem_size == 16;
	}
}

/* `i` was executed with its operand of `n` bytes at `at`: what the next environment
 * shows as the last instruction. */
static void note_x87(struct vcpu *v, const struct insn *i, const u8 *at, u32 n)
{
	if (i->mnemonic == ZYDIS_MNEMONIC_FNSAVE)
		mon_set(&v->x87, 0, sizeof(v->x87));
	else if (i->mnemonic == ZYDIS_MNEMONIC_FLDENV || i->mnemonic == ZYDIS_MNEMONIC_FRSTOR ||
		 i->mnemonic == ZYDIS_MNEMONIC_FXRSTOR)
		x87env_load(at, n, vcpu_protected(v), &v->x87);
	else
		x87_executed(v, i, insn_ea(v, i));
}

/* Run `run` (usually `i` itself) with its operand of `n` bytes at `lin` held in
 * the window.  Both reading and writing has been checked. */
static enum mon run_in_window(struct vcpu *v, const struct insn *i, const struct insn *run, u32 lin)
{
	u32 n = run->mem_size;
	/* The offset in the cache line keeps misalignment visible; a large area
	 * keeps as much of it as the window has room for. */
	u32 align = n + 64 <= sizeof(v->window) ? lin & 63 : n == sizeof(v->window) ? 0 : lin & 15;
	u8 *at = v->window + align;
	enum mon m = MON_OK;

	/* FXSAVE leaves parts of its area alone, so it starts from memory; a store that is
	 * not done, too. */
	if (run->mem_read || i->mnemonic == ZYDIS_MNEMONIC_FXSAVE || redirect_may_not_store(v, run))
		m = lin_read(v, lin, at, n, ACC_READ);
	if (m == MON_OK)
		m = redirect_run(v, run, align);
#ifndef WITHOUT_HIDDEN_X87_POINTERS
	if (m == MON_OK && i->cls == IC_X87_ENV && run->mem_write)
		x87env_store(at, n, vcpu_protected(v), &v->x87);
#endif
	if (m == MON_OK && run->mem_write)
		m = lin_write(v, lin, at, n, ACC_WRITE);
	if (m)
		return m;
	note_x87(v, i, at, n);
	return insn_done(v, i);
}

/* A pending x87 exception comes before the checks of the operand (seen on hardware;
 * SDM vol. 3A table 6-2 counts it among the faults of the instruction before). */
static enum mon x87_pending(struct vcpu *v, const struct insn *i)
{
	return x87_waits(i) && redirect_x87_pending(v) ? vcpu_fault(v, V_MF, 0) : MON_OK;
}

static enum mon soft_operand(struct vcpu *v, const struct insn *i)
{
	enum access how = i->mem_write ? ACC_WRITE : ACC_READ;
	u32 lin;
	enum mon m;

	if (!i->mem_size || i->mem_size > sizeof(v->window))
		return insn_stop(v, i, "memory operand not supported:");
	if (x87_pending(v, i))
		return MON_FAULT;
	lin = v->seg[i->mem_seg].base + insn_ea(v, i);
	if (i->mem_size == 16 && must_align(i) && lin & 15)
		return vcpu_fault(v, V_GP, 0);
	m = seg_check(v, (enum sreg)i->mem_seg, insn_ea(v, i), i->mem_size, how, &lin);
	if (m == MON_OK && must_align(i) && lin & 15)
		m = vcpu_fault(v, V_GP, 0);
	if (m == MON_OK)
		m = lin_probe(v, lin, i->mem_size, how);
	return m == MON_OK ? run_in_window(v, i, i, lin) : m;
}

/* The bytes that the mask leaves out are written back as they were read: the
 * manual leaves open whether they are accessed, and Bochs does it so. */
static enum mon soft_maskmov(struct vcpu *v, const struct insn *i)
{
	u32 off = i->adsize == 2 ? v->gpr[R_EDI] & 0xffff : v->gpr[R_EDI], lin;
	struct insn run;
	enum mon m;

	if (x87_pending(v, i))
		return MON_FAULT;
	mon_copy(&run, i, sizeof(run));
	run.mem_size = i->cls == IC_SSE ? 16 : 8;
	run.mem_read = run.mem_write = 1;
	m = operand_check(v, data_seg(i), off, run.mem_size, ACC_WRITE, &lin);
	return m ? m : run_in_window(v, i, &run, lin);
}

static bool has_prefix(const struct insn *i, u8 prefix)
{
	for (unsigned k = 0; k < i->opcode_off; k++)
		if (i->bytes[k] == prefix)
			return true;
	return false;
}

/* The immediate form of a bit test, 0F BA /4../7 ib, for bit `bit` of the word
 * at the same ModRM operand. */
static void immediate_bit_form(const struct insn *i, u8 bit, struct insn *run)
{
	u8 len = 0;

	mon_copy(run, i, sizeof(*run));
	/* Only the size prefixes matter to it, each of them once. */
	if (has_prefix(i, 0x66))
		run->bytes[len++] = 0x66;
	if (has_prefix(i, 0x67))
		run->bytes[len++] = 0x67;
	run->opcode_off = len;
	run->bytes[len++] = 0x0f;
	run->bytes[len++] = 0xba;
	run->modrm_off = len;
	for (unsigned k = i->modrm_off; k < i->len; k++)
		run->bytes[len++] = i->bytes[k];
	/* A3 BT, AB BTS, B3 BTR, BB BTC: bits 3-5 of the opcode are the /n. */
	run->reg = i->opcode >> 3 & 7;
	run->bytes[run->modrm_off] = (u8)((i->bytes[i->modrm_off] & 0xc7) | run->reg << 3);
	if (i->disp_size)
		run->disp_off = (u8)(i->disp_off - i->modrm_off + run->modrm_off);
	run->imm_off = len;
	run->bytes[len++] = bit;
	run->imm_size = 1;
	run->imm = bit;
	run->len = len;
	run->opcode = 0xba;
	run->lock = 0;
	run->seg_prefix = NO_SEG;
	run->mem_read = 1;
	run->mem_write = i->mnemonic != ZYDIS_MNEMONIC_BT;
	run->mem_size = i->opsize;
}

/* BT/BTS/BTR/BTC m, r: the register is a signed bit offset of any size from the
 * operand.  Find the word that holds the bit and run the immediate form on it. */
static enum mon soft_bit(struct vcpu *v, const struct insn *i)
{
	u32 offset = reg_get(v, i->reg, i->opsize), ea = insn_ea(v, i), lin;
	s32 word = i->opsize == 2 ? (s16)offset >> 4 : (s32)offset >> 5;
	struct insn run;
	enum mon m;

	immediate_bit_form(i, (u8)(offset & (i->opsize * 8u - 1)), &run);
	ea += (u32)word * i->opsize;
	if (i->adsize == 2)
		ea &= 0xffff;
	m = operand_check(v, (enum sreg)i->mem_seg, ea, i->opsize,
			  run.mem_write ? ACC_WRITE : ACC_READ, &lin);
	return m ? m : run_in_window(v, i, &run, lin);
}

static enum mon soft_xlat(struct vcpu *v, const struct insn *i)
{
	u32 off = v->gpr[R_EBX] + (v->gpr[R_EAX] & 0xff);
	u8 byte;
	enum mon m;

	if (i->adsize == 2)
		off &= 0xffff;
	m = mem_read(v, data_seg(i), off, &byte, 1);
	if (m)
		return m;
	reg_set(v, R_EAX, 1, byte);
	return insn_done(v, i);
}

/* #BR is a fault: EIP stays at BOUND. */
static enum mon soft_bound(struct vcpu *v, const struct insn *i)
{
	u32 pair[2] = {0, 0};
	s32 index, low, high;
	enum mon m = mem_read(v, (enum sreg)i->mem_seg, insn_ea(v, i), pair, 2u * i->opsize);

	if (m)
		return m;
	if (i->opsize == 2) {
		index = (s16)v->gpr[i->reg];
		low = (s16)pair[0];
		high = (s16)(pair[0] >> 16);
	} else {
		index = (s32)v->gpr[i->reg];
		low = (s32)pair[0];
		high = (s32)pair[1];
	}
	return index < low || index > high ? vcpu_fault(v, V_BR, 0) : insn_done(v, i);
}

/* The operand is written only when its RPL rises: a read-only segment is no
 * fault otherwise (seen on hardware). */
static enum mon soft_arpl(struct vcpu *v, const struct insn *i)
{
	u32 dst, rpl = v->gpr[i->reg] & 3;
	enum mon m;

	if (!vcpu_protected(v))
		return vcpu_fault(v, V_UD, 0);
	m = rm_read(v, i, 2, &dst);
	if (m)
		return m;
	if ((dst & 3) >= rpl) {
		v->hwflags &= ~FL_ZF;
		return insn_done(v, i);
	}
	m = rm_write(v, i, 2, (dst & ~3u) | rpl);
	if (m)
		return m;
	v->hwflags |= FL_ZF;
	return insn_done(v, i);
}

/* MOV r/m, Sreg: two bytes in memory; a 32-bit register is zero-extended. */
static enum mon soft_store_seg(struct vcpu *v, const struct insn *i)
{
	enum mon m;

	if (i->reg >= S_COUNT)
		return vcpu_fault(v, V_UD, 0);
	m = rm_write(v, i, i->has_mem ? 2 : i->opsize, v->seg[i->reg].sel);
	return m ? m : insn_done(v, i);
}

/* CLFLUSH checks its address like a load of one byte; caches are not modelled. */
static enum mon soft_clflush(struct vcpu *v, const struct insn *i)
{
	u32 lin;
	enum mon m = operand_check(v, (enum sreg)i->mem_seg, insn_ea(v, i), 1, ACC_READ, &lin);

	return m ? m : insn_done(v, i);
}

static enum mon soft_other(struct vcpu *v, const struct insn *i)
{
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_XLAT:
		return soft_xlat(v, i);
	case ZYDIS_MNEMONIC_BOUND:
		return soft_bound(v, i);
	case ZYDIS_MNEMONIC_ARPL:
		return soft_arpl(v, i);
	case ZYDIS_MNEMONIC_CLFLUSH:
		return soft_clflush(v, i);
	case ZYDIS_MNEMONIC_NOP:
	case ZYDIS_MNEMONIC_PREFETCHNTA:
	case ZYDIS_MNEMONIC_PREFETCHT0:
	case ZYDIS_MNEMONIC_PREFETCHT1:
	case ZYDIS_MNEMONIC_PREFETCHT2:
		return insn_done(v, i); /* hints: no access, no fault */
	case ZYDIS_MNEMONIC_BT:
	case ZYDIS_MNEMONIC_BTS:
	case ZYDIS_MNEMONIC_BTR:
	case ZYDIS_MNEMONIC_BTC:
		if (i->has_mem && i->opcode != 0xba)
			return soft_bit(v, i);
		break;
	case ZYDIS_MNEMONIC_MOV:
		if (i->map == 0 && i->opcode == 0x8c)
			return soft_store_seg(v, i);
		break;
	default:
		break;
	}
	if (insn_is_maskmov(i))
		return soft_maskmov(v, i);
	if (!i->has_mem)
		return insn_stop(v, i, "no memory operand to emulate:");
	return soft_operand(v, i);
}

enum mon soft_execute(struct vcpu *v, const struct insn *i)
{
	enum mon m;

	v->eip = i->eip;
	if (soft_stack(v, i, &m) || soft_string(v, i, &m))
		return m;
	switch (i->cls) {
	case IC_STOP:
		return insn_stop(v, i, "instruction not supported:");
	case IC_UD:
		return vcpu_fault(v, V_UD, 0);
	case IC_MON:
	case IC_PUSHF:
	case IC_POPF:
	case IC_CLI:
	case IC_STI:
	case IC_INTO:
	case IC_RDTSC:
		return callout_execute(v, i);
	default:
		return soft_other(v, i);
	}
}

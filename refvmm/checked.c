/* SPDX-License-Identifier: MIT
 * Checked mode: while a breakpoint is enabled or alignment is checked, the loop
 * runs one instruction at a time and asks here first (SDM vol. 3B section 17.3.1,
 * vol. 3A section 6.15 "Interrupt 17").
 */
#include "bt/x87note.h"
#include "refvmm/accesses.h"
#include "refvmm/debug.h"
#include "refvmm/vm.h"

/* Faults that come before an operand is looked at: #NM, #UD by CR0.EM, and an x87
 * error that is pending (SDM vol. 3A table 6-2). */
static bool fpu_first(const struct vm *vm, const struct insn *i)
{
	if (i->cls != IC_X87 && i->cls != IC_X87_ENV && i->cls != IC_MMX && i->cls != IC_SSE)
		return false;
	if (vm->v->cr0 & (CR0_EM | CR0_TS))
		return true;
	return x87_waits(i) && vm->fpu[2] & 0x80; /* FSW.ES */
}

enum mon checked_before(struct vm *vm, u32 *dr6)
{
	struct vcpu *v = vm->v;
	struct decode_mode dm = {.code32 = v->seg[S_CS].attr & D_DB,
				 .protected = vcpu_protected(v)};
	struct fault none = v->fault;
	struct insn i;
	u8 bytes[INSN_MAX];
	u32 lin = v->seg[S_CS].base + v->eip, n = INSN_MAX;
	u32 hits = v->vflags & FL_RF || v->shadow == SHADOW_SS ? 0 : debug_match_code(v, lin);

	*dr6 = 0;
	if (hits)
		return debug_raise(v, hits);
	/* What cannot be fetched or decoded faults in the translator, which also sets the
	 * accessed bits: the next page may not be part of the instruction. */
	if (lin_read(v, lin, bytes, n, ACC_FETCH | ACC_DEBUG)) {
		n = 0x1000 - (lin & 0xfff);
		v->fault = none;
		if (n >= INSN_MAX || lin_read(v, lin, bytes, n, ACC_FETCH | ACC_DEBUG))
			return MON_OK;
	}
	host_begin(vm);
	if (bt_decode(dm, bytes, n, v->eip, &i) != DECODE_OK)
		return MON_OK;
	/* Beyond the limit it cannot be fetched either. */
	if ((u64)v->eip + i.len - 1 > v->seg[S_CS].limit || fpu_first(vm, &i))
		return MON_OK;
	return insn_check(v, &i, dr6);
}

/* SPDX-License-Identifier: MIT
 * Callout handlers, one per instruction or form.  Each is atomic and ends with
 * EIP at the next instruction or at the target of its transfer.  The dispatcher
 * has already put EIP at the instruction and turned LOCK into #UD.  Private to
 * callout*.c.
 */
#ifndef REFVMM_CALLOUT_H
#define REFVMM_CALLOUT_H

#include "refvmm/operand.h"

typedef enum mon callout_fn(struct vcpu *v, const struct insn *i);

/* callout_far.c */
callout_fn callout_jmp_far, callout_call_far, callout_ret_far, callout_iret;
callout_fn callout_int, callout_int3, callout_int1, callout_into;
callout_fn callout_sysenter, callout_sysexit;

/* callout_segment.c */
callout_fn callout_mov_seg, callout_pop_seg, callout_load_far_pointer;
callout_fn callout_lar, callout_lsl, callout_verr, callout_verw;

/* callout_sysreg.c */
callout_fn callout_mov_cr, callout_mov_dr, callout_lgdt, callout_lidt, callout_sgdt, callout_sidt;
callout_fn callout_lldt, callout_ltr, callout_sldt, callout_str;
callout_fn callout_lmsw, callout_smsw, callout_clts, callout_invlpg, callout_cache;

/* callout_flags.c */
callout_fn callout_cli, callout_sti, callout_pushf, callout_popf, callout_hlt;

/* callout_cpu.c */
callout_fn callout_rdtsc, callout_rdpmc, callout_rdmsr, callout_wrmsr, callout_cpuid, callout_ud;

/* #GP(0) unless CPL is 0, which it always is in real mode. */
static inline enum mon require_cpl0(struct vcpu *v)
{
	return v->cpl ? vcpu_fault(v, V_GP, 0) : MON_OK;
}

/* #UD in real and virtual-8086 mode. */
static inline enum mon require_protected(struct vcpu *v)
{
	return vcpu_protected(v) ? MON_OK : vcpu_fault(v, V_UD, 0);
}

/* May CPL change IF?  The check of CLI, STI and of PUSHF and POPF in
 * virtual-8086 mode. */
static inline bool iopl_allows(const struct vcpu *v)
{
	return v->cpl <= (v->vflags & FL_IOPL) >> 12;
}

#endif

/* SPDX-License-Identifier: MIT
 * The processor's protected- and real-mode machinery in C: segment loads, far
 * transfers, gates, interrupt delivery, system registers.  Monitor context:
 * general registers only, no libc (see docs/contexts.md).
 *
 * Every routine is atomic: it returns MON_OK with the whole architectural
 * effect done, or MON_FAULT with vcpu.fault set and no guest-visible state
 * changed (except what the manual says a faulting instruction leaves behind,
 * such as descriptor accessed bits).  MON_STOP with vcpu.stop_text names what is
 * not supported.  Callers pass `next_eip`, the EIP of the following
 * instruction; on MON_OK, vcpu.eip is where execution goes on.
 */
#ifndef REFVMM_ARCH_H
#define REFVMM_ARCH_H

#include "refvmm/guestmem.h"

/* MOV/POP/Lxx to a data or stack segment register (not CS), real mode and
 * protected mode.  SDM vol. 2 MOV, vol. 3A section 5.  Sets v->seg[s] through
 * vcpu_seg_changed(); does not advance eip. */
enum mon arch_load_seg(struct vcpu *v, enum sreg s, u16 sel);

/* Far transfers; opsize is 2 or 4. */
enum mon arch_jmp_far(struct vcpu *v, u16 sel, u32 off, unsigned opsize);
enum mon arch_call_far(struct vcpu *v, u16 sel, u32 off, unsigned opsize, u32 next_eip);
enum mon arch_ret_far(struct vcpu *v, unsigned opsize, u16 pop_bytes);
enum mon arch_iret(struct vcpu *v, unsigned opsize);

/* Through the SYSENTER MSRs, to ring 0 and back to ring 3. */
enum mon arch_sysenter(struct vcpu *v);
enum mon arch_sysexit(struct vcpu *v);

enum int_kind {
	INT_SOFT,      /* INT n, INT3, INTO: gate DPL is checked, EXT = 0 */
	INT_ICEBP,     /* INT1: no DPL check */
	INT_EXCEPTION, /* fault or trap raised by the processor */
	INT_HARDWARE,  /* INTR or NMI: EXT = 1 */
};
/* One delivery attempt through IVT or IDT with v->eip as the return address. */
enum mon arch_interrupt(struct vcpu *v, u8 vector, enum int_kind kind, bool has_error, u32 error);
/* NMI: as INT_HARDWARE, and no other until an IRET (SDM vol. 3A section 6.7).  The
 * caller looks at v->nmi_blocked and the interrupt shadow first. */
enum mon arch_nmi(struct vcpu *v);
/* Deliver `v->fault`, with the contributory/double/triple fault rules of SDM
 * vol. 3A table 6-5.  MON_STOP with v->shutdown set on a triple fault. */
enum mon arch_deliver_fault(struct vcpu *v);

/* System registers and tables. */
enum mon arch_lgdt(struct vcpu *v, enum sreg s, u32 off, unsigned opsize); /* also LIDT: */
enum mon arch_lidt(struct vcpu *v, enum sreg s, u32 off, unsigned opsize);
enum mon arch_lldt(struct vcpu *v, u16 sel);
enum mon arch_ltr(struct vcpu *v, u16 sel);
enum mon arch_write_cr(struct vcpu *v, unsigned n, u32 value);
enum mon arch_lmsw(struct vcpu *v, u16 value);
enum mon arch_read_cr(struct vcpu *v, unsigned n, u32 *value);
enum mon arch_write_dr(struct vcpu *v, unsigned n, u32 value);
enum mon arch_read_dr(struct vcpu *v, unsigned n, u32 *value);
enum mon arch_rdmsr(struct vcpu *v); /* ECX -> EDX:EAX */
enum mon arch_wrmsr(struct vcpu *v);
/* The time stamp counter as RDTSC and MSR 10H see it. */
u64 arch_tsc(const struct vcpu *v);
void arch_set_tsc(struct vcpu *v, u64 value);
void arch_cpuid(struct vcpu *v);
/* LAR and LSL: true = ZF set and *out written.  VERR/VERW: true = ZF set.
 * A page fault while reading the table comes back as MON_FAULT. */
enum mon arch_lar(struct vcpu *v, u16 sel, u32 *out, bool *zf);
enum mon arch_lsl(struct vcpu *v, u16 sel, u32 *out, bool *zf);
enum mon arch_verify(struct vcpu *v, u16 sel, bool write, bool *zf);

/* POPF/POPFD: the flag image after the privilege rules (SDM vol. 2B POPF). */
u32 arch_popf_image(const struct vcpu *v, u32 popped, unsigned opsize);

/* Is port I/O allowed here?  IOPL or the TSS bitmap; #GP(0) if not. */
enum mon arch_check_io(struct vcpu *v, u16 port, unsigned size);

/* The vector of a SIMD floating-point exception: #UD unless CR4.OSXMMEXCPT says
 * that the system knows #XM (SDM vol. 3A section 2.5).  Others unchanged. */
static inline u8 arch_simd_vector(const struct vcpu *v, u8 vector)
{
	return vector == V_XM && !(v->cr4 & CR4_OSXMMEXCPT) ? V_UD : vector;
}

/* Power-on / RESET state (SDM vol. 3A table 9-1). */
void arch_reset(struct vcpu *v);

/* Stack helpers honouring SS.B; ESP is changed only on success. */
enum mon arch_push(struct vcpu *v, u32 value, unsigned size);
enum mon arch_pop(struct vcpu *v, u32 *value, unsigned size);

/* Implemented by the segment shadowing code (refvmm/shadow.c): the hidden part
 * of `s` changed, choose a new hardware shadow. */
void vcpu_seg_changed(struct vcpu *v, enum sreg s);
/* CPL, CR0, CR4 ... changed in a way that selects other translations. */
void vcpu_mode_changed(struct vcpu *v);

#endif

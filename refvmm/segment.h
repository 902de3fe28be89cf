/* SPDX-License-Identifier: MIT
 * Putting a checked value into a segment register.  Nothing here can fail:
 * callers finish every check and memory access first, so that a fault leaves
 * the old state.  Private to the refvmm/ files behind arch.h.
 */
#ifndef REFVMM_SEGMENT_H
#define REFVMM_SEGMENT_H

#include "refvmm/arch.h"

void seg_install(struct vcpu *v, enum sreg s, const struct seg *seg);
/* A null selector: unusable, whatever was there before. */
void seg_install_null(struct vcpu *v, enum sreg s, u16 sel);
/* Real mode: selector and base only; virtual-8086 mode as below. */
void seg_install_real(struct vcpu *v, enum sreg s, u16 sel);

/* Virtual-8086 mode: everything follows from the selector (SDM vol. 3B section
 * 20.2.1). */
void seg_install_v86(struct vcpu *v, enum sreg s, u16 sel);

/* End of a far transfer in protected mode: CS:EIP, CPL and, when not NULL, SS.
 * The RPL of the visible CS becomes `cpl`. */
void seg_transfer(struct vcpu *v, struct seg *cs, u8 cpl, u32 eip, const struct seg *ss);

/* Leaving virtual-8086 mode: VM clear.  Segment registers keep what they hold
 * until something is loaded into them. */
void seg_leave_v86(struct vcpu *v);

/* After a return to an outer ring: data segments it may not use become null. */
void seg_drop_inner(struct vcpu *v);

#endif

/* SPDX-License-Identifier: MIT
 * Far JMP and CALL through a call gate.  Private to the refvmm/ files behind
 * arch.h.  `gate` has been fetched and its DPL checked.
 */
#ifndef REFVMM_CALLGATE_H
#define REFVMM_CALLGATE_H

#include "refvmm/descriptor.h"

enum mon callgate_jmp(struct vcpu *v, u16 gate_sel, const struct desc *gate);
enum mon callgate_call(struct vcpu *v, u16 gate_sel, const struct desc *gate, u32 next_eip);

#endif

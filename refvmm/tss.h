/* SPDX-License-Identifier: MIT
 * The task state segment: stacks of inner rings, and task switches up to the
 * point where the switch itself would begin.  Private to the refvmm/ files
 * behind arch.h.
 */
#ifndef REFVMM_TSS_H
#define REFVMM_TSS_H

#include "refvmm/descriptor.h"

struct inner_stack {
	struct desc desc; /* checked; the accessed bit not yet set */
	struct seg seg;
	u32 esp;
};

/* Stack for ring `dpl` from the current TSS, all checks done.  Error codes get
 * `ext` added. */
enum mon tss_inner_stack(struct vcpu *v, unsigned dpl, u32 ext, struct inner_stack *out);

/* JMP or CALL to a TSS descriptor, through a task gate, or IRET with NT set.
 * Never MON_OK: the checks before the switch fault as the manual says, and the
 * switch itself is not supported. */
enum mon tss_switch_to(struct vcpu *v, u16 sel, const struct desc *tss, u32 ext);
enum mon tss_switch_gate(struct vcpu *v, const struct desc *gate, u32 ext);
enum mon tss_switch_back(struct vcpu *v);

#endif

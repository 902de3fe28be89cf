/* SPDX-License-Identifier: MIT
 * The task state segment: stacks of inner rings, and task switches.  Private to the refvmm/ files
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

/* Who asks for a task switch (SDM vol. 3A section 7.3). */
enum task_source { TASK_JMP, TASK_CALL, TASK_INT, TASK_IRET };

struct task_request {
	enum task_source source;
	u32 eip;        /* saved in the old task */
	u32 ext;        /* added to error codes */
	bool has_error; /* push `error` on the new task's stack */
	u32 error;
};

/* A TSS descriptor, a task gate, or the back link of the current TSS (IRET with
 * NT set).  Faults up to the switch leave everything as it was; later ones have
 * fault.committed set and belong to the new task. */
enum mon tss_switch_to(struct vcpu *v, u16 sel, const struct desc *tss,
		       const struct task_request *req);
enum mon tss_switch_gate(struct vcpu *v, const struct desc *gate, const struct task_request *req);
enum mon tss_switch_back(struct vcpu *v);

/* The switch itself, all checks of the descriptor done (taskswitch.c). */
enum mon task_switch(struct vcpu *v, u16 sel, const struct desc *tss,
		     const struct task_request *req);

#endif

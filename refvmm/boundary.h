/* SPDX-License-Identifier: MIT
 * The boundary between two instructions: traps, NMI and interrupts (SDM vol. 3A table
 * 6-2), and the delivery of exceptions.
 */
#ifndef REFVMM_BOUNDARY_H
#define REFVMM_BOUNDARY_H

#include "refvmm/vm.h"

/* The guest exception in v->fault: deliver it, or stop or reset the machine when that
 * ends in shutdown. */
void boundary_deliver(struct vm *vm);

/* What a monitor routine returned, for the instruction at v->eip. */
void boundary_finish(struct vm *vm, enum mon m);

/* Would the guest take an interrupt now? */
bool boundary_interrupt_due(const struct vcpu *v);

/* Traps of the last instruction, then NMI and interrupts.  False: look again before an
 * instruction runs, since the machine stops, is reset, or the task that a handler runs
 * in has its T bit set. */
bool boundary_events(struct vm *vm);

#endif

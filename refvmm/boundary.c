/* SPDX-License-Identifier: MIT
 * The boundary between two instructions: what is delivered there, in the order of
 * SDM vol. 3A table 6-2.  Monitor context except where host_begin() says otherwise.
 */
#include "refvmm/boundary.h"
#include "refvmm/debug.h"
#include "refvmm/exit.h"
#include "refvmm/monstring.h"
#include "refvmm/trace.h"

void boundary_deliver(struct vm *vm)
{
	struct vcpu *v = vm->v;

	vm->bt->stat[ST_exceptions]++;
	if (v->fault.vector == V_MF && !(v->cr0 & CR0_NE)) {
		x87_error(vm);
		return;
	}
	trace_exception(vm);
	if (vm->hold_exceptions) {
		vm->held = vm->stop = true;
		return;
	}
	if (v->fault.vector == V_PF)
		mmu_page_fault(vm);
	if (arch_deliver_fault(v) == MON_OK)
		return;
	if (v->shutdown) {
		v->shutdown = false;
		if (vm->cfg->no_reboot)
			vm_stop(vm, RC_TRIPLE_FAULT, v->stop_text);
		else
			vm->reset = true;
		return;
	}
	vm_stop(vm, RC_UNSUPPORTED, v->stop_text);
}

void boundary_finish(struct vm *vm, enum mon m)
{
	if (m == MON_FAULT)
		boundary_deliver(vm);
	else if (m == MON_STOP)
		vm_stop(vm, RC_UNSUPPORTED, vm->v->stop_text);
}

bool boundary_interrupt_due(const struct vcpu *v)
{
	return (v->intr && (v->vflags & FL_IF)) || (v->nmi && !v->nmi_blocked);
}

/* #DB for what the last instruction met, unless it loaded SS. */
static void debug_trap(struct vm *vm)
{
	struct vcpu *v = vm->v;

	if (v->shadow == SHADOW_SS)
		return;
	debug_raise(v, v->debug_trap);
	v->debug_trap = 0;
	v->halted = false;
	boundary_deliver(vm);
}

/* A non-maskable one first (SDM vol. 3A table 6-2). */
static void nmi(struct vm *vm)
{
	struct vcpu *v = vm->v;

	if (!v->nmi || v->nmi_blocked || v->shadow)
		return;
	v->nmi = v->halted = false;
	v->irq_pending &= (u8)~PENDING_NMI;
	vm->bt->stat[ST_nmis]++;
	trace_interrupt(vm, V_NMI);
	boundary_finish(vm, arch_nmi(v));
}

/* Hardware interrupt before the next instruction. */
static void interrupts(struct vm *vm)
{
	struct vcpu *v = vm->v;
	u8 vector;

	if (!v->intr || !(v->vflags & FL_IF) || v->shadow)
		return;
	host_begin(vm);
	vector = pc_intack(vm->pc);
	v->halted = false;
	vm->bt->stat[ST_interrupts]++;
	trace_interrupt(vm, vector);
	boundary_finish(vm, arch_interrupt(v, vector, INT_HARDWARE, false, 0));
}

bool boundary_events(struct vm *vm)
{
	struct vcpu *v = vm->v;

	if (v->debug_trap) {
		debug_trap(vm);
		if (vm->stop || vm->reset)
			return false;
	}
	if (!v->irq_pending)
		return true;
	if (v->irq_pending & PENDING_ALARM) {
		host_begin(vm);
		vtime_events(vm);
		if (vm->stop)
			return false;
	}
	if (!vm->gdb_hold) {
		nmi(vm);
		interrupts(vm);
	}
	return !v->debug_trap || v->shadow; /* T of the handler's task */
}

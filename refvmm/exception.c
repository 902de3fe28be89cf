/* SPDX-License-Identifier: MIT
 * Delivering an exception, and what happens when that raises another one
 * (SDM vol. 3A section 6.15, "Interrupt 8", tables 6-4 and 6-5).  Because
 * arch_interrupt() is atomic, a failed delivery leaves nothing to restore.
 */
#include "refvmm/arch.h"
#include "refvmm/montext.h"

#define DR7_GD (1u << 13)

enum severity { BENIGN, CONTRIBUTORY, PAGE_FAULT };

static enum severity severity(u8 vector)
{
	switch (vector) {
	case V_DE:
	case V_TS:
	case V_NP:
	case V_SS:
	case V_GP:
		return CONTRIBUTORY;
	case V_PF:
		return PAGE_FAULT;
	default:
		return BENIGN;
	}
}

static bool is_double(u8 first, u8 second)
{
	switch (severity(first)) {
	case CONTRIBUTORY:
		return severity(second) == CONTRIBUTORY;
	case PAGE_FAULT:
		return severity(second) != BENIGN;
	default:
		return false;
	}
}

/* Faults push an EFLAGS image with RF set, so that the instruction restarts past
 * its own instruction breakpoint (SDM vol. 3B section 18.3.1.1).  #BP and #OF
 * are traps; for #DB whoever raises it knows which of both it is.  A #DF gets
 * it too, as in Bochs. */
static bool sets_rf(u8 vector)
{
	return vector != V_DB && vector != V_NMI && vector != V_BP && vector != V_OF;
}

enum mon arch_nmi(struct vcpu *v)
{
	v->nmi_blocked = true;
	return arch_interrupt(v, V_NMI, INT_HARDWARE, false, 0);
}

enum mon arch_deliver_fault(struct vcpu *v)
{
	for (;;) {
		struct fault now = v->fault;
		enum mon m;

		if (now.vector == V_PF)
			v->cr2 = now.cr2;
		if (now.vector == V_DB)
			v->dr[7] &= ~DR7_GD; /* lets the handler use the registers */
		if (sets_rf(now.vector))
			v->vflags |= FL_RF;
		m = arch_interrupt(v, now.vector, INT_EXCEPTION, now.has_error, now.error);
		if (m != MON_FAULT)
			return m;
		if (now.vector == V_DF) {
			v->shutdown = true;
			return mon_stop(v, "triple fault");
		}
		if (is_double(now.vector, v->fault.vector)) {
			/* CR2 keeps the address of the page fault that made it so. */
			if (v->fault.vector == V_PF)
				v->cr2 = v->fault.cr2;
			vcpu_fault(v, V_DF, 0);
		}
	}
}

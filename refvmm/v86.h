/* SPDX-License-Identifier: MIT
 * INT n in virtual-8086 mode.
 */
#ifndef REFVMM_V86_H
#define REFVMM_V86_H

#include "refvmm/arch.h"

/* MON_OK with *handled clear: the interrupt goes through the IDT.  v->eip is the
 * return address. */
enum mon v86_int(struct vcpu *v, u8 vector, bool *handled);

#endif

/* SPDX-License-Identifier: MIT
 * What far RET and IRET have in common in protected mode: the checks of the
 * CS and SS they find on the stack, and going there.  Private to the refvmm/
 * files behind arch.h.
 */
#ifndef REFVMM_RETURNS_H
#define REFVMM_RETURNS_H

#include "refvmm/descriptor.h"

struct return_to {
	struct desc cs_desc, ss_desc;
	u16 cs, ss;
	u32 eip, esp;
	bool outer; /* to a less privileged ring: SS and ESP come from the stack */
};

/* Check a return CS (SDM vol. 2B RET, vol. 2A IRET); fills cs*, eip, outer. */
enum mon return_check_cs(struct vcpu *v, u16 cs, u32 eip, struct return_to *to);
/* For an outer return: read ESP and SS `at` bytes up the stack, check SS. */
enum mon return_check_ss(struct vcpu *v, u32 at, unsigned opsize, struct return_to *to);
/* The last check: EIP within the new CS.  Sets the accessed bits. */
enum mon return_check_eip(struct vcpu *v, struct return_to *to);
/* Load CS:EIP, ESP and, for an outer return, SS; null what may not stay. */
void return_commit(struct vcpu *v, struct return_to *to);

#endif

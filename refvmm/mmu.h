/* SPDX-License-Identifier: MIT
 * When the guest says that translations changed: CR3, CR0, CR4, INVLPG (SDM
 * vol. 3A section 4.10.4).  Keeps the software TLB, the window and the chains of
 * translated code in step.
 */
#ifndef REFVMM_MMU_H
#define REFVMM_MMU_H

#include "refvmm/vcpu.h"

/* MOV CR3 and the CR3 of a task switch.  MON_FAULT, #GP(0) and nothing changed:
 * PAE paging and a reserved bit in one of the four PDPTEs. */
enum mon mmu_set_cr3(struct vcpu *v, u32 value);
/* Write CR0 and CR4 together, including the PDPTEs when PAE paging begins; the
 * caller has checked the bits.  MON_FAULT as above. */
enum mon mmu_set_mode(struct vcpu *v, u32 cr0, u32 cr4);
/* INVLPG. */
void mmu_invalidate_page(struct vcpu *v, u32 lin);

#endif

/* SPDX-License-Identifier: MIT
 * How monitor code reads and writes guest memory.  Monitor code never
 * dereferences the guest linear window: it goes through the RAM alias above
 * 4 GiB, applying A20, ROM shadowing and device windows.  With paging (next
 * step) the walk and its #PF happen here too, so every caller already handles
 * MON_FAULT.
 */
#ifndef REFVMM_GUESTMEM_H
#define REFVMM_GUESTMEM_H

#include "refvmm/vcpu.h"

enum access {
	ACC_READ = 0,
	ACC_WRITE = 1,
	/* Implicit supervisor access: descriptor tables, TSS, IDT, inner stack. */
	ACC_SYSTEM = 2,
};

/* Linear access, any size, page crossing handled: both pages are probed before
 * any byte is written.  Linear addresses wrap at 4 GiB. */
enum mon lin_read(struct vcpu *v, u32 lin, void *dst, u32 n, enum access how);
enum mon lin_write(struct vcpu *v, u32 lin, const void *src, u32 n, enum access how);
/* Would an access of this kind fault?  Changes nothing visible. */
enum mon lin_probe(struct vcpu *v, u32 lin, u32 n, enum access how);

/* Segment check only (limit, type, null): #SS(0) for SS, #GP(0) otherwise.
 * `*lin` gets the linear address.  SDM vol. 3A section 5.3. */
enum mon seg_check(struct vcpu *v, enum sreg s, u32 off, u32 n, enum access how, u32 *lin);

/* Segment-checked access through a guest segment register. */
enum mon mem_read(struct vcpu *v, enum sreg s, u32 off, void *dst, u32 n);
enum mon mem_write(struct vcpu *v, enum sreg s, u32 off, const void *src, u32 n);

#endif

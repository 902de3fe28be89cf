/* SPDX-License-Identifier: MIT
 * How monitor code reads and writes guest memory.  Monitor code never
 * dereferences the guest linear window: it goes through the RAM alias above
 * 4 GiB, applying paging, A20, ROM shadowing and device windows.
 */
#ifndef REFVMM_GUESTMEM_H
#define REFVMM_GUESTMEM_H

#include "refvmm/vcpu.h"

enum access {
	ACC_READ = 0,
	ACC_WRITE = 1,
	/* Implicit supervisor access: descriptor tables, TSS, IDT, inner stack. */
	ACC_SYSTEM = 2,
	ACC_FETCH = 4, /* instruction fetch: XD counts */
	ACC_DEBUG = 8, /* leaves accessed and dirty bits alone (tracing, gdb) */
};

/* Linear access, any size, page crossing handled: both pages are probed before
 * any byte is written.  Linear addresses wrap at 4 GiB. */
enum mon lin_read(struct vcpu *v, u32 lin, void *dst, u32 n, enum access how);
enum mon lin_write(struct vcpu *v, u32 lin, const void *src, u32 n, enum access how);
/* Would an access of this kind fault?  Changes nothing visible. */
enum mon lin_probe(struct vcpu *v, u32 lin, u32 n, enum access how);
/* Host address of `n` bytes of plain RAM at `lin` when the access is allowed, lies in
 * one page and, for a write, nothing was translated from that page; else NULL.  A
 * short cut: whoever gets NULL goes the whole way. */
u8 *lin_ram(struct vcpu *v, u32 lin, u32 n, enum access how);
/* The software TLB of these functions, after any change of translation. */
void tlb_flush(struct vcpu *v);
void tlb_flush_page(struct vcpu *v, u32 lin);

/* Segment check only (limit, type, null): #SS(0) for SS, #GP(0) otherwise.
 * `*lin` gets the linear address.  SDM vol. 3A section 5.3. */
enum mon seg_check(struct vcpu *v, enum sreg s, u32 off, u32 n, enum access how, u32 *lin);

/* Segment-checked access through a guest segment register. */
enum mon mem_read(struct vcpu *v, enum sreg s, u32 off, void *dst, u32 n);
enum mon mem_write(struct vcpu *v, enum sreg s, u32 off, const void *src, u32 n);

#endif

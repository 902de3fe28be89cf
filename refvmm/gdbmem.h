/* SPDX-License-Identifier: MIT
 * Guest memory as a debugger sees it: linear addresses, RAM and ROM, and nothing
 * of the guest changes by looking.
 */
#ifndef REFVMM_GDBMEM_H
#define REFVMM_GDBMEM_H

#include "refvmm/vm.h"

/* Physical address behind `lin`; false when the guest's page tables have none.
 * A and D bits stay as they are. */
bool gdbmem_walk(struct vm *vm, u32 lin, u32 *phys);
/* False when any byte is not in RAM or ROM; a write changes nothing then. */
bool gdbmem_read(struct vm *vm, u32 lin, u8 *to, u32 n);
bool gdbmem_write(struct vm *vm, u32 lin, const u8 *from, u32 n);
/* The same by physical address. */
bool gdbmem_read_phys(struct vm *vm, u32 phys, u8 *to, u32 n);

#endif

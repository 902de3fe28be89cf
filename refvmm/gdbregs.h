/* SPDX-License-Identifier: MIT
 * The processor as GDB's i386 target description numbers its registers.
 */
#ifndef REFVMM_GDBREGS_H
#define REFVMM_GDBREGS_H

#include "refvmm/vm.h"

#define GDB_REGS      59u
#define GDB_REGS_CORE 41u /* in a `g` packet before the system registers */

/* The target description (target.xml); static. */
const char *gdbregs_xml(void);
/* Bytes of register `n`, 0: there is none. */
unsigned gdbregs_size(unsigned n);
/* Register `n` into `to`, which has room for 16 bytes; returns its size. */
unsigned gdbregs_get(const struct vm *vm, unsigned n, u8 *to);
/* False when this register cannot take this value; nothing changed then. */
bool gdbregs_set(struct vm *vm, unsigned n, const u8 *from);

#endif

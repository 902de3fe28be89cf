/* SPDX-License-Identifier: MIT
 * Memory of a machine at its fixed places (layout.h), whoever builds the rest:
 * the program (machine.c) and the library (librefvmm.c).
 */
#ifndef REFVMM_ARENA_H
#define REFVMM_ARENA_H

#include "refvmm/vm.h"

/* Map everything and fill in what does not depend on the board; cfg: memory, cpu,
 * page0, count, limit_units, cache.  RC_OK, or RC_HOST with one line in `why`.
 * One machine a process: the addresses are fixed. */
int arena_make(const struct config *cfg, struct vm **out, char *why, size_t size);
/* Unmap all of it, the guest's window included. */
void arena_free(struct vm *vm);
/* LDT slots and the reserved segment: the calling thread can enter
 * guest context from here on. */
int arena_attach(struct vm *vm, char *why, size_t size);

/* RESET in two halves: the processor, and, once memory and board are as they are
 * to be, everything that was derived from them. */
void arena_reset_cpu(struct vm *vm);
void arena_reset_engine(struct vm *vm);

#endif

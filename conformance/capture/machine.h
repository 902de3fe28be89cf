/* SPDX-License-Identifier: MIT
 * A refvmm by librefvmm in the world of a captured set.
 */
#ifndef CONFORMANCE_CAPTURE_MACHINE_H
#define CONFORMANCE_CAPTURE_MACHINE_H

#include "conformance/capture/read.h"
#include "refvmm/librefvmm.h"

struct machine;

/* NULL, or why there is none.  strict: undefined results must be the chip's. */
const char *machine_open(struct machine **m, const char *kind, const char *cpu, bool strict);
/* The kinds of machine: plain, small (a cache of 16 KiB), shift (guest page 0 is not
 * mapped at 0), count (instructions are counted).  NULL ends the list. */
extern const char *const machine_kinds[];
void machine_close(struct machine *m);
/* Does the CPU model have this feature (ATTR)? */
bool machine_has(const struct machine *m, unsigned feature);
/* Build descriptor table and page tables of a file.  NULL or an error. */
const char *machine_world(struct machine *m, const struct set_world *w);
/* May this vector be run at CPL 0 too, with the same outcome?  Not what depends on
 * the ring: segment loads, far transfers, POPF, privileged instructions, software
 * interrupts, #AC. */
bool machine_ring0(const struct set_test *t);
/* Run one vector.  NULL, or the difference in words (valid until the next call). */
const char *machine_test(struct machine *m, const struct set_world *w, const struct set_test *t,
			 unsigned how, unsigned cpl);

#endif

/* SPDX-License-Identifier: MIT
 * The host CPU as a witness: runs a case in LDT segments of this process, at
 * CPL 3, in 16- or 32-bit code (docs/contexts.md and engine rules 1-7 of the
 * project's host notes: signals are the trap path).
 */
#ifndef CONFORMANCE_NATIVE_NATIVE_H
#define CONFORMANCE_NATIVE_NATIVE_H

#include "conformance/result.h"

/* Map the arena at its guest addresses and fill the LDT.  NULL, or the reason
 * why this host cannot do it. */
const char *native_init(void);
/* NULL, or why this case says nothing when run on the host CPU. */
const char *native_not_applicable(const struct tcase *t);
/* Run one case; the result is in the terms of the case's own mode.  NULL, or
 * why the outcome is not usable. */
const char *native_run(const struct tcase *t, struct result *r);

#endif

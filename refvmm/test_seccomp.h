/* SPDX-License-Identifier: MIT
 * Seccomp filters for tests: make this process (call it in a forked child) find
 * a host without a system call.
 */
#ifndef REFVMM_TEST_SECCOMP_H
#define REFVMM_TEST_SECCOMP_H

#include "refvmm/types.h"

/* System call `nr` fails with `err` from now on; exits with 99 if the host
 * refuses filters. */
void deny_call(int nr, int err);
/* The same only when argument `arg` equals `value`. */
void deny_call_with(int nr, int err, unsigned arg, u64 value);
/* Every system call through the 32-bit entry points raises SIGSYS. */
void trap_i386_calls(void);

#endif

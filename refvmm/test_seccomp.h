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
/* The same only when two arguments have these values. */
struct call_arg {
	unsigned index;
	u64 value;
};
void deny_call_with(int nr, int err, struct call_arg a, struct call_arg b);
/* System call `nr` kills the process with SIGSYS. */
void kill_call(int nr);
/* Every system call through the 32-bit entry points raises SIGSYS. */
void trap_i386_calls(void);

#endif

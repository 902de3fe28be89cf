/* SPDX-License-Identifier: MIT
 * What user programs have: system calls and a few functions over them.
 */
#ifndef GUESTS_KERNEL_USER_USER_H
#define GUESTS_KERNEL_USER_USER_H

#include "guests/kernel/user/calls.h"
#include "refvmm/types.h"

#define HEAP 0x10000000u

u32 call_slow(u32 number, u32 a, u32 b, u32 c);
u32 call_fast(u32 number, u32 a, u32 b, u32 c); /* only where SYS_FAST says so */

/* By INT 80h and SYSENTER in turns, where there is SYSENTER. */
u32 call(u32 number, u32 a, u32 b);

/* Text with one number (%u or %x) at most, in one call. */
void say(const char *format, u32 value);
/* Leave with status 1 and a text unless it is true. */
void check(bool ok, const char *what);
/* Add to the kernel's checksum. */
void report(u32 word);
/* Work until the timer has come `n` times since the program's start. */
bool enough_ticks(u32 n);
u32 mix(u32 hash, u32 word);

#endif

/* SPDX-License-Identifier: MIT
 * Memory copy and fill for monitor context, which calls nothing of libc: libc's
 * versions may use SSE registers, and those hold guest values there.
 */
#ifndef REFVMM_MONSTRING_H
#define REFVMM_MONSTRING_H

#include "refvmm/types.h"

/* Copy n bytes; the ranges must not overlap. */
void mon_copy(void *dst, const void *src, u32 n);
/* Set n bytes to `byte`. */
void mon_set(void *dst, u8 byte, u32 n);

#endif

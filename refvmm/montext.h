/* SPDX-License-Identifier: MIT
 * Text for monitor context: a formatter small enough to need no libc, and the
 * one way in which monitor code reports that the VM cannot go on.
 */
#ifndef REFVMM_MONTEXT_H
#define REFVMM_MONTEXT_H

#include <stdarg.h>

#include "refvmm/vcpu.h"

/* Knows %s %c %d %u %x %%, with an optional width after a 0 (%08x).  Always
 * terminates `dst` (size > 0); what does not fit is cut off.  An unknown
 * conversion is copied as it stands.  Returns the length written. */
u32 mon_format(char *dst, u32 size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
u32 mon_vformat(char *dst, u32 size, const char *fmt, va_list ap);

/* Write stop_text and return MON_STOP, so that callers can tail it. */
enum mon mon_stop(struct vcpu *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

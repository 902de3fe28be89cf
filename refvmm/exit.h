/* SPDX-License-Identifier: MIT
 * Exit codes as an enum (RC_*), and the one way to refuse: a single line on
 * stderr.
 */
#ifndef REFVMM_EXIT_H
#define REFVMM_EXIT_H

#define EXIT_CODE(name, code, meaning) RC_##name = code,
enum exit_code {
#include "refvmm/exit.def"
};
#undef EXIT_CODE

/* Exit status for a byte written to the guest exit port 0xF4. */
static inline int exit_from_guest(unsigned n)
{
	return (int)(((n << 1) | 1) & 0xff);
}

/* Print "refvmm: WHAT: message" as exactly one line on stderr (control bytes
 * become '?') and return `code`, so that callers can tail it.  `what` is the
 * option or part concerned; NULL leaves it out. */
int refuse(enum exit_code code, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: MIT
 * What the files of the MOO reader and writer share.
 */
#ifndef CONFORMANCE_VECTORS_MOO_PARTS_H
#define CONFORMANCE_VECTORS_MOO_PARTS_H

#include "conformance/vectors/moo.h"

#define MOO_REGS16 14
/* Register of bit n of a REGS bitmap. */
extern const u8 moo_reg_of16[MOO_REGS16];

bool moo_start(struct moo_file *f);
/* Record an error at `where` in the data; returns false. */
bool moo_fail(struct moo_file *f, const u8 *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

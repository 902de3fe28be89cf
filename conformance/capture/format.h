/* SPDX-License-Identifier: MIT
 * Captured vectors as MOO files; docs/vector-format.md describes the chunks.
 */
#ifndef CONFORMANCE_CAPTURE_FORMAT_H
#define CONFORMANCE_CAPTURE_FORMAT_H

#include "conformance/capture/cell.h"
#include "conformance/vectors/moo.h"

/* Kinds of UNDF records. */
enum { UNDF_EFLAGS, UNDF_GPR, UNDF_RAM };
/* FALT: which fields are valid. */
enum { FALT_ERROR = 1, FALT_CR2 = 2, FALT_PARTS = 4 /* page of CR2 only */ };

/* Header and everything that stands before the first test; mixed: a file of several
 * opcodes. */
void format_header(struct moo_out *o, const struct vcell *c, u64 seed, bool mixed);
void format_test(struct moo_out *o, u32 index, const struct vcell *c, const struct vec *v,
		 const struct outcome *r);
/* A test's name: that of its cell and the serial number. */
void format_name(const struct vcell *c, u32 serial, char *out, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 * What a test of a published real-mode set says an IA-32 processor has to do: the
 * rules that turn a capture of an older chip into an expectation, each with its
 * reason (README.md).  Knows no VMM.
 */
#ifndef CONFORMANCE_VECTORS_EXPECT_H
#define CONFORMANCE_VECTORS_EXPECT_H

#include "conformance/vectors/hostcheck.h"
#include "conformance/vectors/moo.h"

enum chip { CHIP_8086, CHIP_286, CHIP_386 };

/* Who stands behind the expectation. */
#define CLASS(id, name, compared) CLASS_##id,
enum vclass {
#include "conformance/vectors/classes.def"
	CLASSES
};
#undef CLASS
extern const char *const class_name[CLASSES], *const class_compared[CLASSES];

struct expectation {
	enum vclass class;
	const char *drop; /* why it is not run; NULL: it is */
	/* Not delivered but held: this exception, with no register changed but these. */
	bool fault;
	u8 vector;
	u32 start[MOO_REGS]; /* before; junk of the capture cleared */
	u32 value[MOO_REGS], care[MOO_REGS];
	/* Flags as they were pushed by an exception: bits of `care` for them. */
	bool has_flags_address;
	u32 flags_address;
	/* CLASS_UNDEFINED: flags may also differ in exactly these bits, as the other
	 * chip has them; `undefined`: all that the manual leaves open. */
	u32 other, undefined;
	/* Counted up to the end, with the HLT that ends it; -1: a set that does not tell
	 * which exceptions came. */
	int instructions;
};

/* Which chip the set is of, by its header; false: none that is known here. */
bool chip_of(const struct moo_file *f, enum chip *chip);

void expect(struct expectation *e, enum chip chip, const struct moo_file *f,
	    const struct moo_test *t, const struct host_row *host);

#endif

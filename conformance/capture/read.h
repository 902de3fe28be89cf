/* SPDX-License-Identifier: MIT
 * Reading captured vectors back: the chunks of docs/vector-format.md on top of
 * the MOO reader.  Everything a reader needs is in the file; nothing here knows
 * how the vectors were made.
 */
#ifndef CONFORMANCE_CAPTURE_READ_H
#define CONFORMANCE_CAPTURE_READ_H

#include "conformance/vectors/moo.h"

#define SET_SEGS       64
#define SET_PAGES      256
#define SET_CHIPS      16
#define SET_ANSWERS    96
#define SET_CHIP_BYTES 72 /* of a CHIP chunk */

struct set_seg {
	u16 selector;
	u8 access, flags; /* flags: 8 granularity, 4 D/B */
	u32 base, limit;  /* limit in bytes */
};

/* A processor that answered; number 0 is the one whose state FINA holds. */
struct set_chip {
	u32 number, signature;
	char vendor[13], name[49];
	u16 family;
	u8 model, stepping;
};

/* What holds for all vectors of a file. */
struct set_world {
	u8 cpl;
	u32 cr0, cr4;
	u32 ldt_entries;
	struct set_seg seg[SET_SEGS];
	u32 nsegs;
	u32 page[SET_PAGES]; /* linear address | PTE bits P W U */
	u32 npages;
	u8 fx[512];
	struct set_chip chip[SET_CHIPS];
	u32 nchips;
};

struct set_undef {
	u8 kind, chip;
	u32 where, mask, value; /* RAM: address, bytes, 0 */
};

/* What a chip other than number 0 gave where the manual leaves it open. */
enum set_answer_kind { ANSWER_EFLAGS, ANSWER_GPR, ANSWER_RAM, ANSWER_FX, ANSWER_KINDS };

struct set_answer {
	u8 chip, kind;
	u16 n;     /* bytes */
	u32 where; /* register of RG32, linear address, offset in the FXSAVE image */
	const u8 *bytes;
};

#define SET_UNDEFS 8

struct set_test {
	struct moo_test moo;
	u8 feature, tolerance;
	bool flat, fpu;
	u8 fx_init[512], fx_fina[512];
	struct set_undef undef[SET_UNDEFS];
	u32 nundefs;
	struct set_answer answer[SET_ANSWERS];
	u32 nanswers;
	bool fault, has_error, has_cr2, parts;
	u8 vector;
	u16 error;
	u32 cr2;
};

/* NULL, or what is wrong with the file's own chunks. */
const char *set_read_world(const struct moo_file *f, struct set_world *w);
const char *set_read_test(const struct set_world *w, const struct moo_test *m, struct set_test *t);
/* Descriptor of a selector; NULL when the table has none. */
const struct set_seg *set_find_seg(const struct set_world *w, u16 selector);
/* Is this offset of the FXSAVE image state (docs/vector-format.md)? */
bool set_fx_state(unsigned offset);

/* Make the final registers and FXSAVE image of *t those of a chip; memory is asked by
 * set_answer_byte(): was byte `lin` another one on that chip, and which? */
void set_answer_as(struct set_test *t, u8 chip);
bool set_answer_byte(const struct set_test *t, u8 chip, u32 lin, u8 *byte);

#endif

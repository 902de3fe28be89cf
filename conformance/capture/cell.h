/* SPDX-License-Identifier: MIT
 * Cells of the matrix: opcode, form, operand size, code size, prefix class.
 * Every family of instructions adds its cells in a fixed order; a vector is
 * named by its cell and a serial number in it, and depends on nothing else but
 * the seed.
 */
#ifndef CONFORMANCE_CAPTURE_CELL_H
#define CONFORMANCE_CAPTURE_CELL_H

#include "conformance/capture/vec.h"

/* Prefix classes are sets of these. */
enum { PF_A = 1, PF_S = 2, PF_LOCK = 4, PF_REPE = 8, PF_REPNE = 16 };

enum feature { FEAT_BASE, FEAT_CMOV, FEAT_MMX, FEAT_FXSR, FEAT_SSE, FEAT_SSE2, FEAT_COUNT };
extern const char *const feature_names[FEAT_COUNT];

struct maker; /* private to the family */
struct vcell {
	u32 id;
	const char *group, *mnemonic, *cite;
	char form[32];
	char opcode[12]; /* file the cell is in: "0FAF", "80.4" */
	u8 size;         /* operand size in bytes, 0: it has none to choose */
	u8 prefix;
	bool code32;
	u8 feature;
	/* for the family */
	void (*make)(struct maker *m);
	const void *row;
	u8 arg;
};

struct empty_cell {
	char name[96];
	const char *reason;
};

struct cells {
	struct vcell *v;
	u32 n, room;
	struct empty_cell *empty;
	u32 nempty, room_empty;
};

/* All cells in order.  Exits when out of memory. */
void cells_make(struct cells *c);
void cells_free(struct cells *c);
/* For the families: a copy of *c in both code sizes. */
void cells_add(struct cells *cs, struct vcell *c);
void cells_empty(struct cells *cs, const struct vcell *c, const char *prefixes, const char *reason);
/* group/mnemonic/opcode/form/oN/cN/prefixes */
void cell_name(const struct vcell *c, char *out, size_t n);
void prefix_name(unsigned set, char *out, size_t n);
/* "0FAF" or "80.4"; with a mandatory prefix in bits 16..23 "660F6F". */
void cell_opcode(struct vcell *c, u32 opcode, int digit);

/* The serial number of the one vector that stands for a cell in a sample. */
u32 cell_sample(const struct vcell *c);
/* Make vector `serial` of a cell.  Deterministic. */
void cell_vector(const struct vcell *c, u64 seed, u32 serial, struct vec *v);

void cells_operand(struct cells *cs);
void cells_string(struct cells *cs);
void cells_stack(struct cells *cs);
void cells_flow(struct cells *cs);
void cells_segment(struct cells *cs);
void cells_misc(struct cells *cs);
void cells_x87(struct cells *cs);

#endif

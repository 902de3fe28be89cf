/* SPDX-License-Identifier: MIT
 * The program generator: everything random comes from one seed, so a seed names
 * an image.
 *
 * An image is a list of blocks, each for one mode of the processor.  A block is
 * a list of elements: an instruction with what it needs around it (operands set
 * up, undefined results removed) or a small construct (loop, call, far jump).
 * Between elements stand landing pads, where the runtime goes on after a fault.
 * What makes programs end and stay inside their memory:
 *  - segments of generated code cover only the hashed regions; the flat ones
 *    are loaded for one access to an address known to the generator;
 *  - ESP is changed by the stack's own instructions, and reset at every pad;
 *  - memory operands through EBP and ESP lie below the live stack;
 *  - backward jumps count down in the private segment, which only FS reaches.
 */
#ifndef CONFORMANCE_FUZZ_GEN_H
#define CONFORMANCE_FUZZ_GEN_H

#include "conformance/fuzz/layout.h"
#include "refvmm/types.h"

#define MAX_PADS 4000
#define EFL_TF   0x100

/* Bytes of one code region. */
struct code {
	u8 bytes[FZ_CODE_SIZE];
	u32 pc; /* offset in the region */
};

struct block {
	u16 mode, start, end, pads, n_pads, cs, ss, ds, es, gs, sp, fs;
	u32 flags;
	u16 succ[2];
	u32 elements;
};

/* What a minimiser may blank: an element, or what it must leave together because a
 * result that is not defined shows in between. */
struct range {
	u16 start, end, block;
	u8 depth; /* of the element; RANGE_FIXED */
	bool wide;
};
#define MAX_RANGES  8000
#define RANGE_FIXED 0xff

struct options {
	u64 seed;
	bool timer;      /* IRQ0 at 1 kHz; instructions that processors may treat differently */
	u32 verbose;     /* guest prints every block (1) and memory hashes (2) */
	u32 first, last; /* only these blocks have elements */
	u32 cut;         /* blocks end after this many elements, 0: all */
	u32 places;      /* end after this many blocks, 0: all */
};

struct gen {
	struct options opt;
	u64 rng;
	struct code code16, code32;
	struct code *c; /* where the current block goes */
	struct block block[FZ_MAX_BLOCKS];
	u32 n_blocks;
	u16 pad[MAX_PADS];
	u32 n_pads, first_pad; /* first_pad: of the current block */
	u32 clock;             /* counts between two ticks, 0: no clock (clock.inc) */
	u32 cr4;
	/* paging, see page.c */
	bool paging, pae, open, wp;
	u32 n_spans, span[8]; /* 2 or 4 MiB regions that have tables */
	u8 tables[FZ_TABLES_SIZE];
	/* the current block */
	u32 mode;
	bool d32, real, stack32;
	u8 cpl, iopl;
	bool stepped, counts_pads; /* the clock of the block: TF, landing pads */
	bool io_ok;                /* ring 3 may use all ports and CLI/STI */
	u32 nopad;                 /* > 0: inside a construct, no pads */
	u32 nostack;               /* > 0: no unbalanced stack instructions */
	u32 depth;                 /* nesting of constructs */
	struct range range[MAX_RANGES];
	u32 n_ranges;
	u16 index;   /* of the current block */
	u32 counter; /* next loop counter in the private segment */
};

/* rng.c: xorshift64*, and draws from it. */
u32 rnd(struct gen *g, u32 below);
bool chance(struct gen *g, u32 percent);
u32 rnd32(struct gen *g);
u32 value32(struct gen *g); /* edge values and others */
#define PICK(g, array) ((array)[rnd(g, sizeof(array) / sizeof((array)[0]))])

/* code.c: bytes. */
void b1(struct gen *g, u32 a);
void b2(struct gen *g, u32 a, u32 b);
void b3(struct gen *g, u32 a, u32 b, u32 c);
void w16(struct gen *g, u32 v);
void w32(struct gen *g, u32 v);
void immz(struct gen *g, u32 v, u32 opsize);
u32 room(const struct gen *g);
/* A page ends within the next `n` bytes of code, and a fault may come there; 40 of them. */
bool page_ends_within(const struct gen *g, u32 n);
bool page_ends(const struct gen *g);
void patch8(struct gen *g, u32 at);              /* rel8 at `at` leads here */
void patch_rel(struct gen *g, u32 at, u32 size); /* the same, rel16 or rel32 */
void patch_abs(struct gen *g, u32 at, u32 size); /* the offset of here */
/* Size prefixes: emitted when `size` (2 or 4) is not the code's own. */
void opsize(struct gen *g, u32 size);
void adsize(struct gen *g, u32 size);
void mov_imm(struct gen *g, u32 reg, u32 v);  /* mov e(reg), v */
void movw_imm(struct gen *g, u32 reg, u32 v); /* mov reg16, v */
void pad(struct gen *g);
/* A dword or byte of the private segment: modrm (disp only) behind an opcode;
 * the caller emits the FS prefix with fs(). */
void fs(struct gen *g);
void abs_operand(struct gen *g, u32 reg, u32 offset);
/* mov fs:[offset], v by size 1, 2, 4 */
void fs_store(struct gen *g, u32 offset, u32 v, u32 size);
/* mov fs, selector through AX */
void load_fs(struct gen *g, u32 selector);

/* operand.c: a ModRM memory operand on memory the block may touch. */
struct mem {
	u8 adsize, mod, rm, sib, has_sib, disp_size, seg;
	u32 disp;
};
#define SEG_NONE 0
/* Plans an operand and emits the setup of its registers.  `align`: 1 or 16;
 * `write`: the instruction writes it; `size`: bytes. */
struct mem plan_mem(struct gen *g, u32 align, bool write, u32 size);
void mem_prefixes(struct gen *g, const struct mem *m);
void mem_operand(struct gen *g, const struct mem *m, u32 reg);
u32 any_reg(struct gen *g); /* not ESP */

/* Flags by the manual's letters, to remove undefined results. */
enum { F_C = 1, F_P = 4, F_A = 16, F_Z = 64, F_S = 128, F_O = 0x800, F_ALL = 0x8d5 };
void fix_flags(struct gen *g, u32 undefined);

/* Elements; each returns after emitting at least one instruction. */
void el_data(struct gen *g);
void el_value(struct gen *g);
void el_string(struct gen *g);
void el_stack(struct gen *g);
void el_frame(struct gen *g);
void el_jcc(struct gen *g);
void el_loop(struct gen *g);
void el_count_loop(struct gen *g);
void el_call(struct gen *g);
void el_indirect(struct gen *g);
void el_far(struct gen *g);
void el_gate(struct gen *g);
void el_outward(struct gen *g);
void el_int(struct gen *g);
void el_segment(struct gen *g);
void el_system(struct gen *g);
void el_verify(struct gen *g);
void el_cr0(struct gen *g);
void el_flags(struct gen *g);
void el_port(struct gen *g);
void el_flat(struct gen *g);
void el_page(struct gen *g);
void el_code(struct gen *g);
void el_differs(struct gen *g);
void el_step(struct gen *g);
void el_bad(struct gen *g);
void el_x87(struct gen *g);
void el_x87_env(struct gen *g);
void el_mmx(struct gen *g);
void el_sse(struct gen *g);
void el_privileged(struct gen *g);

void element(struct gen *g);
/* From `start` to here is one range, RANGE_FIXED. */
void fixed_range(struct gen *g, u32 start);
void elements(struct gen *g, u32 n); /* nested in a construct */

/* gen.c */
void generate(struct gen *g, const struct options *opt);
/* The image: boot sector, runtime (files of the build), tables, code.  Returns
 * FZ_SECTORS + 1 sectors in `out`. */
bool make_image(const struct gen *g, const char *boot, const char *runtime, u8 *out);

#endif

/* SPDX-License-Identifier: MIT
 * Making one vector: seeded values, placing of operands, and an assembler for
 * one instruction that obeys the cell's prefix class.
 */
#ifndef CONFORMANCE_CAPTURE_MAKE_H
#define CONFORMANCE_CAPTURE_MAKE_H

#include "conformance/capture/cell.h"
#include "conformance/capture/world.h"
#include "conformance/gen/table.h"

/* Where the memory operand lies. */
enum place {
	AT_WORK,
	AT_ALIGN,  /* misaligned with EFLAGS.AC set */
	AT_EDGE,   /* last byte at the segment's limit */
	AT_OVER,   /* straddles it */
	AT_ABSENT, /* straddles the end of a page, the next is not there */
	AT_RO,     /* straddles into, or lies in, a read-only page */
	AT_NULL,   /* null selector */
	AT_ROSEG,  /* read-only segment */
	AT_XDOWN,  /* around the lower end of an expand-down segment */
	AT_SMALL,  /* around the end of a 4 KiB segment */
	AT_COUNT
};

struct maker {
	const struct vcell *c;
	struct vec *v;
	u64 rng;
	enum place place;
	bool fetch; /* put the code across a page end or the limit */
	bool flat;  /* CM_FLAT32 */
	u8 used;    /* registers with a meaning: neither base nor index */
	u8 addr;    /* address size in bytes */
	/* the instruction */
	u8 prefix[8], nprefix;
	u8 op[4], nop;
	u8 modrm[8], nmodrm;
	u8 imm[8], nimm;
	u32 placed; /* EIP is settled when not 0 */
};

void make_start(struct maker *m, const struct vcell *c, struct vec *v, u64 seed);
/* Assemble the code and put it into memory with a HLT behind it. */
void make_finish(struct maker *m);

u32 mrnd(struct maker *m);
static inline u32 mbelow(struct maker *m, u32 n)
{
	return (u32)(((u64)mrnd(m) * n) >> 32);
}
static inline bool one_in(struct maker *m, u32 n)
{
	return mbelow(m, n) == 0;
}

/* Values: a corner case or anything. */
u32 mvalue(struct maker *m, unsigned size);
/* Lanes of `n` bytes: 's' single, 'd' double precision, 'x' 80 bits, else integers. */
void mlanes(struct maker *m, u8 *b, unsigned n, char type);

u8 *mreg_bit(struct maker *m, unsigned size, unsigned reg); /* marks it used */
/* A register of 1, 2 or 4 bytes that nothing else uses; marked used. */
unsigned mreg(struct maker *m, unsigned size);
void mset(struct maker *m, unsigned size, unsigned reg, u32 value);
u32 mget(const struct maker *m, unsigned size, unsigned reg);

/* Initial memory; later bytes win. */
void mmem(struct maker *m, u32 lin, const void *data, unsigned n);
void mmem32(struct maker *m, u32 lin, u32 value, unsigned size);
/* Two operands in a row: bounds, far pointers. */
void mmem_pair(struct maker *m, u32 lin, u32 a, unsigned na, u32 b, unsigned nb);
bool mstack16(const struct maker *m);
/* Bytes from this stack pointer on, each where its address wraps to. */
void mstack(struct maker *m, u32 sp, const void *data, unsigned n);
/* What a push of n bytes overwrites. */
void mstack_over(struct maker *m, unsigned n);
u32 seg_base(const struct maker *m, unsigned sreg);
/* Offset through this segment register that reaches an offset of its window. */
u32 seg_off(const struct maker *m, unsigned sreg, u32 off);
static inline u32 seg_window(unsigned sreg)
{
	return case_seg_base(sreg);
}

void mprefix(struct maker *m, u8 b);
void mopsize(struct maker *m, unsigned size); /* 66 where it is not the default */
void mopcode(struct maker *m, u32 opcode);
void mmodrm(struct maker *m, u32 value, unsigned bytes);
void mimm(struct maker *m, u32 value, unsigned bytes);
void mmodrm_reg(struct maker *m, unsigned reg, unsigned rm);

struct mref {
	u8 sreg;       /* A_SREGS: choose as the prefix class says */
	bool writes;   /* the operand is written */
	bool address;  /* LEA: nothing is accessed */
	bool aligned;  /* on its size */
	bool parts;    /* accessed in parts */
	bool no_ac;    /* #AC is not sure */
	unsigned size; /* bytes accessed */
	u32 lin;       /* out */
};
/* A memory operand by ModRM, at m->place. */
void mmemory(struct maker *m, unsigned reg_field, struct mref *r);
/* The same without ModRM: the offset alone, in the segment of r->sreg. */
u32 mplace(struct maker *m, struct mref *r);
/* Segment register of a cell with or without override; the prefix is put. */
unsigned msegment(struct maker *m, unsigned dflt);
void mundef(struct maker *m, enum undef rule, const struct operands *o);
void mumem(struct maker *m, u32 lin, unsigned len);

/* FPU state (fx.c). */
extern const u8 fx_base[FX_BYTES];
void mfx(struct maker *m); /* the vector has one; starts with fx_base */
void mfx_x87(struct maker *m);
void mfx_simd(struct maker *m);
u8 *mfx_mm(struct maker *m, unsigned reg);
static inline u8 *mfx_xmm(struct maker *m, unsigned reg)
{
	return m->v->fx + FX_XMM + 16 * reg;
}

#endif

/* SPDX-License-Identifier: MIT
 * One vector: an instruction, the state before it and, when a processor has run
 * it, the state after it.  The memory world is that of the cases (arena.h,
 * segments.def); world.h says which of its pages exist.
 */
#ifndef CONFORMANCE_CAPTURE_VEC_H
#define CONFORMANCE_CAPTURE_VEC_H

#include "conformance/tcase.h"

#define VEC_CODE_MAX 16 /* one byte more than an instruction may have */
#define VEC_MEM_MAX  16
#define VEC_POOL_MAX 640
#define VEC_UMEM_MAX 6
#define FX_BYTES     512

/* FXSAVE image (SDM vol. 1 table 10-2). */
enum {
	FX_FCW = 0,
	FX_FSW = 2,
	FX_FTW = 4,
	FX_PTRS = 6,
	FX_MXCSR = 24,
	FX_MASK = 28,
	FX_ST = 32,
	FX_XMM = 160,
	FX_END = 288
};

/* What a judge must tolerate in floating-point results. */
enum vec_tolerance {
	TOL_EXACT,
	TOL_ULP,    /* transcendental: ST registers within 1 ulp (SDM vol. 1, 8.3.10) */
	TOL_APPROX, /* RCPPS and RSQRTPS: relative error 1.5 * 2^-12 */
};

struct vec {
	u32 cell, serial;
	u8 mode; /* CM_PM16, CM_PM32 or CM_FLAT32 */
	bool fpu;
	u8 tolerance;
	u16 pages; /* pages of every segment the vector may touch */
	u32 gpr[8], eip, eflags;
	u16 sel[A_SREGS];
	u8 code[VEC_CODE_MAX], code_len;
	struct {
		u32 lin;
		u16 len, at; /* bytes at pool[at] */
	} mem[VEC_MEM_MAX];
	u8 nmem;
	u16 pooled;
	u8 pool[VEC_POOL_MAX];
	/* Undefined by the manual. */
	u32 undef; /* EFLAGS */
	u8 undef_reg;
	u32 undef_mask; /* bits of undef_reg */
	struct {
		u32 lin;
		u16 len;
	} umem[VEC_UMEM_MAX];
	u8 numem;
	bool parts;         /* operand accessed in parts: the page of CR2 counts, not the offset */
	bool umem_of_fault; /* undefined if it faults, else if it does not */
	u8 fx[FX_BYTES];    /* with fpu */
};

#define OUT_MEM_MAX 600

struct outcome {
	u32 gpr[8], eip, eflags;
	u16 sel[A_SREGS];
	u8 trap;
	bool done; /* stopped at the HLT behind it */
	u16 error;
	u32 cr2;
	u16 nmem;
	struct out_byte {
		u32 lin;
		u8 b;
	} mem[OUT_MEM_MAX];
	u8 fx[FX_BYTES]; /* with vec.fpu */
};

#endif

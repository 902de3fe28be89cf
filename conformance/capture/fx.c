/* SPDX-License-Identifier: MIT
 * FPU, MMX and SSE state of a vector: the FXSAVE image (SDM vol. 1 10.5.1).
 * What an instruction does not name keeps the values of fx_base, so that vectors
 * stay small.
 */
#include <string.h>

#include "conformance/capture/make.h"

#define NUM(a, e) a, a, a, a, a, a, a, 0x80 | (a), 0xff & (e), (e) >> 8, 0, 0, 0, 0, 0, 0
#define X(a)      a, (a) + 1, (a) + 2, (a) + 3, a, (a) + 5, (a) + 6, (a) + 7, a, 9, 8, 7, 6, 5, 4, a

const u8 fx_base[FX_BYTES] = {
	[FX_FCW] = 0x7f,
	[FX_FCW + 1] = 0x03,
	[FX_MXCSR] = 0x80,
	[FX_MXCSR + 1] = 0x1f,
	[FX_ST] = NUM(0x11, 0x3fff),
	NUM(0x12, 0x4001),
	NUM(0x13, 0xbfff),
	NUM(0x14, 0x4000),
	NUM(0x15, 0x3ffd),
	NUM(0x16, 0xc002),
	NUM(0x17, 0x4005),
	NUM(0x18, 0x3ffe),
	[FX_XMM] = X(0x20),
	X(0x30),
	X(0x40),
	X(0x50),
	X(0x60),
	X(0x70),
	X(0x80),
	X(0x90),
};

static u16 get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)v;
	p[1] = (u8)(v >> 8);
}

void mfx(struct maker *m)
{
	m->v->fpu = true;
	memcpy(m->v->fx, fx_base, FX_BYTES);
}

/* Status word whose ES agrees with flags and masks; B mirrors it. */
static void put_status(u8 *fx, u32 fsw)
{
	u32 fcw = get16(fx + FX_FCW);

	fsw &= 0x7f7f;
	if (fsw & ~fcw & 0x3f)
		fsw |= 0x8080;
	put16(fx + FX_FSW, fsw);
}

void mfx_x87(struct maker *m)
{
	u8 *fx = m->v->fx;
	u32 fcw, fsw;
	unsigned i;

	mfx(m);
	/* precision control 1 is reserved; any rounding */
	fcw = 0x37f & ~0x300u;
	fcw |= (u32[]){0, 0x200, 0x300, 0x300}[mbelow(m, 4)];
	if (one_in(m, 2))
		fcw |= mbelow(m, 4) << 10;
	if (one_in(m, 8))
		fcw &= ~(mrnd(m) & 0x3f);
	put16(fx + FX_FCW, fcw);
	fsw = mbelow(m, 8) << 11; /* TOP */
	if (one_in(m, 2))
		fsw |= mrnd(m) & 0x4700; /* condition codes */
	if (one_in(m, 4))
		fsw |= mrnd(m) & fcw & 0x7f; /* sticky, masked */
	if (one_in(m, 24))
		fsw |= mrnd(m) & 0x3f; /* pending, if unmasked */
	put_status(fx, fsw);
	fx[FX_FTW] = (u8)(one_in(m, 4) ? mrnd(m) : one_in(m, 3) ? 0xffu : 0xffu << mbelow(m, 4));
	/* tags are by physical register: let most have ST(0) and ST(1) full */
	if (!one_in(m, 6)) {
		unsigned top = fsw >> 11 & 7;

		fx[FX_FTW] |= (u8)(1u << top | 1u << ((top + 1) & 7));
		if (mrnd(m) & 1)
			fx[FX_FTW] &= (u8) ~(1u << ((top + 7) & 7));
	}
	for (i = 0; i < 2; i++)
		mlanes(m, fx + FX_ST + 16 * i, 10, 'x');
}

void mfx_simd(struct maker *m)
{
	u8 *fx = m->v->fx;
	u32 mxcsr = 0x1f80;

	mfx(m);
	put_status(fx, mbelow(m, 8) << 11 | (one_in(m, 4) ? mrnd(m) & 0x4700 : 0));
	if (one_in(m, 4))
		fx[FX_FTW] = (u8)mrnd(m);
	if (one_in(m, 64)) { /* a pending x87 exception comes first on MMX */
		put16(fx + FX_FCW, 0x37e);
		put_status(fx, get16(fx + FX_FSW) | 1);
	}
	if (one_in(m, 2))
		mxcsr |= mbelow(m, 4) << 13;
	if (one_in(m, 4))
		mxcsr |= mrnd(m) & 0x3f;
	if (one_in(m, 6))
		mxcsr |= 0x8000; /* flush to zero */
	if (m->c->feature == FEAT_SSE2 && one_in(m, 6))
		mxcsr |= 0x40; /* denormals are zeros */
	if (one_in(m, 6))
		mxcsr &= ~(mrnd(m) & 0x1f80);
	memcpy(fx + FX_MXCSR, &mxcsr, 4);
}

/* MMX registers are physical ones, the image is by ST(i). */
u8 *mfx_mm(struct maker *m, unsigned reg)
{
	unsigned top = get16(m->v->fx + FX_FSW) >> 11 & 7;

	return m->v->fx + FX_ST + 16 * ((reg - top) & 7);
}

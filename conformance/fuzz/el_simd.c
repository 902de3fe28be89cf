/* SPDX-License-Identifier: MIT
 * Elements: MMX, SSE and SSE2.
 */
#include "conformance/fuzz/gen.h"

enum { MEM = 1, REG = 2, GREG = 4, GRM = 8, IMM = 16, WR = 32, COUNT = 64 };

struct simd {
	u8 prefix, code, form, digit;
};

/* MMX: 0F opcode, no prefix. */
static const u8 mmx[] = {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b,
			 0x6f, 0x74, 0x75, 0x76, 0xd1, 0xd2, 0xd3, 0xd5, 0xd8, 0xd9, 0xdb, 0xdc,
			 0xdd, 0xdf, 0xe1, 0xe2, 0xe5, 0xe8, 0xe9, 0xeb, 0xec, 0xed, 0xef, 0xf1,
			 0xf2, 0xf3, 0xf5, 0xf8, 0xf9, 0xfa, 0xfc, 0xfd, 0xfe,
			 /* SSE and SSE2 additions to MMX registers */
			 0xd4, 0xda, 0xde, 0xe0, 0xe3, 0xe4, 0xea, 0xee, 0xf4, 0xf6, 0xfb};

/* Instructions that exist with these prefixes: 1 none, 2 66, 4 F3, 8 F2. */
static const struct {
	u8 code, prefixes, form;
} sse[] = {
	{0x10, 15, 0},         {0x11, 15, WR},
	{0x12, 3, MEM},        {0x13, 3, MEM | WR},
	{0x14, 3, 0},          {0x15, 3, 0},
	{0x16, 3, MEM},        {0x17, 3, MEM | WR},
	{0x28, 3, 0},          {0x29, 3, WR},
	{0x2a, 12, 0},         {0x2b, 3, MEM | WR},
	{0x2c, 12, GREG},      {0x2d, 12, GREG},
	{0x2e, 3, 0},          {0x2f, 3, 0},
	{0x50, 3, GREG | REG}, {0x51, 15, 0},
	{0x54, 3, 0},          {0x55, 3, 0},
	{0x56, 3, 0},          {0x57, 3, 0},
	{0x58, 15, 0},         {0x59, 15, 0},
	{0x5a, 15, 0},         {0x5b, 7, 0},
	{0x5c, 15, 0},         {0x5d, 15, 0},
	{0x5e, 15, 0},         {0x5f, 15, 0},
	{0xc2, 15, IMM},       {0xc6, 3, IMM},
	{0x6c, 2, 0},          {0x6d, 2, 0},
	{0x6e, 2, GRM},        {0x7e, 2, GRM | WR},
	{0x7e, 4, 0},          {0x70, 14, IMM},
	{0x7f, 6, WR},         {0x6f, 6, 0},
	{0xd6, 2, WR},         {0xd6, 12, REG},
	{0xe6, 14, 0},         {0xe7, 2, MEM | WR},
	{0xc4, 2, GRM | IMM},  {0xc5, 2, GREG | REG | IMM},
	{0xd7, 2, GREG | REG}, {0x12, 1, REG},
	{0x16, 1, REG},        {0x2a, 3, 0},
	{0x2c, 3, 0},          {0x2d, 3, 0},
	{0x60, 2, 0},          {0x63, 2, 0},
	{0x64, 2, 0},          {0x67, 2, 0},
	{0x74, 2, 0},          {0xd1, 2, 0},
	{0xd4, 2, 0},          {0xd5, 2, 0},
	{0xd8, 2, 0},          {0xda, 2, 0},
	{0xe0, 2, 0},          {0xe4, 2, 0},
	{0xef, 2, 0},          {0xf4, 2, 0},
	{0xf5, 2, 0},          {0xf6, 2, 0},
	{0xfb, 2, 0},          {0xfe, 2, 0},
	{0xc4, 1, GRM | IMM},  {0xc5, 1, GREG | REG | IMM},
	{0xd7, 1, GREG | REG}, {0x70, 1, IMM},
	{0xe7, 1, MEM | WR},
};

/* Returns the register operand. */
static u32 simd(struct gen *g, u32 prefix, u32 code, u32 form, u32 align)
{
	bool memory = (form & MEM) || (!(form & REG) && chance(g, 45));
	u32 reg = form & GREG ? any_reg(g) : rnd(g, 8);
	struct mem m;

	if (memory) {
		m = plan_mem(g, align, form & WR, 16);
		mem_prefixes(g, &m);
	}
	if (prefix)
		b1(g, prefix);
	b2(g, 0x0f, code);
	if (memory)
		mem_operand(g, &m, reg);
	else
		b1(g, 0xc0 | reg << 3 | (form & GRM ? any_reg(g) : rnd(g, 8)));
	if (form & IMM)
		b1(g, code == 0xc2 ? rnd(g, 8) : rnd(g, 256));
	return reg;
}

/* Bochs 2.7 does not write the register of PSRAW and PSRAD with a count of 0, so
 * its x87 exponent is not all ones then (docs/findings.md). */
static void touch(struct gen *g, u32 mm)
{
	if (!g->opt.timer)
		b3(g, 0x0f, 0x6f, 0xc0 | mm << 3 | mm);
}

void el_mmx(struct gen *g)
{
	u32 r = rnd(g, 12), code, mm;

	if (r == 0) {
		b2(g, 0x0f, 0x77);
	} else if (r == 1) {
		simd(g, 0, 0x6e, GRM, 1);
	} else if (r == 2) {
		simd(g, 0, 0x7e, GRM | WR, 1);
	} else if (r == 3) {
		simd(g, 0, 0x7f, WR, 1);
	} else if (r == 4) { /* shifts by an immediate */
		u32 k = rnd(g, 8);

		mm = rnd(g, 8);
		b3(g, 0x0f, "\x71\x71\x71\x72\x72\x72\x73\x73"[k],
		   0xc0 | (u32) "\2\4\6\2\4\6\2\6"[k] << 3 | mm);
		b1(g, rnd(g, 70));
		touch(g, mm);
	} else {
		code = PICK(g, mmx);
		mm = simd(g, 0, code, 0, 1);
		if (code == 0xe1 || code == 0xe2)
			touch(g, mm);
	}
}

static void mxcsr(struct gen *g)
{
	u32 v = 0x1f80 | rnd(g, 4) << 13 | (chance(g, 30) ? 0x8000 : 0), e;

	if (chance(g, 15)) {
		e = rnd(g, 6);              /* an unmasked exception: #XM */
		if (e != 4 || g->opt.timer) /* underflow: Bochs sets PE for an exact result */
			v &= ~(0x80u << e);
	}
	if (chance(g, 60)) {
		fs_store(g, 0x3f0, v, 4);
		fs(g);
		b2(g, 0x0f, 0xae);
		abs_operand(g, 2, 0x3f0);
	} else {
		fs(g);
		b2(g, 0x0f, 0xae);
		abs_operand(g, 3, 0x3f0);
	}
}

void el_sse(struct gen *g)
{
	static const u8 prefix[] = {0, 0x66, 0xf3, 0xf2};
	u32 k = rnd(g, sizeof(sse) / sizeof(sse[0])), p, r = rnd(g, 20);

	if (r == 0) {
		mxcsr(g);
	} else if (r == 1) { /* PSRLDQ and PSLLDQ, PSRLQ, PSLLD */
		b1(g, 0x66);
		b3(g, 0x0f, 0x73, 0xc0 | (u32) "\2\3\6\7"[rnd(g, 4)] << 3 | rnd(g, 8));
		b1(g, rnd(g, 20));
	} else if (r == 2) { /* LFENCE, MFENCE, SFENCE */
		b3(g, 0x0f, 0xae, 0xe8 + 8 * rnd(g, 3));
	} else {
		do
			p = rnd(g, 4);
		while (!(sse[k].prefixes >> p & 1));
		simd(g, prefix[p], sse[k].code, sse[k].form, chance(g, 90) ? 16 : 1);
	}
}

/* Results that differ between processors: run, and made equal if compared. */
void el_differs(struct gen *g)
{
	u32 r = rnd(g, g->opt.timer ? 10 : 4);

	/* A page fault or the clock would show them. */
	if (!g->opt.timer && (g->clock || page_ends(g))) {
		el_flat(g);
		return;
	}
	g->nopad++;
	switch (r) {
	case 0:
		mov_imm(g, 0, rnd(g, 4));
		b2(g, 0x0f, 0xa2); /* CPUID */
		for (u32 k = 0; k < 4; k++)
			mov_imm(g, k, value32(g));
		break;
	case 1:
		b2(g, 0x0f, 0x31); /* RDTSC */
		mov_imm(g, 0, value32(g));
		mov_imm(g, 2, value32(g));
		break;
	case 2:
		if (!g->cpl) {
			mov_imm(g, 1, 0x10);
			b2(g, 0x0f, 0x32); /* RDMSR of the TSC */
		}
		mov_imm(g, 0, value32(g));
		mov_imm(g, 2, value32(g));
		break;
	case 3:
		movw_imm(g, 2, 0x40 + rnd(g, 3)); /* 8254, or #GP */
		if (g->io_ok)
			b1(g, 0xec);
		mov_imm(g, 0, value32(g));
		break;
	case 4:
		b2(g, 0x0f, chance(g, 50) ? 0x34 : 0x35); /* SYSENTER, SYSEXIT */
		break;
	case 5:
		simd(g, chance(g, 50) ? 0xf3 : 0, chance(g, 50) ? 0x52 : 0x53, 0, 16);
		break;
	case 6:
		b2(g, 0xdf, 0x04 | 0x20); /* FBLD of anything */
		if (g->d32)
			b1(g, 0x24);
		break;
	default: /* transcendental */
		b2(g, 0xd9, "\xf0\xf1\xf2\xf3\xf5\xf8\xf9\xfb\xfe\xff"[rnd(g, 10)]);
	}
	g->nopad--;
}

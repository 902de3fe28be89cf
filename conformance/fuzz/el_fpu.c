/* SPDX-License-Identifier: MIT
 * Elements: x87.  What two correct processors may do differently is kept out of
 * the compared half: transcendental functions, C0 to C3 after arithmetic, the
 * pointers of the last instruction, BCD loads of bytes that are no digits.
 */
#include "conformance/fuzz/gen.h"

#define ENV 0x400 /* environment images in the private segment */

static void status_word(struct gen *g, u32 seen)
{
	g->nopad++;
	b2(g, 0xdf, 0xe0); /* fnstsw ax */
	opsize(g, 2);
	b1(g, 0x25);
	w16(g, seen);
	b2(g, 0x3c, rnd(g, 256));
	g->nopad--;
}

static bool stores(u32 esc, u32 digit)
{
	switch (esc) {
	case 0xd9:
		return digit == 2 || digit == 3;
	case 0xdb:
		return digit == 2 || digit == 3 || digit == 7;
	case 0xdd:
		return digit == 2 || digit == 3;
	case 0xdf:
		return digit == 2 || digit == 3 || digit >= 6;
	default:
		return false;
	}
}

static void load_control(struct gen *g, u32 word)
{
	fs_store(g, ENV, word, 2);
	fs(g);
	b1(g, 0xd9);
	abs_operand(g, 5, ENV);
}

static void mem_op(struct gen *g)
{
	static const u8 esc[] = {0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf};
	u32 e = PICK(g, esc), digit = rnd(g, 8);
	struct mem m;

	if (e == 0xd9 && digit >= 4)
		digit &= 3;
	if (e == 0xdd && digit >= 4)
		digit &= 3;
	if (e == 0xdf && digit == 4)
		digit = 5;
	/* Bochs 2.7 leaves out the checks of a store that an unmasked exception
	 * prevents; when FSTP m80 and FBSTP fault, a stack underflow is noted and eight
	 * bytes may be written (docs/findings.md).  Compared images mask exceptions
	 * first, and store those ten bytes where they do not fault. */
	if (stores(e, digit) && !g->opt.timer) {
		load_control(g, 0x37f | rnd(g, 4) << 10);
		if ((e == 0xdb && digit == 7) || (e == 0xdf && digit == 6)) {
			fs(g);
			b1(g, e);
			abs_operand(g, digit, ENV);
			return;
		}
	}
	/* Results of FSTP m80 and FBSTP have no excess bytes: all of them compare. */
	m = plan_mem(g, 1, true, 10);
	mem_prefixes(g, &m);
	b1(g, e);
	mem_operand(g, &m, digit);
}

static void reg_op(struct gen *g)
{
	static const u8 d9[] = {0xd0, 0xe0, 0xe1, 0xe8, 0xe9, 0xea, 0xeb, 0xec,
				0xed, 0xee, 0xf6, 0xf7, 0xfa, 0xfc, 0xfd, 0xf4};
	u32 r = rnd(g, 8);

	switch (rnd(g, 12)) {
	case 0:
	case 1:
		b2(g, "\xd8\xdc\xde"[rnd(g, 3)], 0xc0 | rnd(g, 8) << 3 | r);
		break;
	case 2:
		b2(g, 0xd9, 0xc0 | rnd(g, 2) << 3 | r); /* FLD, FXCH */
		break;
	case 3:
	case 4:
	case 5:
		b2(g, 0xd9, PICK(g, d9));
		break;
	case 6:
		b2(g, 0xda + rnd(g, 2), 0xc0 | rnd(g, 4) << 3 | r); /* FCMOVcc */
		break;
	case 7:
		b2(g, 0xdb + (rnd(g, 2) << 2), 0xe8 | rnd(g, 2) << 4 | r); /* FUCOMI */
		g->c->bytes[g->c->pc - 1] = (u8)(0xe8 + 8 * rnd(g, 2) + r);
		break;
	case 8:
		b2(g, 0xdd, 0xc0 | r);                  /* FFREE */
		b2(g, 0xdd, 0xd0 | rnd(g, 2) << 3 | r); /* FST, FSTP */
		break;
	case 9: /* comparisons: all condition codes are defined */
		if (chance(g, 40))
			b2(g, 0xd9, 0xe4 + rnd(g, 2)); /* FTST, FXAM */
		else if (chance(g, 50))
			b2(g, 0xdd, 0xe0 | rnd(g, 2) << 3 | r);
		else
			b2(g, 0xd8, 0xd0 | rnd(g, 2) << 3 | r);
		status_word(g, 0x4500 | 0x38bf);
		break;
	case 10:
		status_word(g, 0x38bf);
		break;
	default:
		b2(g, chance(g, 50) ? 0xda : 0xde, 0); /* FUCOMPP, FCOMPP */
		g->c->bytes[g->c->pc - 1] = g->c->bytes[g->c->pc - 2] == 0xda ? 0xe9 : 0xd9;
	}
}

static void control(struct gen *g)
{
	u32 word = 0x0040 | rnd(g, 4) << 8 | rnd(g, 4) << 10 | 0x3f;

	if (chance(g, 10))
		word &= ~(1u << rnd(g, 6)); /* an unmasked exception: #MF */
	switch (rnd(g, 6)) {
	case 0:
		b2(g, 0xdb, 0xe3);
		break;
	case 1:
		b2(g, 0xdb, 0xe2);
		break;
	case 2:
		b1(g, 0x9b);
		break;
	case 3:
		fs(g);
		b1(g, 0xd9);
		abs_operand(g, 7, ENV);
		break;
	default:
		load_control(g, word);
	}
}

void el_x87(struct gen *g)
{
	u32 r = rnd(g, 10);

	g->nopad++;
	if (r < 4)
		mem_op(g);
	else if (r < 9)
		reg_op(g);
	else
		control(g);
	g->nopad--;
	if (!g->nopad)
		pad(g);
}

/* Zero `n` dwords of the image at fs:[offset]. */
static void blank(struct gen *g, u32 offset, u32 n)
{
	for (u32 k = 0; k < n; k++)
		fs_store(g, offset + 4 * k, 0, 4);
}

/* Bytes of code that an image takes, with what blanks it, at most. */
#define ENV_CODE 160u

/* Environment, state and FXSAVE images without what is not compared, and back. */
void el_x87_env(struct gen *g)
{
	u32 size = chance(g, 70) == g->d32 ? 4 : 2, word = size;
	bool save = chance(g, 40);

	/* A fault in the fetch of what blanks it would leave all of it there. */
	if (!g->opt.timer && page_ends_within(g, ENV_CODE))
		return;
	g->nopad++;
	if ((g->cr4 & 0x200) && chance(g, 35)) { /* FXSAVE; else it may leave XMM out */
		fs(g);
		b2(g, 0x0f, 0xae);
		abs_operand(g, 0, ENV);
		fs_store(g, ENV + 2, 0, 2); /* status */
		fs_store(g, ENV + 6, 0, 2); /* opcode */
		blank(g, ENV + 8, 4);
		blank(g, ENV + 28, 1); /* MXCSR mask */
		if (chance(g, 60)) {
			fs(g);
			b2(g, 0x0f, 0xae);
			abs_operand(g, 1, ENV);
		}
		g->nopad--;
		return;
	}
	fs(g);
	opsize(g, size);
	b1(g, save ? 0xdd : 0xd9);
	abs_operand(g, 6, ENV);
	fs(g); /* C0 to C3 */
	opsize(g, 2);
	b1(g, 0x81);
	abs_operand(g, 4, ENV + word);
	w16(g, 0x38ff);
	b2(g, 0x3c, 7);
	if (size == 4) {
		for (u32 k = 0; k < 3; k++) /* upper halves are reserved */
			fs_store(g, ENV + 4 * k + 2, 0xffff, 2);
		blank(g, ENV + 12, 4);
	} else {
		blank(g, ENV + 6, 2);
	}
	if (save || chance(g, 60)) {
		fs(g);
		opsize(g, size);
		b1(g, save ? 0xdd : 0xd9);
		abs_operand(g, 4, ENV);
	}
	g->nopad--;
}

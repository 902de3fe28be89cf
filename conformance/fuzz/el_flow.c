/* SPDX-License-Identifier: MIT
 * Elements: near control flow.  Backward jumps are bounded: LOOP counts a
 * register that its body leaves alone, other loops count down in the private
 * segment.  A subroutine stands behind its call, so that the landing pad after a
 * fault in it is behind the call too.
 */
#include "conformance/fuzz/gen.h"

#define PTR 0x100 /* jump targets in the private segment */

static bool cramped(struct gen *g)
{
	return g->depth >= 3 || room(g) < 2000;
}

static u32 other_size(struct gen *g)
{
	return chance(g, 85) == g->d32 ? 4 : 2;
}

/* A forward jump; returns where its displacement is and its size. */
static u32 jump_forward(struct gen *g, u32 *size)
{
	*size = other_size(g);
	opsize(g, *size);
	b1(g, 0xe9);
	immz(g, 0, *size);
	return g->c->pc - *size;
}

void el_jcc(struct gen *g)
{
	u32 cc = rnd(g, 16), size, at;

	if (cramped(g)) {
		el_value(g);
		return;
	}
	if (chance(g, 30)) { /* short, over one small instruction */
		if (chance(g, 25)) {
			adsize(g, other_size(g));
			b2(g, 0xe3, 0); /* JCXZ, JECXZ */
		} else {
			b2(g, 0x70 + cc, 0);
		}
		at = g->c->pc - 1;
		el_value(g);
		patch8(g, at);
		return;
	}
	size = other_size(g);
	opsize(g, size);
	b2(g, 0x0f, 0x80 + cc);
	immz(g, 0, size);
	at = g->c->pc - size;
	elements(g, 1 + rnd(g, 3));
	patch_rel(g, at, size);
}

/* LOOPcc with a body that leaves ECX alone. */
void el_loop(struct gen *g)
{
	u32 top;

	mov_imm(g, 1, 1 + rnd(g, 12));
	top = g->c->pc;
	if (chance(g, 50))
		b1(g, 0x42 + rnd(g, 2)); /* inc edx, ebx */
	if (chance(g, 50))
		b2(g, 0x00, 0xc2 | rnd(g, 2) << 3); /* add dl, al or cl */
	if (chance(g, 20))
		adsize(g, g->d32 ? 2 : 4);
	b2(g, 0xe0 + rnd(g, 3), 0);
	g->c->bytes[g->c->pc - 1] = (u8)(top - g->c->pc);
}

/* Counted in a byte of the private segment. */
void el_count_loop(struct gen *g)
{
	u32 counter = g->counter++ & 0xff, top, size = g->d32 ? 4 : 2;

	if (cramped(g)) {
		el_loop(g);
		return;
	}
	fs_store(g, counter, 2 + rnd(g, 7), 1);
	top = g->c->pc;
	elements(g, 1 + rnd(g, 4));
	fs(g);
	b1(g, 0xfe); /* dec byte fs:[counter] */
	abs_operand(g, 1, counter);
	b2(g, 0x0f, 0x85);
	immz(g, top - g->c->pc - size, size);
}

static void ret(struct gen *g, u32 size, u32 drop)
{
	opsize(g, size);
	b1(g, drop ? 0xc2 : 0xc3);
	if (drop)
		w16(g, drop);
}

static void body(struct gen *g)
{
	g->nopad++;
	g->nostack++;
	elements(g, 1 + rnd(g, 3));
	g->nostack--;
	g->nopad--;
}

/* The return address is changed so that code behind the call is skipped. */
static void call_skipping(struct gen *g)
{
	u32 size = g->d32 ? 4 : 2, call, over, sub, skip, reg = any_reg(g);

	b1(g, 0xe8);
	immz(g, 0, size);
	call = g->c->pc - size;
	skip = g->c->pc;
	el_value(g); /* never runs */
	skip = g->c->pc - skip;
	b1(g, 0xe9);
	immz(g, 0, size);
	over = g->c->pc - size;
	patch_rel(g, call, size);
	sub = rnd(g, 2);
	if (sub) { /* pop, add, push */
		b1(g, 0x58 + reg);
		b3(g, 0x83, 0xc0 | reg, skip);
		b1(g, 0x50 + reg);
	} else { /* add [esp], skip */
		adsize(g, 4);
		b3(g, 0x83, 0x04, 0x24);
		b1(g, skip);
	}
	ret(g, size, 0);
	patch_rel(g, over, size);
}

void el_call(struct gen *g)
{
	u32 size = other_size(g), call, over, over_size, drop = chance(g, 30) ? 4 : 0;

	if (cramped(g) || g->nostack) {
		el_data(g);
		return;
	}
	g->nopad++;
	if (chance(g, 30)) {
		call_skipping(g);
		g->nopad--;
		return;
	}
	if (drop) {
		opsize(g, 4);
		b2(g, 0x6a, rnd(g, 256));
	}
	opsize(g, size);
	b1(g, 0xe8);
	immz(g, 0, size);
	call = g->c->pc - size;
	over = jump_forward(g, &over_size);
	patch_rel(g, call, size);
	body(g);
	ret(g, size, drop);
	patch_rel(g, over, over_size);
	g->nopad--;
}

/* mov reg, target (to be patched); returns where the target stands */
static u32 mov_target(struct gen *g, u32 reg)
{
	mov_imm(g, reg, 0);
	return g->c->pc - 4;
}

/* fs:[PTR] = target (to be patched) */
static u32 store_target(struct gen *g, u32 offset)
{
	fs_store(g, offset, 0, 4);
	return g->c->pc - 4;
}

/* One of two ways through fs:[PTR + reg * 4] (32-bit addressing). */
static void jump_table(struct gen *g)
{
	u32 t0 = store_target(g, PTR + 0x10), t1 = store_target(g, PTR + 0x14), end, size;
	u32 reg = 3;

	opsize(g, 4);
	b3(g, 0x83, 0xe0 | reg, 1); /* and ebx, 1 */
	b2(g, 0x3c, 1);
	fs(g);
	adsize(g, 4);
	b3(g, 0xff, 0x24, 0x85 | reg << 3); /* jmp [ebx*4 + disp32] */
	w32(g, PTR + 0x10);
	patch_abs(g, t0, 4);
	elements(g, 1 + rnd(g, 2));
	end = jump_forward(g, &size);
	patch_abs(g, t1, 4);
	elements(g, 1);
	patch_rel(g, end, size);
}

void el_indirect(struct gen *g)
{
	u32 reg = any_reg(g), t, size = g->d32 ? 4 : 2, over, over_size;

	if (cramped(g)) {
		el_value(g);
		return;
	}
	switch (rnd(g, g->nostack ? 3 : 6)) {
	case 0: /* jmp reg */
		t = mov_target(g, reg);
		b2(g, 0xff, 0xe0 | reg);
		el_value(g); /* skipped */
		patch_abs(g, t, 4);
		break;
	case 1: /* jmp [mem] */
		t = store_target(g, PTR);
		fs(g);
		b1(g, 0xff);
		abs_operand(g, 4, PTR);
		el_value(g);
		patch_abs(g, t, 4);
		break;
	case 2:
		jump_table(g);
		break;
	case 3: /* push target; ret */
		opsize(g, size);
		b1(g, 0x68);
		immz(g, 0, size);
		t = g->c->pc - size;
		ret(g, size, chance(g, 20) ? 4 : 0);
		el_value(g);
		patch_abs(g, t, size);
		break;
	default: /* call reg, call [mem] */
		g->nopad++;
		if (chance(g, 50)) {
			t = mov_target(g, reg);
			b2(g, 0xff, 0xd0 | reg);
		} else {
			t = store_target(g, PTR);
			fs(g);
			b1(g, 0xff);
			abs_operand(g, 2, PTR);
		}
		over = jump_forward(g, &over_size);
		patch_abs(g, t, 4);
		body(g);
		ret(g, size, 0);
		patch_rel(g, over, over_size);
		g->nopad--;
	}
}

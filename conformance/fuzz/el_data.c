/* SPDX-License-Identifier: MIT
 * Elements: data instructions in all forms, strings, constants.
 */
#include "conformance/fuzz/gen.h"

enum {
	M = 1,
	R = 2,
	X = 4,
	B = 8,
	W = 16,
	L = 32,
	IB = 64,
	IZ = 128,
	O = 256,
	D = 512,
	N = 1024,
	BIT = 2048,
	OFF = 4096
};

struct op {
	u8 map, code;
	s8 digit;
	u16 form, undefined;
};

static const struct op ops[] = {
#define OP(map, code, digit, form, undefined) {map, code, digit, form, (undefined)&F_ALL},
#include "conformance/fuzz/ops.def"
};

static u32 reg_field(struct gen *g, const struct op *o)
{
	if (o->digit >= 0)
		return (u32)o->digit;
	if (o->digit == -2)
		return rnd(g, 6);
	return o->form & B ? rnd(g, 8) : any_reg(g);
}

static void immediate(struct gen *g, const struct op *o, u32 size)
{
	if (o->form & IB)
		b1(g, chance(g, 30) ? value32(g) & 0xff : rnd(g, 40));
	if (o->form & IZ)
		immz(g, value32(g), size);
}

/* moffs: an address without ModRM. */
static void data_offset(struct gen *g, const struct op *o, u32 size)
{
	u32 as = chance(g, 70) == g->d32 ? 4 : 2;

	if (chance(g, 30) && !(g->real && (o->form & W)))
		b1(g, chance(g, 50) ? 0x65 : 0x2e);
	adsize(g, as);
	if (!(o->form & B))
		opsize(g, size);
	b1(g, o->code);
	immz(g, rnd(g, 0xff00), as);
}

/* A prefix that means nothing there, in front of the others. */
static void idle_prefix(struct gen *g, const struct op *o)
{
	static const u8 idle[] = {0xf2, 0xf3, 0x26, 0x3e};

	if (!o->map && chance(g, 4) && o->code != 0x90)
		b1(g, PICK(g, idle));
}

static void emit(struct gen *g, const struct op *o)
{
	bool mem = (o->form & X) || ((o->form & M) && !(o->form & R) && chance(g, 55));
	u32 size = (o->form & D) ? 4 : chance(g, 70) == g->d32 ? 4 : 2;
	struct mem m;

	if (o->form & OFF) {
		data_offset(g, o, size);
		return;
	}
	if (mem)
		do
			m = plan_mem(g, 1, o->form & W, 8);
		while ((o->form & BIT) && m.seg == SEG_NONE && m.mod &&
		       m.rm == (m.adsize == 2 ? 6 : 5));
	/* A fault in the fetch of what comes behind would show them. */
	if (o->undefined && page_ends(g))
		while (g->c->pc & 0xfff)
			b1(g, 0x90);
	idle_prefix(g, o);
	if (o->code == 0x90 && (o->form & N) && chance(g, 50))
		b1(g, 0xf3); /* PAUSE */
	if (mem && (o->form & L) && chance(g, 10))
		b1(g, 0xf0);
	if (mem)
		mem_prefixes(g, &m);
	if (!(o->form & (B | N)))
		opsize(g, size);
	if (o->map)
		b1(g, 0x0f);
	b1(g, o->code | (o->form & O ? any_reg(g) : 0));
	if (mem)
		mem_operand(g, &m, reg_field(g, o));
	else if (o->form & M)
		b1(g, 0xc0 | reg_field(g, o) << 3 | (o->form & B ? rnd(g, 8) : any_reg(g)));
	immediate(g, o, size);
}

void el_data(struct gen *g)
{
	const struct op *o = &PICK(g, ops);

	/* Half of the divisions have a dividend that fits. */
	if ((o->code | 1) == 0xf7 && o->digit >= 6 && chance(g, 50)) {
		mov_imm(g, 2, 0);
		opsize(g, 4);
		b1(g, 0x25); /* and eax, 7fff: AH small, also for bytes */
		immz(g, 0x7f, 4);
		b2(g, 0x3c, 1);
	}
	emit(g, o);
	fix_flags(g, o->undefined);
}

void el_value(struct gen *g)
{
	u32 reg = any_reg(g);

	switch (rnd(g, 4)) {
	case 0:
		b2(g, 0xb0 + rnd(g, 8), value32(g) & 0xff);
		break;
	case 1:
		movw_imm(g, reg, value32(g));
		break;
	default:
		mov_imm(g, reg, value32(g));
	}
}

void el_string(struct gen *g)
{
	static const u8 code[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};
	static const u8 over[] = {0x26, 0x2e, 0x36, 0x65};
	u32 as = chance(g, 70) == g->d32 ? 4 : 2;

	if (chance(g, 30))
		b1(g, chance(g, 60) ? 0xfc : 0xfd);
	if (chance(g, 85))
		mov_imm(g, 6, chance(g, 10) ? rnd(g, 8) : rnd(g, 0xfff0));
	if (chance(g, 85))
		mov_imm(g, 7, chance(g, 10) ? 0xfff0 + rnd(g, 16) : rnd(g, 0xfff0));
	if (chance(g, 65)) {
		mov_imm(g, 1, chance(g, 90) ? rnd(g, 40) : rnd(g, 2000));
		b1(g, chance(g, 50) ? 0xf2 : 0xf3);
	}
	if (chance(g, 20))
		b1(g, PICK(g, over));
	adsize(g, as);
	if (chance(g, 30))
		b1(g, 0x66);
	b1(g, PICK(g, code));
}

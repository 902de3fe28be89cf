/* SPDX-License-Identifier: MIT
 * Elements: far transfers, gates, interrupts (SDM vol. 3A chapters 5 and 6).
 */
#include "conformance/fuzz/gen.h"

#define FARPTR 0x120 /* far pointers in the private segment */

/* Selectors that no far transfer may go to. */
static const u16 bad_code[] = {
	0,       SEL_DATA | 3, SEL_ABSENT | 3,  SEL_TSS + 0x400, SEL_READONLY | 3,
	SEL_LDT, 0x7ffb,       SEL_LDT_DATA | 3};

static u32 code_selector(const struct gen *g)
{
	switch (g->mode) {
	case MODE_REAL:
		return FZ_CODE16 / 16;
	case MODE_PM16_0:
		return SEL_C16_0;
	case MODE_PM32_0:
		return SEL_C32_0;
	case MODE_PM16_3:
		return SEL_C16_3 | 3;
	default:
		return SEL_C32_3 | 3;
	}
}

/* opcode ptr16:16 or ptr16:32; returns where the offset stands */
static u32 far_direct(struct gen *g, u32 opcode, u32 selector, u32 size, u32 offset)
{
	opsize(g, size);
	b1(g, opcode);
	immz(g, offset, size);
	w16(g, selector);
	return g->c->pc - 2 - size;
}

static void far_indirect(struct gen *g, u32 digit, u32 size)
{
	fs(g);
	opsize(g, size);
	b1(g, 0xff);
	abs_operand(g, digit, FARPTR);
}

static u32 store_pointer(struct gen *g, u32 selector, u32 size)
{
	u32 at;

	fs_store(g, FARPTR, 0, size);
	at = g->c->pc - size;
	fs_store(g, FARPTR + size, selector, 2);
	return at;
}

static void push_imm(struct gen *g, u32 v, u32 size)
{
	opsize(g, size);
	b1(g, 0x68);
	immz(g, v, size);
}

static void far_call(struct gen *g, u32 size)
{
	u32 t, over;

	if (chance(g, 50)) {
		t = far_direct(g, 0x9a, code_selector(g), size, 0);
	} else {
		t = store_pointer(g, code_selector(g), size);
		far_indirect(g, 3, size);
	}
	b2(g, 0xeb, 0);
	over = g->c->pc - 1;
	patch_abs(g, t, size);
	el_value(g);
	opsize(g, size);
	if (chance(g, 50)) {
		b1(g, 0xcb);
	} else {
		b1(g, 0xca);
		w16(g, 0);
	}
	patch8(g, over);
}

/* RETF or IRET to a frame made by hand. */
static void far_return(struct gen *g, u32 size, bool iret)
{
	u32 t;

	if (iret) {
		opsize(g, size);
		b1(g, 0x9c);
	}
	push_imm(g, code_selector(g), size);
	push_imm(g, 0, size);
	t = g->c->pc - size;
	opsize(g, size);
	b1(g, iret ? 0xcf : 0xcb);
	el_value(g); /* skipped */
	patch_abs(g, t, size);
}

void el_far(struct gen *g)
{
	u32 size = chance(g, 75) == g->d32 ? 4 : 2, t;

	if (g->nostack || room(g) < 2000) {
		el_value(g);
		return;
	}
	g->nopad++;
	switch (rnd(g, 6)) {
	case 0:
		t = far_direct(g, 0xea, code_selector(g), size, 0);
		el_value(g);
		patch_abs(g, t, size);
		break;
	case 1:
		t = store_pointer(g, code_selector(g), size);
		far_indirect(g, 5, size);
		el_value(g);
		patch_abs(g, t, size);
		break;
	case 2:
		far_call(g, size);
		break;
	case 3:
		far_return(g, size, false);
		break;
	case 4:
		far_return(g, size, true);
		break;
	default:
		if (g->mode == MODE_PM32_3 && chance(g, 50)) { /* over the LDT and back */
			t = far_direct(g, 0xea, SEL_LDT_CODE32 | 3, size, 0);
			patch_abs(g, t, size);
			t = far_direct(g, 0xea, code_selector(g), size, 0);
			patch_abs(g, t, size);
		} else if (!g->real) {
			far_direct(g, chance(g, 50) ? 0xea : 0x9a, PICK(g, bad_code), size,
				   rnd(g, 99));
		} else {
			far_call(g, size);
		}
	}
	g->nopad--;
}

/* Call gates, and a conforming segment, from the protected modes. */
void el_gate(struct gen *g)
{
	static const u16 gates[] = {SEL_GATE32,     SEL_GATE32 | 3,   SEL_GATE16,
				    SEL_GATE16 | 3, SEL_GATE32_0 | 3, SEL_GATE_ABSENT | 3,
				    SEL_CONFORM | 3};
	u32 gate = PICK(g, gates), size = chance(g, 60) == g->d32 ? 4 : 2;

	if (g->real || g->nostack) {
		el_data(g);
		return;
	}
	g->nopad++;
	if ((gate & ~3u) == SEL_CONFORM) {
		/* Bochs pushes with the rights of the segment it calls, docs/findings.md B8. */
		if (g->paging) /* el_outward() leaves ring 0, too */
			el_value(g);
		else
			far_direct(g, 0x9a, gate, 4, 8);
	} else {
		push_imm(g, value32(g), (gate & ~3u) == SEL_GATE16 ? 2 : 4);
		if ((gate & ~3u) != SEL_GATE16)
			push_imm(g, value32(g), 4);
		far_direct(g, 0x9a, gate, size, rnd32(g));
	}
	g->nopad--;
}

/* From ring 0 to ring 3 by IRET; the rest of the block runs there. */
void el_outward(struct gen *g)
{
	u32 t;

	if (g->real || g->cpl || g->nostack || !chance(g, 40)) {
		el_data(g);
		return;
	}
	g->nopad++;
	push_imm(g, (g->stack32 ? SEL_S32_3 : SEL_S16_3) | 3, 4);
	push_imm(g, 0xe000, 4);
	push_imm(g, 0x3002, 4);
	push_imm(g, (g->d32 ? SEL_C32_3 : SEL_C16_3) | 3, 4);
	push_imm(g, 0, 4);
	t = g->c->pc - 4;
	opsize(g, 4);
	b1(g, 0xcf);
	patch_abs(g, t, 4);
	g->nopad--;
}

void el_int(struct gen *g)
{
	static const u8 pm[] = {INT_GATE32,  INT_TRAP32,  INT_GATE16, INT_DPL0, INT_ABSENT,
				INT_CONFORM, INT_BADTYPE, INT_BEYOND, 0,        6,
				13,          3,           4};
	static const u8 real[] = {INT_GATE32, INT_TRAP32, INT_GATE16, 0, 6, 3, 4, 13};

	if (g->nostack) {
		el_value(g);
		return;
	}
	switch (rnd(g, 8)) {
	case 0:
		b1(g, 0xcc);
		break;
	case 1:
		b1(g, 0xce); /* INTO */
		break;
	case 2:
		b1(g, 0xf1); /* INT1 */
		break;
	default:
		b2(g, 0xcd, g->real ? PICK(g, real) : PICK(g, pm));
	}
}

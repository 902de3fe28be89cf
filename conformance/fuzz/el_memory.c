/* SPDX-License-Identifier: MIT
 * Elements: memory outside the hashed data (monitor area, nothing, VGA, ROM,
 * through flat and wrapping segments) and code that changes code.
 */
#include "conformance/fuzz/gen.h"

/* mov reg, fs:[disp32] or back; `op` 0x8b or 0x89, size 1, 2, 4 */
static void fs_access(struct gen *g, u32 op, u32 reg, u32 addr, u32 size)
{
	fs(g);
	adsize(g, 4);
	if (size != 1)
		opsize(g, size);
	b1(g, size == 1 ? op - 1 : op);
	b1(g, reg << 3 | 5);
	w32(g, addr);
}

static u32 size_of(struct gen *g)
{
	static const u8 sizes[] = {1, 2, 4, 4};

	return PICK(g, sizes);
}

/* Addresses that nothing decodes in a PC with 32 MiB: reads give all ones. */
static u32 nowhere(struct gen *g)
{
	static const u32 base[] = {0xff800000, 0xff900000, 0xffa00000, 0x7e000000,
				   0x7f000000, 0x10000000, 0xc0000000};

	if (g->paging && chance(g, 25)) /* over the end of a page */
		return PICK(g, base) + rnd(g, 31) * 0x1000 + 0x1000 - 1 - rnd(g, 4);
	return PICK(g, base) + rnd(g, 0x1ff00);
}

/* Loads, and stores of all ones: Bochs keeps what is stored where no memory is in
 * one page for all such addresses (docs/findings.md). */
static void nowhere_access(struct gen *g, u32 size)
{
	u32 at = nowhere(g);
	bool any;

	if (chance(g, 60)) {
		fs_access(g, 0x8b, rnd(g, 4), at, size);
		return;
	}
	any = g->opt.timer || g->paging; /* then it is memory, or absent */
	if (!any)
		mov_imm(g, 1, ~0u);
	fs_access(g, 0x89, any ? rnd(g, 4) : 1, at, size);
}

static void vga_text(struct gen *g, u32 base)
{
	u32 at = base + rnd(g, 0x7f00), size = size_of(g);

	fs_access(g, 0x89, any_reg(g) & 3, at, size);
	fs_access(g, 0x8b, 3, at, size);
}

static void flat(struct gen *g)
{
	u32 size = size_of(g);

	switch (rnd(g, 6)) {
	case 0:
	case 1:
		nowhere_access(g, size);
		break;
	case 2:
		vga_text(g, 0xb8000);
		break;
	case 3: /* stores to ROM are dropped; its bytes differ by firmware */
		if (!g->clock)
			fs_access(g, 0x8b, 1, 0xf0000 + rnd(g, 0xfff0), size);
		mov_imm(g, 1, value32(g)); /* before anything can fault */
		fs_access(g, 0x89, any_reg(g), 0xf0000 + rnd(g, 0xfff0), size);
		break;
	case 4: /* read-modify-write */
		fs(g);
		adsize(g, 4);
		b3(g, 0x01, 0x05 | rnd(g, 4) << 3, 0);
		g->c->pc--;
		w32(g, FZ_EXTRA + rnd(g, 0xfff0));
		break;
	default:
		fs_access(g, chance(g, 50) ? 0x8b : 0x89, any_reg(g), FZ_DATA + rnd(g, 0x1fff0),
			  size);
	}
}

/* A20 closed: the odd megabyte is the even one.  Nothing in between can fault,
 * so it is open again at every pad (port 92h, bit 1). */
static void gate_a20(struct gen *g)
{
	u32 size = size_of(g), n = 1 + rnd(g, 2);

	load_fs(g, SEL_FLAT | 3);
	b2(g, 0xb0, 0x00);
	b2(g, 0xe6, 0x92);
	while (n--)
		fs_access(g, chance(g, 50) ? 0x8b : 0x89, 1 + rnd(g, 3),
			  0x100000 + FZ_DATA + rnd(g, 0x1fff0), size);
	b2(g, 0xb0, 0x02);
	b2(g, 0xe6, 0x92);
	load_fs(g, SEL_PRIV | 3);
}

void el_flat(struct gen *g)
{
	u32 size = size_of(g);

	g->nopad++;
	if (!g->real && !g->cpl && chance(g, 8)) {
		gate_a20(g);
	} else if (g->real) {
		load_fs(g, 0xb800);
		vga_text(g, 0);
		load_fs(g, FZ_PRIV / 16);
	} else if (chance(g, 70)) {
		load_fs(g, SEL_FLAT | 3);
		flat(g);
		load_fs(g, SEL_PRIV | 3);
	} else { /* offset 1000 is linear 0; 0 to fff is the top page of 4 GiB */
		load_fs(g, SEL_WRAP | 3);
		fs_access(g, chance(g, 60) ? 0x8b : 0x89, any_reg(g),
			  0x1000 + FZ_DATA + rnd(g, 0x1fff0), size);
		load_fs(g, SEL_PRIV | 3);
	}
	g->nopad--;
}

/* mov byte [offset of the code region], v: CS in real mode, else an alias. */
static u32 patch_code(struct gen *g, u32 offset, u32 v)
{
	u32 at;

	if (g->real) {
		b1(g, 0x2e);
		b1(g, 0xc6);
		abs_operand(g, 0, offset);
		at = g->c->pc - 2;
		b1(g, v);
		return at;
	}
	load_fs(g, (g->d32 ? SEL_ALIAS32 : SEL_ALIAS16) | 3);
	fs(g);
	b1(g, 0xc6);
	abs_operand(g, 0, offset);
	at = g->c->pc - (g->d32 ? 4 : 2);
	b1(g, v);
	load_fs(g, SEL_PRIV | 3);
	return at;
}

/* One-byte instructions that may stand for each other. */
static u32 small_insn(struct gen *g)
{
	static const u8 set[] = {0x40, 0x41, 0x42, 0x43, 0x48, 0x49, 0x4a, 0x4b, 0x46,
				 0x4f, 0x90, 0xf8, 0xf9, 0xf5, 0x98, 0x99, 0x93, 0x96};

	return PICK(g, set);
}

/* A string store over the instructions that follow. */
static void string_over_code(struct gen *g)
{
	u32 n = 1 + rnd(g, 6), at, size = g->d32 ? 4 : 2;

	movw_imm(g, 0, g->real ? FZ_CODE16 / 16 : (g->d32 ? SEL_ALIAS32 : SEL_ALIAS16) | 3);
	b2(g, 0x8e, 0xc0);
	opsize(g, size);
	b1(g, 0xb8 + 7); /* mov edi, (here) */
	immz(g, 0, size);
	at = g->c->pc - size;
	mov_imm(g, 1, n);
	b2(g, 0xb0, small_insn(g));
	b3(g, 0xfc, 0xf3, 0xaa);
	movw_imm(g, 0, g->real ? FZ_EXTRA / 16 : SEL_EXTRA | 3);
	b2(g, 0x8e, 0xc0);
	patch_abs(g, at, size);
	while (n--)
		b1(g, small_insn(g));
}

/* Stores ahead, behind (seen by the next turn of a loop), and beside code. */
void el_code(struct gen *g)
{
	u32 at, size = g->d32 ? 4 : 2, n, counter, top;

	g->nopad++;
	switch (rnd(g, 4)) {
	case 0: /* ahead, into an immediate or an opcode */
		at = patch_code(g, 0, chance(g, 50) ? rnd(g, 256) : small_insn(g));
		if (g->c->bytes[at + size] >= 0x40 && chance(g, 50)) {
			g->c->bytes[at + size] = (u8)small_insn(g);
			for (n = rnd(g, 3); n--;)
				b1(g, small_insn(g));
			patch_abs(g, at, size);
			b1(g, small_insn(g));
		} else {
			b1(g, 0xb0 + rnd(g, 8)); /* mov r8, imm8 */
			patch_abs(g, at, size);
			b1(g, rnd(g, 256));
		}
		break;
	case 1: /* behind, in a loop */
		counter = g->counter++ & 0xff;
		fs_store(g, counter, 2 + rnd(g, 3), 1);
		top = g->c->pc;
		b1(g, small_insn(g));
		b2(g, 0xb0 + rnd(g, 8), rnd(g, 256));
		patch_code(g, top, small_insn(g));
		if (chance(g, 50))
			patch_code(g, top + 2, rnd(g, 256));
		fs(g);
		b1(g, 0xfe);
		abs_operand(g, 1, counter);
		b2(g, 0x75, 0);
		g->c->bytes[g->c->pc - 1] = (u8)(top - g->c->pc);
		break;
	case 2:
		string_over_code(g);
		break;
	default: /* data between the instructions of a page */
		b2(g, 0xeb, 2);
		at = g->c->pc;
		b2(g, 0, 0);
		patch_code(g, at + rnd(g, 2), rnd(g, 256));
	}
	g->nopad--;
}

/* SPDX-License-Identifier: MIT
 * Elements: changes of page tables, each with what the manual asks for before the change
 * may be used (SDM vol. 3A section 4.10.4); CR3, CR0.PG and WP; code by its other address.
 */
#include "conformance/fuzz/page.h"

enum { STORE, AND, OR, XOR };
enum { BY_PAGE, BY_CR3, BY_PGE, BY_PG };

struct change {
	u32 lin, at; /* page, linear address of its entry */
	u32 op, value, flush;
};

/* The pages that the element itself lies on are left alone: what becomes of them before
 * the translation is dropped is up to the processor. */
static u32 code_page(struct gen *g)
{
	u32 page, here = g->c->pc >> 12, end = (g->c->pc + 160) >> 12, base;

	do {
		page = rnd(g, 4);
		base = chance(g, 50) ? FZ_CODE16 : FZ_CODE32;
	} while ((page == here || page == end) && (base == FZ_CODE32) == g->d32);
	return base + page * 0x1000;
}

static u32 low_page(struct gen *g)
{
	switch (rnd(g, 8)) {
	case 0:
	case 1:
		return code_page(g);
	case 2: /* a stack of ring 0 has to be there for the fault */
		if (g->cpl)
			return FZ_STACK + rnd(g, 16) * 0x1000;
		return FZ_DATA + rnd(g, 16) * 0x1000;
	case 3:
		return FZ_PRIV;
	default:
		return FZ_DATA + rnd(g, 32) * 0x1000;
	}
}

static u32 window_page(struct gen *g)
{
	return chance(g, 20) ? FZ_ALIAS + rnd(g, 16) * 0x1000
			     : page_window[rnd(g, N_WINDOWS)] + rnd(g, WINDOW_PAGES) * 0x1000;
}

/* Bits of an entry that may change without its frame. */
static void some_bits(struct gen *g, struct change *c, u32 bits)
{
	static const u8 one[] = {0x01, 0x02, 0x04, 0x20, 0x40, 0x60};

	bits &= PICK(g, one) | (chance(g, 30) ? PICK(g, one) : 0u);
	if (!bits)
		bits = 0x20;
	c->op = AND + rnd(g, 3);
	c->value = c->op == AND ? ~bits : bits;
}

static struct change plan_change(struct gen *g)
{
	struct change c = {0};

	if (chance(g, 50)) {
		c.lin = low_page(g);
		c.at = FZ_TABLES + page_pte(g, c.lin, rnd(g, 2));
		c.flush = rnd(g, 4);
	} else {
		c.lin = window_page(g);
		c.at = FZ_TABLES + page_pte(g, c.lin, 0);
		c.flush = chance(g, 60) ? BY_PAGE : BY_PGE + rnd(g, 2);
	}
	if (chance(g, 50)) {
		c.op = STORE;
		c.value = page_value(g, c.lin);
	} else {
		some_bits(g, &c, 0x67);
	}
	return c;
}

/* mov eax, entry; mov ebx, value; mov ecx, page and what to do; int */
static void by_service(struct gen *g, const struct change *c)
{
	mov_imm(g, 0, c->at);
	mov_imm(g, 3, c->value);
	mov_imm(g, 1, c->lin | c->op << 4 | c->flush);
	b2(g, 0xcd, INT_PAGE);
}

static void flat_operand(struct gen *g, u32 reg, u32 at)
{
	b1(g, reg << 3 | 5);
	w32(g, at);
}

static void move_cr(struct gen *g, bool to, u32 cr, u32 reg)
{
	b3(g, 0x0f, to ? 0x22 : 0x20, 0xc0 | cr << 3 | reg);
}

static void op_imm(struct gen *g, u32 digit, u32 reg, u32 v)
{
	opsize(g, 4);
	b2(g, 0x81, 0xc0 | digit << 3 | reg);
	w32(g, v);
}

/* FS is flat. */
static void flush(struct gen *g, const struct change *c)
{
	switch (c->flush) {
	case BY_PAGE:
		fs(g);
		adsize(g, 4);
		b2(g, 0x0f, 0x01);
		flat_operand(g, 7, c->lin + rnd(g, 0x1000));
		break;
	case BY_CR3:
		move_cr(g, false, 3, 1);
		move_cr(g, true, 3, 1);
		break;
	case BY_PGE:
		move_cr(g, false, 4, 1);
		if (!(g->cr4 & 0x80)) { /* then no page is global */
			move_cr(g, false, 3, 1);
			move_cr(g, true, 3, 1);
			break;
		}
		op_imm(g, 6, 1, 0x80);
		move_cr(g, true, 4, 1);
		op_imm(g, 6, 1, 0x80);
		move_cr(g, true, 4, 1);
		break;
	default:
		move_cr(g, false, 0, 1);
		op_imm(g, 6, 1, 0x80000000);
		move_cr(g, true, 0, 1);
		op_imm(g, 6, 1, 0x80000000);
		move_cr(g, true, 0, 1);
	}
}

static void by_hand(struct gen *g, const struct change *c)
{
	static const u8 digit[] = {0, 4, 1, 6};

	load_fs(g, SEL_FLAT | 3);
	fs(g);
	adsize(g, 4);
	opsize(g, 4);
	b1(g, c->op == STORE ? 0xc7 : 0x81);
	flat_operand(g, digit[c->op], c->at);
	w32(g, c->value);
	flush(g, c);
	load_fs(g, SEL_PRIV | 3);
}

static void change(struct gen *g)
{
	struct change c = plan_change(g);

	if (g->cpl || chance(g, 40))
		by_service(g, &c);
	else
		by_hand(g, &c);
}

/* A whole window, or U of everything low, in both directories. */
static void change_directory(struct gen *g)
{
	struct change c = {.lin = chance(g, 80) ? page_window[rnd(g, N_WINDOWS)] : 0};

	if (!c.lin) {
		some_bits(g, &c, 0x24);
	} else if (chance(g, 50)) {
		c.op = STORE;
		c.value = page_directory_value(g, c.lin);
	} else {
		some_bits(g, &c, 0x27);
	}
	c.at = FZ_TABLES + page_pde(g, c.lin, 0);
	c.flush = BY_PGE + rnd(g, 2);
	by_service(g, &c);
	c.at = FZ_TABLES + page_pde(g, c.lin, 1);
	by_service(g, &c);
}

static void other_root(struct gen *g)
{
	if (g->cpl) { /* #GP */
		move_cr(g, true, 3, any_reg(g));
		return;
	}
	mov_imm(g, 0, page_cr3(g, rnd(g, 2)));
	move_cr(g, true, 3, 0);
}

/* A few accesses by physical addresses in between. */
static void paging_off(struct gen *g)
{
	if (g->cpl) {
		move_cr(g, true, 0, any_reg(g));
		return;
	}
	load_fs(g, SEL_FLAT | 3);
	move_cr(g, false, 0, 0);
	op_imm(g, 4, 0, 0x7fffffff);
	move_cr(g, true, 0, 0);
	for (u32 n = rnd(g, 3); n--;) {
		fs(g);
		adsize(g, 4);
		opsize(g, 4);
		b1(g, chance(g, 50) ? 0x8b : 0x89);
		flat_operand(g, 1 + rnd(g, 3), FZ_DATA + rnd(g, 0x1fff0));
	}
	op_imm(g, 1, 0, 0x80000000);
	move_cr(g, true, 0, 0);
	load_fs(g, SEL_PRIV | 3);
}

static void write_protect(struct gen *g)
{
	move_cr(g, false, 0, 0);
	op_imm(g, 6, 0, 0x10000);
	move_cr(g, true, 0, 0);
}

/* mov r8, imm8 whose operand is stored through a page of the alias window, in either copy */
static void alias_store(struct gen *g)
{
	u32 base = FZ_ALIAS + (g->d32 ? 0x4000 : 0) + (chance(g, 40) ? 0x8000 : 0), at;

	load_fs(g, SEL_FLAT | 3);
	fs(g);
	adsize(g, 4);
	b1(g, 0xc6);
	flat_operand(g, 0, 0);
	at = g->c->pc - 4;
	b1(g, rnd(g, 256));
	load_fs(g, SEL_PRIV | 3);
	b2(g, 0xb0 + rnd(g, 8), rnd(g, 256));
	for (u32 k = 0; k < 4; k++)
		g->c->bytes[at + k] = (u8)((base + g->c->pc - 1) >> 8 * k);
}

void el_page(struct gen *g)
{
	if (!g->paging || g->real || room(g) < 2600) {
		el_flat(g);
		return;
	}
	g->nopad++;
	switch (rnd(g, 12)) {
	case 0:
	case 1:
		change_directory(g);
		break;
	case 2:
		other_root(g);
		break;
	case 3:
		paging_off(g);
		break;
	case 4:
		write_protect(g);
		break;
	case 5:
	case 6:
		alias_store(g);
		break;
	default:
		change(g);
	}
	g->nopad--;
}

/* SPDX-License-Identifier: MIT
 * Page tables of an image: 32-bit entries with 4 KiB and 4 MiB pages, or PAE with 4 KiB and
 * 2 MiB pages (SDM vol. 3A sections 4.3 and 4.4).
 *
 * Two directories, A and B, with tables of their own for the first 2 or 4 MiB, share the
 * tables of the windows: addresses high in linear memory, where refvmm's monitor may lie.
 * Whatever rights, A and D say, an entry's frame is one that its page may show: data never
 * shows code, the private segment is nobody else's, live stacks and the runtime are where
 * they are.  Entries of the windows and of both directories agree, so that a global page
 * means the same by either.
 */
#include "conformance/fuzz/page.h"

#define E_P 0x001
#define E_W 0x002
#define E_U 0x004
#define E_A 0x020
#define E_D 0x040
#define E_S 0x080
#define E_G 0x100

const u32 page_window[N_WINDOWS] = {0xff800000, 0xff900000, 0xffa00000, 0x7e000000,
				    0x7f000000, 0x10000000, 0xc0000000};

static u32 span(const struct gen *g)
{
	return g->pae ? 21 : 22;
}

static void put(struct gen *g, u32 at, u64 v)
{
	for (u32 k = 0; k < (g->pae ? 8u : 4u); k++)
		g->tables[at + k] = (u8)(v >> 8 * k);
}

/* Offsets in g->tables of the entries of a linear page. */
u32 page_pde(const struct gen *g, u32 lin, u32 root)
{
	u32 page = g->pae ? (lin >> 30 ? 2 + (lin >> 30) : 1 + root) : root;

	return page * 0x1000 + (g->pae ? (lin >> 21 & 511) * 8 : (lin >> 22) * 4);
}

static u32 table_of(const struct gen *g, u32 lin, u32 root)
{
	if (!(lin >> span(g)))
		return (g->pae ? 6 : 2) + root;
	for (u32 k = 0; k < g->n_spans; k++)
		if (g->span[k] == lin >> span(g))
			return (g->pae ? 8 : 4) + k;
	return 0;
}

u32 page_pte(const struct gen *g, u32 lin, u32 root)
{
	u32 in = lin >> 12 & (g->pae ? 511 : 1023);

	return table_of(g, lin, root) * 0x1000 + in * (g->pae ? 8 : 4);
}

u32 page_cr3(const struct gen *g, u32 root)
{
	return FZ_TABLES + root * (g->pae ? 0x20 : 0x1000);
}

static u32 data_frame(struct gen *g)
{
	u32 r = rnd(g, 64);

	return r < 32 ? FZ_DATA + r * 0x1000 : FZ_FRAMES + (r - 32) * 0x1000;
}

static u32 rights(struct gen *g)
{
	return (chance(g, 85) ? E_P : 0) | (chance(g, 80) ? E_W : 0) | (chance(g, 80) ? E_U : 0) |
	       (chance(g, 50) ? E_A : 0) | (chance(g, 40) ? E_D : 0) | (chance(g, 10) ? 0x18 : 0);
}

static u32 frame(struct gen *g, u32 lin)
{
	u32 k = lin & 0xffff;

	if (lin < FZ_ALIAS)
		switch (lin & ~0xffffu) {
		case FZ_CODE16:
			return k < FZ_CODE_SIZE && chance(g, 40) ? FZ_COPY16 + k : lin;
		case FZ_CODE32:
			return k < FZ_CODE_SIZE && chance(g, 40) ? FZ_COPY32 + k : lin;
		case FZ_DATA:
		case FZ_EXTRA:
			return chance(g, 60) ? lin : data_frame(g);
		case FZ_STACK:
			return k >= 0x8000 || chance(g, 50) ? lin : data_frame(g);
		default:
			return lin;
		}
	if (lin - FZ_ALIAS >= 0x10000)
		return data_frame(g);
	switch (lin >> 14 & 3) {
	case 0:
		return FZ_CODE16 + (k & 0x3fff);
	case 1:
		return FZ_CODE32 + (k & 0x3fff);
	default:
		return FZ_COPY16 + (k & 0x7fff); /* FZ_COPY32 is next to it */
	}
}

u32 page_value(struct gen *g, u32 lin)
{
	u32 v = frame(g, lin) | rights(g);

	if (lin >= FZ_ALIAS && chance(g, 20))
		v |= E_G;
	return v;
}

u32 page_directory_value(struct gen *g, u32 lin)
{
	u32 flags = rights(g) & ~(u32)E_D, table = table_of(g, lin, 0);

	if (lin >> span(g) == (u32)FZ_ALIAS >> span(g) || !(g->cr4 & 0x10) || chance(g, 70))
		return (FZ_TABLES + table * 0x1000) | flags;
	return (chance(g, 50) ? FZ_BIG : 2 * FZ_BIG) | flags | E_S | (chance(g, 30) ? E_D : 0) |
	       (chance(g, 20) ? E_G : 0);
}

static void add_span(struct gen *g, u32 lin)
{
	if (table_of(g, lin, 0))
		return;
	g->span[g->n_spans++] = lin >> span(g);
}

/* The first 1 MiB and the 64 KiB behind it. */
static void low_memory(struct gen *g, u32 root)
{
	u32 flags = E_P | E_W | (g->open ? E_U : 0), v;

	for (u32 lin = 0; lin < 0x200000u; lin += 0x1000) {
		v = lin | flags;
		if (lin >= FZ_CODE16 && lin <= FZ_PRIV)
			v = page_value(g, lin);
		else if (lin < FZ_CODE16)
			v |= PTE_FIXED;
		put(g, page_pte(g, lin, root), v);
	}
}

static void window(struct gen *g, u32 base, u32 pages)
{
	u32 pde = page_directory_value(g, base);

	for (u32 root = 0; root < 2; root++)
		put(g, page_pde(g, base, root), pde);
	for (u32 k = 0; k < pages; k++) {
		u64 v = page_value(g, base + k * 0x1000);

		if (pages > 16 && chance(g, 30))
			v |= PTE_FIXED;
		if (pages > 16 && g->pae && chance(g, 3))
			v |= 1ull << 45; /* reserved */
		put(g, page_pte(g, base + k * 0x1000, 0), v);
	}
}

void make_paging(struct gen *g)
{
	g->paging = g->opt.seed >> 2 & 1;
	if (!g->paging)
		return;
	g->pae = chance(g, 40);
	g->open = chance(g, 50);
	g->wp = chance(g, 60);
	g->cr4 |= (g->pae ? 0x30 : chance(g, 60) ? 0x10 : 0) | (chance(g, 60) ? 0x80 : 0);
	add_span(g, FZ_ALIAS);
	for (u32 k = 0; k < N_WINDOWS; k++)
		add_span(g, page_window[k]);
	if (g->pae)
		for (u32 k = 0; k < 8; k++) /* PDPTEs of A and of B */
			put(g, 8 * k,
			    (FZ_TABLES + (k & 3 ? 2 + (k & 3) : 1 + (k >> 2)) * 0x1000) | E_P);
	for (u32 root = 0; root < 2; root++) {
		put(g, page_pde(g, 0, root),
		    (FZ_TABLES + table_of(g, 0, root) * 0x1000) | E_P | E_W |
			    (chance(g, 80) ? E_U : 0));
		low_memory(g, root);
	}
	for (u32 k = 0; k < N_WINDOWS; k++)
		window(g, page_window[k], WINDOW_PAGES);
	window(g, FZ_ALIAS, 16);
}

/* SPDX-License-Identifier: MIT
 * Blocks and images: which modes, which elements, the tables of the runtime.
 */
#include "conformance/fuzz/page.h"

#include <stdio.h>
#include <string.h>

struct weight {
	void (*make)(struct gen *g);
	u8 weight;
	bool whole; /* without a part of it results may be open, or it does not end */
};

static const struct weight common[] = {
	{el_data, 40, false},     {el_value, 8, false},      {el_string, 8, false},
	{el_stack, 8, false},     {el_frame, 2, false},      {el_jcc, 6, false},
	{el_loop, 2, true},       {el_count_loop, 3, false}, {el_call, 3, false},
	{el_indirect, 4, false},  {el_far, 3, false},        {el_gate, 3, false},
	{el_int, 3, false},       {el_segment, 5, false},    {el_system, 2, true},
	{el_verify, 3, false},    {el_cr0, 1, false},        {el_flags, 3, false},
	{el_port, 2, false},      {el_flat, 4, true},        {el_code, 4, false},
	{el_differs, 1, true},    {el_step, 1, true},        {el_bad, 1, false},
	{el_privileged, 1, true}, {el_x87, 10, true},        {el_x87_env, 1, true},
	{el_mmx, 5, true},        {el_sse, 6, false},        {el_outward, 1, false},
	{el_page, 7, true},
};

static u32 total_weight(void)
{
	u32 sum = 0;

	for (u32 k = 0; k < sizeof(common) / sizeof(common[0]); k++)
		sum += common[k].weight;
	return sum;
}

/* No room: the range is not offered. */
static void add_range(struct gen *g, u32 start, u32 depth)
{
	if (g->n_ranges < MAX_RANGES)
		g->range[g->n_ranges++] = (struct range){.start = (u16)start,
							 .end = (u16)g->c->pc,
							 .block = g->index,
							 .depth = (u8)depth,
							 .wide = g->d32};
}

void fixed_range(struct gen *g, u32 start)
{
	add_range(g, start, RANGE_FIXED);
}

void element(struct gen *g)
{
	u32 r = rnd(g, total_weight()), k = 0, start = g->c->pc;

	while (r >= common[k].weight)
		r -= common[k++].weight;
	pad(g);
	g->depth++;
	common[k].make(g);
	g->depth--;
	add_range(g, start, g->depth);
	if (common[k].whole)
		fixed_range(g, start);
}

void elements(struct gen *g, u32 n)
{
	while (n--)
		element(g);
}

static void choose_segments(struct gen *g, struct block *b)
{
	bool wide = chance(g, 60) == g->d32;

	g->stack32 = wide;

	switch (b->mode) {
	case MODE_REAL:
		b->cs = FZ_CODE16 / 16;
		b->ss = FZ_STACK / 16;
		b->ds = FZ_DATA / 16;
		b->es = FZ_EXTRA / 16;
		b->gs = chance(g, 50) ? b->ds : b->es;
		return;
	case MODE_PM16_0:
	case MODE_PM32_0:
		b->cs = g->d32 ? SEL_C32_0 : SEL_C16_0;
		b->ss = wide ? SEL_S32_0 : SEL_S16_0;
		break;
	default:
		b->cs = (g->d32 ? SEL_C32_3 : SEL_C16_3) | 3;
		b->ss = (wide ? SEL_S32_3 : SEL_S16_3) | 3;
	}
	b->ds = (chance(g, 80) ? SEL_DATA : SEL_LDT_DATA) | 3;
	b->es = (chance(g, 80) ? SEL_EXTRA : SEL_LDT_EXTRA) | 3;
	b->gs = chance(g, 50) ? (SEL_DATA | 3) : (SEL_EXTRA | 3);
}

static void make_block(struct gen *g, u32 index)
{
	struct block *b = &g->block[index];
	u32 n;

	/* Each block draws from its own sequence: leaving one out changes no other. */
	g->rng = (g->opt.seed + 1) * 0x9e3779b97f4a7c15ull + index * 0xd1342543de82ef95ull;
	rnd32(g);
	g->index = (u16)index;
	*b = (struct block){.mode = (u16)rnd(g, 5), .sp = 0xf000};
	g->mode = b->mode;
	g->real = b->mode == MODE_REAL;
	g->d32 = b->mode == MODE_PM32_0 || b->mode == MODE_PM32_3;
	g->cpl = b->mode >= MODE_PM16_3 ? 3 : 0;
	g->c = g->d32 ? &g->code32 : &g->code16;
	g->iopl = chance(g, 40) ? 3 : 0;
	g->io_ok = g->real || !g->cpl || g->iopl == 3;
	choose_segments(g, b);
	b->flags = 2 | (u32)g->iopl << 12 | (chance(g, 50) || g->opt.timer ? 0x200 : 0);
	if (g->clock)
		b->flags |= chance(g, 25) ? EFL_TF : chance(g, 70) ? CLOCK_PADS : 0;
	g->stepped = b->flags & EFL_TF;
	g->counts_pads = b->flags & CLOCK_PADS;
	b->succ[0] = (u16)rnd(g, g->n_blocks);
	b->succ[1] = (u16)rnd(g, g->n_blocks);
	b->pads = (u16)g->n_pads;
	g->first_pad = g->n_pads;
	b->start = (u16)g->c->pc;
	n = 8 + rnd(g, 24);
	if (index < g->opt.first || index > g->opt.last)
		n = 0;
	if (g->opt.cut && n > g->opt.cut)
		n = g->opt.cut;
	for (b->elements = 0; b->elements < n && room(g) > 2600 && g->n_pads < MAX_PADS - 100;
	     b->elements++)
		element(g);
	b->end = (u16)g->c->pc;
	b2(g, 0xcd, INT_END);
	b->n_pads = (u16)(g->n_pads - b->pads);
}

/* Half of the seeds that are compared count. */
static void make_clock(struct gen *g)
{
	static const u8 period[] = {1, 1, 2, 3, 5, 7, 11, 16, 29, 64};

	if (g->opt.seed >> 5 & 1 && !g->opt.timer)
		g->clock = PICK(g, period);
}

void generate(struct gen *g, const struct options *opt)
{
	memset(g, 0, sizeof(*g));
	g->opt = *opt;
	g->rng = opt->seed * 0x9e3779b97f4a7c15ull + 0x1234567;
	g->cr4 = chance(g, 85) ? 0x600 : 0;
	g->n_blocks = 16 + rnd(g, 40);
	make_clock(g);
	make_paging(g);
	/* Handlers of SEL_CONFORM, in the 32-bit region: rol ecx, 3; iretd, and at
	 * 8: lea ecx, [ecx + edx * 2]; retf. */
	memcpy(g->code32.bytes, "\xc1\xc1\x03\xcf\x90\x90\x90\x90\x8d\x0c\x51\xcb", 12);
	g->code32.pc = 16;
	for (u32 k = 0; k < g->n_blocks; k++)
		make_block(g, k);
}

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)v;
	p[1] = (u8)(v >> 8);
}

static void put32(u8 *p, u32 v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static void make_tables(const struct gen *g, u8 *p)
{
	u32 pads = P_TABLE + g->n_blocks * B_SIZE;
	u32 walk = g->opt.timer ? 400 : 60, blocks = g->n_blocks;

	if (g->opt.places && g->opt.places < blocks + walk) {
		walk = g->opt.places > blocks ? g->opt.places - blocks : 0;
		blocks = g->opt.places < blocks ? g->opt.places : blocks;
	}
	put32(p + P_BLOCKS, blocks);
	put32(p + P_WALK, walk);
	put32(p + P_MAXTRAPS, 40000);
	put32(p + P_VERBOSE, g->opt.verbose);
	put32(p + P_TIMER, g->opt.timer);
	put32(p + P_CR4, g->cr4);
	put32(p + P_SEED, (u32)g->opt.seed);
	put32(p + P_CLOCK, g->clock);
	if (g->paging) {
		put32(p + P_CR3, page_cr3(g, 0));
		put32(p + P_CR0, 0x80000000 | (u32)g->wp << 16);
		put32(p + P_STACK_A, FZ_TABLES + page_pte(g, FZ_STACK, 0));
		put32(p + P_STACK_B, FZ_TABLES + page_pte(g, FZ_STACK, 1));
	}
	for (u32 k = 0; k < g->n_blocks; k++) {
		const struct block *b = &g->block[k];
		u8 *q = p + P_TABLE + k * B_SIZE;

		put16(q + B_MODE, b->mode);
		put16(q + B_START, b->start);
		put16(q + B_END, b->end);
		put16(q + B_PADS, pads + b->pads * 2u);
		put16(q + B_NPADS, b->n_pads);
		put16(q + B_CS, b->cs);
		put16(q + B_SS, b->ss);
		put16(q + B_DS, b->ds);
		put16(q + B_ES, b->es);
		put16(q + B_GS, b->gs);
		put16(q + B_SP, b->sp);
		put32(q + B_FLAGS, b->flags);
		put16(q + B_SUCC0, b->succ[0]);
		put16(q + B_SUCC1, b->succ[1]);
	}
	for (u32 k = 0; k < g->n_pads; k++)
		put16(p + pads + k * 2, g->pad[k]);
}

static bool load(const char *path, u8 *out, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return false;
	}
	n = fread(out, 1, size, f);
	fclose(f);
	return n == size;
}

bool make_image(const struct gen *g, const char *boot, const char *runtime, u8 *out)
{
	u8 *at = out + 512;

	memset(out, 0, 512 * (FZ_SECTORS + 1));
	if (!load(boot, out, 512) || !load(runtime, at, FZ_PARAMS - FZ_RUNTIME))
		return false;
	make_tables(g, at + FZ_PARAMS - FZ_RUNTIME);
	memcpy(at + 0x8000, g->code16.bytes, FZ_CODE_SIZE);
	memcpy(at + 0xc000, g->code32.bytes, FZ_CODE_SIZE);
	memcpy(at + 0x10000, g->tables, FZ_TABLES_SIZE);
	return true;
}

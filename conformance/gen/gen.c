/* SPDX-License-Identifier: MIT
 * Making cases: names, default state, seeded values, the list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/dev/dev.h"
#include "conformance/gen/gen.h"

const struct mode_cpl mode_cpls[MODE_CPL_COUNT] = {
	{"real16", CM_REAL16, 0},   {"pm16.0", CM_PM16, 0}, {"pm16.3", CM_PM16, 3},
	{"pm32.0", CM_PM32, 0},     {"pm32.3", CM_PM32, 3}, {"flat32.0", CM_FLAT32, 0},
	{"flat32.3", CM_FLAT32, 3},
};

const struct mode_cpl ring_modes[RING_MODE_COUNT] = {
	{"pm16.1", CM_PM16, 1}, {"pm16.2", CM_PM16, 2},     {"pm32.1", CM_PM32, 1},
	{"pm32.2", CM_PM32, 2}, {"flat32.1", CM_FLAT32, 1}, {"flat32.2", CM_FLAT32, 2},
	{"v86", CM_V86, 3},
};

const char *mode_cpl_name(unsigned mode, unsigned cpl)
{
	unsigned i;

	for (i = 0; i < MODE_CPL_COUNT; i++)
		if (mode_cpls[i].mode == mode && mode_cpls[i].cpl == cpl)
			return mode_cpls[i].name;
	for (i = 0; i < RING_MODE_COUNT; i++)
		if (ring_modes[i].mode == mode && ring_modes[i].cpl == cpl)
			return ring_modes[i].name;
	return mode == CM_DEV ? "port" : "?";
}

static void *grow(void *v, unsigned n, unsigned *cap, size_t size)
{
	if (n < *cap)
		return v;
	*cap = *cap ? *cap * 2 : 1024;
	v = realloc(v, *cap * size);
	if (!v) {
		fprintf(stderr, "conformance: out of memory\n");
		exit(3);
	}
	return v;
}

static void make_name(char *name, size_t size, const struct cell *c, const char *cls)
{
	int n = snprintf(name, size, "%s/%s/%s/%s/%s", c->group, c->mnemonic, c->form, c->mc->name,
			 cls);

	if (n < 0 || (size_t)n >= size) {
		fprintf(stderr, "conformance: case name too long: %s/%s/%s\n", c->group,
			c->mnemonic, c->form);
		exit(3);
	}
}

/* FNV-1a of the name: a case keeps its values when others come or go. */
static u64 hash_name(const char *s)
{
	u64 h = 0xcbf29ce484222325u;

	for (; *s; s++)
		h = (h ^ (u8)*s) * 0x100000001b3u;
	return h;
}

/* splitmix64 */
u32 rnd(struct gen *g)
{
	u64 z = g->rng += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (u32)((z ^ (z >> 31)) >> 16);
}

struct tcase *gen_case(struct gen *g, const struct cell *c, const char *cls)
{
	struct tlist *l = g->list;
	struct tcase *t;
	unsigned i;

	l->v = grow(l->v, l->n, &l->cap, sizeof *l->v);
	t = &l->v[l->n];
	memset(t, 0, sizeof *t);
	t->id = l->n++;
	make_name(t->name, sizeof t->name, c, cls);
	snprintf(t->group, sizeof t->group, "%s", c->group);
	snprintf(t->mnemonic, sizeof t->mnemonic, "%s", c->mnemonic);
	snprintf(t->form, sizeof t->form, "%s", c->form);
	snprintf(t->cls, sizeof t->cls, "%s", cls);
	t->cite = c->cite;
	t->mode = c->mc->mode;
	t->cpl = c->mc->cpl;
	g->rng = hash_name(t->name);
	for (i = 0; i < 8; i++)
		t->gpr[i] = case_default_gpr(t->mode, i);
	for (i = 0; i < A_SREGS; i++)
		t->sel[i] = case_sel_of(t->mode, t->cpl, i);
	/* CPL 3 runs with interrupts on, as a host process does. */
	t->eflags = 2 | (rnd(g) & F_ARITH) | (t->cpl ? F_IF : 0);
	return t;
}

void gen_drop(struct gen *g)
{
	g->list->n--;
}

void gen_empty(struct gen *g, const struct cell *c, const char *cls, const char *reason)
{
	struct tlist *l = g->list;
	struct tempty *e;

	l->empty = grow(l->empty, l->nempty, &l->cap_empty, sizeof *l->empty);
	e = &l->empty[l->nempty++];
	make_name(e->name, sizeof e->name, c, cls);
	e->reason = reason;
}

void set_gpr(struct tcase *t, unsigned reg, u32 value)
{
	t->gpr[reg] = value;
	t->gpr_set |= (u8)(1u << reg);
}

void set_reg(struct tcase *t, unsigned size, unsigned reg, u32 value)
{
	u32 m = size_mask(size);

	if (size == 1 && reg >= 4)
		set_gpr(t, reg - 4, (t->gpr[reg - 4] & ~0xff00u) | (value & 0xff) << 8);
	else
		set_gpr(t, reg, (t->gpr[reg] & ~m) | (value & m));
}

void set_sel(struct tcase *t, unsigned sreg, u16 sel)
{
	t->sel[sreg] = sel;
	t->sel_set |= (u8)(1u << sreg);
}

void set_mem(struct tcase *t, u32 lin, const void *data, unsigned n)
{
	struct tmem *m = &t->mem[t->nmem];

	if (t->nmem == TC_MEM_MAX || n > TC_MEM_LEN || lin < WIN_MID_LO ||
	    lin + n > WIN_LIN_LIMIT) {
		fprintf(stderr, "conformance: %s: memory %x+%u does not fit\n", t->name, lin, n);
		exit(3);
	}
	m->lin = lin;
	m->len = (u8)n;
	memcpy(m->b, data, n);
	t->nmem++;
}

void set_mem32(struct tcase *t, u32 lin, u32 value, unsigned size)
{
	u8 b[4] = {(u8)value, (u8)(value >> 8), (u8)(value >> 16), (u8)(value >> 24)};

	set_mem(t, lin, b, size);
}

const struct tcase *tlist_find(const struct tlist *l, const char *name)
{
	unsigned i;

	for (i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

void tlist_free(struct tlist *l)
{
	free(l->v);
	free(l->empty);
	memset(l, 0, sizeof *l);
}

void generate_all(struct tlist *l)
{
	struct gen g = {.list = l};

	memset(l, 0, sizeof *l);
	gen_table(&g);
	gen_string(&g);
	gen_stack(&g);
	gen_flow(&g);
	gen_segment(&g);
	gen_fault(&g);
	gen_system(&g);
	gen_sys(&g);
	gen_opmap(&g);
	gen_dev(&g);
}

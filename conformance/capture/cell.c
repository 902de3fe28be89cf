/* SPDX-License-Identifier: MIT
 * The list of cells, their names, and the way from a cell to one vector.
 */
#include "conformance/capture/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/capture/make.h"

const char *const feature_names[FEAT_COUNT] = {"base", "cmov", "mmx", "fxsr", "sse", "sse2"};

static void *grow(void *p, u32 n, u32 *room, size_t size)
{
	if (n < *room)
		return p;
	*room = *room ? 2 * *room : 1024;
	p = realloc(p, *room * size);
	if (!p) {
		fputs("capture: out of memory\n", stderr);
		exit(3);
	}
	return p;
}

void cells_add(struct cells *cs, struct vcell *c)
{
	unsigned k;

	for (k = 0; k < 2; k++) {
		cs->v = grow(cs->v, cs->n, &cs->room, sizeof *cs->v);
		c->id = cs->n;
		c->code32 = k;
		cs->v[cs->n++] = *c;
	}
}

void prefix_name(unsigned set, char *out, size_t n)
{
	static const char *const names[] = {"67", "seg", "lock", "f3", "f2"};
	unsigned i;
	size_t at = 0;

	if (!set)
		snprintf(out, n, "none");
	for (i = 0; i < 5; i++)
		if (set & 1u << i)
			at += (size_t)snprintf(out + at, n - at, "%s%s", at ? "+" : "", names[i]);
}

void cells_empty(struct cells *cs, const struct vcell *c, const char *prefixes, const char *reason)
{
	struct empty_cell *e;

	cs->empty = grow(cs->empty, cs->nempty, &cs->room_empty, sizeof *cs->empty);
	e = &cs->empty[cs->nempty++];
	snprintf(e->name, sizeof e->name, "%s/%s/%s/%s/o%u/*/%s", c->group, c->mnemonic, c->opcode,
		 c->form, 8u * c->size, prefixes);
	e->reason = reason;
}

void cell_name(const struct vcell *c, char *out, size_t n)
{
	char p[24];

	prefix_name(c->prefix, p, sizeof p);
	snprintf(out, n, "%s/%s/%s/%s/o%u/c%u/%s", c->group, c->mnemonic, c->opcode, c->form,
		 8u * c->size, c->code32 ? 32u : 16u, p);
}

void cell_opcode(struct vcell *c, u32 opcode, int digit)
{
	size_t n;

	if (opcode >> 16)
		snprintf(c->opcode, sizeof c->opcode, "%02X%04X", opcode >> 16, opcode & 0xffff);
	else
		snprintf(c->opcode, sizeof c->opcode, opcode > 0xff ? "%04X" : "%02X", opcode);
	n = strlen(c->opcode);
	if (digit >= 0)
		snprintf(c->opcode + n, sizeof c->opcode - n, ".%d", digit);
}

void cells_make(struct cells *c)
{
	memset(c, 0, sizeof *c);
	cells_operand(c);
	cells_string(c);
	cells_stack(c);
	cells_flow(c);
	cells_segment(c);
	cells_misc(c);
	cells_x87(c);
}

void cells_free(struct cells *c)
{
	free(c->v);
	free(c->empty);
	memset(c, 0, sizeof *c);
}

/* FNV-1a of the name: a new cell does not change the vectors of the others. */
static u64 name_hash(const struct vcell *c)
{
	char name[128];
	const char *p = name;
	u64 h = 0xcbf29ce484222325u;

	cell_name(c, name, sizeof name);
	while (*p)
		h = (h ^ (u8)*p++) * 0x100000001b3u;
	return h;
}

u32 cell_sample(const struct vcell *c)
{
	return (u32)(name_hash(c) >> 32) % 48;
}

void cell_vector(const struct vcell *c, u64 seed, u32 serial, struct vec *v)
{
	struct maker m;

	v->cell = c->id;
	v->serial = serial;
	make_start(&m, c, v, seed ^ name_hash(c) ^ (u64)serial << 40);
	c->make(&m);
	make_finish(&m);
}

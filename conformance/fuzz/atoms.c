/* SPDX-License-Identifier: MIT
 * See atoms.h.
 */
#include "conformance/fuzz/atoms.h"

#include "conformance/fuzz/coverage.h"

#include <string.h>

static bool wide_block(const struct gen *g, u32 block)
{
	u32 mode = g->block[block].mode;

	return mode == MODE_PM32_0 || mode == MODE_PM32_3;
}

/* Part of one element, and of no range that must stay together?  Bad instructions may be
 * decoded as longer than they are, over the end of their element. */
static bool may_go(const struct gen *g, u32 block, u32 start, u32 end)
{
	bool inside = false;

	for (u32 k = 0; k < g->n_ranges; k++) {
		const struct range *r = &g->range[k];

		if (r->block != block)
			continue;
		if (r->depth == RANGE_FIXED && start < r->end && end > r->start)
			return false;
		inside |= !r->depth && start >= r->start && end <= r->end;
	}
	return inside;
}

struct printer {
	const struct gen *g;
	FILE *out;
};

static void print_insn(void *arg, const struct item *i)
{
	const struct printer *p = arg;
	u32 end = i->offset + i->len;

	if (!may_go(p->g, i->block, i->offset, end))
		return;
	fprintf(p->out, "i %u %u %u %u\n", i->block, wide_block(p->g, i->block) ? 32u : 16u,
		i->offset, end);
}

void list_atoms(const struct gen *g, FILE *out)
{
	struct printer p = {g, out};

	for (u32 k = 0; k < g->n_ranges; k++) {
		const struct range *r = &g->range[k];

		if (r->depth != RANGE_FIXED && r->start != r->end)
			fprintf(out, "%c %u %u %u %u\n", r->depth ? 'n' : 'e', r->block,
				r->wide ? 32u : 16u, r->start, r->end);
	}
	walk_program(g, print_insn, &p);
}

bool blank_atoms(struct gen *g, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[100], kind;
	u32 block, region, start, end;
	bool ok = f;

	while (ok && fgets(line, sizeof(line), f)) {
		ok = sscanf(line, "%c %u %u %u %u", &kind, &block, &region, &start, &end) == 5 &&
		     (region == 16 || region == 32) && start < end && end <= FZ_CODE_SIZE;
		if (ok)
			memset((region == 32 ? &g->code32 : &g->code16)->bytes + start, 0x90,
			       end - start);
	}
	if (f)
		fclose(f);
	return ok;
}

void describe_block(const struct gen *g, u32 block, FILE *out)
{
	const struct block *b = &g->block[block];

	fprintf(out, "%%define MODE %u\n%%define SS_ 0x%x\n%%define DS_ 0x%x\n", b->mode, b->ss,
		b->ds);
	fprintf(out, "%%define ES_ 0x%x\n%%define GS_ 0x%x\n", b->es, b->gs);
	fprintf(out, "%%define CR4 0x%x\n%%define FILL 0x%x\n", g->cr4 & 0x600,
		(u32)g->opt.seed | 1);
	/* The clock is not part of small.asm. */
	fprintf(out, "%%define EFLAGS 0x%x\n", b->flags & 0x3202);
}

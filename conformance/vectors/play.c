/* SPDX-License-Identifier: MIT
 * Vectors on refvmm (play.h).  All RAM is zero between tests, so that a byte a test
 * should not have written shows: in the pages of the test at once, elsewhere when
 * play_clear() looks at all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/play.h"

/* ORDER moo: where a register is. */
static const struct {
	u8 gpr, seg;
} place[MOO_REGS] = {
	[MOO_EAX] = {REFVMM_EAX, 0}, [MOO_EBX] = {REFVMM_EBX, 0}, [MOO_ECX] = {REFVMM_ECX, 0},
	[MOO_EDX] = {REFVMM_EDX, 0}, [MOO_ESI] = {REFVMM_ESI, 0}, [MOO_EDI] = {REFVMM_EDI, 0},
	[MOO_EBP] = {REFVMM_EBP, 0}, [MOO_ESP] = {REFVMM_ESP, 0}, [MOO_CS] = {0, REFVMM_CS},
	[MOO_DS] = {0, REFVMM_DS},   [MOO_ES] = {0, REFVMM_ES},   [MOO_FS] = {0, REFVMM_FS},
	[MOO_GS] = {0, REFVMM_GS},   [MOO_SS] = {0, REFVMM_SS},
};

static const u8 zero_page[4096];

bool play_open(struct player *p, const struct refvmm_options *o, char *why)
{
	bool strict = p->strict;

	memset(p, 0, sizeof(*p));
	p->strict = strict;
	p->count = o->count;
	p->touched = calloc(1, PLAY_MEMORY >> 12);
	if (!p->touched || refvmm_create(o, &p->vm, why)) {
		free(p->touched);
		return false;
	}
	refvmm_get_state(p->vm, &p->reset);
	p->reset.cr0 = 0x10; /* caches on, and x87 errors by FERR# */
	p->reset.fxsave[0] = 0x7f;
	p->reset.fxsave[1] = 3;
	return true;
}

void play_close(struct player *p)
{
	refvmm_destroy(p->vm);
	free(p->touched);
	free(p->page);
	memset(p, 0, sizeof(*p));
}

static bool ram_fits(const struct moo_ram *r)
{
	for (u32 k = 0; k < r->n; k++)
		if (moo_ram_address(r, k) >= PLAY_MEMORY)
			return false;
	return true;
}

const char *play_fits(const struct moo_test *t)
{
	if (!ram_fits(&t->init.ram) || !ram_fits(&t->fina.ram))
		return "memory above 16 MiB";
	return NULL;
}

static bool touch(struct player *p, u32 address)
{
	u32 page = address >> 12;

	if (p->touched[page])
		return true;
	if (p->n_pages == p->room) {
		u32 room = p->room ? 2 * p->room : 64;
		u32 *more = realloc(p->page, room * sizeof(*more));

		if (!more)
			return false;
		p->page = more;
		p->room = room;
	}
	p->touched[page] = 1;
	p->page[p->n_pages++] = page;
	return true;
}

static void write_byte(struct player *p, u32 address, u8 byte)
{
	if (refvmm_ram(p->vm)[address] != byte)
		refvmm_write(p->vm, address, &byte, 1);
}

static void clear(struct player *p, const struct moo_ram *r)
{
	for (u32 k = 0; k < r->n; k++)
		write_byte(p, moo_ram_address(r, k), 0);
}

/* Memory before the test; what the last run left goes first. */
static void load(struct player *p, const struct moo_test *t, bool again)
{
	const struct moo_ram *a = &t->init.ram, *z = &t->fina.ram;

	if (again)
		clear(p, z);
	for (u32 k = 0; k < a->n; k++)
		touch(p, moo_ram_address(a, k));
	for (u32 k = 0; k < z->n; k++)
		touch(p, moo_ram_address(z, k));
	for (u32 k = 0; k < a->n; k++)
		write_byte(p, moo_ram_address(a, k), moo_ram_byte(a, k));
}

static void to_state(const struct player *p, const struct expectation *e, const struct moo_test *t,
		     struct refvmm_state *s)
{
	bool wide = t->init.regs.wide;

	*s = p->reset;
	for (unsigned r = 0; r < MOO_REGS; r++) {
		if (is_gpr(r)) {
			s->gpr[place[r].gpr] = start_value(e, t, r);
		} else if (is_seg(r)) {
			struct refvmm_segment *g = &s->seg[place[r].seg];

			g->selector = (uint16_t)e->start[r];
			g->base = (e->start[r] & 0xffff) << 4;
			g->attr = 0x9300;
			g->limit = 0xffff;
		}
	}
	s->eip = e->start[MOO_EIP];
	s->eflags = e->start[MOO_EFLAGS];
	s->dr[6] = wide ? e->start[MOO_DR6] : 0xffff0ff0;
	s->dr[7] = wide && e->start[MOO_DR7] ? e->start[MOO_DR7] : 0x400;
}

static u32 got(const struct refvmm_state *s, unsigned r)
{
	if (is_gpr(r))
		return s->gpr[place[r].gpr];
	if (is_seg(r))
		return s->seg[place[r].seg].selector;
	switch (r) {
	case MOO_EIP:
		return s->eip;
	case MOO_EFLAGS:
		return s->eflags;
	case MOO_CR0:
		return s->cr0;
	case MOO_CR3:
		return s->cr3;
	case MOO_DR6:
		return s->dr[6];
	default:
		return s->dr[7];
	}
}

void play(struct player *p, const struct expectation *e, const struct moo_test *t, unsigned how,
	  bool again, struct outcome *o)
{
	struct observed seen = {.ram = refvmm_ram(p->vm)};
	struct refvmm_state s;
	struct refvmm_exit x;
	char why[REFVMM_REASON];

	o->verdict = PASS;
	o->text[0] = 0;
	load(p, t, again);
	to_state(p, e, t, &s);
	if (refvmm_set_state(p->vm, &s, why) ||
	    refvmm_run(p->vm, how | (e->fault ? REFVMM_HOLD : 0), 0, &x, why)) {
		differ(o, "%s", why);
		return;
	}
	refvmm_get_state(p->vm, &s);
	if (e->fault && (x.why != REFVMM_EXCEPTION || x.vector != e->vector))
		differ(o, "%s %u expected exception %u", refvmm_why_name(x.why), x.vector,
		       e->vector);
	else if (!e->fault && x.why != REFVMM_HLT)
		differ(o, "%s (%s) expected HLT", refvmm_why_name(x.why), x.text);
	else if (p->count && e->instructions >= 0 && x.instructions != (u64)e->instructions)
		differ(o, "%llu instructions counted, expected %d",
		       (unsigned long long)x.instructions, e->instructions);
	for (unsigned r = 0; r < MOO_REGS; r++)
		seen.reg[r] = got(&s, r);
	seen.page = p->page;
	seen.n_pages = p->n_pages;
	judge(e, t, p->strict, &seen, o);
}

void play_clean(struct player *p, const struct moo_test *t)
{
	clear(p, &t->init.ram);
	clear(p, &t->fina.ram);
	for (u32 k = 0; k < p->n_pages; k++) {
		u32 at = p->page[k] << 12;

		p->touched[p->page[k]] = 0;
		if (memcmp(refvmm_ram(p->vm) + at, zero_page, sizeof(zero_page)))
			refvmm_write(p->vm, at, zero_page, sizeof(zero_page));
	}
	p->n_pages = 0;
}

void play_wipe(struct player *p)
{
	for (u32 at = 0; at < PLAY_MEMORY; at += sizeof(zero_page))
		refvmm_write(p->vm, at, zero_page, sizeof(zero_page));
}

bool play_clear(const struct player *p, u32 end, u32 *where)
{
	const u8 *ram = refvmm_ram(p->vm);

	for (u32 at = 0; at < end; at += sizeof(zero_page)) {
		if (!memcmp(ram + at, zero_page, sizeof(zero_page)))
			continue;
		for (*where = at; !ram[*where]; ++*where)
			;
		return false;
	}
	return true;
}

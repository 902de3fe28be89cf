/* SPDX-License-Identifier: MIT
 * The window under a policy, in numbers only (see replay.h).
 *
 * The profile has the first touch of each page in each residence of a CR3.  What a
 * CR3 shows at a page is known from its touches so far and from the R lines; a page
 * of another address space is taken to hold in this one when that is known.
 */
#include "microbench/replay.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LIN_PAGES 0x100000u
#define MAX_CR3S  4096u
#define WRITE     2u
#define GLOBAL    8u

/* In space.memory: touched in one residence so far. */
#define ONCE 0x80000000u

struct space {
	u32 cr3;
	u32 *known;     /* by page: what its tables are known to say */
	u32 *shown;     /* by page: what its process has mapped, policy.spaces only */
	u32 *memory, n; /* pages to map again */
	u32 residences;
	bool learning; /* nothing was recalled in this residence */
	u64 used;
	bool remembered;
};

struct sim {
	const struct policy *p;
	struct tally t;
	struct space space[MAX_CR3S];
	u32 n_spaces, n_remembered;
	struct space *at;
	u32 *shown;              /* by page */
	unsigned char *filled;   /* by page: populated or touched */
	u32 *local, n_local;     /* pages that are shown and not global; may hold stale ones */
	unsigned char *is_local; /* is it in that list? */
	u32 resolved;            /* page of the last guest fault + 1 */
	u64 clock;
};

static u32 *pages(void)
{
	u32 *p = calloc(LIN_PAGES, sizeof(*p));

	if (!p) {
		fprintf(stderr, "replay: out of memory\n");
		exit(3);
	}
	return p;
}

static void show(struct sim *s, u32 k, u32 entry, bool filled)
{
	s->shown[k] = entry;
	s->filled[k] = filled;
	if (!s->p->spaces && entry && !(entry & GLOBAL) && !s->is_local[k]) {
		s->is_local[k] = 1;
		s->local[s->n_local++] = k;
	}
}

/* One mmap of [from, to), the entry of page k being `entry`. */
static void map(struct sim *s, u32 k, u32 from, u32 to, u32 entry)
{
	bool fill = to - from <= s->p->populate, over = false;

	for (u32 i = from; i < to; i++) {
		over |= s->shown[i] != 0;
		show(s, i, entry + ((i - k) << 8), fill);
	}
	s->t.maps++;
	s->t.replaces += over;
	s->t.pages += to - from;
	s->t.populated += fill ? to - from : 0;
}

static void note(struct sim *s, u32 k, u32 entry)
{
	struct space *a = s->at;

	if (s->p->recall != RECALL_TOUCHED || (entry & GLOBAL) || a->n == s->p->pages)
		return;
	for (u32 i = 0; i < a->n; i++)
		if ((a->memory[i] & ~ONCE) == k) {
			a->memory[i] = k;
			return;
		}
	a->memory[a->n++] = s->p->twice && !a->learning ? k | ONCE : k;
}

static void fault(struct sim *s, u32 k, u32 entry, u32 first, u32 last, const u32 *around)
{
	u32 from = k, to = k + 1;

	while (to < last && to - k < s->p->run && s->shown[to] != entry + ((to - k) << 8))
		to++;
	while (from > first && k - from < s->p->run - 1 &&
	       s->shown[from - 1] != entry - ((k - from + 1) << 8))
		from--;
	map(s, k, from, to, entry);
	for (u32 i = 0; s->p->around && i < 16; i++) {
		u32 n = (k & ~15u) + i;

		if (around[i] && s->shown[n] != around[i])
			map(s, n, n, n + 1, around[i]);
	}
	note(s, k, entry);
}

/* A page is used for the first time in this residence. */
static void touch(struct sim *s, u32 k, u32 entry, bool write, u32 first, u32 last,
		  const u32 *around)
{
	u32 now = s->shown[k];

	s->at->known[k] = entry;
	for (u32 i = 0; i < 16; i++)
		s->at->known[(k & ~15u) + i] = around[i];
	if ((now | WRITE) == (entry | WRITE) && (!write || (now & WRITE))) {
		s->t.touches += !s->filled[k];
		s->filled[k] = 1;
		return;
	}
	if (s->p->eager && s->resolved == k + 1)
		s->t.walks++;
	else
		s->t.faults++;
	if ((now | WRITE) == (entry | WRITE)) {
		s->t.protects++;
		show(s, k, entry, true);
		note(s, k, entry);
		return;
	}
	if (now && !s->p->replace) {
		s->t.unmaps++;
		show(s, k, 0, false);
	}
	fault(s, k, entry, first, last, around);
	s->t.touches += !s->filled[k];
	s->filled[k] = 1;
}

static int by_page(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

static bool holds(const struct sim *s, u32 k)
{
	return s->p->keep && s->at->known[k] &&
	       (s->shown[k] | WRITE) == (s->at->known[k] | WRITE) &&
	       (!(s->shown[k] & WRITE) || (s->at->known[k] & WRITE));
}

/* Unmap what does not hold; neighbours with nothing kept between go in one call. */
static void sweep(struct sim *s)
{
	u32 kept = 0, in_call = 0;

	qsort(s->local, s->n_local, sizeof(*s->local), by_page);
	for (u32 i = 0; i < s->n_local; i++) {
		u32 k = s->local[i];

		if (!s->shown[k] || (s->shown[k] & GLOBAL)) {
			s->is_local[k] = 0;
			continue;
		}
		s->t.walks++;
		if (holds(s, k)) {
			s->local[kept++] = k;
			in_call = 0;
			continue;
		}
		if (in_call++)
			s->t.unmapped_more++;
		else
			s->t.unmaps++;
		s->shown[k] = 0;
		s->is_local[k] = 0;
	}
	s->n_local = kept;
}

static void recall(struct sim *s)
{
	struct space *a = s->at;

	qsort(a->memory, a->n, sizeof(*a->memory), by_page);
	for (u32 i = 0; i < a->n; i++) {
		u32 k = a->memory[i], to = k + 1, entry;

		if (k & ONCE)
			continue;
		entry = a->known[k];
		s->t.walks++;
		if (!entry || s->shown[k] == entry)
			continue;
		while (i + 1 < a->n && a->memory[i + 1] == to && to - k < s->p->run &&
		       a->known[to] == entry + ((to - k) << 8) && s->shown[to] != a->known[to]) {
			to++;
			i++;
			s->t.walks++;
		}
		map(s, k, k, to, entry);
	}
}

/* What is mapped when CR3 is left is what RECALL_MAPPED remembers. */
static void leave(struct sim *s)
{
	struct space *a = s->at;

	if (!a || s->p->recall != RECALL_MAPPED)
		return;
	a->n = 0;
	for (u32 i = 0; i < s->n_local && a->n < s->p->pages; i++)
		if (s->shown[s->local[i]] && !(s->shown[s->local[i]] & GLOBAL))
			a->memory[a->n++] = s->local[i];
}

static void forget_oldest(struct sim *s)
{
	struct space *oldest = NULL;

	for (u32 i = 0; i < s->n_spaces; i++) {
		struct space *a = &s->space[i];

		if (a->remembered && a != s->at && (!oldest || a->used < oldest->used))
			oldest = a;
	}
	if (!oldest)
		return;
	oldest->remembered = false;
	oldest->n = 0;
	s->n_remembered--;
	if (oldest->shown) { /* its process ends */
		s->t.unmaps++;
		memset(oldest->shown, 0, LIN_PAGES * sizeof(u32));
	}
}

static bool enter(struct sim *s, u32 cr3)
{
	u32 i = 0;

	while (i < s->n_spaces && s->space[i].cr3 != cr3)
		i++;
	if (i == MAX_CR3S)
		return false;
	if (i == s->n_spaces) {
		s->space[i].cr3 = cr3;
		s->space[i].known = pages();
		s->space[i].memory = pages();
		s->space[i].shown = s->p->spaces ? pages() : NULL;
		s->n_spaces++;
	}
	s->at = &s->space[i];
	s->at->used = ++s->clock;
	if (!s->at->remembered) {
		s->at->remembered = true;
		if (++s->n_remembered > s->p->cr3s)
			forget_oldest(s);
	}
	return true;
}

/* CR3 was loaded; what is known of it by R lines is known by now. */
static void switch_space(struct sim *s, bool same)
{
	struct space *a = s->at;

	s->t.loads++;
	if (s->p->spaces) {
		s->t.handoffs += !same;
		s->shown = a->shown;
		return;
	}
	if (same) {
		sweep(s);
		return;
	}
	s->t.residences++;
	if (!s->p->replace || s->p->recall == RECALL_NONE)
		sweep(s);
	a->learning = !a->n || (s->p->learn && ++a->residences % s->p->learn == 0);
	if (a->learning && s->p->recall == RECALL_TOUCHED)
		a->n = 0;
	if (s->p->recall != RECALL_NONE)
		recall(s);
	if (s->p->replace)
		sweep(s);
}

static double cost(const struct tally *t, const struct map_costs *c)
{
	return (double)t->faults * c->fault + (double)(t->maps - t->replaces) * c->map +
	       (double)t->replaces * c->replace + (double)t->populated * c->populate +
	       (double)t->touches * c->touch + (double)t->unmaps * c->unmap +
	       (double)t->unmapped_more * c->unmap_more + (double)t->protects * c->protect +
	       (double)t->walks * c->walk + (double)t->handoffs * c->handoff;
}

static bool touch_line(struct sim *s, char *line)
{
	u32 x[21];

	for (unsigned i = 0; i < 21; i++) {
		char *end;

		x[i] = (u32)strtoul(line, &end, 16);
		if (end == line)
			return false;
		line = end;
	}
	if (x[0] >= LIN_PAGES || x[3] > x[0] || x[4] <= x[0] || x[4] > LIN_PAGES)
		return false;
	touch(s, x[0], x[1], x[2] != 0, x[3], x[4], x + 5);
	return true;
}

static bool event(struct sim *s, char *line, bool *pending, bool *same)
{
	char what = line[0];
	u32 x, entry = 0;
	int n;

	if (!isupper((unsigned char)what) || line[1] != ' ')
		return false;
	if (what == 'R')
		n = sscanf(line + 1, "%x %x", &x, &entry) - 1;
	else
		n = sscanf(line + 1, "%x", &x);
	if (n != 1)
		return false;
	if (*pending && what != 'R') {
		switch_space(s, *same);
		*pending = false;
	}
	switch (what) {
	case 'C':
		*same = s->at && s->at->cr3 == x;
		if (!*same) {
			leave(s);
			if (!enter(s, x))
				return false;
		}
		*pending = true;
		return true;
	case 'R':
		if (x >= LIN_PAGES || !s->at)
			return false;
		s->at->known[x] = entry;
		return true;
	case 'T':
		return s->at ? touch_line(s, line + 1) : true; /* before paging */
	case 'I':
		s->t.walks++;
		return true;
	case 'P':
		s->resolved = x + 1;
		return true;
	case 'A':
		return true;
	default:
		return false;
	}
}

bool replay(FILE *profile, const struct policy *p, const struct map_costs *c, struct tally *t)
{
	struct sim *s = calloc(1, sizeof(*s));
	bool pending = false, same = false, good = true;
	char line[512];
	u64 number = 0;
	u32 *shared;

	if (!s)
		return false;
	s->p = p;
	s->shown = shared = pages();
	s->local = pages();
	s->filled = calloc(LIN_PAGES, 1);
	s->is_local = calloc(LIN_PAGES, 1);
	rewind(profile);
	while (good && fgets(line, sizeof(line), profile)) {
		number++;
		good = event(s, line, &pending, &same);
	}
	if (!good)
		fprintf(stderr, "replay: line %llu is not of a profile\n",
			(unsigned long long)number);
	s->t.ns = cost(&s->t, c);
	*t = s->t;
	for (u32 i = 0; i < s->n_spaces; i++) {
		free(s->space[i].known);
		free(s->space[i].memory);
		free(s->space[i].shown);
	}
	free(shared);
	free(s->local);
	free(s->filled);
	free(s->is_local);
	free(s);
	return good;
}

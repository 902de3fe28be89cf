/* SPDX-License-Identifier: MIT
 * Address spaces that come back: what each CR3 touched is remembered and mapped again,
 * checked against the page tables, when CR3 is loaded with it.  The numbers are from
 * docs/mmu-policy.md.
 */
#include "refvmm/trace.h"
#include "refvmm/window.h"

static struct remembered *memory_of(struct window *w, u32 cr3)
{
	struct remembered *m = NULL, *oldest = &w->memory[0];

	for (u32 i = 0; i < REMEMBERED_CR3S && !m; i++) {
		if (w->memory[i].used && w->memory[i].cr3 == cr3)
			m = &w->memory[i];
		else if (w->memory[i].used < oldest->used)
			oldest = &w->memory[i];
	}
	if (!m) {
		m = oldest;
		m->cr3 = cr3;
		m->n = m->residences = 0;
		m->learning = true;
	}
	m->used = ++w->clock;
	return m;
}

/* A page of the present CR3's own was touched. */
void recall_note(struct vm *vm, u32 k)
{
	struct window *w = vm->window;
	struct remembered *m;

	if (w->entry[k] & WIN_GLOBAL)
		return;
	if (!w->present || w->present->cr3 != vm->v->cr3) /* loaded before paging was on */
		w->present = memory_of(w, vm->v->cr3);
	m = w->present;
	for (u32 i = 0; i < m->n; i++)
		if ((m->page[i] & ~REMEMBERED_ONCE) == k) {
			m->page[i] = k;
			return;
		}
	/* What turns up between two times of finding out has to do so twice. */
	if (m->n < REMEMBERED_PAGES)
		m->page[m->n++] = m->learning ? k : k | REMEMBERED_ONCE;
}

static void recall(struct vm *vm, const struct remembered *m)
{
	struct window *w = vm->window;

	for (u32 i = 0; i < m->n; i++) {
		u32 k = m->page[i], entry;

		if (k & REMEMBERED_ONCE)
			continue;
		entry = window_entry_now(vm, k);
		if (!entry || entry == w->entry[k] || (w->entry[k] & WIN_GLOBAL))
			continue;
		vm->bt->stat[ST_window_recalls]++;
		if (!window_map_run(vm, k, entry))
			return;
	}
}

/* --trace mem: nothing stays, and what the last residence touched is written down. */
static void start_afresh(struct vm *vm, struct remembered *m)
{
	window_drop_locals(vm);
	for (u32 i = 0; i < m->n; i++)
		trace_recall_on(vm, m->page[i], window_entry_now(vm, m->page[i]));
	m->n = 0;
	m->learning = true;
}

void recall_switch(struct vm *vm, u32 old_cr3)
{
	struct window *w = vm->window;
	struct remembered *m;

	if (vm->v->cr3 == old_cr3)
		return;
	w->present = m = memory_of(w, vm->v->cr3);
	if (vm->cfg->trace[TRACE_MEM]) {
		start_afresh(vm, m);
		return;
	}
	/* What is not used any more has to be forgotten: now and then a residence
	 * begins with nothing but what still holds. */
	m->learning = !m->n || ++m->residences % RECALL_LEARN == 0;
	if (m->learning)
		m->n = 0;
	else
		recall(vm, m);
}

void recall_reset(struct window *w)
{
	w->present = NULL;
	for (u32 i = 0; i < REMEMBERED_CR3S; i++)
		w->memory[i].n = w->memory[i].used = 0;
}

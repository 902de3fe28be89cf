/* SPDX-License-Identifier: MIT
 * The guest linear window: filling, protecting, dropping (see window.h).  Monitor
 * context; host system calls are made directly and counted.
 */
#include "refvmm/window.h"

#include "refvmm/trace.h"

#include <sys/mman.h>
#include <sys/syscall.h>

/* Below Linux' default vm.max_map_count of 65,530, with room for the process. */
#define MAX_VMAS 60000u

static long sys6(struct vm *vm, long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;

	host_syscall_made(vm);
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

/* ---- book-keeping of single pages ---- */

static void enter_page(struct window *w, u32 k, u32 frame, u32 flags)
{
	u32 *first = &w->first[frame];

	w->entry[k] = frame << 8 | flags | WIN_MAPPED;
	w->next[k] = *first;
	w->prev[k] = 0;
	if (*first)
		w->prev[*first - 1] = k + 1;
	*first = k + 1;
	w->mapped[k >> 10]++;
	w->locals[k >> 10] += !(flags & WIN_GLOBAL);
	w->supers[k >> 10] += !(flags & WIN_USER);
	if (!(flags & WIN_USER) && k < w->user_top >> 12)
		w->low_supers++;
}

static void forget_page(struct window *w, u32 k)
{
	u32 e = w->entry[k];

	if (w->prev[k])
		w->next[w->prev[k] - 1] = w->next[k];
	else
		w->first[e >> 8] = w->next[k];
	if (w->next[k])
		w->prev[w->next[k] - 1] = w->prev[k];
	w->mapped[k >> 10]--;
	w->locals[k >> 10] -= !(e & WIN_GLOBAL);
	w->supers[k >> 10] -= !(e & WIN_USER);
	if (!(e & WIN_USER) && k < w->user_top >> 12)
		w->low_supers--;
	w->entry[k] = 0;
}

size_t window_size(u32 n_frames)
{
	return sizeof(struct window) + (size_t)n_frames * sizeof(u32);
}

void window_init(struct window *w, u32 n_frames)
{
	w->first = (u32 *)(w + 1);
	w->n_frames = n_frames;
}

/* ---- host mappings ---- */

static void unmap(struct vm *vm, u32 page, u32 n)
{
	vm->bt->stat[ST_window_unmaps]++;
#ifndef WITHOUT_WINDOW_ONLY_GUEST
	sys6(vm, SYS_munmap, ((long)page << 12) + vm->linbase, (long)n << 12, 0, 0, 0, 0);
#endif
}

void window_drop_all(struct vm *vm)
{
	struct window *w = vm->window;

	for (u32 r = 0; r < REGIONS; r++)
		for (u32 k = r << 10; w->mapped[r]; k++)
			if (w->entry[k])
				forget_page(w, k);
	unmap(vm, w->floor >> 12, (vm->mon - vm->linbase - w->floor) >> 12);
	w->n_vmas = 0;
	vm->bt->stat[ST_window_drops]++;
}

static bool map(struct vm *vm, u32 page, u32 frame, u32 n, bool write)
{
	struct window *w = vm->window;
	int prot = PROT_READ | (write ? PROT_WRITE : 0);

#ifdef WITHOUT_WINDOW_NOT_EXECUTABLE
	prot |= PROT_EXEC;
#endif
	vm->bt->stat[ST_window_maps]++;
	vm->bt->stat[ST_window_pages] += n;
	w->n_vmas += 2;
	return sys6(vm, SYS_mmap, ((long)page << 12) + vm->linbase, (long)n << 12, prot,
		    MAP_SHARED | MAP_FIXED, vm->ram_fd, (long)frame << 12) >= 0;
}

bool window_show(struct vm *vm, u32 address, u32 frame)
{
	return sys6(vm, SYS_mmap, address, 4096, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
		    vm->ram_fd, (long)frame << 12) >= 0;
}

static bool protect(struct vm *vm, u32 page, u32 n, bool write)
{
	vm->bt->stat[ST_window_protects]++;
	vm->window->n_vmas += 2;
	return sys6(vm, SYS_mprotect, ((long)page << 12) + vm->linbase, (long)n << 12,
		    PROT_READ | (write ? PROT_WRITE : 0), 0, 0, 0) == 0;
}

/* ---- filling ---- */

/* How a page is to be shown; false: not at all. */
static bool wanted(struct vm *vm, u32 lin, const struct page *page, u32 *entry)
{
	u32 phys = page->phys, frame, wframe, flags = WIN_MAPPED;

	window_note_big(vm, lin, page);
	if ((page->flags & PAGE_ABOVE) || lin < vm->window->floor || lin >= vm->mon - vm->linbase ||
	    !(page->flags & PAGE_ACCESSED))
		return false;
	if (!vm->v->a20)
		phys &= ~0x100000u;
	if (!phys_page(vm, phys, false, &frame))
		return false;
	if ((page->flags & PAGE_WRITE) && (page->flags & PAGE_DIRTY) &&
	    vm->bt->frame_state[frame] != PG_PROTECTED && phys_page(vm, phys, true, &wframe) &&
	    wframe == frame)
		flags |= WIN_WRITE;
	if (page->flags & PAGE_USER)
		flags |= WIN_USER;
	if (page->flags & PAGE_GLOBAL)
		flags |= WIN_GLOBAL;
	*entry = frame << 8 | flags;
	return true;
}

u32 window_entry_now(struct vm *vm, u32 k)
{
	struct page page;
	u32 entry;

	return page_lookup(vm->v, k << 12, &page) && wanted(vm, k << 12, &page, &entry) ? entry : 0;
}

/* Could page `k` be mapped in one run with others?  It may show something else that
 * the tables no longer say. */
static bool continues(struct vm *vm, u32 k, u32 expected)
{
	return vm->window->entry[k] != expected && window_entry_now(vm, k) == expected;
}

/* Host mappings that the entries make: the host merges those that go on in linear and
 * physical memory. */
static u32 count_vmas(const struct window *w)
{
	u32 n = 0, before = 0;

	for (u32 r = 0; r < REGIONS; r++)
		for (u32 k = r << 10, left = w->mapped[r]; left; k++) {
			u32 e = w->entry[k];

			n += e && (!k || !w->entry[k - 1] || ((before + 0x100) ^ e) & ~0xffu ||
				   (before ^ e) & WIN_WRITE);
			before = e;
			left -= !!e;
		}
	return n;
}

/* Each page with rights of its own is a mapping of its own; rather than run out of
 * them, start again with none. */
static void make_room(struct vm *vm)
{
#ifndef WITHOUT_WINDOW_ROOM
	struct window *w = vm->window;

	if (w->n_vmas <= MAX_VMAS)
		return;
	w->n_vmas = count_vmas(w);
	if (w->n_vmas > MAX_VMAS / 2)
		window_drop_all(vm);
#endif
}

/* Map the page and the neighbours that continue it in linear and in physical
 * memory with the same rights, within its 4 MiB region. */
bool window_map_run(struct vm *vm, u32 k, u32 entry)
{
	struct window *w = vm->window;
	u32 from = k, to = k + 1, first = k & ~1023u, last = (k | 1023u) + 1;

	if (vm->cfg->trace[TRACE_MEM])
		first = k, last = k + 1;
	while (to < last && continues(vm, to, entry + ((to - k) << 8)))
		to++;
	while (from > first && continues(vm, from - 1, entry - ((k - from + 1) << 8)))
		from--;
	make_room(vm);
	if (!map(vm, from, (entry >> 8) - (k - from), to - from, entry & WIN_WRITE)) {
		vm_stop(vm, 14, "cannot map guest memory into the window");
		return false;
	}
	for (u32 i = from; i < to; i++) {
		if (w->entry[i])
			forget_page(w, i);
		enter_page(w, i, (entry >> 8) - (k - i), entry & 0xff);
	}
	return true;
}

/* Make the present entry of page `k` writable. */
static bool upgrade(struct vm *vm, u32 k, u32 entry)
{
	if (!protect(vm, k, 1, true))
		return false;
	vm->window->entry[k] = (vm->window->entry[k] & ~0xffu) | (entry & 0xff);
	return true;
}

enum fill window_fill(struct vm *vm, u32 lin, bool write)
{
	u32 k = lin >> 12, entry, old;
	struct page page;

	if (page_access(vm->v, lin, write ? ACC_WRITE : ACC_READ, &page))
		return FILL_FAULT;
	vm->bt->stat[ST_hidden_faults]++;
	if (!wanted(vm, lin, &page, &entry) || (write && !(entry & WIN_WRITE)))
		return FILL_SOFT;
	old = vm->window->entry[k];
	if (old) {
		u32 changed = old ^ entry;

		if (!changed)
			return FILL_SOFT; /* it was not the mapping that faulted */
		if (changed == WIN_WRITE && upgrade(vm, k, entry)) {
			trace_touch(vm, k, write);
			return FILL_DONE;
		}
	}
	if (!window_map_run(vm, k, entry))
		return FILL_SOFT;
	recall_note(vm, k);
	trace_touch(vm, k, write);
	return FILL_DONE;
}

void window_fill_resolved(struct vm *vm, u32 lin, bool write)
{
	u32 k = lin >> 12, entry = window_entry_now(vm, k), old = vm->window->entry[k];

	/* User code runs next: its rights, and nothing of the supervisor's. */
	if (!entry || entry == old || (write && !(entry & WIN_WRITE)) ||
	    (vm->v->cpl == 3 && !(entry & WIN_USER)) || vm->cfg->trace[TRACE_MEM])
		return;
	vm->bt->stat[ST_window_resolved]++;
	if (((old ^ entry) == WIN_WRITE && upgrade(vm, k, entry)) || !window_map_run(vm, k, entry))
		return;
	recall_note(vm, k);
}

/* ---- revalidation ---- */

enum verdict { HOLDS, READ_ONLY, GONE };

/* Does the entry show no more than the page tables allow?  Fork takes the write
 * permission of all pages away; they stay readable. */
static enum verdict verdict(struct vm *vm, u32 k)
{
	u32 old = vm->window->entry[k], now;

#ifdef WITHOUT_REVALIDATE
	return HOLDS;
#endif
	now = window_entry_now(vm, k);
	if ((old | WIN_WRITE) != (now | WIN_WRITE))
		return GONE;
	return (old & WIN_WRITE) && !(now & WIN_WRITE) ? READ_ONLY : HOLDS;
}

/* Neighbouring pages of one verdict, collected into one system call.  Between those to
 * unmap there may be gaps: they are unmapped already. */
struct sweep {
	u32 from, to;
	enum verdict what;
};

static void sweep_end(struct vm *vm, struct sweep *s)
{
	u32 from = s->from, n = s->to - s->from;

	s->from = s->to = 0;
	if (!n)
		return;
	if (s->what == GONE)
		unmap(vm, from, n);
	else if (!protect(vm, from, n, false))
		window_drop_all(vm); /* the host has no room for the mappings this makes */
}

static void sweep_page(struct vm *vm, struct sweep *s, u32 k, enum verdict what)
{
	if (what == HOLDS || what != s->what || (what == READ_ONLY && k != s->to))
		sweep_end(vm, s);
	/* Dropped whole just now? */
	if (what == HOLDS || !vm->window->entry[k])
		return;
	if (what == GONE)
		forget_page(vm->window, k);
	else
		vm->window->entry[k] &= ~(u32)WIN_WRITE;
	if (s->to == s->from)
		s->from = k;
	s->to = k + 1;
	s->what = what;
}

void window_revalidate(struct vm *vm, bool globals_too)
{
	struct window *w = vm->window;
	struct sweep s = {0, 0, GONE};

	for (u32 r = 0; r < REGIONS; r++) {
		u32 n = globals_too ? w->mapped[r] : w->locals[r];

		if (!w->mapped[r])
			continue;
		for (u32 k = r << 10; n && k < (r + 1) << 10; k++) {
			u32 e = w->entry[k];

			if (!e)
				continue;
			if ((e & WIN_GLOBAL) && !globals_too) {
				sweep_end(vm, &s);
				continue;
			}
			n--;
			sweep_page(vm, &s, k, verdict(vm, k));
		}
		if (w->mapped[r])
			sweep_end(vm, &s);
	}
	sweep_end(vm, &s);
}

void window_note_big(struct vm *vm, u32 lin, const struct page *page)
{
	if (page->flags & PAGE_BIG)
		vm->window->big[lin >> 22] = true;
}

bool window_was_big(struct vm *vm, u32 lin)
{
	return vm->window->big[lin >> 22];
}

void window_revalidate_page(struct vm *vm, u32 lin)
{
	u32 k = lin >> 12, to = k + 1;
	struct sweep s = {0, 0, GONE};

#ifndef WITHOUT_INVLPG_BIG
	if (window_was_big(vm, lin)) {
		k &= ~1023u;
		to = k + 1024;
	}
#endif
	for (; k < to; k++)
		if (vm->window->entry[k])
			sweep_page(vm, &s, k, verdict(vm, k));
	sweep_end(vm, &s);
}

/* ---- CR3 ---- */

void window_drop_locals(struct vm *vm)
{
	struct window *w = vm->window;
	struct sweep s = {0, 0, GONE};

	for (u32 r = 0; r < REGIONS; r++) {
		for (u32 k = r << 10; w->locals[r]; k++)
			if (w->entry[k] && !(w->entry[k] & WIN_GLOBAL))
				sweep_page(vm, &s, k, GONE);
			else if (w->entry[k])
				sweep_end(vm, &s);
		if (w->mapped[r])
			sweep_end(vm, &s);
	}
	sweep_end(vm, &s);
}

/* ---- user and supervisor ---- */

static void set_user_top(struct vm *vm, u32 top)
{
	struct window *w = vm->window;

	w->user_top = top;
	vm->bt->stat[ST_user_limits]++;
	w->low_supers = 0;
	for (u32 r = 0; r < top >> 22; r++)
		w->low_supers += w->supers[r];
	vcpu_mode_changed(vm->v);
}

/* User segments may end at the lowest supervisor region when all user pages lie
 * below it; else the supervisor pages below have to go each time. */
void window_enter_user(struct vm *vm)
{
	struct window *w = vm->window;
	u32 lowest = 0, highest_user = 0;
	bool blocked;
	struct sweep s = {0, 0, GONE};

#ifdef WITHOUT_SUPERVISOR_PURGE
	if (w->mapped[0])
		return;
#endif
	if (!w->low_supers && !w->user_blocked)
		return;
	for (u32 r = REGIONS; r-- > 0;) {
		if (w->supers[r])
			lowest = r;
		if (!highest_user && w->mapped[r] > w->supers[r])
			highest_user = r;
	}
	blocked = w->user_blocked;
	w->user_blocked = false;
	if (!w->low_supers) {
		u32 top = lowest ? lowest << 22 : vm->mon;

		/* What brought it down has gone. */
		if (blocked && top > w->user_top)
			set_user_top(vm, top);
		return;
	}
	if (lowest > highest_user) {
		set_user_top(vm, lowest << 22);
		return;
	}
	vm->bt->stat[ST_supervisor_purges]++;
	for (u32 k = 0; k < w->user_top >> 12 && w->low_supers; k++) {
		u32 e = w->entry[k];

		if (!(k & 1023) && !w->supers[k >> 10]) {
			if (w->mapped[k >> 10])
				sweep_end(vm, &s);
			k |= 1023;
		} else if (e && (e & WIN_USER)) {
			sweep_end(vm, &s);
		} else if (e) {
			sweep_page(vm, &s, k, GONE);
		}
	}
	sweep_end(vm, &s);
}

/* ---- what the translator asks for ---- */

void bt_protect_frame(struct vcpu *v, u32 frame)
{
	struct vm *vm = vm_of(v);
	struct window *w = vm->window;

	make_room(vm);
	for (u32 k = w->first[frame]; k; k = w->next[k - 1]) {
		if (!(w->entry[k - 1] & WIN_WRITE))
			continue;
#ifndef WITHOUT_WINDOW_ROOM
		if (!protect(vm, k - 1, 1, false)) {
			window_drop_all(vm);
			return;
		}
#else
		protect(vm, k - 1, 1, false);
#endif
		w->entry[k - 1] &= ~(u32)WIN_WRITE;
#ifdef WITHOUT_ALIAS_PROTECTION
		break;
#endif
	}
}

bool bt_in_window(const struct vcpu *v, u32 lin, u32 n)
{
	const struct vm *vm = vm_of(v);

	return lin >= vm->window->floor && (u64)lin + n <= vm->mon - vm->linbase;
}

u32 bt_window_address(const struct vcpu *v, u32 lin)
{
	return lin + vm_of(v)->linbase;
}

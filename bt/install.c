/* SPDX-License-Identifier: MIT
 * Which units stand in the translation cache, and where.
 *
 * The cache is as large as the monitor area lets it be, and the code of a compiler and
 * the system under it is larger.  So units outlive their place in it: their code is
 * kept in bt.code, outside what the guest can see, and is copied back when they are
 * reached again.  Translating a unit takes microseconds, copying it a tenth of one.
 *
 * The cache consists of regions that are filled and taken out in turn.  Being chained
 * or published is a property of units, so a unit that comes back is linked at once
 * with those that are there.
 *
 *   entry:  check vcpu.target against the unit's EIP   (indirect branches, if any)
 *   body:   what translate.c made                      (direct branches)
 *
 * Units of a context whose EIPs share an entry of its table are tried one after the
 * other: where the check of one fails it jumps to the next one's entry.
 *
 * Monitor context.
 */
#include "bt/bt.h"
#include "bt/emit.h"

#define ENTRY_BYTES   32 /* the entry and a jump to the body */
#define ENTRY_MISS    16 /* the rel32 that is followed when the check fails */
#define RELOC_AT(n)   (((n) + 7u) & ~7u)

#define PUBLISHED_BIG 1024 /* units published in a small table: it should be a big one */

u32 *bt_table_entry(const struct bt_ctx *c, u32 eip)
{
	return (u32 *)(uintptr_t)(c->table + 4 * (c->big ? (eip & 0xffff) : (eip & 0xff)));
}

/* The first unit in that entry. */
static u32 *table_unit(struct bt *bt, const u32 *entry)
{
	return &bt->table_unit[((u32)(uintptr_t)entry - bt->mon - MON_SMALL) / 4];
}

static u32 patch_at(const struct bt *bt, const struct bt_exit_slot *x)
{
	return bt->unit[x->unit].body + x->patch;
}

/* Patch the branch of an installed unit's exit. */
static void direct(struct bt *bt, const struct bt_exit_slot *x)
{
	u32 to = x->to ? bt->unit[x->to].body : 0;

	if (x->kind != XK_TAIL && bt->polled != x->unit)
		patch_rel32(patch_at(bt, x), to ? to : bt->unit[x->unit].body + x->thunk);
}

void bt_link(struct bt *bt, u32 exit)
{
	struct bt_exit_slot *x = &bt->exit[exit];
	struct bt_unit *u = &bt->unit[x->to];

	x->prev_in = 0;
	x->next_in = u->in;
	if (u->in)
		bt->exit[u->in].prev_in = exit;
	u->in = exit;
	if (u->body)
		direct(bt, x);
}

static void delist(struct bt *bt, const struct bt_exit_slot *x)
{
	if (x->prev_in)
		bt->exit[x->prev_in].next_in = x->next_in;
	else
		bt->unit[x->to].in = x->next_in;
	if (x->next_in)
		bt->exit[x->next_in].prev_in = x->prev_in;
}

void bt_unlink(struct bt *bt, u32 exit)
{
	struct bt_exit_slot *x = &bt->exit[exit];

	delist(bt, x);
	x->to = 0;
	direct(bt, x);
}

static u32 entry_of(const struct bt *bt, u32 index)
{
	return index ? bt->unit[index].entry : bt->stub_indirect;
}

static void into_table(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	u32 *t = bt_table_entry(&bt->ctx[u->ctx], u->eip), *first = table_unit(bt, t);

	u->table_next = *first;
	patch_rel32(u->entry + ENTRY_MISS, entry_of(bt, *first));
	*first = index;
	*t = u->entry;
	u->tabled = true;
}

void bt_untable(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	u32 *t = bt_table_entry(&bt->ctx[u->ctx], u->eip), *link = table_unit(bt, t), before = 0;

	if (!u->tabled)
		return;
	for (; *link != index; link = &bt->unit[before].table_next)
		before = *link;
	*link = u->table_next;
	u->tabled = false;
	if (before)
		patch_rel32(bt->unit[before].entry + ENTRY_MISS, entry_of(bt, *link));
	else
		*t = entry_of(bt, *link);
}

/* ---- taking out ---- */

static void uninstall(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];

	if (bt->polled == index)
		bt_unpoll_unit(bt, index);
	bt_untable(bt, index);
	for (u32 k = 0; k < u->n_exits; k++)
		if (bt->exit[u->exits + k].to)
			delist(bt, &bt->exit[u->exits + k]);
	u->body = u->entry = 0;
	for (u32 x = u->in; x; x = bt->exit[x].next_in)
		direct(bt, &bt->exit[x]);
	bt->stat[ST_units_removed]++;
}

static bool in_region(const struct bt *bt, u32 host)
{
	return host - (bt->tc_start + bt->region * bt->region_size) < bt->region_size;
}

/* Pages whose units check their own source get another chance to do without: what
 * is written to all the time will be found out again. */
static void forget_selfchecks(struct bt *bt)
{
	for (u32 f = 0; f < bt->n_frames; f++)
		if (bt->frame_state[f] == PG_SELFCHECK) {
			bt_frame_written(bt, f, 0, 0x1000);
			bt->frame_state[f] = PG_NONE;
			bt->frame_writes[f] = 0;
		}
}

void bt_next_region(struct bt *bt)
{
	u32 r = (bt->region + 1) % bt->n_regions;

	bt->region = r;
	bt->stat[ST_cache_regions]++;
	if (!r)
		forget_selfchecks(bt);
	for (u32 k = 0; k < bt->n_slots[r]; k++) {
		const struct bt_slot *s = &bt->slot[r][k];
		struct bt_unit *u = &bt->unit[s->unit];

		if (u->body && in_region(bt, u->body)) {
			uninstall(bt, s->unit);
		} else if (u->entry && u->entry == s->host) { /* put there later than the body */
			bt_untable(bt, s->unit);
			u->entry = 0;
		}
	}
	bt->n_slots[r] = 0;
	bt->tc_next = bt->tc_start + r * bt->region_size;
	bt->tc_limit = bt->tc_next + bt->region_size;
}

void bt_empty(struct bt *bt)
{
	for (u32 r = 0; r < BT_REGIONS; r++)
		bt->n_slots[r] = 0;
	bt->polled = bt->region = 0;
	bt->region_size = (bt->tc_end - bt->tc_start) / bt->n_regions & ~63u;
	bt->tc_next = bt->tc_start;
	bt->tc_limit = bt->tc_next + bt->region_size;
}

/* ---- putting in ---- */

bool bt_room(const struct bt *bt, u32 n)
{
#ifdef WITHOUT_REGION_BOUNDS
	return true;
#endif
	return n <= bt->tc_limit - bt->tc_next && bt->n_slots[bt->region] < BT_SLOTS;
}

void bt_installed(struct bt *bt, u32 index, u32 host, u32 end)
{
	bt->slot[bt->region][bt->n_slots[bt->region]++] = (struct bt_slot){host, index};
	bt->tc_next = end;
}

/* vcpu.target == EIP?  If not, the monitor looks it up. */
static void emit_entry(const struct bt *bt, struct emit *e, struct bt_unit *u)
{
	u32 ok;

	u->entry = e->pc;
	e_load(e, R_ECX, V_TARGET);
	e_lea(e, R_ECX, R_ECX, 0u - u->eip);
	ok = e_jecxz(e);
	e_jmp(e, bt->stub_indirect);
	e_here8(e, ok);
	e_load(e, R_ECX, V_SPILL_ECX);
}

/* Whole words: the code is followed by its relocations, the cache by unused bytes. */
static void copy_code(u32 to, const u8 *from, u32 n)
{
	for (u32 k = 0; k < n; k += 8) {
		u64 word;

		__builtin_memcpy(&word, from + k, 8);
		__builtin_memcpy((void *)(uintptr_t)(to + k), &word, 8);
	}
}

static void relocate(struct bt *bt, const struct bt_unit *u)
{
	const u8 *p = bt->code + u->code;

	for (u32 k = 0; k < u->n_relocs; k++) {
		u16 at;
		u32 target;

		__builtin_memcpy(&at, p + RELOC_AT(u->len) + 2 * k, 2);
		__builtin_memcpy(&target, p + (at & ~RELOC_OWN), 4);
		if (at & RELOC_OWN) {
			target += u->body;
			at &= (u16)~RELOC_OWN;
			__builtin_memcpy((void *)(uintptr_t)(u->body + at), &target, 4);
		} else {
			patch_rel32(u->body + at, target);
		}
	}
}

/* An exit whose unit comes back: does its chain still hold? */
static void relink(struct bt *bt, u32 exit)
{
	struct bt_exit_slot *x = &bt->exit[exit];
	const struct bt_unit *u = &bt->unit[x->to];
	bool holds = u->link == x->link || bt_same_page(bt, x->unit, x->to);

	if (!x->to)
		return;
#ifdef WITHOUT_CHAIN_LINK
	holds = true;
#endif
	if (u->live && holds)
		bt_link(bt, exit);
	else
		x->to = 0;
}

void bt_install(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	struct emit e = {.mon = bt->mon};
	u32 start;

	if (u->body)
		return;
	if (!bt_room(bt, u->len + 8 + ENTRY_BYTES))
		bt_next_region(bt);
	start = e.pc = bt->tc_next;
	e.end = bt->tc_limit;
	if (u->published)
		emit_entry(bt, &e, u);
	u->body = e.pc;
	copy_code(u->body, bt->code + u->code, u->len);
	relocate(bt, u);
	bt_installed(bt, index, start, u->body + u->len);
	bt->stat[ST_units_installed]++;
	for (u32 k = 0; k < u->n_exits; k++)
		relink(bt, u->exits + k);
	for (u32 x = u->in; x; x = bt->exit[x].next_in)
		direct(bt, &bt->exit[x]);
	if (u->live && u->published && u->reachable == (u->frame[1] == NO_FRAME ? 1 : 3))
		into_table(bt, index);
}

/* An entry for a unit that has none, behind what the region holds. */
static void add_entry(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	struct emit e = {.pc = bt->tc_next, .end = bt->tc_limit, .mon = bt->mon};

	if (!bt_room(bt, ENTRY_BYTES)) {
		bt_next_region(bt);
		if (!u->body)
			return; /* it comes back with one */
		e.pc = bt->tc_next;
		e.end = bt->tc_limit;
	}
	emit_entry(bt, &e, u);
	e_jmp(&e, u->body);
	bt_installed(bt, index, u->entry, e.pc);
}

/* Big tables are few and given to those who come first.  When a context that got a
 * small one turns out to need more than one that has a big one, the next flush, which
 * is asked for, gives the big ones to those with the most units in their tables. */
static void want_big_table(struct bt *bt, u32 ctx)
{
	struct bt_ctx *c = &bt->ctx[ctx];
	bool wanted = false;

	if (++c->published != PUBLISHED_BIG || c->big || !(c->mode & M_D))
		return;
	for (u32 k = 1; k < bt->n_ctxs; k++)
		wanted |= bt->ctx[k].big && bt->ctx[k].published < PUBLISHED_BIG / 4;
	if (!wanted)
		return;
	bt->flush_wanted = true;
	bt->n_hot = 0;
	for (u32 least = PUBLISHED_BIG * 64; least >= PUBLISHED_BIG / 4; least /= 2)
		for (u32 k = 1; k < bt->n_ctxs && bt->n_hot < MON_BIG_COUNT; k++)
			if (bt->ctx[k].published >= least &&
			    (bt->ctx[k].published < least * 2 || least == PUBLISHED_BIG * 64) &&
			    bt->ctx[k].mode & M_D)
				bt->hot[bt->n_hot++] = bt->ctx[k];
}

void bt_publish(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];

	if (u->tabled || !bt_reach(bt, index))
		return;
	u->published = true;
	want_big_table(bt, u->ctx);
	if (u->body && !u->entry)
		add_entry(bt, index);
	bt_install(bt, index);
	if (u->live && !u->tabled) /* making room drops units that check themselves */
		into_table(bt, index);
}

/* ---- who stands where ---- */

u32 bt_unit_at(const struct bt *bt, u32 host)
{
	u32 r = (host - bt->tc_start) / bt->region_size, lo = 0, hi;
	const struct bt_unit *u;

	if (host < bt->tc_start || r >= bt->n_regions || !bt->n_slots[r])
		return 0;
	hi = bt->n_slots[r];
	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (bt->slot[r][mid].host <= host)
			lo = mid;
		else
			hi = mid;
	}
	u = &bt->unit[bt->slot[r][lo].unit];
	if (u->body && host >= u->body && host - u->body < u->len)
		return bt->slot[r][lo].unit;
	if (u->entry && host >= u->entry && host - u->entry < ENTRY_BYTES)
		return bt->slot[r][lo].unit;
	return 0;
}

/* ---- interrupts: leave at the unit's end ---- */

bool bt_poll_unit(struct bt *bt, u32 index, u32 host)
{
	struct bt_unit *u = &bt->unit[index];

	if (bt->polled)
		bt_unpoll_unit(bt, bt->polled);
	for (u32 k = 0; k < u->n_exits; k++)
		if (bt->exit[u->exits + k].kind == XK_TAIL &&
		    host > patch_at(bt, &bt->exit[u->exits + k]))
			return false;
	for (u32 k = 0; k < u->n_exits; k++) {
		struct bt_exit_slot *x = &bt->exit[u->exits + k];
		u32 at = patch_at(bt, x);
		u8 *p = (u8 *)(uintptr_t)at;

		if (x->kind != XK_TAIL) {
			patch_rel32(at, u->body + x->thunk);
			continue;
		}
		for (int b = 0; b < 5; b++)
			x->saved[b] = p[b];
		p[0] = 0xe9;
		patch_rel32(at + 1, u->body + x->thunk);
	}
	bt->polled = index;
	return true;
}

void bt_unpoll_unit(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];

	bt->polled = 0;
	for (u32 k = 0; k < u->n_exits; k++) {
		struct bt_exit_slot *x = &bt->exit[u->exits + k];
		u8 *p = (u8 *)(uintptr_t)patch_at(bt, x);

		if (x->kind != XK_TAIL)
			direct(bt, x);
		else
			for (int b = 0; b < 5; b++)
				p[b] = x->saved[b];
	}
}

/* SDM vol. 1 appendix B: bit 0 of a condition inverts it. */
static bool condition(u32 flags, u8 cc)
{
	bool cf = flags & FL_CF, zf = flags & FL_ZF, sf = flags & FL_SF, of = flags & FL_OF;
	bool is[8] = {of, cf, zf, cf || zf, sf, flags & FL_PF, sf != of, zf || sf != of};

	return is[cc >> 1 & 7] != (cc & 1);
}

u32 bt_exit_taken(const struct bt *bt, u32 exit, u32 flags)
{
	const struct bt_exit_slot *x = &bt->exit[exit];

	return x->kind == XK_TAKEN && !condition(flags, x->cc) ? exit + 1 : exit;
}

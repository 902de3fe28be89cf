/* SPDX-License-Identifier: MIT
 * The translation units: contexts, lookup, chaining, invalidation.  Where they stand
 * in the translation cache is install.c's business.  When a pool of unit data runs
 * out, everything is flushed.  Index 0 of every pool means "none".
 */
#include "bt/bt.h"

static u32 hash_of(u32 ctx, u32 eip)
{
	return (eip ^ eip >> 13 ^ ctx * 0x9e3779b1u) & (BT_HASH - 1);
}

static u32 align64(size_t n)
{
	return (u32)((n + 63) & ~(size_t)63);
}

size_t bt_size(u32 n_frames)
{
	return align64(sizeof(struct bt)) + 2 * align64((size_t)n_frames * 4) +
	       2 * align64(n_frames);
}

void bt_init(struct bt *bt, struct vcpu *v, u32 mon, u32 n_frames, bool counting)
{
	u8 *p = (u8 *)bt + align64(sizeof(*bt));

	bt->v = v;
	bt->mon = mon;
	bt->counting = counting;
	bt->n_frames = n_frames;
	bt->frame_units = (u32 *)p;
	bt->frame_state = p + align64((size_t)n_frames * 4);
	bt->frame_writes = bt->frame_state + align64(n_frames);
	bt->frame_when = (u32 *)(bt->frame_writes + align64(n_frames));
	bt->tc_start = mon + MON_TC;
	bt->tc_end = mon + MON_SIZE - 0x1000; /* the area may end at 4 GiB */
	bt->n_regions = BT_REGIONS;
	bt_make_stubs(bt);
	bt_flush(bt);
}

void bt_limit_cache(struct bt *bt, u32 bytes)
{
	if (bytes < bt->tc_end - bt->tc_start)
		bt->tc_end = bt->tc_start + bytes;
	if (bytes / BT_UNIT_BYTES < BT_REGIONS)
		bt->n_regions = bytes / BT_UNIT_BYTES;
	bt_flush(bt);
}

static void table_clear(struct bt *bt, const struct bt_ctx *c)
{
	u32 *t = (u32 *)(uintptr_t)c->table;

	for (u32 i = 0; i < (c->big ? 65536u : 256u); i++) {
		t[i] = bt->stub_indirect;
		bt->table_unit[(c->table - bt->mon - MON_SMALL) / 4 + i] = 0;
	}
}

void bt_flush(struct bt *bt)
{
	bt->stat[ST_cache_flushes]++;
	for (u32 i = 0; i < BT_HASH; i++)
		bt->hash[i] = 0;
	for (u32 i = 0; i < 4096; i++)
		bt->ctx_hash[i] = 0;
	for (u32 f = 0; f < bt->n_frames; f++) {
		bt->frame_units[f] = 0;
		bt->frame_state[f] = PG_NONE;
		bt->frame_writes[f] = 0;
	}
	bt_forget_pages(bt);
	bt->n_units = bt->n_exits = bt->n_maps = bt->n_callouts = bt->n_ctxs = 1;
	bt->n_big = bt->n_code = 0;
	for (int k = 0; k < 16; k++)
		bt->last_ctx[k] = 0;
	bt->flush_wanted = false;
	bt->next_unit = 0;
	bt_empty(bt);
}

/* A context of 32-bit code gets a big table while there are more than the hot ones
 * will need. */
static bool gets_big(const struct bt *bt, const struct bt_ctx *c)
{
	u32 hot = 0;

	if (!(c->mode & M_D) || c->mode & (M_SINGLE | M_TF))
		return false;
	for (u32 k = 0; k < bt->n_hot; k++) {
		const struct bt_ctx *h = &bt->hot[k];

		if (h->cs_base == c->cs_base && h->cs_limit == c->cs_limit && h->mode == c->mode)
			return true;
		for (u32 i = 1; i < bt->n_ctxs; i++)
			hot += bt->ctx[i].big && bt->ctx[i].cs_base == h->cs_base &&
			       bt->ctx[i].cs_limit == h->cs_limit && bt->ctx[i].mode == h->mode;
	}
	return bt->n_big + bt->n_hot - hot < MON_BIG_COUNT;
}

u32 bt_context_of(struct bt *bt, u32 cs_base, u32 cs_limit, u32 mode)
{
	u32 h = (cs_base * 0x9e3779b1u ^ cs_limit * 0x85ebca6bu ^ mode * 0xc2b2ae35u) >> 20;
	struct bt_ctx *c;

	for (;; h = (h + 1) & 4095) {
		u32 i = bt->ctx_hash[h];

		if (!i)
			break;
		c = &bt->ctx[i];
		if (c->cs_base == cs_base && c->cs_limit == cs_limit && c->mode == mode)
			return i;
	}
	if (bt->n_ctxs == BT_CTXS) {
		bt_flush(bt);
		return bt_context_of(bt, cs_base, cs_limit, mode);
	}
	c = &bt->ctx[bt->n_ctxs];
	c->cs_base = cs_base;
	c->cs_limit = cs_limit;
	c->mode = mode;
	c->published = 0;
	c->big = gets_big(bt, c);
	c->table = c->big ? bt->mon + MON_BIG + bt->n_big++ * 0x40000u
			  : bt->mon + MON_SMALL + bt->n_ctxs * 0x400u;
	table_clear(bt, c);
	bt->ctx_hash[h] = bt->n_ctxs;
	return bt->n_ctxs++;
}

u32 bt_context(struct bt *bt, u32 extra)
{
	const struct vcpu *v = bt->v;
	const struct seg *cs = &v->seg[S_CS];
	const struct bt_ctx *c;
	u32 *last;
	u32 m = extra | v->fs_owner << M_OWNER_SHIFT | (u32)v->cpl << M_CPL_SHIFT;

	m |= vcpu_protected(v) ? M_PE : 0;
	m |= v->vflags & FL_VM ? M_VM : 0;
	m |= cs->attr & D_DB ? M_D : 0;
	m |= v->seg[S_SS].attr & D_DB ? M_B : 0;
	m |= (v->vflags >> 12 & 3) << M_IOPL_SHIFT;
	m |= v->vflags & FL_NT ? M_NT : 0;
	m |= v->vflags & FL_TF ? M_TF : 0;
	m |= v->cr0 & CR0_EM ? M_EM : 0;
	m |= v->cr0 & CR0_TS ? M_TS : 0;
	m |= v->cr0 & CR0_MP ? M_MP : 0;
	m |= v->cr4 & CR4_TSD ? M_TSD : 0;
	m |= v->cr4 & CR4_OSFXSR ? M_OSFXSR : 0;
	m |= v->cr0 & CR0_PG ? M_PG : 0;
	m |= v->segs_plain ? M_PLAIN : 0;
	/* The same few contexts come back: interrupts, returns, ring changes. */
	last = &bt->last_ctx[(m >> M_CPL_SHIFT & 3) ^ (m >> M_OWNER_SHIFT & 3) << 2];
	c = &bt->ctx[*last];
	if (!*last || c->cs_base != cs->base || c->cs_limit != cs->limit || c->mode != m)
		*last = bt_context_of(bt, cs->base, cs->limit, m);
	return *last;
}

u32 bt_find(struct bt *bt, u32 ctx, u32 eip)
{
	u32 u = bt->hash[hash_of(ctx, eip)], frame[2] = {NO_FRAME, NO_FRAME};
	bool user = (bt->ctx[ctx].mode & M_CPL) == M_CPL, global;

	for (; u; u = bt->unit[u].hash_next) {
		const struct bt_unit *x = &bt->unit[u];

		if (x->eip != eip || x->ctx != ctx)
			continue;
		if (frame[0] == NO_FRAME && !bt_code_frame(bt->v, x->lin, user, &frame[0], &global))
			return 0;
#ifndef WITHOUT_UNIT_FRAME
		if (x->frame[0] != frame[0])
			continue;
#endif
		if (x->frame[1] == NO_FRAME)
			return u;
		if (bt_code_frame(bt->v, x->lin + 0x1000, user, &frame[1], &global) &&
		    x->frame[1] == frame[1])
			return u;
	}
	return 0;
}

/* Let direct branches, indirect branches and bt_find() reach a new unit. */
void bt_insert(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	u32 *h = &bt->hash[hash_of(u->ctx, u->eip)];

	u->hash_next = *h;
	*h = index;
	for (int k = 0; k < 2; k++) {
		if (u->frame[k] == NO_FRAME)
			continue;
		u->frame_next[k] = bt->frame_units[u->frame[k]];
		bt->frame_units[u->frame[k]] = index;
	}
	u->live = true;
}

void bt_chain(struct bt *bt, u32 exit, u32 index)
{
	struct bt_exit_slot *x = &bt->exit[exit];
	struct bt_unit *u = &bt->unit[index];

	if (!bt_same_page(bt, x->unit, index) && !bt_reach(bt, index))
		return;
	x->to = index;
	x->link = u->link;
	if (bt->unit[x->unit].body)
		bt_link(bt, exit);
	bt->stat[ST_chains]++;
}

static void unchain(struct bt *bt, u32 exit)
{
	struct bt_exit_slot *x = &bt->exit[exit];

	if (bt->unit[x->unit].body)
		bt_unlink(bt, exit);
	x->to = 0;
}

void bt_unreach(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	u32 next;

	bt->next_unit = 0;
	u->link++;
	bt_untable(bt, index);
	for (u32 x = u->in; x; x = next) {
		next = bt->exit[x].next_in;
		if (!bt_same_page(bt, bt->exit[x].unit, index))
			unchain(bt, x);
	}
}

void bt_invalidate(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	u32 *h = &bt->hash[hash_of(u->ctx, u->eip)];

	if (!u->live)
		return;
	u->live = false;
	bt->stat[ST_units_invalidated]++;
	while (*h != index)
		h = &bt->unit[*h].hash_next;
	*h = u->hash_next;
	bt_untable(bt, index);
	while (u->in)
		unchain(bt, u->in);
	for (u32 k = 0; k < u->n_exits; k++)
		if (bt->exit[u->exits + k].to)
			unchain(bt, u->exits + k);
	for (int k = 0; k < 2; k++) {
		u32 *f;

		if (u->frame[k] == NO_FRAME)
			continue;
		f = &bt->frame_units[u->frame[k]];
		while (*f != index) {
			const struct bt_unit *o = &bt->unit[*f];

			f = &bt->unit[*f].frame_next[o->frame[0] == u->frame[k] ? 0 : 1];
		}
		*f = u->frame_next[k];
	}
}

static const struct bt_map *map_at(const struct bt *bt, const struct bt_unit *u, u32 host)
{
	const struct bt_map *m = &bt->map[u->map];
	u32 k = 0;

	if (host < u->body || host - u->body >= u->len)
		return m; /* in the entry */
	while (k + 1 < u->n_map && u->body + m[k + 1].host <= host)
		k++;
	return &m[k];
}

u32 bt_recover(struct bt *bt, u32 index, u32 host)
{
	const struct bt_unit *u = &bt->unit[index];
	const struct bt_map *m = map_at(bt, u, host);

	if (m->fix & FIX_EAX)
		bt->v->gpr[R_EAX] = bt->v->spill_eax;
	if (m->fix & FIX_ECX)
		bt->v->gpr[R_ECX] = bt->v->spill_ecx;
	if (m->fix & FIX_EDX)
		bt->v->gpr[R_EDX] = bt->v->spill_edx;
	return u->eip + m->guest;
}

u32 bt_undone(const struct bt *bt, u32 index, u32 host)
{
	const struct bt_unit *u = &bt->unit[index];

	return u->n_insns - map_at(bt, u, host)->index;
}

u8 bt_shadow(const struct bt *bt, u32 index, u32 host)
{
	return map_at(bt, &bt->unit[index], host)->shadow;
}

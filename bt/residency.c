/* SPDX-License-Identifier: MIT
 * Which units may be reached without looking at the page tables.
 *
 * A unit is found by its linear address and the frames its bytes come from
 * (bt_find).  Chains and table entries skip that look, so they may only lead to
 * units of resident pages: linear pages whose frame was checked since the guest
 * last invalidated translations.  When the guest loads CR3 or invalidates a page,
 * resident pages are checked again; those that now show another frame lose their
 * incoming chains and table entries, while their units stay and are found again
 * when the frame comes back.  A chain within one page needs no check: whoever
 * runs it came to that page by a checked way.
 *
 * Pages are kept by the privilege of the code on them: user pages are checked
 * when user code is next entered, not at each of the kernel's steps.
 */
#include "bt/bt.h"
#include "bt/emit.h"

static enum page_class class_of(const struct bt *bt, const struct bt_unit *u)
{
	return (bt->ctx[u->ctx].mode & M_CPL) == M_CPL ? PAGE_CLASS_USER : PAGE_CLASS_SYSTEM;
}

static u32 *slot_of(struct bt *bt, enum page_class class, u32 lin)
{
	return &bt->page_slot[class][lin >> 12];
}

/* Take the chains and table entries to the units of a page away. */
static void unreach(struct bt *bt, u32 first)
{
	u32 next;

	for (u32 i = first; i; i = next) {
		struct bt_unit *u = &bt->unit[i >> 1];

		next = u->reach_next[i & 1];
		u->reachable &= (u8) ~(1u << (i & 1));
		if (!u->live)
			continue;
		bt_unreach(bt, i >> 1);
	}
}

static void remove_page(struct bt *bt, enum page_class class, u32 slot)
{
	struct resident *r = &bt->resident[class][slot];
	struct resident *last = &bt->resident[class][--bt->n_resident[class]];

	bt->stat[ST_pages_unlinked]++;
	bt->n_local[class] -= !r->global;
	unreach(bt, r->units);
	*slot_of(bt, class, r->lin) = 0;
	if (r != last) {
		*r = *last;
		*slot_of(bt, class, r->lin) = slot;
	}
}

static struct resident *page_of(struct bt *bt, enum page_class class, u32 lin, u32 frame)
{
	u32 *slot = slot_of(bt, class, lin), now;
	struct resident *r;
	bool global;

	if (*slot) {
		r = &bt->resident[class][*slot];
		if (r->frame == frame)
			return r;
		remove_page(bt, class, *slot);
	}
	if (bt->n_resident[class] == BT_RESIDENT ||
	    !bt_code_frame(bt->v, lin, class == PAGE_CLASS_USER, &now, &global) || now != frame)
		return NULL;
	r = &bt->resident[class][bt->n_resident[class]];
	*r = (struct resident){.lin = lin & ~0xfffu, .frame = frame, .global = global};
	*slot = bt->n_resident[class]++;
	bt->n_local[class] += !global;
	return r;
}

bool bt_reach(struct bt *bt, u32 index)
{
	struct bt_unit *u = &bt->unit[index];
	enum page_class class = class_of(bt, u);

	for (u32 part = 0; part < 2 && u->frame[part] != NO_FRAME; part++) {
		struct resident *r = page_of(bt, class, u->lin + part * 0x1000, u->frame[part]);

		if (!r)
			return false;
		if (u->reachable & 1u << part)
			continue;
		u->reachable |= (u8)(1u << part);
		u->reach_next[part] = r->units;
		r->units = index << 1 | part;
	}
	return true;
}

bool bt_same_page(const struct bt *bt, u32 from, u32 to)
{
	const struct bt_unit *a = &bt->unit[from], *b = &bt->unit[to];

	return a->lin >> 12 == b->lin >> 12 && a->frame[0] == b->frame[0] &&
	       b->frame[1] == NO_FRAME;
}

static bool still_there(struct bt *bt, const struct resident *r, enum page_class class)
{
	u32 frame;
	bool global;

#ifdef WITHOUT_RESIDENCY
	return true;
#endif
	return bt_code_frame(bt->v, r->lin, class == PAGE_CLASS_USER, &frame, &global) &&
	       frame == r->frame && global == r->global;
}

void bt_check_pages(struct bt *bt, enum page_class class, bool globals_too)
{
	u32 left = globals_too ? bt->n_resident[class] - 1 : bt->n_local[class];

	for (u32 k = bt->n_resident[class]; left && k-- > 1;) {
		const struct resident *r = &bt->resident[class][k];

		if (r->global && !globals_too)
			continue;
		left--;
		if (!still_there(bt, r, class))
			remove_page(bt, class, k);
	}
}

void bt_check_page(struct bt *bt, u32 lin)
{
	for (int c = 0; c < PAGE_CLASSES; c++) {
		u32 slot = *slot_of(bt, c, lin);

		if (slot && !still_there(bt, &bt->resident[c][slot], c))
			remove_page(bt, c, slot);
	}
}

void bt_forget_pages(struct bt *bt)
{
	for (int c = 0; c < PAGE_CLASSES; c++) {
		for (u32 k = 1; k < bt->n_resident[c]; k++)
			*slot_of(bt, c, bt->resident[c][k].lin) = 0;
		bt->n_resident[c] = 1;
		bt->n_local[c] = 0;
	}
}

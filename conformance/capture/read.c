/* SPDX-License-Identifier: MIT
 * Decoder of the chunks of captured vectors, strict about their sizes.
 */
#include "conformance/capture/read.h"

#include <string.h>

struct cursor {
	const u8 *p;
	u32 left;
	bool bad;
};

static u32 take(struct cursor *c, unsigned n)
{
	u32 v = 0;
	unsigned i;

	if (c->left < n) {
		c->bad = true;
		c->left = 0;
		return 0;
	}
	for (i = 0; i < n; i++)
		v |= (u32)c->p[i] << (8 * i);
	c->p += n;
	c->left -= n;
	return v;
}

static bool open_chunk(struct moo_bytes in, const char *id, struct cursor *c)
{
	struct moo_bytes b;

	memset(c, 0, sizeof *c);
	if (!moo_find(in, id, &b))
		return false;
	c->p = b.data;
	c->left = b.n;
	return true;
}

static bool complete(const struct cursor *c)
{
	return !c->bad && !c->left;
}

/* Numbered as they stand: answers name a chip by its number. */
static const char *read_chips(const struct moo_file *f, struct set_world *w)
{
	struct moo_chunk k;
	u32 at = 0;

	while (moo_walk(f->chunks, &at, &k)) {
		struct set_chip *chip = &w->chip[w->nchips];
		struct cursor c = {k.body.data, k.body.n, false};

		if (memcmp(k.id, "CHIP", 4))
			continue;
		if (k.body.n != SET_CHIP_BYTES)
			return "a CHIP chunk is not 72 bytes long";
		if (w->nchips == SET_CHIPS)
			return "too many CHIP chunks";
		chip->number = take(&c, 4);
		if (chip->number != w->nchips++)
			return "CHIP chunks are not numbered from 0 on";
		memcpy(chip->vendor, c.p, 12);
		c.p += 12;
		c.left -= 12;
		chip->signature = take(&c, 4);
		chip->family = (u16)take(&c, 2);
		chip->model = (u8)take(&c, 1);
		chip->stepping = (u8)take(&c, 1);
		memcpy(chip->name, c.p, 48);
	}
	return w->nchips ? NULL : "no CHIP chunk";
}

const char *set_read_world(const struct moo_file *f, struct set_world *w)
{
	struct cursor c;
	u32 i;

	memset(w, 0, sizeof *w);
	if (!open_chunk(f->chunks, "WRLD", &c))
		return "no WRLD chunk: not a captured set";
	if (take(&c, 1) != 1)
		return "WRLD of another version";
	w->cpl = (u8)take(&c, 1);
	take(&c, 2);
	w->cr0 = take(&c, 4);
	w->cr4 = take(&c, 4);
	if (!complete(&c))
		return "WRLD is damaged";
	if (!open_chunk(f->chunks, "LDTE", &c))
		return "no LDTE chunk";
	w->ldt_entries = take(&c, 4);
	w->nsegs = take(&c, 4);
	if (w->nsegs > SET_SEGS || w->ldt_entries > 8192)
		return "LDTE is damaged";
	for (i = 0; i < w->nsegs; i++) {
		w->seg[i].selector = (u16)take(&c, 2);
		w->seg[i].access = (u8)take(&c, 1);
		w->seg[i].flags = (u8)take(&c, 1);
		w->seg[i].base = take(&c, 4);
		w->seg[i].limit = take(&c, 4);
		if (w->seg[i].selector >> 3 >= w->ldt_entries)
			c.bad = true;
	}
	if (!complete(&c))
		return "LDTE is damaged";
	if (!open_chunk(f->chunks, "PAGE", &c))
		return "no PAGE chunk";
	w->npages = take(&c, 4);
	if (w->npages > SET_PAGES)
		return "PAGE is damaged";
	for (i = 0; i < w->npages; i++)
		w->page[i] = take(&c, 4);
	if (!complete(&c))
		return "PAGE is damaged";
	if (!open_chunk(f->chunks, "FXSB", &c) || c.left != sizeof w->fx)
		return "no FXSB chunk of 512 bytes";
	memcpy(w->fx, c.p, sizeof w->fx);
	return read_chips(f, w);
}

const struct set_seg *set_find_seg(const struct set_world *w, u16 selector)
{
	u32 i;

	for (i = 0; i < w->nsegs; i++)
		if ((w->seg[i].selector ^ selector) < 4)
			return &w->seg[i];
	return NULL;
}

bool set_fx_state(unsigned i)
{
	return i < 5 || (i >= 24 && i < 28) || (i >= 32 && i < 160 && (i & 15) < 10) ||
	       (i >= 160 && i < 288);
}

static bool fx_bytes(struct moo_bytes in, u8 *fx)
{
	struct cursor c;
	u32 n;

	if (!open_chunk(in, "FXBY", &c))
		return true;
	for (n = take(&c, 4); n && !c.bad; n--) {
		u32 at = take(&c, 2), b = take(&c, 1);

		if (at >= 512)
			return false;
		fx[at] = (u8)b;
	}
	return complete(&c);
}

static const char *read_undefined(const struct moo_test *m, struct set_test *t)
{
	struct cursor c;
	u32 i;

	t->nundefs = 0;
	if (!open_chunk(m->fina.chunks, "UNDF", &c))
		return NULL;
	t->nundefs = take(&c, 4);
	if (t->nundefs > SET_UNDEFS)
		return "UNDF is damaged";
	for (i = 0; i < t->nundefs; i++) {
		struct set_undef *u = &t->undef[i];

		u->kind = (u8)take(&c, 1);
		u->chip = (u8)take(&c, 1);
		take(&c, 2);
		u->where = take(&c, 4);
		u->mask = take(&c, 4);
		u->value = take(&c, 4);
		if (u->kind > 2 || (u->kind < 2 && u->where >= MOO_REGS))
			c.bad = true;
	}
	return complete(&c) ? NULL : "UNDF is damaged";
}

static const char *read_answers(const struct set_world *w, const struct moo_test *m,
				struct set_test *t)
{
	struct cursor c;
	u32 i;

	t->nanswers = 0;
	if (!open_chunk(m->fina.chunks, "ANSW", &c))
		return NULL;
	t->nanswers = take(&c, 4);
	if (t->nanswers > SET_ANSWERS)
		return "ANSW is damaged";
	for (i = 0; i < t->nanswers; i++) {
		struct set_answer *a = &t->answer[i];

		a->chip = (u8)take(&c, 1);
		a->kind = (u8)take(&c, 1);
		a->n = (u16)take(&c, 2);
		a->where = take(&c, 4);
		a->bytes = c.p;
		if (a->n > c.left || !a->chip || a->chip >= w->nchips || a->kind >= ANSWER_KINDS ||
		    (a->kind <= ANSWER_GPR && (a->n != 4 || a->where >= MOO_REGS)) ||
		    (a->kind == ANSWER_FX && (a->where >= 512 || a->n > 512 - a->where)))
			return "ANSW is damaged";
		c.p += a->n;
		c.left -= a->n;
	}
	return complete(&c) ? NULL : "ANSW is damaged";
}

void set_answer_as(struct set_test *t, u8 chip)
{
	u32 i;

	for (i = 0; i < t->nanswers; i++) {
		const struct set_answer *a = &t->answer[i];
		struct cursor c = {a->bytes, a->n, false};

		if (a->chip != chip)
			continue;
		if (a->kind <= ANSWER_GPR) {
			t->moo.fina.regs.set |= 1u << a->where;
			t->moo.fina.regs.value[a->where] = take(&c, 4);
		} else if (a->kind == ANSWER_FX) {
			memcpy(t->fx_fina + a->where, a->bytes, a->n);
		}
	}
}

bool set_answer_byte(const struct set_test *t, u8 chip, u32 lin, u8 *byte)
{
	u32 i;

	for (i = 0; i < t->nanswers; i++) {
		const struct set_answer *a = &t->answer[i];

		if (a->chip == chip && a->kind == ANSWER_RAM && lin - a->where < a->n) {
			*byte = a->bytes[lin - a->where];
			return true;
		}
	}
	return false;
}

const char *set_read_test(const struct set_world *w, const struct moo_test *m, struct set_test *t)
{
	struct cursor c;
	const char *bad;
	u8 flags;

	t->moo = *m;
	if (!open_chunk(m->chunks, "ATTR", &c) || c.left != 4)
		return "no ATTR chunk of 4 bytes";
	t->feature = (u8)take(&c, 1);
	t->tolerance = (u8)take(&c, 1);
	t->flat = take(&c, 1);
	t->fpu = take(&c, 1);
	memcpy(t->fx_init, w->fx, sizeof t->fx_init);
	if (!fx_bytes(m->init.chunks, t->fx_init))
		return "FXBY is damaged";
	memcpy(t->fx_fina, t->fx_init, sizeof t->fx_fina);
	if (!fx_bytes(m->fina.chunks, t->fx_fina))
		return "FXBY is damaged";
	t->fault = t->has_error = t->has_cr2 = t->parts = false;
	if (open_chunk(m->chunks, "FALT", &c)) {
		t->fault = true;
		t->vector = (u8)take(&c, 1);
		flags = (u8)take(&c, 1);
		t->error = (u16)take(&c, 2);
		t->cr2 = take(&c, 4);
		t->has_error = flags & 1;
		t->has_cr2 = flags & 2;
		t->parts = flags & 4;
		if (!complete(&c))
			return "FALT is damaged";
	}
	if (!m->init.regs.present || !m->fina.regs.present)
		return "no registers";
	bad = read_undefined(m, t);
	return bad ? bad : read_answers(w, m, t);
}

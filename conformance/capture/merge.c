/* SPDX-License-Identifier: MIT
 * Captures of the same vectors by two chips (merge.h; docs/vector-format.md, ANSW).
 */
#include "conformance/capture/merge.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* At most of one chip: registers and flags, blocks of memory, 16ths of 288 bytes. */
#define MERGE_ANSWERS 40

static bool refuse(struct merge *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(struct merge *m, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(m->why, sizeof m->why, format, ap);
	va_end(ap);
	return false;
}

static bool equal(struct moo_bytes a, struct moo_bytes b)
{
	return a.n == b.n && !memcmp(a.data, b.data, a.n);
}

/* The next chunk that is no CHIP. */
static bool next_other(struct moo_bytes in, u32 *at, struct moo_chunk *c)
{
	while (moo_walk(in, at, c))
		if (memcmp(c->id, "CHIP", 4))
			return true;
	return false;
}

/* World, pages, base state, seed: all that stands before the tests, the chips aside. */
static bool same_world(const struct moo_file *a, const struct moo_file *b)
{
	struct moo_chunk x, y;
	u32 i = 0, k = 0;
	bool more;

	do {
		more = next_other(a->chunks, &i, &x);
		if (more != next_other(b->chunks, &k, &y) ||
		    (more && (memcmp(x.id, y.id, 4) || !equal(x.body, y.body))))
			return false;
	} while (more);
	return true;
}

bool merge_same_chip(const struct set_chip *a, const struct set_chip *b)
{
	return !strcmp(a->vendor, b->vendor) && a->signature == b->signature &&
	       !strcmp(a->name, b->name);
}

static bool same_vector(const struct moo_test *a, const struct moo_test *b)
{
	struct moo_bytes x, y;

	return a->index == b->index && equal(a->name, b->name) && equal(a->code, b->code) &&
	       equal(a->init.chunks, b->init.chunks) && moo_find(a->chunks, "ATTR", &x) &&
	       moo_find(b->chunks, "ATTR", &y) && equal(x, y);
}

static u32 final_register(const struct set_test *t, unsigned reg)
{
	const struct moo_regs *f = &t->moo.fina.regs;

	return f->set >> reg & 1 ? f->value[reg] : t->moo.init.regs.value[reg];
}

static u32 mask_of(const struct set_test *t, unsigned reg)
{
	const struct moo_regs *k = &t->moo.fina.mask;

	return k->present && k->set >> reg & 1 ? k->value[reg] : ~0u;
}

static bool find_byte(const struct moo_ram *r, u32 lin, u8 *b)
{
	u32 i;

	for (i = 0; i < r->n; i++)
		if (moo_ram_address(r, i) == lin) {
			*b = moo_ram_byte(r, i);
			return true;
		}
	return false;
}

/* Memory behind the instruction, as chip number `chip` of t's set left it. */
static u8 final_byte(const struct set_test *t, u32 chip, u32 lin)
{
	u8 b = 0;

	if (chip && set_answer_byte(t, (u8)chip, lin, &b))
		return b;
	if (!find_byte(&t->moo.fina.ram, lin, &b))
		find_byte(&t->moo.init.ram, lin, &b);
	return b;
}

static bool undefined_byte(const struct set_test *t, u32 lin)
{
	u32 i;

	for (i = 0; i < t->nundefs; i++)
		if (t->undef[i].kind == 2 && lin - t->undef[i].where < t->undef[i].mask)
			return true;
	return false;
}

/* One record of the set for each place must be one of the other, values aside. */
static bool same_undefined(const struct set_test *a, const struct set_test *b)
{
	u32 i;

	for (i = 0; i < a->nundefs && a->nundefs == b->nundefs; i++)
		if (a->undef[i].kind != b->undef[i].kind ||
		    a->undef[i].where != b->undef[i].where || a->undef[i].mask != b->undef[i].mask)
			return false;
	return a->nundefs == b->nundefs;
}

/* What docs/vector-format.md says of tolerances, between two chips. */
static bool fx_tolerated(const struct set_test *t, const u8 *x, const u8 *y, unsigned i)
{
	if (t->tolerance == 1 && i >= 32 && i < 160) {
		long double a = 0, b = 0;

		memcpy(&a, x + (i & ~15u), 10);
		memcpy(&b, y + (i & ~15u), 10);
		/* each of them within 1 ulp of the exact result */
		return isfinite(a) && isfinite(b) &&
		       (a == b || nextafterl(a, b) == b || nextafterl(nextafterl(a, b), b) == b);
	}
	if (t->tolerance == 1)
		return i == 3 && !((x[i] ^ y[i]) & ~2); /* C1 */
	if (t->tolerance == 2 && i >= 160) {
		float a, b;

		memcpy(&a, x + (i & ~3u), 4);
		memcpy(&b, y + (i & ~3u), 4);
		return isfinite(a) && isfinite(b) && fabsf(a - b) <= fabsf(a) * (3.0f / 4096);
	}
	return false;
}

static const char *defined_memory(const struct set_test *a, const struct set_test *b)
{
	const struct moo_ram *list[2] = {&a->moo.fina.ram, &b->moo.fina.ram};
	unsigned k;
	u32 i;

	for (k = 0; k < 2; k++)
		for (i = 0; i < list[k]->n; i++) {
			u32 lin = moo_ram_address(list[k], i);

			if (final_byte(a, 0, lin) != final_byte(b, 0, lin) &&
			    !undefined_byte(a, lin))
				return "memory";
		}
	return NULL;
}

/* NULL, or what differs that is defined. */
static const char *defined(const struct set_test *a, const struct set_test *b)
{
	unsigned i;

	if (a->fault != b->fault)
		return "one faults";
	if (a->fault && a->vector != b->vector)
		return "the exception";
	/* bit 4: only processors with execute-disable have it */
	if (a->fault && (a->has_error != b->has_error ||
			 ((a->error ^ b->error) & (a->vector == 14 ? 0xffefu : 0xffffu))))
		return "the error code";
	if (a->fault && (a->has_cr2 != b->has_cr2 || a->parts != b->parts ||
			 ((a->cr2 ^ b->cr2) & (a->parts ? 0xfffff000 : ~0u))))
		return "CR2";
	if (!same_undefined(a, b))
		return "what is undefined"; /* of another outcome */
	for (i = 0; i < MOO_REGS; i++)
		if ((final_register(a, i) ^ final_register(b, i)) & mask_of(a, i) & mask_of(b, i))
			return moo_reg_name(i);
	for (i = 0; i < 512; i++)
		if (set_fx_state(i) && a->fx_fina[i] != b->fx_fina[i] &&
		    !fx_tolerated(a, a->fx_fina, b->fx_fina, i))
			return "the FXSAVE image";
	return defined_memory(a, b);
}

/* Everything, undefined or not, against what the set holds of that chip. */
static const char *repeated(const struct set_test *a, const struct set_test *b, u32 chip)
{
	struct set_test was = *a;
	unsigned i;
	u32 k;

	set_answer_as(&was, (u8)chip);
	for (i = 0; i < MOO_REGS; i++)
		if (final_register(&was, i) != final_register(b, i))
			return moo_reg_name(i);
	for (i = 0; i < 512; i++)
		if (set_fx_state(i) && was.fx_fina[i] != b->fx_fina[i])
			return "the FXSAVE image";
	for (i = 0; i < a->nundefs; i++)
		for (k = 0; a->undef[i].kind == 2 && k < a->undef[i].mask; k++)
			if (final_byte(a, chip, a->undef[i].where + k) !=
			    final_byte(b, 0, a->undef[i].where + k))
				return "memory that is undefined";
	return NULL;
}

static void put_answer(struct moo_out *o, u32 chip, u8 kind, u32 where, const void *p, u32 n)
{
	moo_u8(o, (u8)chip);
	moo_u8(o, kind);
	moo_u16(o, (u16)n);
	moo_u32(o, where);
	moo_put(o, p, n);
}

/* Where b is not a: registers, undefined blocks of memory, and of the FXSAVE image from
 * the first byte to the last of each 16.  How many. */
static u32 put_answers(struct moo_out *o, u32 chip, const struct set_test *a,
		       const struct set_test *b)
{
	unsigned i, first, last;
	u32 n = 0, k;

	for (i = 0; i < MOO_REGS; i++) {
		u32 v = final_register(b, i);
		u8 bytes[4] = {(u8)v, (u8)(v >> 8), (u8)(v >> 16), (u8)(v >> 24)};

		if (v == final_register(a, i))
			continue;
		n++;
		put_answer(o, chip, i == MOO_EFLAGS ? ANSWER_EFLAGS : ANSWER_GPR, i, bytes, 4);
	}
	for (i = 0; i < a->nundefs; i++) {
		const struct set_undef *u = &a->undef[i];
		u8 block[512];
		bool other = false;

		for (k = 0; u->kind == 2 && k < u->mask; k++) {
			block[k] = final_byte(b, 0, u->where + k);
			other |= block[k] != final_byte(a, 0, u->where + k);
		}
		n += other;
		if (other)
			put_answer(o, chip, ANSWER_RAM, u->where, block, u->mask);
	}
	for (i = 0; i < 512; i += 16) {
		for (first = i; first < i + 16 &&
				!(set_fx_state(first) && a->fx_fina[first] != b->fx_fina[first]);)
			first++;
		for (last = i + 16;
		     last > first &&
		     !(set_fx_state(last - 1) && a->fx_fina[last - 1] != b->fx_fina[last - 1]);)
			last--;
		n += last > first;
		if (last > first)
			put_answer(o, chip, ANSWER_FX, first, b->fx_fina + first, last - first);
	}
	return n;
}

static void put_raw(struct moo_out *o, const struct moo_chunk *c)
{
	moo_put(o, c->id, 4);
	moo_u32(o, c->body.n);
	moo_put(o, c->body.data, c->body.n);
}

/* All chunks but those of one id. */
static void put_others(struct moo_out *o, struct moo_bytes chunks, const char *but)
{
	struct moo_chunk c;
	u32 at = 0;

	while (moo_walk(chunks, &at, &c))
		if (memcmp(c.id, but, 4))
			put_raw(o, &c);
}

/* The set's test with what the new chip has to add to FINA. */
static bool put_test(struct moo_out *o, const struct moo_test *t, u32 chip,
		     const struct set_test *a, const struct set_test *b)
{
	struct moo_out more;
	struct moo_chunk c;
	struct moo_bytes old;
	u32 at = 0, n;

	moo_out_init(&more);
	n = put_answers(&more, chip, a, b);
	moo_begin(o, "TEST");
	moo_u32(o, t->index);
	while (moo_walk(t->chunks, &at, &c)) {
		if (memcmp(c.id, "FINA", 4) || !n) {
			put_raw(o, &c);
			continue;
		}
		moo_begin(o, "FINA");
		put_others(o, c.body, "ANSW");
		moo_begin(o, "ANSW");
		moo_u32(o, a->nanswers + n);
		if (moo_find(c.body, "ANSW", &old))
			moo_put(o, old.data + 4, old.n - 4);
		moo_put(o, more.data, more.n);
		moo_end(o);
		moo_end(o);
	}
	moo_end(o);
	if (more.failed)
		o->failed = true;
	moo_out_free(&more);
	return n != 0;
}

/* What stands before the tests; a chip that is new behind those that are there. */
static void put_head(struct moo_out *o, const struct moo_file *set, const struct moo_file *from,
		     const struct merge *m)
{
	struct moo_bytes chip;
	struct moo_chunk c;
	u32 at = 0, left = m->known ? 0 : m->number;

	moo_header(o, set->cpu, set->major, set->minor);
	while (moo_walk(set->chunks, &at, &c)) {
		put_raw(o, &c);
		if (memcmp(c.id, "CHIP", 4) || !left || --left)
			continue;
		moo_find(from->chunks, "CHIP", &chip);
		moo_begin(o, "CHIP");
		moo_u32(o, m->number);
		moo_put(o, chip.data + 4, chip.n - 4);
		moo_end(o);
	}
}

static void say(struct merge *m, const struct moo_test *t, const char *what)
{
	/* a bound: the first ones tell, the count says the rest */
	if (++m->differ > 100 || !m->tell)
		return;
	fprintf(m->tell, "DIFFERS %.*s: %s\n", (int)t->name.n, (const char *)t->name.data, what);
}

static bool one_test(const struct set_world *w, const struct set_world *fw,
		     const struct moo_test *t, const struct moo_test *u, struct moo_out *o,
		     struct merge *m)
{
	static struct set_test a, b;
	const char *bad = set_read_test(w, t, &a);
	u32 i;

	if (!bad)
		bad = set_read_test(fw, u, &b);
	if (bad)
		return refuse(m, "test %u: %s", t->index, bad);
	if (!same_vector(t, u))
		return refuse(m, "test %u is another vector", t->index);
	for (i = 0; i < a.nundefs; i++)
		if (a.undef[i].kind == 2 && a.undef[i].mask > 512)
			return refuse(m, "test %u: UNDF of %u bytes", t->index, a.undef[i].mask);
	if (a.nanswers + MERGE_ANSWERS > SET_ANSWERS)
		return refuse(m, "test %u has too many answers", t->index);
	m->vectors++;
	bad = defined(&a, &b);
	if (!bad && m->known)
		bad = repeated(&a, &b, m->number);
	if (bad)
		say(m, t, bad);
	else if (m->known)
		m->undefined += m->number && a.nanswers; /* as was said before */
	else
		m->undefined += put_test(o, t, m->number, &a, &b);
	return true;
}

bool merge_file(struct moo_file *set, struct moo_file *from, struct moo_out *out, struct merge *m)
{
	static struct set_world w, fw;
	struct moo_test t, u;
	const char *bad = set_read_world(set, &w);
	int more = 1, also;

	if (bad)
		return refuse(m, "the set: %s", bad);
	bad = set_read_world(from, &fw);
	if (bad)
		return refuse(m, "%s", bad);
	if (fw.nchips != 1)
		return refuse(m, "it holds the answers of %u chips: merge the capture of one",
			      fw.nchips);
	if (!same_world(set, from) || set->count != from->count)
		return refuse(m, "another world, seed or number of vectors");
	for (m->number = 0; m->number < w.nchips; m->number++)
		if (merge_same_chip(&w.chip[m->number], &fw.chip[0]))
			break;
	m->known = m->number < w.nchips;
	m->chip = fw.chip[0];
	if (m->number == SET_CHIPS)
		return refuse(m, "the set has %u chips already", SET_CHIPS);
	put_head(out, set, from, m);
	while (more > 0) {
		more = moo_next(set, &t);
		also = moo_next(from, &u);
		if (more < 0 || also != more)
			return refuse(m, "%s", more < 0 ? set->error : from->error);
		if (more && !one_test(&w, &fw, &t, &u, out, m))
			return false;
	}
	return true;
}

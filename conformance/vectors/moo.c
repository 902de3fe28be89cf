/* SPDX-License-Identifier: MIT
 * Reader of MOO 1.x (moo.h).  Strict: a chunk that overruns its container, a
 * length that does not fit its count, a bit of no register, a known chunk
 * twice, a count that is not met, are all errors with the place in the file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/moo.h"
#include "conformance/vectors/moo_parts.h"

static u32 get16(const u8 *p)
{
	return p[0] | (u32)p[1] << 8;
}

static u32 get32(const u8 *p)
{
	return get16(p) | get16(p + 2) << 16;
}

bool moo_fail(struct moo_file *f, const u8 *where, const char *format, ...)
{
	size_t n;
	va_list ap;

	n = (size_t)snprintf(f->error, sizeof f->error, "%.90s: byte %zu: ", f->name,
			     where ? (size_t)(where - f->data) : f->at);
	va_start(ap, format);
	vsnprintf(f->error + n, sizeof f->error - n, format, ap);
	va_end(ap);
	return false;
}

bool moo_walk(struct moo_bytes chunks, u32 *at, struct moo_chunk *out)
{
	const u8 *p = chunks.data + *at;
	u32 left = chunks.n - *at, n;

	if (left < 8)
		return false;
	n = get32(p + 4);
	if (n > left - 8)
		return false;
	memcpy(out->id, p, 4);
	out->id[4] = 0;
	out->body = (struct moo_bytes){p + 8, n};
	*at += 8 + n;
	return true;
}

bool moo_find(struct moo_bytes chunks, const char *id, struct moo_bytes *body)
{
	struct moo_chunk c;
	u32 at = 0;

	while (moo_walk(chunks, &at, &c))
		if (!memcmp(c.id, id, 4)) {
			*body = c.body;
			return true;
		}
	return false;
}

static bool is(const struct moo_chunk *c, const char *id)
{
	return !memcmp(c->id, id, 4);
}

u32 moo_ram_address(const struct moo_ram *r, u32 i)
{
	return get32(r->records + 5 * (size_t)i);
}

u8 moo_ram_byte(const struct moo_ram *r, u32 i)
{
	return r->records[5 * (size_t)i + 4];
}

/* What a parser gets: the file for its error, and a chunk whose id it knows. */
static bool parse_regs(struct moo_file *f, const struct moo_chunk *c, bool wide, struct moo_regs *r)
{
	unsigned unit = wide ? 4 : 2, count = wide ? MOO_REGS : MOO_REGS16, i, n = 0;
	const u8 *p = c->body.data;
	u32 map;

	if (r->present)
		return moo_fail(f, p, "a second chunk of registers (%s)", c->id);
	if (c->body.n < unit)
		return moo_fail(f, p, "%s of %u bytes", c->id, c->body.n);
	map = wide ? get32(p) : get16(p);
	if (map >> count)
		return moo_fail(f, p, "%s: bitmap %x names a register that does not exist", c->id,
				map);
	if (c->body.n != unit + unit * (u32)__builtin_popcount(map))
		return moo_fail(f, p, "%s: %u bytes for bitmap %x", c->id, c->body.n, map);
	r->present = true;
	r->wide = wide;
	for (i = 0; i < count; i++) {
		unsigned reg = wide ? i : moo_reg_of16[i];

		if (!(map >> i & 1))
			continue;
		n++;
		r->set |= 1u << reg;
		r->value[reg] = wide ? get32(p + 4 * n) : get16(p + 2 * n);
	}
	return true;
}

/* A payload of a count and count units of `unit` bytes. */
static bool parse_counted(struct moo_file *f, const struct moo_chunk *c, u32 unit, bool twice,
			  struct moo_bytes *out)
{
	u32 n;

	if (twice)
		return moo_fail(f, c->body.data, "a second %s", c->id);
	if (c->body.n < 4)
		return moo_fail(f, c->body.data, "%s of %u bytes", c->id, c->body.n);
	n = get32(c->body.data);
	if ((u64)n * unit != c->body.n - 4)
		return moo_fail(f, c->body.data, "%s: %u bytes for a count of %u", c->id, c->body.n,
				n);
	*out = (struct moo_bytes){c->body.data + 4, n};
	return true;
}

static bool parse_ea(struct moo_file *f, const struct moo_chunk *c, struct moo_ea *ea)
{
	const u8 *p = c->body.data;

	if (ea->present)
		return moo_fail(f, p, "a second EA32");
	if (c->body.n != 23)
		return moo_fail(f, p, "EA32 of %u bytes", c->body.n);
	*ea = (struct moo_ea){true,         p[0],          (u16)get16(p + 1), get32(p + 3),
			      get32(p + 7), get32(p + 11), get32(p + 15),     get32(p + 19)};
	return true;
}

/* Take the next chunk of `in`, or say that the rest is no chunk.  1, 0, -1. */
static int take(struct moo_file *f, struct moo_bytes in, u32 *at, struct moo_chunk *c)
{
	if (*at == in.n)
		return 0;
	if (moo_walk(in, at, c))
		return 1;
	moo_fail(f, in.data + *at, "a chunk that overruns what it stands in");
	return -1;
}

static bool parse_state(struct moo_file *f, struct moo_bytes in, struct moo_state *s)
{
	struct moo_chunk c;
	struct moo_bytes b;
	bool ok = true;
	u32 at = 0;
	int more;

	s->chunks = in;
	while (ok && (more = take(f, in, &at, &c)) != 0) {
		if (more < 0)
			return false;
		if (is(&c, "REGS") || is(&c, "RG32")) {
			ok = parse_regs(f, &c, is(&c, "RG32"), &s->regs);
		} else if (is(&c, "RMSK") || is(&c, "RM32")) {
			ok = parse_regs(f, &c, is(&c, "RM32"), &s->mask);
		} else if (is(&c, "RAM ")) {
			ok = parse_counted(f, &c, 5, s->ram.present, &b);
			if (ok)
				s->ram = (struct moo_ram){true, b.data, b.n};
		} else if (is(&c, "EA32")) {
			ok = parse_ea(f, &c, &s->ea);
		} else if (is(&c, "QUEU")) {
			ok = parse_counted(f, &c, 1, s->has_queue, &s->queue);
			s->has_queue = true;
		}
	}
	if (ok && !s->regs.present)
		return moo_fail(f, in.data, "a state without registers");
	return ok;
}

static bool parse_exception(struct moo_file *f, const struct moo_chunk *c, struct moo_test *t)
{
	if (t->has_exception)
		return moo_fail(f, c->body.data, "a second EXCP");
	if (c->body.n != 5)
		return moo_fail(f, c->body.data, "EXCP of %u bytes", c->body.n);
	t->has_exception = true;
	t->vector = c->body.data[0];
	t->flags_address = get32(c->body.data + 1);
	return true;
}

static bool parse_hash(struct moo_file *f, const struct moo_chunk *c, struct moo_test *t)
{
	if (t->has_hash)
		return moo_fail(f, c->body.data, "a second HASH");
	if (c->body.n != sizeof t->hash)
		return moo_fail(f, c->body.data, "HASH of %u bytes", c->body.n);
	t->has_hash = true;
	memcpy(t->hash, c->body.data, sizeof t->hash);
	return true;
}

static bool parse_inner(struct moo_file *f, const struct moo_chunk *c, struct moo_test *t)
{
	if (is(c, "NAME"))
		return parse_counted(f, c, 1, t->name.data, &t->name);
	if (is(c, "BYTS"))
		return parse_counted(f, c, 1, t->code.data, &t->code);
	if (is(c, "INIT"))
		return t->init.chunks.data ? moo_fail(f, c->body.data, "a second INIT")
					   : parse_state(f, c->body, &t->init);
	if (is(c, "FINA"))
		return t->fina.chunks.data ? moo_fail(f, c->body.data, "a second FINA")
					   : parse_state(f, c->body, &t->fina);
	if (is(c, "CYCL")) {
		bool twice = t->has_cycles;

		t->has_cycles = true;
		return parse_counted(f, c, 15, twice, &t->cycles);
	}
	if (is(c, "EXCP"))
		return parse_exception(f, c, t);
	if (is(c, "HASH"))
		return parse_hash(f, c, t);
	if (is(c, "GMET")) {
		if (t->generator.data)
			return moo_fail(f, c->body.data, "a second GMET");
		t->generator = c->body;
	}
	return true;
}

static bool parse_test(struct moo_file *f, const struct moo_chunk *outer, struct moo_test *t)
{
	struct moo_chunk c;
	u32 at = 0;
	int more;

	memset(t, 0, sizeof *t);
	if (outer->body.n < 4)
		return moo_fail(f, outer->body.data, "TEST of %u bytes", outer->body.n);
	t->index = get32(outer->body.data);
	t->chunks = (struct moo_bytes){outer->body.data + 4, outer->body.n - 4};
	while ((more = take(f, t->chunks, &at, &c)) != 0)
		if (more < 0 || !parse_inner(f, &c, t))
			return false;
	if (!t->init.chunks.data || !t->fina.chunks.data || !t->code.data)
		return moo_fail(f, outer->body.data, "test %u has no %s", t->index,
				!t->code.data          ? "BYTS"
				: !t->init.chunks.data ? "INIT"
						       : "FINA");
	return true;
}

static bool parse_meta(struct moo_file *f, const struct moo_chunk *c)
{
	const u8 *p = c->body.data;
	struct moo_meta *m = &f->meta;

	if (m->present)
		return moo_fail(f, p, "a second META");
	if (c->body.n < 31)
		return moo_fail(f, p, "META of %u bytes", c->body.n);
	m->present = true;
	m->set_major = p[0];
	m->set_minor = p[1];
	m->cpu_type = p[2];
	m->opcode = get32(p + 3);
	memcpy(m->mnemonic, p + 7, 8);
	m->test_count = get32(p + 15);
	m->seed = get32(p + 19) | (u64)get32(p + 23) << 32;
	m->mode = p[27];
	return true;
}

/* Chunks outside tests.  1: *c is a TEST, 0: the end, -1. */
static int next_outer(struct moo_file *f, struct moo_chunk *c)
{
	struct moo_bytes all = {f->data, (u32)f->size};
	u32 at = (u32)f->at;
	bool ok = true;
	int more;

	while (ok && (more = take(f, all, &at, c)) > 0) {
		if (is(c, "TEST")) {
			f->at = at;
			return 1;
		}
		if (is(c, "MOO "))
			ok = moo_fail(f, c->body.data, "a second header");
		else if (f->chunks.data)
			; /* between tests: nothing is known that could stand here */
		else if (is(c, "META"))
			ok = parse_meta(f, c);
		else if (is(c, "RMSK") || is(c, "RM32"))
			ok = parse_regs(f, c, is(c, "RM32"), &f->mask);
		f->at = at;
	}
	return ok && more == 0 ? 0 : -1;
}

/* The buffer is f's from here on, also when this fails. */
bool moo_start(struct moo_file *f)
{
	struct moo_bytes all = {f->data, (u32)f->size};
	struct moo_chunk c;
	size_t first;
	u32 at = 0;
	int more;

	if (!moo_walk(all, &at, &c) || !is(&c, "MOO ") || c.body.n < 12) {
		moo_fail(f, f->data, "no MOO header");
		goto fail;
	}
	f->major = c.body.data[0];
	f->minor = c.body.data[1];
	f->count = get32(c.body.data + 4);
	memcpy(f->cpu, c.body.data + 8, 4);
	if (f->major != 1) {
		moo_fail(f, c.body.data, "MOO %u.%u, this reads 1.x", f->major, f->minor);
		goto fail;
	}
	first = f->at = at;
	more = next_outer(f, &c);
	if (more < 0)
		goto fail;
	if (more)
		f->at = (size_t)(c.body.data - 8 - f->data);
	f->chunks = (struct moo_bytes){f->data + first, (u32)(f->at - first)};
	return true;
fail:
	free(f->data);
	f->data = NULL;
	return false;
}

int moo_next(struct moo_file *f, struct moo_test *t)
{
	struct moo_chunk c;
	int more = next_outer(f, &c);

	if (more < 0)
		return -1;
	if (more && f->seen == f->count) {
		moo_fail(f, c.body.data, "more tests than the %u of the header", f->count);
		return -1;
	}
	if (!more) {
		if (f->seen == f->count)
			return 0;
		moo_fail(f, NULL, "the file ends after %u of %u tests", f->seen, f->count);
		return -1;
	}
	f->seen++;
	return parse_test(f, &c, t) ? 1 : -1;
}

void moo_rewind(struct moo_file *f)
{
	f->at = (size_t)(f->chunks.data - f->data) + f->chunks.n;
	f->seen = 0;
}

void moo_close(struct moo_file *f)
{
	free(f->data);
	memset(f, 0, sizeof *f);
}

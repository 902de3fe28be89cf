/* SPDX-License-Identifier: MIT
 * Writer of MOO 1.x (moo.h).
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/moo.h"
#include "conformance/vectors/moo_parts.h"

/* ORDER moo */
static const char *const reg_names[MOO_REGS] = {
	"cr0", "cr3", "eax", "ebx", "ecx", "edx", "esi", "edi",    "ebp", "esp",
	"cs",  "ds",  "es",  "fs",  "gs",  "ss",  "eip", "eflags", "dr6", "dr7",
};

const u8 moo_reg_of16[MOO_REGS16] = {
	MOO_EAX, MOO_EBX, MOO_ECX, MOO_EDX, MOO_CS,  MOO_SS,  MOO_DS,
	MOO_ES,  MOO_ESP, MOO_EBP, MOO_ESI, MOO_EDI, MOO_EIP, MOO_EFLAGS,
};

const char *moo_reg_name(enum moo_reg r)
{
	return r < MOO_REGS ? reg_names[r] : "?";
}

void moo_out_init(struct moo_out *o)
{
	memset(o, 0, sizeof *o);
}

void moo_out_free(struct moo_out *o)
{
	free(o->data);
	moo_out_init(o);
}

void moo_put(struct moo_out *o, const void *data, size_t n)
{
	if (o->failed)
		return;
	if (n > o->room - o->n) {
		size_t room = 2 * o->room + n + 4096;
		u8 *more = room <= MOO_MAX_FILE ? realloc(o->data, room) : NULL;

		if (!more) {
			o->failed = true;
			return;
		}
		o->data = more;
		o->room = room;
	}
	if (n)
		memcpy(o->data + o->n, data, n);
	o->n += n;
}

void moo_u8(struct moo_out *o, u8 v)
{
	moo_put(o, &v, 1);
}

void moo_u16(struct moo_out *o, u16 v)
{
	u8 b[2] = {(u8)v, (u8)(v >> 8)};

	moo_put(o, b, sizeof b);
}

void moo_u32(struct moo_out *o, u32 v)
{
	moo_u16(o, (u16)v);
	moo_u16(o, (u16)(v >> 16));
}

void moo_u64(struct moo_out *o, u64 v)
{
	moo_u32(o, (u32)v);
	moo_u32(o, (u32)(v >> 32));
}

static void patch32(struct moo_out *o, size_t at, u32 v)
{
	o->data[at] = (u8)v;
	o->data[at + 1] = (u8)(v >> 8);
	o->data[at + 2] = (u8)(v >> 16);
	o->data[at + 3] = (u8)(v >> 24);
}

void moo_begin(struct moo_out *o, const char *id)
{
	if (strlen(id) != 4 || o->depth == sizeof o->open / sizeof *o->open)
		o->failed = true;
	moo_put(o, id, 4);
	if (o->failed)
		return;
	o->open[o->depth++] = o->n;
	moo_u32(o, 0);
	if (!memcmp(id, "RAM ", 4))
		moo_u32(o, 0);
	if (!memcmp(id, "TEST", 4) && o->depth == 1)
		o->tests++;
}

void moo_end(struct moo_out *o)
{
	size_t at;

	if (!o->depth)
		o->failed = true;
	if (o->failed)
		return;
	at = o->open[--o->depth];
	patch32(o, at, (u32)(o->n - at - 4));
	if (!memcmp(o->data + at - 4, "RAM ", 4))
		patch32(o, at + 4, (u32)((o->n - at - 8) / 5));
}

void moo_header(struct moo_out *o, const char cpu[4], u8 major, u8 minor)
{
	if (o->n)
		o->failed = true;
	moo_begin(o, "MOO ");
	moo_u8(o, major);
	moo_u8(o, minor);
	moo_u16(o, 0);
	moo_u32(o, 0); /* the count, by moo_out_bytes() */
	moo_put(o, cpu, 4);
	moo_end(o);
}

void moo_put_meta(struct moo_out *o, const struct moo_meta *m)
{
	static const u8 reserved[3];

	moo_begin(o, "META");
	moo_u8(o, m->set_major);
	moo_u8(o, m->set_minor);
	moo_u8(o, m->cpu_type);
	moo_u32(o, m->opcode);
	moo_put(o, m->mnemonic, 8);
	moo_u32(o, m->test_count);
	moo_u64(o, m->seed);
	moo_u8(o, m->mode);
	moo_put(o, reserved, sizeof reserved);
	moo_end(o);
}

void moo_put_regs(struct moo_out *o, const struct moo_regs *r, bool mask)
{
	unsigned count = r->wide ? MOO_REGS : MOO_REGS16, i;
	u32 map = 0, known = 0;

	for (i = 0; i < count; i++) {
		unsigned reg = r->wide ? i : moo_reg_of16[i];

		known |= 1u << reg;
		map |= (r->set >> reg & 1) << i;
	}
	if (r->set & ~known)
		o->failed = true; /* a register this chunk cannot name */
	moo_begin(o, mask ? (r->wide ? "RM32" : "RMSK") : (r->wide ? "RG32" : "REGS"));
	if (r->wide)
		moo_u32(o, map);
	else
		moo_u16(o, (u16)map);
	for (i = 0; i < count; i++)
		if (map >> i & 1 && r->wide)
			moo_u32(o, r->value[i]);
		else if (map >> i & 1)
			moo_u16(o, (u16)r->value[moo_reg_of16[i]]);
	moo_end(o);
}

static void put_chunk(struct moo_out *o, const char *id, const void *data, size_t n)
{
	moo_begin(o, id);
	moo_put(o, data, n);
	moo_end(o);
}

void moo_put_bytes(struct moo_out *o, const char *id, const void *data, u32 n)
{
	moo_begin(o, id);
	moo_u32(o, n);
	moo_put(o, data, n);
	moo_end(o);
}

void moo_put_ram(struct moo_out *o, u32 address, u8 byte)
{
	moo_u32(o, address);
	moo_u8(o, byte);
}

/* Chunks the reader does not know, as they are. */
static void put_unknown(struct moo_out *o, struct moo_bytes chunks, const char *known)
{
	struct moo_chunk c;
	u32 at = 0;

	while (moo_walk(chunks, &at, &c)) {
		const char *k = known;

		while (*k && memcmp(k, c.id, 4))
			k += 4;
		if (!*k)
			put_chunk(o, c.id, c.body.data, c.body.n);
	}
}

static void put_state(struct moo_out *o, const char *id, const struct moo_state *s)
{
	moo_begin(o, id);
	if (s->regs.present)
		moo_put_regs(o, &s->regs, false);
	if (s->mask.present)
		moo_put_regs(o, &s->mask, true);
	if (s->ea.present) {
		moo_begin(o, "EA32");
		moo_u8(o, s->ea.segment);
		moo_u16(o, s->ea.selector);
		moo_u32(o, s->ea.base);
		moo_u32(o, s->ea.limit);
		moo_u32(o, s->ea.offset);
		moo_u32(o, s->ea.linear);
		moo_u32(o, s->ea.physical);
		moo_end(o);
	}
	if (s->ram.present) {
		moo_begin(o, "RAM ");
		moo_put(o, s->ram.records, 5 * (size_t)s->ram.n);
		moo_end(o);
	}
	if (s->has_queue)
		moo_put_bytes(o, "QUEU", s->queue.data, s->queue.n);
	put_unknown(o, s->chunks, "REGSRG32RMSKRM32EA32RAM QUEU");
	moo_end(o);
}

void moo_put_test(struct moo_out *o, const struct moo_test *t)
{
	moo_begin(o, "TEST");
	moo_u32(o, t->index);
	if (t->generator.data)
		put_chunk(o, "GMET", t->generator.data, t->generator.n);
	if (t->name.data)
		moo_put_bytes(o, "NAME", t->name.data, t->name.n);
	moo_put_bytes(o, "BYTS", t->code.data, t->code.n);
	put_state(o, "INIT", &t->init);
	put_state(o, "FINA", &t->fina);
	if (t->has_cycles) {
		moo_begin(o, "CYCL");
		moo_u32(o, t->cycles.n);
		moo_put(o, t->cycles.data, 15 * (size_t)t->cycles.n);
		moo_end(o);
	}
	if (t->has_exception) {
		moo_begin(o, "EXCP");
		moo_u8(o, t->vector);
		moo_u32(o, t->flags_address);
		moo_end(o);
	}
	if (t->has_hash)
		put_chunk(o, "HASH", t->hash, sizeof t->hash);
	put_unknown(o, t->chunks, "GMETNAMEBYTSINITFINACYCLEXCPHASH");
	moo_end(o);
}

const u8 *moo_out_bytes(struct moo_out *o, size_t *n)
{
	if (o->failed || o->depth || o->n < 20 || memcmp(o->data, "MOO ", 4))
		return NULL;
	patch32(o, 12, o->tests);
	*n = o->n;
	return o->data;
}

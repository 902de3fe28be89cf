/* SPDX-License-Identifier: MIT
 * Serialises cases for the guest (struct pack_header, conformance/arena.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/dev/dev.h"
#include "conformance/pack.h"
#include "guests/lib/crc32.h"

void buf_add(struct buf *b, const void *data, size_t n)
{
	if (b->n + n > b->cap) {
		b->cap = (b->n + n) * 2 + 4096;
		b->p = realloc(b->p, b->cap);
		if (!b->p) {
			fprintf(stderr, "conformance: out of memory\n");
			exit(3);
		}
	}
	if (data)
		memcpy(b->p + b->n, data, n);
	else
		memset(b->p + b->n, 0, n);
	b->n += n;
}

void buf_free(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof *b);
}

static void add_op(struct buf *b, const struct sysop *o)
{
	unsigned bytes = sys_op_bytes(o->kind);

	buf_add(b, &o->kind, 1);
	buf_add(b, &o->idx, 1);
	if (bytes)
		buf_add(b, &o->lo, 4);
	if (bytes > 4)
		buf_add(b, &o->hi, 4);
}

static void add_script(struct buf *b, const struct tcase *t)
{
	const struct devcase *d = t->dev;
	struct pack_record r = {
		.id = t->id,
		.mode = PACK_MODE(CM_DEV, 0, 0),
		.eflags = PACK_DEV(d->nstep, d->log),
	};

	buf_add(b, &r, sizeof r);
	buf_add(b, &d->need, 4);
	buf_add(b, d->step, d->nstep * sizeof *d->step);
}

static void add_record(struct buf *b, const struct tcase *t)
{
	struct pack_record r = {
		.id = t->id,
		.mode = PACK_MODE(t->mode, t->sys ? PACK_SYS : 0, t->cpl),
		.code_len = t->code_len,
		.gprs = t->gpr_set,
		.sels = t->sel_set,
		.nmem = t->nmem,
		.nops = (u8)(t->nop + !!t->need),
		.undef = (u16)t->undef,
		.eflags = t->eflags,
	};
	unsigned i;

	if (t->dev) {
		add_script(b, t);
		return;
	}
	buf_add(b, &r, sizeof r);
	buf_add(b, t->code, t->code_len);
	for (i = 0; i < 8; i++)
		if (t->gpr_set & 1u << i)
			buf_add(b, &t->gpr[i], 4);
	for (i = 0; i < A_SREGS; i++)
		if (t->sel_set & 1u << i)
			buf_add(b, &t->sel[i], 2);
	for (i = 0; i < t->nmem; i++) {
		u32 head = t->mem[i].lin | (u32)t->mem[i].len << 24;

		buf_add(b, &head, 4);
		buf_add(b, t->mem[i].b, t->mem[i].len);
	}
	if (t->need)
		add_op(b, &(struct sysop){OP_NEED, 0, t->need, 0});
	for (i = 0; i < t->nop; i++)
		add_op(b, &t->op[i]);
}

u32 pack_digest(const struct tlist *l)
{
	struct buf b = {0};
	unsigned i;
	u32 crc;

	for (i = 0; i < l->n; i++)
		add_record(&b, &l->v[i]);
	crc = crc32_add(0, b.p, (u32)b.n);
	buf_free(&b);
	return crc;
}

const char *const pack_channels[PACK_CHANNELS] = {"auto", "e9", "com1", "disk", "screen"};
const char *const pack_stops[PACK_STOPS] = {"off", "halt", "exit", "8900", "acpi", "apm"};

unsigned pack_build(const struct tlist *l, const u8 *select, struct buf *b)
{
	return pack_build_for(l, select, PACK_AUTO, PACK_OFF, b);
}

unsigned pack_build_for(const struct tlist *l, const u8 *select, enum pack_channel channel,
			enum pack_stop stop, struct buf *b)
{
	struct pack_header h = {.magic = PACK_MAGIC,
				.digest = pack_digest(l),
				.total = l->n,
				.channel = (u8)channel,
				.stop = (u8)stop};
	size_t start = b->n;
	unsigned i;

	buf_add(b, NULL, sizeof h);
	for (i = 0; i < l->n; i++) {
		if (select && !select[i])
			continue;
		add_record(b, &l->v[i]);
		h.count++;
	}
	h.size = (u32)(b->n - start);
	h.crc = crc32_add(0, b->p + start + sizeof h, h.size - (u32)sizeof h);
	memcpy(b->p + start, &h, sizeof h);
	return h.count;
}

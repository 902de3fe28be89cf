/* SPDX-License-Identifier: MIT
 * Vectors as records of a boot image, and results of its guest as observations
 * (vpack.h, vhost.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/undefined.h"
#include "conformance/vectors/vhost.h"

/* ORDER gpr, ORDER sreg */
static const u8 gpr_reg[8] = {MOO_EAX, MOO_ECX, MOO_EDX, MOO_EBX,
			      MOO_ESP, MOO_EBP, MOO_ESI, MOO_EDI};
static const u8 seg_reg[6] = {MOO_ES, MOO_CS, MOO_SS, MOO_DS, MOO_FS, MOO_GS};

static bool in_memory(u32 from, u32 n)
{
	return from + n <= VPACK_LOW_END || (from >= VPACK_HIGH && from + n <= VPACK_HIGH_END);
}

static bool ram_fits(const struct moo_ram *r)
{
	for (u32 k = 0; k < r->n; k++)
		if (!in_memory(moo_ram_address(r, k), 1))
			return false;
	return true;
}

static int by_number(const void *a, const void *b)
{
	return *(const u32 *)a < *(const u32 *)b ? -1 : *(const u32 *)a > *(const u32 *)b;
}

static bool add_page(struct vguest *g, u32 address)
{
	u32 page = address >> 12;

	for (u32 k = 0; k < g->n_pages; k++)
		if (g->page[k] == page)
			return true;
	if (g->n_pages == VPACK_PAGES)
		return false;
	g->page[g->n_pages++] = page;
	return true;
}

static bool touches(const struct moo_ram *r, u32 from, u32 n)
{
	for (u32 k = 0; k < r->n; k++)
		if (moo_ram_address(r, k) - from < n)
			return true;
	return false;
}

/* The byte at `address` before the test, or -1: not given. */
static int byte_before(const struct moo_test *t, u32 address)
{
	const struct moo_ram *r = &t->init.ram;
	int byte = -1;

	for (u32 k = 0; k < r->n; k++)
		if (moo_ram_address(r, k) == address)
			byte = moo_ram_byte(r, k);
	return byte;
}

/* A jump over the HLT at CS:IP - 1, where that can be.  What is read there besides
 * code cannot be known; what is written can. */
static bool add_patch(struct vguest *g, const struct moo_test *t, u32 cs, u32 ip, u8 end, u32 code,
		      u32 code_n)
{
	u32 offset = (ip - 1) & 0xffff, at = (cs << 4) + offset;

	if (offset > 0x10000 - PATCH_BYTES || !in_memory(at, PATCH_BYTES) ||
	    byte_before(t, at) != 0xf4 || touches(&t->fina.ram, at, PATCH_BYTES) ||
	    (at < code + code_n && code < at + PATCH_BYTES))
		return false;
	for (u32 k = 0; k < g->n_patches; k++)
		if (at - g->patch[k].address + PATCH_BYTES < 2 * PATCH_BYTES)
			return false;
	if (!add_page(g, at) || !add_page(g, at + PATCH_BYTES - 1))
		return false;
	g->patch[g->n_patches++] = (struct vpack_patch){at, end};
	return true;
}

/* Exception frame of a delivered fault, as memory of the final state. */
static bool add_frame(struct vguest *g, const struct expectation *e)
{
	const u16 word[3] = {(u16)e->start[MOO_EFLAGS], (u16)e->start[MOO_CS],
			     (u16)e->start[MOO_EIP]};
	u32 sp = e->start[MOO_ESP] & 0xffff, n = 0;

	if ((sp & 1) && sp < 6)
		return false;
	for (unsigned k = 0; k < 3; k++) {
		sp = (sp - 2) & 0xffff;
		for (u32 i = 0; i < 2; i++) {
			u32 at = (e->start[MOO_SS] << 4) + sp + i;
			u8 *r = g->frame + 5 * n++;

			if (!in_memory(at, 1) || !add_page(g, at))
				return false;
			r[0] = (u8)at;
			r[1] = (u8)(at >> 8);
			r[2] = (u8)(at >> 16);
			r[3] = 0;
			r[4] = (u8)(word[k] >> 8 * i);
		}
	}
	g->test.fina.ram = (struct moo_ram){true, g->frame, n};
	return true;
}

/* Faults that are held on refvmm are delivered here, to the runtime. */
static const char *delivered(struct vguest *g)
{
	struct expectation *e = &g->e;

	if (!add_frame(g, e))
		return "the stack of the exception is outside memory";
	e->fault = false;
	e->value[MOO_ESP] = (e->start[MOO_ESP] & 0xffff0000) | ((e->start[MOO_ESP] - 6) & 0xffff);
	return NULL;
}

static const char *choose_slot(struct vguest *g)
{
	for (g->slot = 1; g->slot < VPACK_LOW_END >> 12; g->slot++) {
		u32 k = 0;

		while (k < g->n_pages && g->page[k] != g->slot)
			k++;
		if (k == g->n_pages)
			return NULL;
	}
	return "no page is left";
}

/* What cannot run on a machine with devices, or never ends. */
static const char *not_here(const struct moo_test *t)
{
	struct vinsn i;

	vinsn_parse(&i, t->code.data, t->code.n);
	if (i.opcode == 0xf4)
		return "HLT itself, which nothing ends";
	if ((i.opcode >= 0x6c && i.opcode <= 0x6f) || (i.opcode & 0xfff4) == 0xe4)
		return "ports, behind which a PC has devices";
	return NULL;
}

/* As it was captured. */
static u32 final_value(const struct moo_test *t, unsigned reg)
{
	return t->fina.regs.set >> reg & 1 ? t->fina.regs.value[reg] : t->init.regs.value[reg];
}

const char *vguest_make(struct vguest *g, const struct vset_test *v)
{
	u32 code = (v->e.start[MOO_CS] << 4) + v->e.start[MOO_EIP];
	const struct moo_ram *all[2];
	bool end;

	memset(g, 0, sizeof(*g));
	g->id = v->id;
	g->e = v->e;
	g->test = *v->t;
	if (v->drop)
		return v->drop;
	if (not_here(v->t))
		return not_here(v->t);
	if (!ram_fits(&v->t->init.ram) || !ram_fits(&v->t->fina.ram))
		return "memory that is no RAM in a PC";
	all[0] = &v->t->init.ram;
	all[1] = &v->t->fina.ram;
	for (unsigned k = 0; k < 2; k++)
		for (u32 i = 0; i < all[k]->n; i++)
			if (!add_page(g, moo_ram_address(all[k], i)))
				return "more pages than a record has";
	if (g->e.fault) {
		const char *why = delivered(g);

		g->vector = g->e.vector;
		if (why)
			return why;
		/* Where the older chip ended, a VMM that does not fault may, too. */
		add_patch(g, v->t, final_value(v->t, MOO_CS), final_value(v->t, MOO_EIP), END_NEXT,
			  code, v->t->code.n - 1);
	} else {
		end = add_patch(g, v->t, g->e.value[MOO_CS], g->e.value[MOO_EIP], END_HLT, code,
				v->t->code.n - 1);
		if (!end)
			return "no room for a jump in place of HLT";
		g->vector = END_HLT;
	}
	/* Where a VMM goes on that does not fault. */
	add_patch(g, v->t, g->e.start[MOO_CS], g->e.start[MOO_EIP] + v->t->code.n, END_NEXT, code,
		  v->t->code.n - 1);
	qsort(g->page, g->n_pages, sizeof(*g->page), by_number);
	/* CS and IP are not seen: the jump is where they lead. */
	g->e.care[MOO_CS] = g->e.care[MOO_EIP] = 0;
	g->e.care[MOO_CR0] = g->e.care[MOO_CR3] = g->e.care[MOO_DR6] = g->e.care[MOO_DR7] = 0;
	return choose_slot(g);
}

/* The vector of an exception that has to come leads to the runtime, whatever the test
 * had there. */
static bool hidden(const struct vguest *g, u32 address)
{
	return g->vector < END_OTHER_VECTOR && address >> 2 == g->vector;
}

void vguest_pack(const struct vguest *g, struct buf *b)
{
	const struct moo_ram *r = &g->test.init.ram;
	struct vpack_record h = {
		.id = g->id,
		.slot = (u16)g->slot,
		.n_pages = (u16)g->n_pages,
		.n_patches = (u16)g->n_patches,
		.eip = g->e.start[MOO_EIP],
		.eflags = g->e.start[MOO_EFLAGS],
	};
	size_t at = b->n;
	u32 k, n;

	for (k = 0; k < 8; k++)
		h.gpr[k] = start_value(&g->e, &g->test, gpr_reg[k]);
	for (k = 0; k < 6; k++)
		h.sel[k] = (u16)g->e.start[seg_reg[k]];
	buf_add(b, &h, sizeof(h));
	for (k = 0; k < g->n_pages; k++) {
		u16 page = (u16)g->page[k];

		buf_add(b, &page, 2);
	}
	buf_add(b, g->patch, g->n_patches * sizeof(*g->patch));
	for (k = 0; k < r->n; k += n) {
		u32 head = moo_ram_address(r, k);

		n = 1;
		if (hidden(g, head))
			continue;
		while (k + n < r->n && n < 255 && moo_ram_address(r, k + n) == head + n &&
		       !hidden(g, head + n))
			n++;
		head |= n << 24;
		buf_add(b, &head, 4);
		for (u32 i = 0; i < n; i++) {
			u8 byte = moo_ram_byte(r, k + i);

			buf_add(b, &byte, 1);
		}
		h.n_runs++;
	}
	memcpy(b->p + at, &h, sizeof(h));
}

static bool nibble(char c, u8 *out)
{
	if (c >= '0' && c <= '9')
		*out = (u8)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (u8)(c - 'a' + 10);
	else
		return false;
	return true;
}

static size_t from_hex(const char *text, u8 *out, size_t room)
{
	size_t n = 0;
	u8 hi, lo;

	while (n < room && nibble(text[0], &hi) && nibble(text[1], &lo)) {
		out[n++] = (u8)(hi << 4 | lo);
		text += 2;
	}
	return *text ? 0 : n;
}

/* Changed bytes over what was there before; ram is 2 MiB of zeros otherwise. */
static bool apply(const struct vguest *g, u8 *ram, const u8 *p, const u8 *end)
{
	const struct moo_ram *r = &g->test.init.ram;

	for (u32 k = 0; k < r->n; k++)
		ram[moo_ram_address(r, k)] = moo_ram_byte(r, k);
	while (p < end) {
		u32 head, n, at;

		if (end - p < 4)
			return false;
		memcpy(&head, p, 4);
		n = head >> 24;
		at = head & 0xffffff;
		p += 4;
		if (!n || n > (u32)(end - p) || at + n > VHOST_RAM)
			return false;
		memcpy(ram + at, p, n);
		p += n;
	}
	return true;
}

static void clear(const struct vguest *g, u8 *ram)
{
	for (u32 k = 0; k < g->n_pages; k++)
		memset(ram + ((size_t)g->page[k] << 12), 0, 4096);
}

static void end_name(u8 end, char text[32])
{
	if (end == END_HLT || end == END_NEXT)
		snprintf(text, 32, "%s", end == END_HLT ? "the end" : "the next instruction");
	else
		snprintf(text, 32, "exception %u", end);
}

void vguest_judge(const struct vguest *g, const char *payload, u8 *ram, struct outcome *o)
{
	static u8 bytes[16384];
	struct observed seen = {.ram = ram, .page = g->page, .n_pages = g->n_pages};
	struct vpack_result r;
	size_t n = from_hex(payload, bytes, sizeof(bytes));

	o->verdict = PASS;
	o->text[0] = 0;
	if (n < sizeof(r) ||
	    (memcpy(&r, bytes, sizeof(r)), !apply(g, ram, bytes + sizeof(r), bytes + n))) {
		differ(o, "the record is damaged, or far too much memory changed");
		clear(g, ram);
		return;
	}
	if (r.stray)
		differ(o, "[%x] was written, which is not its memory", r.stray);
	if (r.end != g->vector) {
		char got[32], want[32];

		end_name(r.end, got);
		end_name(g->vector, want);
		differ(o, "%s expected %s", got, want);
	} else {
		for (unsigned k = 0; k < 8; k++)
			seen.reg[gpr_reg[k]] = r.gpr[k];
		for (unsigned k = 0; k < 6; k++)
			seen.reg[seg_reg[k]] = r.sel[k];
		seen.reg[MOO_EFLAGS] = r.eflags;
		judge(&g->e, &g->test, false, &seen, o);
	}
	clear(g, ram);
}

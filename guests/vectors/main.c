/* SPDX-License-Identifier: MIT
 * The vector runtime: puts each vector's memory in place, runs it in real mode by the
 * trampoline, says how it ended, its registers and every byte of its pages that
 * changed (conformance/protocol.md, conformance/vectors/vpack.h).  Memory that
 * vectors use is zero in between, and a look at all of it finds a byte that a test
 * should not have written.
 */
#include "conformance/vectors/vpack.h"
#include "guests/lib/channel.h"
#include "guests/lib/crc32.h"
#include "guests/lib/io.h"
#include "guests/proof/runtime.h"

#include <string.h>

/* Exit codes for port F4. */
enum { EXIT_DONE = 0, EXIT_NO_PACK = 2 };

#define RUNS_MAX 100u /* a line has room for these */

/* Head of the trampoline (real.asm). */
struct tramp {
	u32 gpr[8], flags;
	u16 ip, cs, sel[6];
	u32 back;
	u16 back_cs, ending;
	u16 ivt_limit;
	u32 ivt_base;
	u16 idt_limit;
	u32 idt_base;
	u16 real, self;
	u16 enter, hlt_done, next_done, stubs;
} __attribute__((packed));

extern u8 blob_end[], tramp_image[], tramp_image_end[], back[];
extern u16 vgdt[];
void run_vector(u32 enter);
void vectors_main(void);

static u8 before[VPACK_PAGES][4096], after[VPACK_PAGES][4096];

/* Physical memory by address; the compiler shall not know that 0 is NULL. */
static u8 *at(u32 address)
{
	__asm__ volatile("" : "+r"(address));
	return (u8 *)address;
}

static void info(const char *key, const char *value)
{
	line_begin();
	line_text("INFO ");
	line_text(key);
	line_text(" ");
	line_text(value);
	line_end();
}

static void set_base(unsigned descriptor, u32 base)
{
	u16 *d = vgdt + 4 * descriptor;

	d[1] = (u16)base;
	d[2] = (u16)((d[2] & 0xff00) | (base >> 16 & 0xff));
}

/* The trampoline in its page, and every vector leading to it. */
static struct tramp *place(u32 slot)
{
	struct tramp *t = (struct tramp *)at(slot << 12);
	u32 n;

	memcpy(t, tramp_image, (u32)tramp_image_end - (u32)tramp_image);
	t->self = (u16)(slot << 8);
	t->back = (u32)back;
	set_base(3, slot << 12);
	set_base(4, slot << 12);
	for (n = 0; n < 256; n++) {
		u32 stub = t->stubs + 16 * (n < END_OTHER_VECTOR ? n : END_OTHER_VECTOR);

		*(u32 *)at(4 * n) = (u32)t->self << 16 | stub;
	}
	return t;
}

static const u8 *load_runs(const u8 *p, unsigned n)
{
	while (n--) {
		u32 head = *(const u32 *)p, bytes = head >> 24;

		memcpy(at(head & 0xffffff), p + 4, bytes);
		p += 4 + bytes;
	}
	return p;
}

static void patch(const struct vpack_patch *p, const struct tramp *t)
{
	u8 *to = at(p->address);
	u16 offset = p->end == END_HLT ? t->hlt_done : t->next_done;

	to[0] = 0xea;
	to[1] = (u8)offset;
	to[2] = (u8)(offset >> 8);
	to[3] = (u8)t->self;
	to[4] = (u8)(t->self >> 8);
}

static void put_bytes(const void *data, u32 n)
{
	const u8 *p = data;

	while (n--)
		line_hex(*p++, 2);
}

/* Runs of bytes of a page that differ from what was there before; gaps of up to four
 * equal bytes are cheaper to send than a new run. */
static void report_page(u32 page, const u8 *old, const u8 *now, unsigned *runs)
{
	u32 from, to, k;

	for (from = 0; from < 4096; from = to) {
		if (now[from] == old[from]) {
			to = from + 1;
			continue;
		}
		for (to = k = from + 1; k < 4096 && k < from + 64 && k < to + 4; k++)
			if (now[k] != old[k])
				to = k + 1;
		if (++*runs > RUNS_MAX)
			continue;
		k = (page << 12 | from) | (to - from) << 24;
		put_bytes(&k, 4);
		put_bytes(now + from, to - from);
	}
}

/* The first byte that is not zero any more, with all of that memory zero afterwards;
 * 0: none. */
static u32 stray(u32 from, u32 to)
{
	u32 p = from, n = (to - from) / 4, found;
	bool clean;

	__asm__ volatile("repe scasl" : "+D"(p), "+c"(n), "=@ccz"(clean) : "a"(0) : "memory");
	if (clean)
		return 0;
	for (found = p - 4; !*at(found); found++)
		;
	memset(at(from), 0, to - from);
	return found;
}

static const u8 *run_one(const struct vpack_record *r)
{
	const u16 *page = (const u16 *)(r + 1);
	const struct vpack_patch *patches = (const struct vpack_patch *)(page + r->n_pages);
	struct tramp *t = place(r->slot);
	struct vpack_result out;
	unsigned k, runs = 0;
	u32 more = 0;
	u32 low, high;
	const u8 *end = load_runs((const u8 *)(patches + r->n_patches), r->n_runs);

	for (k = 0; k < r->n_patches; k++)
		patch(&patches[k], t);
	for (k = 0; k < r->n_pages; k++)
		memcpy(before[k], at((u32)page[k] << 12), 4096);
	memcpy(t->gpr, r->gpr, sizeof t->gpr);
	t->flags = r->eflags;
	t->ip = (u16)r->eip;
	t->cs = r->sel[1];
	memcpy(t->sel, r->sel, sizeof t->sel);

	line_begin();
	line_text("START ");
	line_dec(r->id);
	line_end();
	run_vector(t->enter);
	out.end = (u8)t->ending;
	out.eflags = t->flags;
	memcpy(out.gpr, t->gpr, sizeof out.gpr);
	memcpy(out.sel, t->sel, sizeof out.sel);
	for (k = 0; k < r->n_pages; k++)
		memcpy(after[k], at((u32)page[k] << 12), 4096);
	for (k = 0; k < r->n_pages; k++)
		memset(at((u32)page[k] << 12), 0, 4096);
	memset(at((u32)r->slot << 12), 0, 4096);
	memset(at(0), 0, 4096);
	low = stray(0, VPACK_LOW_END);
	high = stray(VPACK_HIGH, VPACK_HIGH_END);
	out.stray = low ? low : high;
	line_begin();
	line_text("R ");
	line_dec(r->id);
	line_text(" ");
	put_bytes(&out, sizeof out);
	for (k = 0; k < r->n_pages; k++)
		report_page(page[k], before[k], after[k], &runs);
	if (runs > RUNS_MAX)
		put_bytes(&more, 4);
	line_end_crc();
	return end;
}

void vectors_main(void)
{
	const struct vpack_header *h = (const struct vpack_header *)blob_end;
	const u8 *p = (const u8 *)(h + 1);
	u32 i;

	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	info("channel", channel_open());
	if (h->magic != VPACK_MAGIC || crc32_add(0, p, h->size - sizeof *h) != h->crc) {
		info("error", "the pack was not loaded intact");
		channel_exit(EXIT_NO_PACK);
	}
	memset(at(0), 0, VPACK_LOW_END);
	memset(at(VPACK_HIGH), 0, 0x10000);
	line_begin();
	line_text("PLAN ");
	line_dec(h->count);
	line_text(" ");
	line_hex(h->digest, 8);
	line_end();
	for (i = 0; i < h->count; i++)
		p = run_one((const struct vpack_record *)p);
	line_begin();
	line_text("END ");
	line_dec(h->count);
	line_text(" ");
	line_hex(line_sums.said, 8);
	line_end();
	channel_exit(EXIT_DONE);
}

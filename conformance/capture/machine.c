/* SPDX-License-Identifier: MIT
 * One vector on refvmm: state in, run, state out, compare everything.
 *
 * Guest memory: the vector's linear addresses are physical ones, tables lie from
 * 1 MiB on and are mapped for the supervisor only.
 */
#include "conformance/capture/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY    (2u << 20)
#define DIRECTORY 0x100000u
#define TABLE     0x101000u
#define LDT       0x102000u
#define LDT_PAGES 16u
#define GDT       0x112000u
#define TSS       0x113000u
#define IDT       0x114000u
#define STACK     0x115000u /* ring 0, one page */
#define HANDLERS  0x116000u /* 256 times HLT */
#define MEM_LIMIT 0x100000u /* a vector's memory lies below */

#define FLAG_RF   0x10000u

struct machine {
	struct refvmm *vm;
	struct refvmm_state base;
	unsigned cpl; /* of the vector at hand */
	bool strict, count;
	u32 features; /* CPUID 1 EDX */
	u8 *expect;   /* memory below MEM_LIMIT as it must be */
	char why[300];
};

/* ORDER refvmm gpr and segments */
static const u8 moo_gpr[8] = {MOO_EAX, MOO_ECX, MOO_EDX, MOO_EBX,
			      MOO_ESP, MOO_EBP, MOO_ESI, MOO_EDI};
static const u8 moo_seg[6] = {MOO_ES, MOO_CS, MOO_SS, MOO_DS, MOO_FS, MOO_GS};

static const char *cpuid(struct machine *m)
{
	static const u8 code[] = {0x0f, 0xa2, 0xf4};
	struct refvmm_state st;
	struct refvmm_exit e;

	st = m->base;
	st.gpr[REFVMM_EAX] = 1;
	st.seg[REFVMM_CS].selector = 0;
	st.seg[REFVMM_CS].base = 0;
	st.eip = 0x8000;
	refvmm_write(m->vm, 0x8000, code, sizeof code);
	if (refvmm_set_state(m->vm, &st, m->why) || refvmm_run(m->vm, REFVMM_HOLD, 0, &e, m->why))
		return m->why;
	if (e.why != REFVMM_HLT)
		return "CPUID does not come back";
	refvmm_get_state(m->vm, &st);
	m->features = st.gpr[REFVMM_EDX];
	return NULL;
}

const char *const machine_kinds[] = {"plain", "small", "shift", "count", NULL};

const char *machine_open(struct machine **out, const char *kind, const char *cpu, bool strict)
{
	struct refvmm_options o = {.memory = MEMORY, .flat = true, .cpu = cpu, .hang_seconds = 60};
	struct machine *m = calloc(1, sizeof *m);
	static char reason[REFVMM_REASON];

	o.cache = !strcmp(kind, "small") ? 16 << 10 : 0;
	o.shift = !strcmp(kind, "shift");
	o.count = !strcmp(kind, "count");
	if (!m || !(m->expect = calloc(1, MEM_LIMIT)))
		return "out of memory";
	if (refvmm_create(&o, &m->vm, reason)) {
		free(m->expect);
		free(m);
		return reason;
	}
	m->strict = strict;
	m->count = o.count;
	refvmm_get_state(m->vm, &m->base);
	*out = m;
	return cpuid(m);
}

void machine_close(struct machine *m)
{
	refvmm_destroy(m->vm);
	free(m->expect);
	free(m);
}

/* ORDER feature */
bool machine_has(const struct machine *m, unsigned feature)
{
	static const u8 bit[] = {0, 15, 23, 24, 25, 26};

	return feature < sizeof bit && (!feature || m->features >> bit[feature] & 1);
}

static void put32(u8 *p, u32 v)
{
	memcpy(p, &v, 4);
}

/* A ring 0 that only has to be there: code segment 8, a TSS without an I/O
 * permission map, gates of which only those of INT3 and INTO are for CPL 3. */
static bool system_tables(struct machine *m)
{
	static const u8 gdt[] = {0, 0,    0,    0, 0,    0,    0, 0, 0xff, 0xff, 0,    0,
				 0, 0x9b, 0xcf, 0, 0xff, 0xff, 0, 0, 0,    0x93, 0xcf, 0};
	u8 tss[0x68] = {0}, idt[0x800] = {0}, handlers[256];
	unsigned i;

	tss[0x66] = 0x68;
	put32(tss + 4, STACK + 0x1000);
	tss[8] = 16;
	memset(handlers, 0xf4, sizeof handlers);
	for (i = 0; i < 256; i++) {
		put32(idt + 8 * i, 8 << 16 | ((HANDLERS + i) & 0xffff));
		put32(idt + 8 * i + 4,
		      (HANDLERS & 0xffff0000) | (i == 3 || i == 4 ? 0xee00u : 0x8e00u));
	}
	return !refvmm_write(m->vm, GDT, gdt, sizeof gdt) &&
	       !refvmm_write(m->vm, TSS, tss, sizeof tss) &&
	       !refvmm_write(m->vm, IDT, idt, sizeof idt) &&
	       !refvmm_write(m->vm, HANDLERS, handlers, sizeof handlers);
}

const char *machine_world(struct machine *m, const struct set_world *w)
{
	static u8 table[0x1000], ldt[LDT_PAGES * 0x1000], directory[0x1000], zero[MEM_LIMIT];
	u32 i, pages = (w->ldt_entries * 8 + 0xfff) >> 12;

	memset(table, 0, sizeof table);
	memset(ldt, 0, sizeof ldt);
	memset(directory, 0, sizeof directory);
	if (pages > LDT_PAGES)
		return "the descriptor table is too large";
	for (i = 0; i < w->npages; i++) {
		u32 lin = w->page[i] & ~0xfffu;

		if (lin >= MEM_LIMIT)
			return "a page is above 1 MiB";
		put32(table + (lin >> 12) * 4, w->page[i]);
	}
	for (i = 0; i < pages; i++)
		put32(table + ((LDT >> 12) + i) * 4, (LDT + i * 0x1000) | 3);
	for (i = 0; i < 5; i++)
		put32(table + ((GDT >> 12) + i) * 4, (GDT + i * 0x1000) | 3);
	put32(directory, TABLE | 7);
	for (i = 0; i < w->nsegs; i++) {
		const struct set_seg *g = &w->seg[i];
		u32 limit = g->flags & 8 ? g->limit >> 12 : g->limit;
		u8 *d = ldt + (g->selector >> 3) * 8;

		/* SDM vol. 3A figure 3-8 */
		put32(d, (limit & 0xffff) | g->base << 16);
		put32(d + 4, (g->base >> 16 & 0xff) | (u32)g->access << 8 | (limit & 0xf0000) |
				     (u32)g->flags << 20 | (g->base & 0xff000000));
	}
	memset(m->expect, 0, MEM_LIMIT);
	if (refvmm_write(m->vm, 0, zero, MEM_LIMIT) || !system_tables(m) ||
	    refvmm_write(m->vm, TABLE, table, sizeof table) ||
	    refvmm_write(m->vm, LDT, ldt, pages << 12) ||
	    refvmm_write(m->vm, DIRECTORY, directory, sizeof directory))
		return "cannot write guest memory";
	return NULL;
}

static struct refvmm_segment segment(const struct set_world *w, u16 selector)
{
	struct refvmm_segment s = {.selector = selector};
	const struct set_seg *g = selector > 3 ? set_find_seg(w, selector) : NULL;

	if (g) {
		s.base = g->base;
		s.limit = g->limit;
		s.attr = (u32)g->access << 8 | (u32)g->flags << 20;
	}
	return s;
}

/* Contiguous records at once. */
static void ram(struct machine *m, const struct moo_ram *r, bool write, bool zero)
{
	u8 run[600];
	u32 i, n, at;

	for (i = 0; i < r->n; i += n) {
		at = moo_ram_address(r, i);
		for (n = 0; n < sizeof run && i + n < r->n && moo_ram_address(r, i + n) == at + n;
		     n++)
			run[n] = zero ? 0 : moo_ram_byte(r, i + n);
		if (at >= MEM_LIMIT || n > MEM_LIMIT - at)
			continue;
		memcpy(m->expect + at, run, n);
		if (write)
			refvmm_write(m->vm, at, run, n);
	}
}

static void make_state(const struct machine *m, const struct set_world *w, const struct set_test *t,
		       struct refvmm_state *st)
{
	const u32 *v = t->moo.init.regs.value;
	unsigned i;

	*st = m->base;
	for (i = 0; i < 8; i++)
		st->gpr[i] = v[moo_gpr[i]];
	for (i = 0; i < 6; i++)
		st->seg[i] = segment(w, (u16)v[moo_seg[i]]);
	st->eip = v[MOO_EIP];
	st->eflags = v[MOO_EFLAGS];
	st->cr0 = w->cr0;
	st->cr4 = w->cr4;
	st->cr3 = DIRECTORY;
	st->cr2 = 0;
	st->cpl = (u8)m->cpl;
	for (i = 0; i < 6 && !m->cpl; i++)
		st->seg[i].attr &= ~0x6000u; /* DPL */
	st->halted = false;
	st->shadow = 0;
	st->ldtr.selector = 0x50;
	st->ldtr.base = LDT;
	st->ldtr.limit = w->ldt_entries * 8 - 1;
	st->ldtr.attr = 0x8200;
	st->gdtr.base = GDT;
	st->gdtr.limit = 23;
	st->idtr.base = IDT;
	st->idtr.limit = 0x7ff;
	st->tr.selector = 0x28;
	st->tr.base = TSS;
	st->tr.limit = 0x67;
	st->tr.attr = 0x8b00;
	memcpy(st->fxsave, t->fx_init, sizeof st->fxsave);
}

static u32 final_register(const struct set_test *t, unsigned reg)
{
	const struct moo_regs *f = &t->moo.fina.regs;

	return f->set >> reg & 1 ? f->value[reg] : t->moo.init.regs.value[reg];
}

static u32 register_mask(const struct machine *m, const struct set_test *t, unsigned reg)
{
	const struct moo_regs *k = &t->moo.fina.mask;

	return !m->strict && k->present && k->set >> reg & 1 ? k->value[reg] : ~0u;
}

static bool differ(struct machine *m, const char *name, u32 got, u32 want, u32 mask)
{
	if (!((got ^ want) & mask))
		return false;
	snprintf(m->why, sizeof m->why, "%s %08x, the chip %08x, compared %08x", name, got, want,
		 mask);
	return true;
}

static long double st_value(const u8 *p)
{
	long double v = 0;

	memcpy(&v, p, 10);
	return v;
}

/* RCPPS and RSQRTPS: relative error 1.5 * 2^-12 of the exact result, so twice
 * that between two of them (SDM vol. 2B RCPPS). */
static bool near_single(const u8 *a, const u8 *b)
{
	float x, y;

	memcpy(&x, a, 4);
	memcpy(&y, b, 4);
	return isfinite(x) && isfinite(y) && fabsf(x - y) <= fabsf(y) * (3.0f / 4096);
}

static bool near_extended(const u8 *a, const u8 *b)
{
	long double x = st_value(a), y = st_value(b);

	return isfinite(x) && isfinite(y) && (nextafterl(y, x) == x);
}

static bool fx_differs(struct machine *m, const struct set_test *t, const u8 *got)
{
	const u8 *want = t->fx_fina;
	unsigned i;

	for (i = 0; i < 288; i++) {
		if (!set_fx_state(i) || got[i] == want[i])
			continue;
		if (!m->strict && t->tolerance == 1 && i >= 32 && i < 160 &&
		    near_extended(got + (i & ~15u), want + (i & ~15u)))
			continue;
		if (!m->strict && t->tolerance == 2 && i >= 160 &&
		    near_single(got + (i & ~3u), want + (i & ~3u)))
			continue;
		/* C1 says how an inexact result was rounded */
		if (!m->strict && t->tolerance == 1 && i == 3 && !((got[i] ^ want[i]) & ~2))
			continue;
		snprintf(m->why, sizeof m->why, "FXSAVE image byte %u is %02x, the chip %02x", i,
			 got[i], want[i]);
		return true;
	}
	return false;
}

static bool undefined_byte(const struct set_test *t, u32 lin)
{
	u32 i;

	for (i = 0; i < t->nundefs; i++)
		if (t->undef[i].kind == 2 && lin - t->undef[i].where < t->undef[i].mask)
			return true;
	return false;
}

static bool memory_differs(struct machine *m, const struct set_world *w, const struct set_test *t)
{
	const u8 *got = refvmm_ram(m->vm);
	u32 p, i;

	for (p = 0; p < w->npages; p++) {
		u32 lin = w->page[p] & ~0xfffu;

		if (!memcmp(got + lin, m->expect + lin, 0x1000))
			continue;
		for (i = lin; i < lin + 0x1000; i++) {
			if (got[i] == m->expect[i])
				continue;
			if (!m->strict && undefined_byte(t, i)) {
				u8 back = m->expect[i];

				refvmm_write(m->vm, i, &back, 1);
				continue;
			}
			snprintf(m->why, sizeof m->why, "memory %08x is %02x, the chip %02x", i,
				 got[i], m->expect[i]);
			return true;
		}
	}
	return false;
}

/* Software interrupts are delivered: take the state from what ring 0 was given. */
static bool delivered(struct machine *m, const struct set_world *w, struct refvmm_state *st,
		      struct refvmm_exit *e)
{
	u32 frame[5];

	if (e->why != REFVMM_HLT || st->cpl || st->eip - HANDLERS - 1 > 255 ||
	    st->gpr[REFVMM_ESP] != STACK + 0x1000 - sizeof frame ||
	    refvmm_read(m->vm, st->gpr[REFVMM_ESP], frame, sizeof frame))
		return false;
	e->why = REFVMM_EXCEPTION;
	e->vector = (u8)(st->eip - HANDLERS - 1);
	e->error = 0;
	st->eip = frame[0];
	st->seg[REFVMM_CS] = segment(w, (u16)frame[1]);
	st->eflags = frame[2];
	st->gpr[REFVMM_ESP] = frame[3];
	st->seg[REFVMM_SS] = segment(w, (u16)frame[4]);
	return true;
}

bool machine_ring0(const struct set_test *t)
{
	static const char *const never[] = {
		"segment/",   "fault/",     "int/",       "flow/callf/",
		"flow/jmpf/", "flow/retf/", "flow/iret/", "stack/popf/",
	};
	static const char *const loads[] = {"/es/", "/ss/", "/ds/", "/fs/", "/gs/"};
	char name[160];
	unsigned i;

	snprintf(name, sizeof(name), "%.*s", (int)t->moo.name.n, (const char *)t->moo.name.data);
	for (i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (!strncmp(name, never[i], strlen(never[i])))
			return false;
	for (i = 0; i < 5; i++)
		if (!strncmp(name, "stack/pop/", 10) && strstr(name, loads[i]))
			return false;
	return !t->fault || (t->vector != 3 && t->vector != 4 && t->vector != 17);
}

/* What faults is not executed, but for a branch to where nothing can be fetched; what
 * completes is, and at CPL 0 so is the HLT behind it.  INT3 and INTO are delivered, and
 * their handler is a HLT. */
static unsigned executed(const struct machine *m, const struct set_test *t)
{
	if (!t->fault)
		return m->cpl ? 1 : 2;
	if (t->vector == 3 || t->vector == 4)
		return 2;
	return final_register(t, MOO_EIP) != t->moo.init.regs.value[MOO_EIP];
}

static const char *compare(struct machine *m, const struct set_world *w, const struct set_test *t,
			   struct refvmm_exit *e)
{
	static const char *const gpr[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
	static const char *const seg[6] = {"ES", "CS", "SS", "DS", "FS", "GS"};
	struct refvmm_state st;
	u32 vector = t->fault ? t->vector : 13, flags, eip;
	unsigned i;

	refvmm_get_state(m->vm, &st);
	if (m->count && e->instructions != executed(m, t)) {
		snprintf(m->why, sizeof m->why, "%llu instructions counted, not %u",
			 (unsigned long long)e->instructions, executed(m, t));
		return m->why;
	}
	if (!m->cpl && !t->fault && e->why == REFVMM_HLT) {
		e->vector = 13; /* at CPL 3 the HLT is #GP(0) */
		e->error = 0;
		st.eip--;
	} else if (e->why != REFVMM_EXCEPTION && !delivered(m, w, &st, e)) {
		snprintf(m->why, sizeof m->why, "%s: %s", refvmm_why_name(e->why), e->text);
		return m->why;
	}
	if (differ(m, "vector", e->vector, vector, ~0u))
		return m->why;
	/* of a page fault's code bit 2 is the ring, bit 4 only with execute-disable */
	if (t->fault && t->has_error &&
	    differ(m, "error code", e->error, t->error,
		   vector != 14 ? 0xffff
		   : m->cpl     ? 0xffef
				: 0xffeb))
		return m->why;
	if (!t->fault && (e->error || (!m->cpl && e->why != REFVMM_HLT))) {
		snprintf(m->why, sizeof m->why, "#GP(%x) in place of the end", e->error);
		return m->why;
	}
	if (t->has_cr2 && differ(m, "CR2", e->cr2, t->cr2, t->parts ? 0xfffff000 : ~0u))
		return m->why;
	for (i = 0; i < 8; i++)
		if (differ(m, gpr[i], st.gpr[i], final_register(t, moo_gpr[i]),
			   register_mask(m, t, moo_gpr[i])))
			return m->why;
	for (i = 0; i < 6; i++) {
		struct refvmm_segment want = segment(w, (u16)final_register(t, moo_seg[i]));

		if (differ(m, seg[i], st.seg[i].selector, want.selector,
			   want.selector ? 0xffff : register_mask(m, t, moo_seg[i]) & 0xfffc))
			return m->why;
		if (want.attr && (differ(m, seg[i], st.seg[i].base, want.base, ~0u) ||
				  differ(m, seg[i], st.seg[i].limit, want.limit, ~0u)))
			return m->why;
	}
	/* the published sets count the HLT */
	eip = final_register(t, MOO_EIP) - !t->fault;
	if (differ(m, "EIP", st.eip, eip, ~0u))
		return m->why;
	/* RF is of the pushed image */
	flags = register_mask(m, t, MOO_EFLAGS) & ~FLAG_RF;
	if (differ(m, "EFLAGS", st.eflags, final_register(t, MOO_EFLAGS), flags))
		return m->why;
	if (fx_differs(m, t, st.fxsave) || memory_differs(m, w, t))
		return m->why;
	return NULL;
}

/* The answer of any chip will do, as a whole; the difference that is told is that
 * to number 0. */
static const char *compare_chips(struct machine *m, const struct set_world *w,
				 const struct set_test *t, const struct refvmm_exit *end)
{
	struct refvmm_exit e = *end;
	struct set_test other;
	char first[sizeof m->why];
	const char *bad;
	u32 chip, i, k;

	ram(m, &t->moo.fina.ram, false, false);
	bad = compare(m, w, t, &e);
	if (!bad || !m->strict || !t->nanswers)
		return bad;
	memcpy(first, m->why, sizeof first);
	for (chip = 1; bad && chip < w->nchips; chip++) {
		e = *end;
		other = *t;
		set_answer_as(&other, (u8)chip);
		ram(m, &t->moo.init.ram, false, false);
		ram(m, &t->moo.fina.ram, false, false);
		for (i = 0; i < t->nanswers; i++)
			for (k = 0; t->answer[i].kind == ANSWER_RAM && k < t->answer[i].n; k++)
				if (t->answer[i].where + k < MEM_LIMIT)
					set_answer_byte(t, (u8)chip, t->answer[i].where + k,
							&m->expect[t->answer[i].where + k]);
		bad = compare(m, w, &other, &e);
	}
	if (bad)
		memcpy(m->why, first, sizeof first);
	return bad ? m->why : NULL;
}

const char *machine_test(struct machine *m, const struct set_world *w, const struct set_test *t,
			 unsigned how, unsigned cpl)
{
	struct refvmm_state st;
	struct refvmm_exit e;
	const char *bad;

	m->cpl = cpl;
	make_state(m, w, t, &st);
	ram(m, &t->moo.init.ram, true, false);
	if (refvmm_set_state(m->vm, &st, m->why) ||
	    refvmm_run(m->vm, how | REFVMM_HOLD, 0, &e, m->why)) {
		bad = m->why;
	} else {
		bad = compare_chips(m, w, t, &e);
	}
	if (bad) { /* what it wrote beside its list, too */
		static u8 zero[0x1000];
		u32 p;

		for (p = 0; p < w->npages; p++) {
			refvmm_write(m->vm, w->page[p] & ~0xfffu, zero, sizeof zero);
			memset(m->expect + (w->page[p] & ~0xfffu), 0, 0x1000);
		}
	}
	ram(m, &t->moo.fina.ram, true, true);
	ram(m, &t->moo.init.ram, true, true);
	return bad;
}

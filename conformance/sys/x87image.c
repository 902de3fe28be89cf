/* SPDX-License-Identifier: MIT
 * Group x87image: images of 14 to 512 bytes at the ends of segments and pages, off
 * their alignment, and with an x87 exception pending, which comes before the operand
 * where the instruction waits. Rules: SDM vol. 1 sections 8.7, 10.5; vol. 3A sections
 * 4.7, 5.3, 6.15; that nothing is stored when the image does not fit, and what comes
 * first, Zen 4 shows.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define END   (PG_LIN + 0x1000u) /* between the pages; frames 60000 and 61000 */
#define MXCSR 24u                /* in an FXSAVE area */

static const struct image {
	const char *name, *op;
	u8 reg;
	u16 size;
	bool write;
	u32 need;
} images[] = {
	{"fnstenv_o32", "O d9", 6, 28, true, N_FPU},  {"fnstenv_o16", "o d9", 6, 14, true, N_FPU},
	{"fldenv_o32", "O d9", 4, 28, false, N_FPU},  {"fldenv_o16", "o d9", 4, 14, false, N_FPU},
	{"fnsave_o32", "O dd", 6, 108, true, N_FPU},  {"fnsave_o16", "o dd", 6, 94, true, N_FPU},
	{"frstor_o32", "O dd", 4, 108, false, N_FPU}, {"frstor_o16", "o dd", 4, 94, false, N_FPU},
	{"fxsave", "0f ae", 0, 512, true, N_FXSR},    {"fxrstor", "0f ae", 1, 512, false, N_FXSR},
};
#define IMAGES (sizeof images / sizeof *images)

static const struct place {
	u8 mode, cpl;
	bool ss;
} places[] = {{CM_REAL16, 0, false}, {CM_V86, 3, false},    {CM_PM16, 0, false},
	      {CM_PM16, 3, false},   {CM_PM32, 0, false},   {CM_PM32, 3, false},
	      {CM_FLAT32, 0, false}, {CM_FLAT32, 3, false}, {CM_FLAT32, 3, true}};
#define PLACES (sizeof places / sizeof *places)

static struct tcase *new_case(struct gen *g, const struct image *m, const char *form, unsigned mode,
			      unsigned cpl, const char *cls, const char *cite)
{
	struct tcase *t = sys_case(g, "x87image", m->name, form, mode, cpl, cls, cite);

	t->need = m->need;
	sys_op(t, OP_FPU, 1, 0, 0);
	if (m->size == 512)
		sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	return t;
}

/* Which byte of the image a processor finds first is its own affair: Zen 4 mostly the
 * last. */
static void expect_page(struct tcase *t, u32 page)
{
	expect_mem(t, OBS_CR2, 4, 0xfffff000, page);
	t->ign_lin = OBS_CR2;
	t->ign_len = 4;
}

/* The instruction with its operand at [EBX], in every mode: where a 16-bit offset
 * passes FFFFh within an image, processors differ (Zen 4 wraps around). */
static void at_ebx(struct tcase *t, const struct image *m, u32 off)
{
	char modrm[3] = {"0123"[m->reg >> 1], m -> reg & 1 ? 'b' : '3', 0};

	set_gpr(t, A_EBX, off);
	sys_code(t, sys_wide(t) ? "" : "67");
	sys_code(t, m->op);
	sys_code(t, modrm);
}

static void expect_refused(struct tcase *t, unsigned vector, u32 error)
{
	expect_fault(t, vector, error);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
}

/* off: of the image; limit, base: of its segment. */
static void limit(struct gen *g, const struct image *m, const struct place *p, const char *cls,
		  u32 base, u32 limit, u32 off)
{
	struct tcase *t =
		new_case(g, m, p->ss ? "limit_ss" : "limit", p->mode, p->cpl, cls, "SDM 3A 5.3");
	if (p->mode == CM_FLAT32) {
		unsigned sreg = p->ss ? A_SS : A_DS;

		sys_desc(t, OP_GDT, 0, base, limit, (u8)(0x93 | p->cpl << 5), 4);
		set_sel(t, sreg, SEL_SLOT(0, p->cpl));
	}
	if (p->ss)
		sys_code(t, "36");
	if (m->size == 512 && off + MXCSR <= limit)
		set_mem32(t, base + off + MXCSR, 0x1f80, 4);
	if (off + m->size - 1 <= limit) {
		at_ebx(t, m, off);
		expect_done(t);
		t->ign_lin = base + off;
		t->ign_len = m->size;
		return;
	}
	at_ebx(t, m, off);
	expect_refused(t, p->ss ? SS : GP, 0);
	expect_same(t, base + off, 4);
	if (off + 16 < limit)
		expect_same(t, base + limit - 3, 4);
}

static void limits(struct gen *g)
{
	unsigned i, k;

	for (i = 0; i < IMAGES; i++)
		for (k = 0; k < PLACES; k++) {
			const struct image *m = &images[i];
			const struct place *p = &places[k];
			bool flat = p->mode == CM_FLAT32;
			u32 base = flat ? CASE_FS_BASE : CASE_DS_BASE, l = flat ? 0xfff : 0xffff;
			/* Of FXSAVE's only the registers are sure to be touched. */
			bool fx = m->size == 512;
			u32 step = fx ? 16 : 1, half = fx ? 160 : m->size / 2;

			/* Where no limit is checked, this goes beyond what is restored. */
			if (!flat && fx && m->write)
				continue;
			/* 64 KiB segments: only their last bytes are seen and restored. */
			if (flat || m->size <= WIN_EDGE) {
				limit(g, m, p, "last", base, l, l + 1 - m->size);
				limit(g, m, p, "cross", base, l,
				      fx ? l + 1 - 272 : l + 2 - m->size);
			} else {
				half = WIN_EDGE;
			}
			limit(g, m, p, "half", base, l, l + 1 - half);
			limit(g, m, p, "onto", base, l, l + 1 - step);
			if (flat)
				limit(g, m, p, "behind", base, l, l + 1);
		}
}

static void page(struct gen *g, const struct image *m, unsigned sec, unsigned back, unsigned cpl)
{
	static const struct {
		const char *name;
		u32 flags;
	} seconds[] = {{"np", 0}, {"ro", P | U | AD}, {"super", P | W | AD}};
	u32 flags = seconds[sec].flags, at = END - back;
	struct tcase *t = new_case(g, m, seconds[sec].name, CM_FLAT32, cpl,
				   sys_text("back%u", back), "SDM 3A 4.7, 6.5");
	bool present = flags & P;

	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, 0x60000 | P | W | U | AD, 0);
	if (present)
		sys_op(t, OP_PTE, 1, 0x61000 | flags, 0);
	sys_op(t, OP_CR0, 0, CR0_WP, 0);
	if (m->size == 512)
		set_mem32(t, 0x61000 - back + MXCSR, 0x1f80, 4);
	at_ebx(t, m, at);
	if (present && (!m->write || flags & W) && (!cpl || flags & U)) {
		expect_done(t);
		t->ign_lin = 0x61000 - back;
		t->ign_len = m->size;
		return;
	}
	expect_refused(t, PF, (u32)present | (m->write ? 2 : 0) | (cpl ? 4 : 0));
	expect_page(t, END);
	expect_same(t, 0x61000 - back, 4);
	expect_same(t, 0x60ffc, 4);
}

static void pages(struct gen *g)
{
	unsigned i, sec, cpl, k;

	for (i = 0; i < IMAGES; i++)
		for (sec = 0; sec < 3; sec++)
			for (cpl = 0; cpl <= 3; cpl += 3) {
				unsigned n = images[i].size;
				bool fx = n == 512;
				unsigned backs[] = {fx ? 16 : 4, fx ? 160 : n / 2 & ~1u,
						    fx ? 96 : n - 2, fx ? 272 : n - 4};

				for (k = 0; k < 4; k++)
					page(g, &images[i], sec, backs[k], cpl);
			}
}

/* The FXSAVE area lies on 16 bytes: #GP(0) (SDM vol. 1 section 10.5). */
static void alignment(struct gen *g)
{
	static const u8 offs[] = {1, 2, 4, 8, 12, 15};
	unsigned i, k, o;

	for (i = IMAGES - 2; i < IMAGES; i++)
		for (k = 0; k + 1 < PLACES; k++)
			for (o = 0; o < sizeof offs; o++) {
				const struct place *p = &places[k];
				struct tcase *t =
					new_case(g, &images[i], "aligned", p->mode, p->cpl,
						 sys_text("off%u", offs[o]), "SDM 1 10.5");
				u32 off = mode_off(t, A_DS, CASE_OFF) + offs[o];

				at_ebx(t, &images[i], off);
				expect_refused(t, GP, 0);
				expect_same(t, win(A_DS, CASE_OFF + offs[o]), 4);
			}
}

/* An exception is pending, and the operand is bad. */
static const struct waits {
	const char *name, *op;
	u8 reg;
	bool waits;
	u32 need;
} waits[] = {
	{"fldenv", "d9", 4, true, N_FPU},      {"frstor", "dd", 4, true, N_FPU},
	{"fldcw", "d9", 5, true, N_FPU},       {"fist", "db", 2, true, N_FPU},
	{"fadd", "d8", 0, true, N_FPU},        {"fbstp", "df", 6, true, N_FPU},
	{"fld_m80", "db", 5, true, N_FPU},     {"fcom_m64", "dc", 2, true, N_FPU},
	{"fnstenv", "d9", 6, false, N_FPU},    {"fnstcw", "d9", 7, false, N_FPU},
	{"fnsave", "dd", 6, false, N_FPU},     {"fnstsw", "dd", 7, false, N_FPU},
	{"fxsave", "0f ae", 0, false, N_FXSR}, {"fxrstor", "0f ae", 1, false, N_FXSR},
	{"movq", "0f 6f", 0, true, N_MMX},     {"movd", "0f 7e", 0, true, N_MMX},
	{"pxor", "0f ef", 0, true, N_MMX},     {"movups", "0f 10", 0, false, N_SSE},
};
enum bad { B_LIMIT, B_NULL, B_PAGE, B_RO, BADS };
static const char *const bads[BADS] = {"limit", "nullseg", "page", "readonly"};

/* Through DS, and through GS, which need not be run the same way. */
static void pending(struct gen *g, const struct waits *w, enum bad b, unsigned cpl, bool gs)
{
	struct tcase *t =
		sys_case(g, "x87image", w->name, sys_text("%s%s", bads[b], gs ? "_gs" : ""),
			 CM_FLAT32, cpl, "pending", "SDM 1 8.7; SDM 3A 6.9");
	struct image m = {.op = w->op, .reg = w->reg};
	unsigned sreg = gs ? A_GS : A_DS;
	bool store = w->reg == 2 || w->reg >= 6 || (w->need == N_FXSR && !w->reg);
	u32 off = 0x1000;

	t->need = w->need;
	sys_op(t, OP_FPU, 2, 0, 0);
	sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	t->need |= N_FXSR;
	if (b == B_PAGE) {
		sys_op(t, OP_PAGING, PG_32, 0, 0);
		off = PG_LIN;
		if (gs)
			set_sel(t, A_GS, t->sel[A_DS]);
	} else if (b == B_NULL) {
		set_sel(t, sreg, (u16)cpl);
	} else {
		u8 access = b == B_RO ? 0x91 : 0x93;

		sys_desc(t, OP_GDT, 0, CASE_FS_BASE, b == B_RO ? 0xffff : 0xfff,
			 (u8)(access | cpl << 5), 4);
		set_sel(t, sreg, SEL_SLOT(0, cpl));
	}
	if (gs)
		sys_code(t, "65");
	at_ebx(t, &m, off);
	if (w->waits) {
		expect_refused(t, MF, 0);
	} else if (b == B_PAGE) {
		expect_refused(t, PF, (store ? 2u : 0) | (cpl ? 4 : 0));
		expect_page(t, PG_LIN);
	} else {
		expect_refused(t, GP, 0);
	}
}

void gen_sys_x87image(struct gen *g)
{
	unsigned i, b, cpl, gs;

	limits(g);
	pages(g);
	alignment(g);
	for (i = 0; i < sizeof waits / sizeof *waits; i++)
		for (b = 0; b < BADS; b++)
			for (cpl = 0; cpl <= 3; cpl += 3)
				for (gs = 0; gs < 2; gs++) {
					/* These only read. */
					if (b == B_RO && !waits[i].waits &&
					    (waits[i].need == N_SSE || waits[i].reg == 1))
						continue;
					pending(g, &waits[i], (enum bad)b, cpl, gs);
				}
}

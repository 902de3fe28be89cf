/* SPDX-License-Identifier: MIT
 * Group x87env: what FNSTENV, FNSAVE and FXSAVE store and FLDENV, FRSTOR and FXRSTOR
 * load in real, virtual-8086 and protected mode, with both operand sizes: control,
 * status and tag word, instruction and data pointer, opcode; FNSAVE initialises,
 * FNSTENV masks; what a load unmasks is raised by the next instruction that waits.
 * Rules: SDM vol. 1 sections 8.1.7 to 8.1.10, 8.7, figures 8-9 to 8-12; 10.5.1.
 */
#include "conformance/sys/sys.h"

#define CITE   "SDM 1 8.1.10, figures 8-9 to 8-12"
#define DATA   0x1000u /* operand of the instruction that is remembered */
#define IN     0x1040u /* image to load; registers behind the environment */
#define OUT    0x1100u /* image stored; FXSAVE: from OUT_FX on */
#define OUT_FX 0xe40u
#define FLAGS  0xbaffu /* of the status word; C0, C2 and C3 are open behind a load */
#define FCW    0x0f3fu /* bits that are more than decoration */

static const struct place {
	u8 mode, cpl;
} places[] = {{CM_REAL16, 0}, {CM_PM16, 0},   {CM_PM16, 3},   {CM_PM32, 0},
	      {CM_PM32, 3},   {CM_FLAT32, 0}, {CM_FLAT32, 3}, {CM_V86, 3}};
#define PLACES (sizeof places / sizeof *places)

/* An environment: pointers as offset and selector. */
struct env {
	u16 fcw, fsw, ftw, fop, fcs, fds;
	u32 fip, fdp;
	bool unmasked; /* that instruction raised an exception */
};

static bool protected(const struct tcase *t)
{
	return t->mode != CM_REAL16 && t->mode != CM_V86;
}

static struct tcase *new_case(struct gen *g, const char *mnemonic, const char *form,
			      const struct place *p, const char *cls, const char *cite)
{
	struct tcase *t = sys_case(g, "x87env", mnemonic, form, p->mode, p->cpl, cls, cite);

	t->need = N_FPU;
	sys_op(t, OP_FPU, 1, 0, 0);
	return t;
}

/* An instruction whose operand size tells the image's. */
static void image_op(struct tcase *t, const char *op, unsigned reg, bool wide, u32 off)
{
	sys_code(t, wide ? "O" : "o");
	sys_mem(t, op, reg, mode_off(t, A_DS, off));
}

/* The rules say all there is to say of an environment. */
static void open_environment(struct tcase *t, u32 lin, bool wide)
{
	t->ign_lin = lin;
	t->ign_len = wide ? 28 : 14;
}

/* Behind an unmasked exception only selectors may be left out. */
static void expect_pointer(struct tcase *t, u32 lin, unsigned n, u32 mask, u32 value, u32 alt,
			   bool strict)
{
	expect_mem(t, lin, n, mask, value);
	if (value != alt && !strict)
		expect_or(t, "x87_last", alt);
}

static void expect_pointers(struct tcase *t, u32 lin, bool wide, const struct env *e)
{
	u32 ip = protected(t) ? e->fip : ((u32)e->fcs << 4) + e->fip;
	u32 dp = protected(t) ? e->fdp : ((u32)e->fds << 4) + e->fdp;

	u32 top = ip >> 16 << 12;
	bool sure = e->unmasked;

	if (protected(t) && wide) {
		expect_mem(t, lin + 12, 4, 0, ip);
		expect_pointer(t, lin + 16, 2, 0, e->fcs, 0, false);
		expect_pointer(t, lin + 18, 2, 0x7ff, e->fop, 0, sure);
		expect_pointer(t, lin + 20, 4, 0, dp, 0, sure);
		expect_pointer(t, lin + 24, 2, 0, e->fds, 0, false);
	} else if (protected(t)) {
		expect_mem(t, lin + 6, 2, 0, ip & 0xffff);
		expect_pointer(t, lin + 8, 2, 0, e->fcs, 0, false);
		expect_pointer(t, lin + 10, 2, 0, dp & 0xffff, 0, sure);
		expect_pointer(t, lin + 12, 2, 0, e->fds, 0, false);
	} else if (wide) {
		expect_mem(t, lin + 12, 2, 0, ip & 0xffff);
		expect_pointer(t, lin + 16, 4, 0x0ffff7ff, top | e->fop, top, sure);
		expect_pointer(t, lin + 20, 2, 0, dp & 0xffff, 0, sure);
		expect_pointer(t, lin + 24, 4, 0x0ffff000, dp >> 16 << 12, 0, sure);
	} else {
		expect_mem(t, lin + 6, 2, 0, ip & 0xffff);
		expect_pointer(t, lin + 8, 2, 0xf7ff, (top | e->fop) & 0xffff, top & 0xffff, sure);
		expect_pointer(t, lin + 10, 2, 0, dp & 0xffff, 0, sure);
		expect_pointer(t, lin + 12, 2, 0xf000, (dp >> 16 << 12) & 0xffff, 0, sure);
	}
	open_environment(t, lin, wide);
}

static void expect_words(struct tcase *t, u32 lin, bool wide, const struct env *e)
{
	unsigned step = wide ? 4 : 2;

	expect_mem(t, lin, 2, FCW, e->fcw);
	expect_mem(t, lin + step, 2, FLAGS, e->fsw);
	expect_mem(t, lin + 2 * step, 2, 0, e->ftw);
}

/* What is stored: a control word, a sequence, a load of 1.5 (or what DATA is). */
static const struct state {
	const char *name, *before;
	bool load;
	u32 data;
	u16 fcw, fsw, ftw;
} states[] = {
	{"init", "", false, 0, 0x037f, 0, 0xffff},
	{"one", "", true, 0x3fc00000, 0x037f, 0x3800, 0x3fff},
	{"down", "", true, 0x3fc00000, 0x077f, 0x3800, 0x3fff},
	{"chop24", "", true, 0x3fc00000, 0x0c7f, 0x3800, 0x3fff},
	{"empty7", "d9 f6", false, 0, 0x027f, 0x3800, 0xffff}, /* FDECSTP */
	/* 1/0, 0, 1.5 */
	{"tags", "d9 e8 d9 ee de f9 d9 ee", true, 0x3fc00000, 0x037f, 0x2804, 0x93ff},
	{"full", "d9 e8 d9 e8 d9 e8 d9 e8 d9 e8 d9 e8 d9 e8", true, 0x3fc00000, 0x037f, 0, 0},
	{"overflow", "d9 e8 d9 e8 d9 e8 d9 e8 d9 e8 d9 e8 d9 e8 d9 e8", true, 0x3fc00000, 0x037f,
	 0x3a41, 0x8000},
	{"denormal", "", true, 1, 0x037f, 0x3802, 0x3fff},
	{"snan", "", true, 0x7f800001, 0x037f, 0x3801, 0xbfff},
	{"freed", "d9 e8 d9 e8 dd c1", true, 0x3fc00000, 0x037f, 0x2800, 0xc3ff}, /* FFREE ST(1) */
};

enum how { ENV, SAVE, HOWS };
static const struct {
	const char *store, *load, *op;
	u8 reg_store, reg_load;
} hows[HOWS] = {{"fnstenv", "fldenv", "d9", 6, 4}, {"fnsave", "frstor", "dd", 6, 4}};

static void prepare(struct tcase *t, const struct state *s)
{
	set_mem32(t, win(A_DS, DATA), s->data, 4);
	set_mem32(t, win(A_DS, DATA + 4), s->fcw, 2);
	sys_mem(t, "d9", 5, mode_off(t, A_DS, DATA + 4)); /* FLDCW */
	sys_code(t, s->before);
	if (s->load)
		sys_mem(t, "d9", 0, mode_off(t, A_DS, DATA));
}

static void store(struct gen *g, const struct place *p, bool wide, enum how h,
		  const struct state *s)
{
	struct tcase *t =
		new_case(g, hows[h].store, wide ? "o32" : "o16", p, s->name, CITE "; 8.1.7");
	struct env e = {.fcw = s->fcw, .fsw = s->fsw, .ftw = s->ftw};
	u32 lin = win(A_DS, OUT);

	prepare(t, s);
	image_op(t, hows[h].op, hows[h].reg_store, wide, OUT);
	expect_done(t);
	expect_words(t, lin, wide, &e);
	open_environment(t, lin, wide);
	if (h == SAVE && s->load && s->data == 0x3fc00000 && !(s->fsw & 1)) {
		expect_mem(t, lin + (wide ? 28 : 14), 4, 0, 0); /* ST(0) is 1.5 */
		expect_mem(t, lin + (wide ? 32 : 18), 4, 0, 0xc0000000);
		expect_mem(t, lin + (wide ? 36 : 22), 2, 0, 0x3fff);
	}
}

/* The instructions that are remembered, each with a memory operand: first bytes of
 * all eight, with and without an exception. */
static const struct noted {
	const char *name, *op;
	u8 reg;
	u16 fop;
	bool unmasked;
} noted[] = {
	{"fadd_m32", "d8", 0, 0x000, false},  {"fld_m32", "d9", 0, 0x100, false},
	{"fiadd_m32", "da", 0, 0x200, false}, {"fild_m32", "db", 0, 0x300, false},
	{"fmul_m64", "dc", 1, 0x408, false},  {"fst_m64", "dd", 2, 0x510, false},
	{"fimul_m16", "de", 1, 0x608, false}, {"fist_m16", "df", 2, 0x710, false},
	{"fdiv_m32", "d8", 6, 0x030, true},   {"fidiv_m16", "de", 6, 0x630, true},
};

static struct env remembered(struct tcase *t, const struct noted *n)
{
	struct env e = {.fop = n->fop, .fdp = mode_off(t, A_DS, DATA)};

	e.fop |= sys_wide(t) ? 5 : 6;
	e.fcs = t->sel[A_CS];
	e.fds = t->sel[A_DS];
	e.unmasked = n->unmasked;
	set_mem32(t, win(A_DS, DATA), 0, 4);
	set_mem32(t, win(A_DS, DATA + 4), 0, 4);
	if (n->unmasked) {
		set_mem32(t, win(A_DS, DATA + 8), 0x037b, 2);
		sys_mem(t, "d9", 5, mode_off(t, A_DS, DATA + 8));
	}
	sys_code(t, "d9 e8");
	e.fip = case_default_eip(t->mode) + t->code_len;
	sys_mem(t, n->op, n->reg, e.fdp);
	sys_code(t, "90");
	return e;
}

static void pointers(struct gen *g, const struct place *p, bool wide, enum how h,
		     const struct noted *n)
{
	struct tcase *t = new_case(g, hows[h].store, sys_text("%s_o%u", n->name, wide ? 32 : 16), p,
				   "pointers", "SDM 1 8.1.8, 8.1.9, figures 8-9 to 8-12");
	struct env e = remembered(t, n);

	image_op(t, hows[h].op, hows[h].reg_store, wide, OUT);
	if (n->unmasked)
		sys_code(t, "db e3"); /* FNINIT: nothing pending behind the case */
	expect_done(t);
	expect_pointers(t, win(A_DS, OUT), wide, &e);
}

/* FXSAVE: 32-bit pointers with selectors in every mode. */
static void fxsave(struct gen *g, const struct place *p, const struct noted *n)
{
	struct tcase *t = new_case(g, "fxsave", n->name, p, "pointers", "SDM 1 10.5.1, table 10-2");
	u32 lin = win(A_DS, OUT_FX);
	struct env e;

	t->need |= N_FXSR;
	sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	e = remembered(t, n);
	sys_mem(t, "0f ae", 0, mode_off(t, A_DS, OUT_FX));
	if (n->unmasked)
		sys_code(t, "db e3");
	expect_done(t);
	expect_mem(t, lin, 2, FCW, n->unmasked ? 0x037b : 0x037f);
	expect_mem(t, lin + 4, 1, 0,
		   n->op[1] == '9' || n->op[1] == 'b' ? 0xc0 : 0x80); /* tags: FLD */
	expect_mem(t, lin + 6, 2, 0x7ff, e.fop);
	if (!n->unmasked)
		expect_or(t, "fxsave_last", 0);
	expect_mem(t, lin + 8, 4, 0, e.fip);
	if (!n->unmasked)
		expect_or(t, "fxsave_last", 0);
	expect_mem(t, lin + 12, 2, 0, e.fcs);
	expect_or(t, "fxsave_last", 0);
	expect_mem(t, lin + 16, 4, 0, e.fdp);
	if (!n->unmasked)
		expect_or(t, "fxsave_last", 0);
	expect_mem(t, lin + 20, 2, 0, e.fds);
	expect_or(t, "fxsave_last", 0);
	t->ign_lin = lin + 5;
	t->ign_len = 507;
}

/* The host's image of an environment; 8 registers of 1.5 behind it for FRSTOR. */
static void put_env(struct tcase *t, bool wide, const struct env *e, enum how h)
{
	u8 b[108] = {0};
	unsigned at[7], n = wide ? 28 : 14, i;
	u32 v[7] = {e->fcw, e->fsw, e->ftw, e->fip, e->fcs, e->fdp, e->fds};

	for (i = 0; i < 7; i++)
		at[i] = i * (wide ? 4 : 2);
	if (!protected(t)) {
		v[3] = (e->fip + ((u32)e->fcs << 4)) & 0xffff;
		v[4] = (e->fip + ((u32)e->fcs << 4)) >> 16 << 12 | e->fop;
		v[5] = (e->fdp + ((u32)e->fds << 4)) & 0xffff;
		v[6] = (e->fdp + ((u32)e->fds << 4)) >> 16 << 12;
	} else if (wide) {
		v[4] |= (u32)e->fop << 16;
	}
	for (i = 0; i < 7; i++) {
		unsigned k, size = wide ? 4 : 2;

		for (k = 0; k < size; k++)
			b[at[i] + k] = (u8)(v[i] >> 8 * k);
	}
	if (h == SAVE) {
		for (i = 0; i < 8; i++) {
			b[n + 7] = 0xc0;
			b[n + 8] = 0xff;
			b[n + 9] = 0x3f;
			n += 10;
		}
	}
	for (i = 0; i < n; i += TC_MEM_LEN)
		set_mem(t, win(A_DS, IN + i), b + i, n - i < TC_MEM_LEN ? n - i : TC_MEM_LEN);
}

/* Loaded and stored again with the same or the other size. Tags only say whether a
 * register is empty; all eight hold 1.0 or 1.5. */
static const struct loaded {
	const char *name;
	u16 fcw, fsw, ftw, ftw_then;
} loads[] = {
	{"plain", 0x037f, 0x0000, 0xffff, 0xffff},    {"top", 0x037f, 0x2800, 0x0000, 0x0000},
	{"flags", 0x0f7f, 0x387f, 0x5555, 0x0000},    {"cc", 0x027f, 0x4700, 0xaaaa, 0x0000},
	{"mixed", 0x0c7f, 0x1800, 0x3fc0, 0x3fc0},    {"half", 0x037f, 0x0000, 0xff00, 0xff00},
	{"es_alone", 0x037f, 0x8080, 0xffff, 0xffff},
};

static void load(struct gen *g, const struct place *p, bool wide, bool wide_out, enum how h,
		 const struct loaded *l)
{
	struct tcase *t =
		new_case(g, hows[h].load, sys_text("o%u_o%u", wide ? 32 : 16, wide_out ? 32 : 16),
			 p, l->name, CITE "; 8.1.7; SDM 2A FLDENV, FRSTOR");
	struct env e = {.fcw = l->fcw,
			.fsw = l->fsw,
			.ftw = l->ftw,
			.fop = 0x123,
			.fcs = t->sel[A_CS],
			.fip = 0x1357,
			.fds = t->sel[A_DS],
			.fdp = 0x2468};
	u32 lin = win(A_DS, OUT);
	unsigned i;

	put_env(t, wide, &e, h);
	for (i = 0; i < 8; i++)
		sys_code(t, "d9 e8");
	image_op(t, hows[h].op, hows[h].reg_load, wide, IN);
	image_op(t, "d9", 6, wide_out, OUT);
	e.ftw = l->ftw_then;
	e.fsw &= 0x7f7f; /* ES and B follow from flags and masks */
	expect_done(t);
	expect_mem(t, lin, 2, FCW, e.fcw);
	expect_mem(t, lin + (wide_out ? 4 : 2), 2, 0, e.fsw);
	expect_mem(t, lin + (wide_out ? 8 : 4), 2, 0, e.ftw);
	if (wide == wide_out)
		expect_pointers(t, lin, wide, &e);
	else
		open_environment(t, lin, wide_out);
}

/* What FNSAVE and FNSTENV leave behind. */
static void after(struct gen *g, const struct place *p, bool wide, enum how h)
{
	struct tcase *t = new_case(g, hows[h].store, wide ? "o32" : "o16", p, "after",
				   "SDM 2A FSAVE, FSTENV, FINIT");
	u32 lin = win(A_DS, DATA + 0x10);

	set_mem32(t, win(A_DS, DATA), 0x0c64, 2);
	sys_mem(t, "d9", 5, mode_off(t, A_DS, DATA));
	sys_code(t, "d9 e8");
	image_op(t, hows[h].op, hows[h].reg_store, wide, OUT);
	sys_mem(t, "d9", 7, mode_off(t, A_DS, DATA + 0x10)); /* FNSTCW */
	sys_mem(t, "dd", 7, mode_off(t, A_DS, DATA + 0x12)); /* FNSTSW */
	sys_code(t, "O");
	sys_mem(t, "d9", 6, mode_off(t, A_DS, DATA + 0x14));
	expect_done(t);
	expect_mem(t, lin, 2, FCW, h == SAVE ? 0x037f : 0x0c7f);
	expect_mem(t, lin + 2, 2, FLAGS, h == SAVE ? 0 : 0x3800);
	expect_mem(t, lin + 12, 2, 0, h == SAVE ? 0xffff : 0x3fff);
	t->ign_lin = win(A_DS, DATA + 0x14);
	t->ign_len = win(A_DS, OUT + 28) - t->ign_lin;
	if (h == SAVE) { /* FINIT clears the pointers */
		expect_mem(t, lin + 16, 2, 0, 0);
		expect_mem(t, lin + 20, 4, protected(t) ? 0 : 0x0ffff7ff, 0);
		expect_mem(t, lin + 24, 2, 0, 0);
	}
}

/* An exception that a load leaves flagged and unmasked. */
enum by { BY_FLDENV, BY_FRSTOR, BY_FLDCW, BY_FXRSTOR, BYS };
static const char *const bys[BYS] = {"fldenv", "frstor", "fldcw", "fxrstor"};
static const struct next {
	const char *name, *code;
	bool waits;
} nexts[] = {
	{"fld1", "d9 e8", true},       {"wait", "9b", true},       {"fnop", "d9 d0", true},
	{"finit", "9b db e3", true},   {"fnstsw", "df e0", false}, {"fnclex", "db e2 9b", false},
	{"fninit", "db e3 9b", false}, {"fwait2", "90 9b", true},
};

static void unmask(struct gen *g, const struct place *p, bool wide, enum by by,
		   const struct next *n)
{
	struct tcase *t = new_case(
		g, bys[by], by > BY_FRSTOR ? n->name : sys_text("%s_o%u", n->name, wide ? 32 : 16),
		p, "unmasks", "SDM 1 8.7; SDM 2A FLDENV, FRSTOR, FLDCW");
	struct env e = {.fcw = 0x037b, .fsw = 0x3804, .ftw = 0xffff};
	u32 img = mode_off(t, A_DS, OUT_FX);
	unsigned nop = n->code[0] == '9' && n->code[1] == '0';

	set_gpr(t, A_EAX, 0);
	if (by <= BY_FRSTOR) {
		put_env(t, wide, &e, by == BY_FRSTOR ? SAVE : ENV);
		image_op(t, hows[by].op, hows[by].reg_load, wide, IN);
	} else {
		set_mem32(t, win(A_DS, DATA), 0x037b, 2);
		sys_code(t, "d9 e8 d9 ee de f9");
		if (by == BY_FXRSTOR) {
			t->need |= N_FXSR;
			sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
			sys_mem(t, "0f ae", 0, img);
			sys_mem(t, "80", 4, img); /* AND byte: ZM of its control word */
			sys_code(t, "fb db e3");
			sys_mem(t, "0f ae", 1, img);
			t->ign_lin = win(A_DS, OUT_FX);
			t->ign_len = 512;
		} else {
			sys_mem(t, "d9", 5, mode_off(t, A_DS, DATA));
		}
	}
	if (n->waits) {
		expect_fault(t, MF, 0);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + t->code_len + nop);
	} else if (n->code[0] == 'd' && n->code[1] == 'f') {
		expect(t, X_GPR, A_EAX, FLAGS, 0xb884);
	}
	sys_code(t, n->code);
	if (!n->waits)
		expect_done(t);
}

void gen_sys_x87env(struct gen *g)
{
	unsigned p, wide, h, i, by;

	for (p = 0; p < PLACES; p++) {
		for (wide = 0; wide < 2; wide++)
			for (h = 0; h < HOWS; h++) {
				for (i = 0; i < sizeof states / sizeof *states; i++)
					store(g, &places[p], wide, (enum how)h, &states[i]);
				for (i = 0; i < sizeof noted / sizeof *noted; i++)
					pointers(g, &places[p], wide, (enum how)h, &noted[i]);
				for (i = 0; i < sizeof loads / sizeof *loads; i++) {
					load(g, &places[p], wide, wide, (enum how)h, &loads[i]);
					load(g, &places[p], wide, !wide, (enum how)h, &loads[i]);
				}
				after(g, &places[p], wide, (enum how)h);
			}
		for (i = 0; i < sizeof noted / sizeof *noted; i++)
			fxsave(g, &places[p], &noted[i]);
		for (by = 0; by < BYS; by++)
			for (i = 0; i < sizeof nexts / sizeof *nexts; i++)
				for (wide = 0; wide < (by > BY_FRSTOR ? 1 : 2); wide++)
					unmask(g, &places[p], wide, (enum by)by, &nexts[i]);
	}
}

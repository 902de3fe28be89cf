/* SPDX-License-Identifier: MIT
 * Group crossing, far calls and ENTER: each of their pushes, copied parameters and reads
 * meets the end of the good page; registers are as before. Rules: SDM vol. 3A sections 4.7,
 * 5.8.5, 6.5; vol. 2A CALL, and ENTER, which also tries a write at the final stack pointer.
 */
#include "conformance/result.h"
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define END    (PG_LIN + 0x1000u) /* between the pages; frames 60000 and 61000 */
#define TARGET (CASE_OFF + 0x90u)

static const struct bad {
	const char *name;
	u32 flags;
} bads[] = {{"np", 0}, {"ro", P | U | AD}, {"super", P | W | AD}};

/* upper: of the two pages the second one is bad. */
static void pages(struct tcase *t, u32 bad, bool upper)
{
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, upper ? 0 : 1, (upper ? 0x60000 : 0x61000) | P | W | U | AD, 0);
	if (bad)
		sys_op(t, OP_PTE, upper ? 1 : 0, (upper ? 0x61000 : 0x60000) | bad, 0);
	sys_op(t, OP_CR0, 0, CR0_WP, 0);
}

static void expect_page_fault(struct tcase *t, u32 bad, bool write, bool user, bool upper)
{
	expect_fault(t, PF, (bad & P) | (write ? 2 : 0) | (user ? 4 : 0));
	expect_mem(t, OBS_CR2, 4, 0xfffff000, END - (upper ? 0 : 0x1000));
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
	expect(t, X_SEL, A_CS, 0, t->sel[A_CS]);
	expect(t, X_SEL, A_SS, 0, t->sel[A_SS]);
	expect(t, X_GPR, A_ESP, 0, t->gpr[A_ESP]);
	expect(t, X_GPR, A_EBP, 0, t->gpr[A_EBP]);
	/* Which of the accesses comes first, and what those before it have pushed. */
	t->ign_lin = OBS_CR2;
	t->ign_len = 2;
	t->ign_fields |= DIFF_MEM;
}

/* --- far CALL --- */

enum form {
	F_IMM32,
	F_IMM16,
	F_IND32,
	F_IND16,
	F_SAME,
	F_GATE32,
	F_GATE32_2,
	F_GATE16,
	F_GATE16_2,
	FORMS
};
static const struct {
	const char *name;
	u8 size;  /* bytes pushed */
	u8 width; /* of one of them */
	u8 count; /* parameters */
	bool inner;
} forms[FORMS] = {
	{"imm32", 8, 4, 0, false},     {"imm16", 4, 2, 0, false},     {"ind32", 8, 4, 0, false},
	{"ind16", 4, 2, 0, false},     {"gate_same", 8, 4, 0, false}, {"gate32", 16, 4, 0, true},
	{"gate32_n2", 24, 4, 2, true}, {"gate16", 8, 2, 0, true},     {"gate16_n2", 12, 2, 2, true},
};

static void far_call(struct gen *g, enum form f, const struct bad *b, bool upper, unsigned back)
{
	bool inner = forms[f].inner, wide = forms[f].width == 4, user = !inner;
	struct tcase *t =
		sys_case(g, "crossing", "call_far",
			 sys_text("%s_%s_%s", forms[f].name, upper ? "first" : "last", b->name),
			 CM_FLAT32, 3, sys_text("back%u", back), "SDM 3A 4.7, 6.5; 2A CALL");
	unsigned size = forms[f].size;
	u32 at = END - back, target = wide ? CASE_CS_BASE + TARGET : TARGET;
	bool touched = upper ? back < size : back > 0;
	bool fault = touched && (!(b->flags & W) || (user && !(b->flags & U)));
	u16 sel;

	pages(t, b->flags, upper);
	/* Targets: slot 1, code of 32 or 16 bits; slot 2, the inner stack. */
	sys_desc(t, OP_GDT, 1, wide ? 0 : CASE_CS_BASE, wide ? 0xfffff : 0xffff,
		 inner ? 0xbb : 0xfb, wide ? 0xc : 4);
	sel = SEL_SLOT(1, 3);
	if (inner) {
		sys_desc(t, OP_GDT, 2, 0, 0xfffff, 0xb3, 0xc);
		sys_op(t, OP_TSS, 3, at + size, 0);
		sys_op(t, OP_TSS, 4, SEL_SLOT(2, 1), 0);
	} else {
		set_gpr(t, A_ESP, at + size);
	}
	if (f >= F_SAME) {
		sys_gate(t, OP_GDT, 0, sel, target, wide ? 0xec : 0xe4, forms[f].count);
		sel = SEL_SLOT(0, 3);
	}
	if (f == F_IND32 || f == F_IND16) {
		set_mem32(t, win(A_DS, CASE_OFF), target, wide ? 4 : 2);
		set_mem32(t, win(A_DS, CASE_OFF) + (wide ? 4 : 2), sel, 2);
		sys_code(t, wide ? "ff 1d D" : "66 ff 1d D", win(A_DS, CASE_OFF));
	} else if (wide || f >= F_SAME) {
		sys_code(t, "9a D W", target, (u32)sel);
	} else {
		sys_code(t, "66 9a W W", target, (u32)sel);
	}
	if (fault) {
		expect_page_fault(t, b->flags, true, user, upper);
		return;
	}
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, target + 1);
	expect(t, X_SEL, A_CS, 0, inner ? SEL_SLOT(1, 1) : SEL_SLOT(1, 3));
	expect(t, X_GPR, A_ESP, 0, at);
	if (inner)
		expect(t, X_SEL, A_SS, 0, SEL_SLOT(2, 1));
}

/* --- ENTER --- */

/* What meets the bad page: a push, a read of an outer frame's pointer, the final write. */
enum meets { M_PUSH, M_READ, M_FINAL, MEETS };
static const char *const meets[MEETS] = {"push", "read", "final"};

/* k accesses of that kind are good. */
static void enter(struct gen *g, enum meets m, unsigned level, unsigned k, const struct bad *b,
		  bool narrow)
{
	struct tcase *t = sys_case(g, "crossing", narrow ? "enter16" : "enter32",
				   sys_text("%s_level%u_%s", meets[m], level, b->name), CM_FLAT32,
				   3, sys_text("good%u", k), "SDM 2A ENTER; 3A 4.7, 6.5");
	unsigned width = narrow ? 2 : 4, pushes = level ? level + 1 : 1;
	unsigned reads = level ? level - 1 : 0, total = m == M_READ ? reads : pushes;
	u32 bytes = m == M_FINAL ? 0x100 : 0;
	bool met = m == M_FINAL || k < total, write = m != M_READ;
	bool fault = met && (!(b->flags & U) || (write && !(b->flags & W)));
	unsigned i;

	pages(t, b->flags, false);
	for (i = 0; i < 31 && m != M_READ; i += 8) { /* outer frame pointers, below EBP */
		u8 frames[32];
		unsigned n;

		for (n = 0; n < 32; n++)
			frames[n] = (u8)(0x40 + i * 4 + n);
		set_mem(t, win(A_DS, CASE_OFF) + 4 * i, frames, 32);
	}
	if (m == M_READ) {
		set_gpr(t, A_EBP, END + k * width);
	} else {
		set_gpr(t, A_EBP, win(A_DS, CASE_OFF) + 0x80);
		set_gpr(t, A_ESP, END + k * width);
	}
	sys_code(t, narrow ? "66 c8 W" : "c8 W", bytes);
	t->code[t->code_len++] = (u8)level;
	if (fault) {
		expect_page_fault(t, b->flags, write, true, false);
		return;
	}
	expect_done(t);
	expect(t, X_GPR, A_ESP, 0, t->gpr[A_ESP] - pushes * width - bytes);
	expect(t, X_GPR, A_EBP, narrow ? 0xffff : 0, t->gpr[A_ESP] - width);
	t->ign_fields |= m == M_READ ? 0 : DIFF_MEM;
}

void gen_sys_crossfar(struct gen *g)
{
	static const u8 levels[] = {0, 1, 2, 3, 8, 31};
	unsigned f, b, back, l, k, m, w;

	for (f = 0; f < FORMS; f++)
		for (b = 0; b < 3; b++)
			for (back = 0; back <= forms[f].size; back += forms[f].width / 2u) {
				far_call(g, (enum form)f, &bads[b], false, back);
				far_call(g, (enum form)f, &bads[b], true, back);
			}
	for (m = 0; m < MEETS; m++)
		for (b = 0; b < 3; b++)
			for (l = 0; l < sizeof levels; l++)
				for (w = 0; w < 2; w++) {
					unsigned level = levels[l];

					if (m == M_FINAL) {
						enter(g, M_FINAL, level, level ? level + 1 : 1,
						      &bads[b], w);
						continue;
					}
					if (m == M_READ && level < 2)
						continue;
					for (k = 0; k <= level;
					     k += 1 + (k > 3 && k + 4 < level) * 3)
						enter(g, (enum meets)m, level, k, &bads[b], w);
				}
}

/* SPDX-License-Identifier: MIT
 * Group sensitive, descriptors and selectors: LAR LSL VERR VERW read the tables that
 * the processor uses, PUSH and MOV from a segment register show the selector with its
 * RPL, POP and MOV to one are checked against CPL.  Rules: SDM vol. 2A LAR and LSL,
 * vol. 2B MOV, POP, PUSH and VERR, vol. 3A sections 5.5 to 5.7 and 20.1.
 */
#include "conformance/sys/sensitive.h"

/* Descriptor of slot 0; access without DPL.  dpl 4: that of the case's ring. */
static const struct what {
	const char *cls;
	u8 access, dpl;
} whats[] = {
	{"data0", 0x93, 0}, {"own", 0x93, 4},  {"code0", 0x9b, 0}, {"conf0", 0x9f, 0},
	{"xo3", 0x99, 3},   {"tss3", 0x8b, 3}, {"ldt0", 0x82, 0},  {"gate3", 0x8c, 3},
};
#define BASE  0x60000u
#define LIMIT 0x0abcdu
#define FLAGS 0x5u

static u8 access_of(const struct what *w, unsigned cpl)
{
	return (u8)(w->access | (w->dpl == 4 ? cpl : w->dpl) << 5);
}

enum { LAR, LSL, VERR, VERW, QUERIES };
static const struct {
	const char *name, *cite, *code;
} queries[QUERIES] = {
	{"lar", "SDM 2A LAR", "0f 02 c8"}, /* ECX, EAX */
	{"lsl", "SDM 2A LSL", "0f 03 c8"},
	{"verr", "SDM 2B VERR", "0f 00 e0"},
	{"verw", "SDM 2B VERR", "0f 00 e8"},
};

static bool sees(unsigned query, u8 access, unsigned cpl)
{
	unsigned dpl = access >> 5 & 3, type = access & 0x1f;
	bool code = (type & 0x18) == 0x18;

	if (!(type & 16)) { /* of these: LAR shows TSS, LDT, gates; LSL TSS and LDT */
		if (query >= VERR || (query == LSL && type == 12))
			return false;
	} else if (query == VERR && code && !(type & 2)) {
		return false;
	} else if (query == VERW && (code || !(type & 2))) {
		return false;
	}
	return (code && type & 4) || cpl <= dpl;
}

static void query(struct gen *g, const struct place *p, unsigned n, const struct what *w)
{
	struct tcase *t = sens_case(g, p, queries[n].name, n < VERR ? "r32_r32" : "r16", w->cls,
				    queries[n].cite);
	u8 access = access_of(w, p->cpl);
	bool ok = sees(n, access, p->cpl);

	sys_desc(t, OP_GDT, 0, BASE, LIMIT, access, FLAGS);
	set_gpr(t, A_EAX, 0xf00d0000u | SEL_SLOT(0, p->cpl));
	sys_code(t, n < VERR ? "O" : "");
	sys_code(t, queries[n].code);
	if (!sens_selectors(t)) {
		expect_fault(t, UD, 0);
		return;
	}
	expect_done(t);
	expect(t, X_EFLAGS, 0, F_ZF, ok ? F_ZF : 0);
	if (n == LAR && ok) {
		t->ign_reg = A_ECX; /* bits 16-19 are undefined */
		t->ign_mask = 0xf0000;
		expect(t, X_GPR, A_ECX, 0xfff0ffff,
		       desc_high(BASE, LIMIT, access, FLAGS) & 0x00f0ff00);
	} else if (n == LSL && ok) {
		expect(t, X_GPR, A_ECX, 0, LIMIT);
	} else {
		expect(t, X_GPR, A_ECX, 0, t->gpr[A_ECX]);
	}
}

/* --- loads --- */

enum { L_OWN, L_RING0, L_NULL, L_ABSENT, L_CODE, LOADS };
static const char *const load_names[LOADS] = {"own", "ring0", "null", "absent", "xo"};
static const char *const sreg_names[A_SREGS] = {"es", "cs", "ss", "ds", "fs", "gs"};

static void load_rule(struct tcase *t, unsigned sreg, unsigned kind, u16 sel)
{
	bool stack = sreg == A_SS;

	if (kind == L_NULL && stack)
		expect_fault(t, GP, 0);
	else if (kind == L_CODE || (kind == L_RING0 && t->cpl))
		expect_fault(t, GP, sel & 0xfffcu);
	else if (kind == L_ABSENT)
		expect_fault(t, stack ? SS : NP, sel & 0xfffcu);
	else {
		expect_done(t);
		expect(t, X_SEL, sreg, 0, sel);
	}
}

static void load(struct gen *g, const struct place *p, bool pop, unsigned sreg, unsigned kind)
{
	static const u8 pop_code[A_SREGS] = {0x07, 0, 0x17, 0x1f, 0xa1, 0xa9};
	static const u8 access[LOADS] = {0x93, 0x93, 0, 0x13, 0x99};
	bool paragraphs = p->mode == CM_V86 || p->mode == CM_REAL16;
	struct tcase *t = sens_case(
		g, p, pop ? "pop" : "mov", sys_text("%s%s", sreg_names[sreg], pop ? "" : "_r16"),
		paragraphs ? "" : load_names[kind], pop ? "SDM 2B POP" : "SDM 2B MOV");
	unsigned dpl = kind == L_RING0 ? 0 : p->cpl;
	u16 sel = paragraphs       ? (u16)((case_seg_base(sreg) >> 4) + 1)
		  : kind == L_NULL ? 0
				   : SEL_SLOT(0, p->cpl);

	if (!paragraphs && kind != L_NULL)
		sys_desc(t, OP_GDT, 0, case_seg_base(sreg), 0xffff, (u8)(access[kind] | dpl << 5),
			 sreg == A_SS && sens_wide(t) ? 4 : 0);
	set_gpr(t, A_EAX, sel | 0xbeef0000u);
	if (pop) {
		set_mem32(t, win(A_SS, CASE_OFF), sel, 4);
		sys_code(t, sys_text("%s %02x", sreg >= A_FS ? "0f" : "", pop_code[sreg]));
	} else {
		sys_code(t, sys_text("8e %02x", 0xc0u | sreg << 3));
	}
	if (sreg == A_SS)
		sys_code(t, "90"); /* the trap comes behind the next instruction */
	if (paragraphs) {
		expect_done(t);
		expect(t, X_SEL, sreg, 0, sel);
	} else {
		load_rule(t, sreg, kind, sel);
	}
}

/* --- stores --- */

enum { S_PUSH_W, S_PUSH_D, S_MOV_R16, S_MOV_R32, S_MOV_M16, STORES };
static const char *const store_forms[STORES] = {"w", "d", "r16", "r32", "m16"};

static void store(struct gen *g, const struct place *p, unsigned kind, unsigned sreg)
{
	static const u8 push_code[A_SREGS] = {0x06, 0x0e, 0x16, 0x1e, 0xa0, 0xa8};
	bool push = kind <= S_PUSH_D;
	struct tcase *t = sens_case(g, p, push ? "push" : "mov",
				    push ? sys_text("%s_%s", sreg_names[sreg], store_forms[kind])
					 : sys_text("%s_%s", store_forms[kind], sreg_names[sreg]),
				    "", push ? "SDM 2B PUSH" : "SDM 2B MOV");
	u32 sel = t->sel[sreg], was = t->gpr[A_ECX] & 0xffff0000, at = 0;
	bool wide = kind == S_PUSH_D || kind == S_MOV_R32;

	if (push)
		sys_code(t, sys_text("%s %s %02x", wide ? "O" : "o", sreg >= A_FS ? "0f" : "",
				     push_code[sreg]));
	else if (kind == S_MOV_M16)
		at = sens_memory(t, "8c", sreg);
	else
		sys_code(t, sys_text("%s 8c %02x", wide ? "O" : "o", 0xc1u | sreg << 3));
	expect_done(t);
	switch (kind) {
	case S_PUSH_W:
		sens_stored(t, win(A_SS, CASE_OFF) - 2, 2, sel);
		break;
	case S_PUSH_D: /* the upper half of the slot: left, or zero */
		at = win(A_SS, CASE_OFF) - 4;
		sens_stored(t, at, 2, sel);
		set_mem32(t, at + 2, 0x5aa5, 2);
		expect_same(t, at + 2, 2);
		expect_or(t, "push_sreg32", 0);
		break;
	case S_MOV_R16:
		expect(t, X_GPR, A_ECX, 0, was | sel);
		break;
	case S_MOV_R32:
		expect(t, X_GPR, A_ECX, 0, sel);
		expect_or(t, "mov_r32_sreg", was | sel);
		break;
	default:
		sens_stored(t, at, 2, sel);
		set_mem32(t, at + 2, 0x5aa5, 2);
		expect_same(t, at + 2, 2);
	}
}

void gen_sens_segments(struct gen *g)
{
	unsigned n, i, k;

	for (n = 0; n < SENS_PLACES; n++) {
		const struct place *p = &sens_places[n];
		bool paragraphs = p->mode == CM_V86 || p->mode == CM_REAL16;

		for (i = 0; i < QUERIES; i++)
			for (k = 0; k < (paragraphs ? 1 : sizeof whats / sizeof *whats); k++)
				if (p->cpl || whats[k].dpl != 4)
					query(g, p, i, &whats[k]);
		for (i = 0; i < A_SREGS; i++) {
			for (k = 0; k < (paragraphs ? 1u : LOADS) && i != A_CS; k++) {
				if (!p->cpl && k == L_RING0)
					continue; /* its own */
				load(g, p, false, i, k);
				load(g, p, true, i, k);
			}
			for (k = 0; k < STORES; k++)
				store(g, p, k, i);
		}
	}
}

/* SPDX-License-Identifier: MIT
 * Control transfers.  The whole code segment is INT3, so a jump stops at its
 * target wherever that is; targets behind the limit lie in an operand window
 * that holds INT3, too, for machines that forget the check.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/gen/rules.h"
#include "conformance/insn/flow.h"

#define BRANCH_AT_LIMIT 0xffd0u

/* Far targets by class. */
enum { T_SAME = 0x100, T_NULL, T_OUTSIDE, T_KERNEL };
static const struct {
	const char *cls;
	unsigned seg;
} far_class[] = {
	{"same", T_SAME},       {"other", SG_ALT16}, {"conf", SG_CONF},
	{"null", T_NULL},       {"data", SG_DS},     {"npdata", SG_NP},
	{"outside", T_OUTSIDE}, {"ring0", T_KERNEL}, {"over", T_SAME},
};

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool code16(const struct tcase *t)
{
	return t->mode == CM_REAL16 || t->mode == CM_PM16;
}

/* Offset of a target near the case, not the byte behind it. */
static u32 target(struct gen *g, const struct tcase *t)
{
	s32 d = (s32)rnd_below(g, 0x60) + 0x20;

	return case_default_eip(t->mode) + (u32)(rnd(g) & 1 ? d : -d);
}

/* 64 KiB behind the start of the code segment and a bit: beyond its limit. */
static u32 target_over(struct tcase *t)
{
	static const u8 stop[16] = {0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
				    0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

	set_mem(t, win(A_CS, 0x10000 + 0x1080), stop, sizeof stop);
	return 0x11080;
}

static bool condition(unsigned cc, u32 fl)
{
	bool c = fl & F_CF, z = fl & F_ZF, s = fl & F_SF, o = fl & F_OF, p = fl & F_PF;
	const bool base[8] = {o, c, z, c || z, s, p, s != o, z || s != o};

	return base[cc >> 1] != (cc & 1);
}

static void relative(const struct tcase *t, struct insn *i, u32 to, unsigned size)
{
	u32 len = i->nprefix + i->nop + size;

	ins_imm(i, to - (case_default_eip(t->mode) + len), size);
}

/* A short branch just below the limit of the code segment, reached by a jump, with
 * a target behind the limit; 16-bit ones wrap to the start of the segment. */
static void at_limit(struct tcase *t, const struct insn *i)
{
	static const u8 stop[8] = {0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};
	unsigned size = mode_opsize(t->mode), n = 0;
	struct insn jmp = {0};
	u8 code[24];

	memcpy(code + n, i->prefix, i->nprefix);
	n += i->nprefix;
	memcpy(code + n, i->op, i->nop);
	n += i->nop;
	code[n] = (u8)(0x10000 + 0x30 - (BRANCH_AT_LIMIT + n + 1));
	n++;
	set_mem(t, win(A_CS, BRANCH_AT_LIMIT), code, n);
	set_mem(t, win(A_CS, 0x10000 + 0x30), stop, sizeof stop);
	ins_opcode(&jmp, 0xe9);
	ins_imm(&jmp, BRANCH_AT_LIMIT - (CASE_OFF + 1 + size), size);
	ins_done(t, &jmp);
}

static void set_stack(struct tcase *t, u32 at, const u32 *v, unsigned n, unsigned size)
{
	unsigned k;

	for (k = 0; k < n; k++)
		set_mem32(t, win(A_SS, at + k * size), v[k], size);
}

static void make_near(struct gen *g, const struct flow_row *r, const struct cell *c, unsigned size,
		      const char *cls)
{
	struct tcase *t = gen_case(g, c, cls);
	struct memref m = {.sreg = A_SREGS, .off = 0x10a0 + rnd_below(g, 0x20)};
	bool over = is(cls, "over");
	u32 to = over ? target_over(t) : target(g, t);
	struct insn i = {0};
	unsigned reg;

	if (is(cls, "lockud"))
		ins_prefix(&i, 0xf0);
	ins_opsize(t, &i, size);
	switch (r->kind) {
	case K_JCC8:
	case K_JCC:
		do
			t->eflags = (t->eflags & ~(u32)F_ARITH) | (rnd(g) & F_ARITH);
		while (condition(r->arg, t->eflags) != !is(cls, "not"));
		ins_opcode(&i, r->opcode);
		if (is(cls, "limit")) {
			at_limit(t, &i);
			return;
		}
		relative(t, &i, to, r->kind == K_JCC8 ? 1 : size);
		break;
	case K_REL8:
	case K_REL:
		ins_opcode(&i, r->opcode);
		if (is(cls, "limit")) {
			at_limit(t, &i);
			return;
		}
		relative(t, &i, to, r->kind == K_REL8 ? 1 : size);
		break;
	case K_REG:
		do
			reg = rnd_below(g, 8);
		while (reg == A_ESP);
		ins_opcode(&i, r->opcode);
		ins_modrm_reg(&i, r->arg, reg);
		set_reg(t, size, reg, to);
		break;
	case K_MEM:
		ins_opcode(&i, r->opcode);
		ins_mem(g, t, &i, r->arg, &m);
		set_mem32(t, m.lin, to, size);
		break;
	default: /* K_RET */
		ins_opcode(&i, r->opcode);
		if (r->arg)
			ins_imm(&i, rnd_below(g, 0x40), 2);
		set_stack(t, CASE_OFF, &to, 1, size);
		break;
	}
	ins_done(t, &i);
}

/* LOOPcc and JCXZ: the count is CX or ECX by address size, the target is cut by
 * operand size, which is the mode's or not (`flip`). */
static void make_loop(struct gen *g, const struct flow_row *r, const struct cell *c, unsigned addr,
		      const char *cls, bool flip)
{
	struct tcase *t = gen_case(g, c, cls);
	u32 count = 2 + rnd_below(g, 100);
	struct insn i = {0};

	if (is(cls, "one"))
		count = 1;
	else if (is(cls, "zero") || (is(cls, "limit") && r->opcode == 0xe3))
		count = 0;
	else if (is(cls, "zf"))
		t->eflags ^= F_ZF;
	if (is(cls, "lockud"))
		ins_prefix(&i, 0xf0);
	if (flip)
		ins_prefix(&i, 0x66);
	ins_addrsize(t, &i, addr);
	ins_opcode(&i, r->opcode);
	set_reg(t, addr, A_ECX, count);
	if (is(cls, "limit")) {
		at_limit(t, &i);
	} else {
		relative(t, &i, target(g, t), 1);
		ins_done(t, &i);
	}
	if (is(cls, "more") || is(cls, "limit"))
		t->eflags = (t->eflags & ~(u32)F_ZF) | (r->opcode == 0xe1 ? F_ZF : 0);
}

static u16 far_selector(struct tcase *t, unsigned seg)
{
	switch (seg) {
	case T_SAME:
		return t->sel[A_CS];
	case T_NULL:
		return 0;
	case T_OUTSIDE:
		return t->cpl ? 0x0ff7 : 0x0ff8;
	case T_KERNEL: /* DPL 0 code in the GDT, asked for with RPL 3 at CPL 3 */
		return t->cpl ? 0x000b : 0x0008;
	case SG_ALT16:
		return CASE_SEL(t->cpl, code16(t) ? SG_ALT16 : SG_ALT32);
	}
	return CASE_SEL(t->cpl, seg);
}

/* What the manual says of it; LOCK is #UD, which silicon says, too. */
static void far_rules(const struct flow_row *r, struct tcase *t, unsigned seg, const char *cls,
		      u16 sel, u32 ip)
{
	static const u8 codes[] = {SG_CODE16, SG_CODE32, SG_FCODE};
	struct target to;

	if (is(cls, "lockud")) {
		expect_fault(t, UD, 0);
		return;
	}
	if (t->mode == CM_REAL16) {
		if (is(cls, "over")) {
			expect_fault(t, GP, 0);
			return;
		}
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, (ip & 0xffff) + 1);
		expect(t, X_SEL, A_CS, 0, sel);
		return;
	}
	if (seg == T_NULL || seg == T_OUTSIDE)
		to = (struct target){.kind = seg == T_NULL ? TO_NULL : TO_NOTHING};
	else if (seg == T_KERNEL)
		to = target_flat(0x9b);
	else if (seg == T_SAME)
		to = target_seg(t, codes[t->mode - 1]);
	else
		to = target_seg(t, seg == SG_ALT16 && !code16(t) ? SG_ALT32 : seg);
	rule_far(t, r->kind == K_RETF || r->kind == K_IRET, sel, &to, ip, is(cls, "over"));
}

static void make_far(struct gen *g, const struct flow_row *r, const struct cell *c, unsigned size,
		     const char *cls, unsigned seg)
{
	struct tcase *t = gen_case(g, c, cls);
	struct memref m = {.sreg = A_SREGS, .off = 0x10a0 + rnd_below(g, 0x20)};
	bool real = t->mode == CM_REAL16;
	u32 to = is(cls, "over") ? target_over(t) : target(g, t), v[3];
	u16 sel = real ? (is(cls, "other") ? 0x2001 : 0x2000) : far_selector(t, seg);
	struct insn i = {0};
	u8 fp[6];

	if (t->mode == CM_FLAT32 && seg != T_SAME)
		to = CASE_OFF + 0x20 + (to & 0x3f); /* the other segments have a base */
	if (is(cls, "lockud"))
		ins_prefix(&i, 0xf0);
	ins_opsize(t, &i, size);
	switch (r->kind) {
	case K_FARPTR:
		ins_opcode(&i, r->opcode);
		ins_imm(&i, to, size);
		ins_imm(&i, sel, 2);
		break;
	case K_FARMEM:
		ins_opcode(&i, r->opcode);
		ins_mem(g, t, &i, r->arg, &m);
		memcpy(fp, &to, 4);
		memcpy(fp + size, &sel, 2);
		set_mem(t, m.lin, fp, size + 2);
		break;
	default: /* K_RETF, K_IRET */
		ins_opcode(&i, r->opcode);
		if (r->arg)
			ins_imm(&i, rnd_below(g, 0x40), 2);
		v[0] = to;
		v[1] = sel | (rnd(g) & 0xffff0000);
		v[2] = 2 | (rnd(g) & (F_ARITH | F_DF | F_IF));
		set_stack(t, CASE_OFF, v, r->kind == K_IRET ? 3 : 2, size);
		break;
	}
	t->sees_ring = true;
	ins_done(t, &i);
	/* The upper half of a 32-bit push of CS: SDM vol. 2B PUSH, as for segments. */
	if (size == 4 && (is(r->mnemonic, "callf"))) {
		t->ign_lin = win(A_SS, CASE_OFF - 2);
		t->ign_len = 2;
	}
	/* The manual checks the target first, silicon (Zen 4) pushes first: what lies
	 * below the stack pointer after the fault is nobody's. */
	if (is(r->mnemonic, "callf") && is(cls, "over")) {
		t->ign_lin = win(A_SS, CASE_OFF - 8);
		t->ign_len = 8;
	}
	if (real)
		t->no_native = "selector values differ from real mode's";
	else if (seg == T_KERNEL)
		t->no_native = "the host's GDT is another one";
	else if (seg == SG_CONF)
		t->no_native = "the host kernel refuses conforming code segments";
	else if (r->kind == K_IRET && seg == T_SAME)
		t->no_native = NULL;
	far_rules(r, t, seg, cls, sel, size == 2 ? to & 0xffff : to);
}

static const char *near_not_here(const struct flow_row *r, unsigned size, const struct mode_cpl *mc,
				 const char *cls)
{
	bool jcc = r->kind == K_JCC8 || r->kind == K_JCC;

	if (mc->mode == CM_FLAT32 && size == 2)
		return "a 16-bit target does not reach the code of the flat mode";
	if (is(cls, "not") && !jcc)
		return "unconditional";
	if (is(cls, "over") && (r->kind == K_JCC8 || r->kind == K_REL8))
		return "a byte does not reach the limit from there, see limit";
	if (is(cls, "limit") && r->kind != K_JCC8 && r->kind != K_REL8)
		return "for short branches";
	if (is(cls, "over") && size == 2)
		return "a 16-bit target stays below the limit";
	if ((is(cls, "over") || is(cls, "limit")) && mc->mode == CM_FLAT32)
		return "CS is flat: no limit within reach";
	return NULL;
}

static void near_cells(struct gen *g, const struct flow_row *r, const struct mode_cpl *mc)
{
	static const char *const classes[] = {"taken", "not", "over", "limit", "lockud"};
	unsigned size, k;

	for (size = 2; size <= 4; size += 2) {
		char form[32];
		struct cell c = {"flow", r->mnemonic, form, r->cite, mc};

		snprintf(form, sizeof form, "%s_o%u", r->form, 8 * size);
		for (k = 0; k < 5; k++) {
			const char *why = near_not_here(r, size, mc, classes[k]);

			if (why)
				gen_empty(g, &c, classes[k], why);
			else
				make_near(g, r, &c, size, classes[k]);
		}
	}
}

static void loop_cells(struct gen *g, const struct flow_row *r, const struct mode_cpl *mc)
{
	static const char *const classes[] = {"more", "one", "zero", "zf", "lockud"};
	unsigned addr, k, size;

	for (addr = 2; addr <= 4; addr += 2) {
		char form[32];
		struct cell c = {"flow", r->mnemonic, form, r->cite, mc};

		snprintf(form, sizeof form, "%s_a%u", r->form, 8 * addr);
		for (k = 0; k < sizeof classes / sizeof *classes; k++)
			make_loop(g, r, &c, addr, classes[k], false);
		for (size = 2; size <= 4; size += 2) {
			snprintf(form, sizeof form, "%s_o%u_a%u", r->form, 8 * size, 8 * addr);
			if (mc->mode == CM_FLAT32)
				gen_empty(g, &c, "limit", "CS is flat: no limit within reach");
			else
				make_loop(g, r, &c, addr, "limit", size != mode_opsize(mc->mode));
		}
	}
}

static const char *far_not_here(unsigned size, const struct mode_cpl *mc, const char *cls,
				unsigned seg)
{
	bool real = mc->mode == CM_REAL16;

	if (real && !is(cls, "same") && !is(cls, "other") && !is(cls, "over"))
		return "real mode checks no selectors";
	if (mc->mode == CM_FLAT32 && (is(cls, "over") || (is(cls, "same") && size == 2)))
		return is(cls, "over") ? "CS is flat: no limit within reach"
				       : "a 16-bit target does not reach the code of the flat mode";
	if (is(cls, "over") && size == 2)
		return "a 16-bit target stays below the limit";
	if (seg == T_KERNEL && !mc->cpl)
		return "at CPL 0 the runtime's own code is a legal target";
	if (seg == SG_CONF && (mc->mode == CM_PM16))
		return "the conforming segment is a 32-bit one";
	return NULL;
}

static void far_cells(struct gen *g, const struct flow_row *r, const struct mode_cpl *mc)
{
	unsigned size, k;

	for (size = 2; size <= 4; size += 2) {
		char form[32];
		struct cell c = {"flow", r->mnemonic, form, r->cite, mc};

		snprintf(form, sizeof form, "%s_o%u", r->form, 8 * size);
		for (k = 0; k < sizeof far_class / sizeof *far_class; k++) {
			const char *why =
				far_not_here(size, mc, far_class[k].cls, far_class[k].seg);

			if (why)
				gen_empty(g, &c, far_class[k].cls, why);
			else
				make_far(g, r, &c, size, far_class[k].cls, far_class[k].seg);
		}
	}
}

void gen_flow(struct gen *g)
{
	unsigned n, m;

	for (n = 0; n < sizeof flow_rows / sizeof *flow_rows; n++)
		for (m = 0; m < MODE_CPL_COUNT; m++) {
			if (flow_rows[n].kind >= K_FARPTR)
				far_cells(g, &flow_rows[n], &mode_cpls[m]);
			else if (flow_rows[n].kind == K_LOOP)
				loop_cells(g, &flow_rows[n], &mode_cpls[m]);
			else
				near_cells(g, &flow_rows[n], &mode_cpls[m]);
		}
}

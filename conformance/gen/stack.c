/* SPDX-License-Identifier: MIT
 * Stack instructions in all forms, 16- and 32-bit operands on 16- and 32-bit
 * stacks (SDM vol. 1 chapter 6, vol. 2 PUSH POP PUSHA POPA PUSHF POPF ENTER
 * LEAVE).  Stack faults that leave a CPL 0 program without room for its trap
 * frame end in a double fault and are left out by name.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/gen/rules.h"
#include "conformance/oracle.h"

enum kind { K_PUSH, K_POP, K_PUSHA, K_POPA, K_PUSHF, K_POPF, K_ENTER, K_LEAVE };
enum operand { O_NONE, O_ZREG, O_REG, O_MEM, O_MEM_ESP, O_IMM, O_SIMM8, O_SREG };

struct row {
	const char *mnemonic, *form;
	enum kind kind;
	enum operand operand;
	u32 opcode;
	u8 arg; /* /digit, segment register, or ENTER level */
	const char *cite;
};

#define STACK(m, form, kind, operand, opcode, arg, cite)                                           \
	{#m, #form, K_##kind, O_##operand, opcode, arg, cite},
static const struct row rows[] = {
#include "conformance/insn/stack.def"
};
#undef STACK

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool stack16(const struct tcase *t)
{
	return t->mode == CM_REAL16 || t->mode == CM_PM16;
}

/* Four bytes that the case puts at lin. */
static u32 get_mem32(const struct tcase *t, u32 lin)
{
	u32 v = 0;
	unsigned i;

	for (i = 0; i < t->nmem; i++)
		if (t->mem[i].lin == lin)
			memcpy(&v, t->mem[i].b, 4);
	return v;
}

/* Put the stack pointer at an offset of the SS segment. */
static void set_sp(struct tcase *t, u32 off, bool whole)
{
	if (whole && stack16(t) && !t->cpl) {
		set_gpr(t, A_ESP, off); /* the address uses all of ESP */
		return;
	}
	if (stack16(t))
		set_reg(t, 2, A_ESP, off);
	else
		set_gpr(t, A_ESP, mode_off(t, A_SS, off));
}

static u32 bytes_moved(const struct row *r, unsigned size)
{
	switch (r->kind) {
	case K_PUSHA:
	case K_POPA:
		return 8 * size;
	case K_ENTER:
		return size * (1u + r->arg);
	default:
		return size;
	}
}

static bool pushes(const struct row *r)
{
	return r->kind == K_PUSH || r->kind == K_PUSHA || r->kind == K_PUSHF || r->kind == K_ENTER;
}

static const char *not_here(const struct row *r, const char *cls, const struct mode_cpl *mc)
{
	bool big = mc->mode == CM_PM32, flat = mc->mode == CM_FLAT32;

	if ((is(cls, "edge") || is(cls, "over")) && flat)
		return "the stack is flat: no limit within reach";
	if (pushes(r) && is(cls, "over") && !mc->cpl)
		return "no room for the trap frame: ends in a shutdown";
	if (pushes(r) && is(cls, "edge") && !mc->cpl && big)
		return "no room for the trap frame: ends in a shutdown";
	if (r->kind == K_POP && r->arg == A_ESP && r->operand == O_ZREG && is(cls, "edge") &&
	    !mc->cpl && big)
		return "ESP ends behind the limit, without room for the trap frame";
	if (is(cls, "sys") && r->kind != K_POPF && r->kind != K_PUSHF)
		return "moves no system flags";
	if (is(cls, "iopl3") && (r->kind != K_POPF || mc->mode == CM_REAL16))
		return "IOPL plays no part";
	return NULL;
}

/* A flag image for POPF: everything but TF and VM. */
static u32 flag_image(struct gen *g, bool sys)
{
	u32 all = F_ARITH | F_DF | (sys ? F_IF | F_IOPL | F_NT | F_AC | F_ID | F_RF : 0);

	return (rnd(g) & all) | 2;
}

static u16 valid_sel(const struct tcase *t, struct gen *g)
{
	static const u8 segs[4] = {SG_DS, SG_ES, SG_FS, SG_GS};

	if (t->mode == CM_REAL16)
		return (u16)(case_seg_base(2 + rnd_below(g, 4)) >> 4);
	return CASE_SEL(t->cpl, segs[rnd_below(g, 4)]);
}

/* What lies at the stack top before a POP. */
static u32 popped_value(const struct row *r, struct gen *g, struct tcase *t, const char *cls)
{
	if (r->kind == K_POPF)
		return flag_image(g, is(cls, "sys") || is(cls, "iopl3"));
	if (r->operand == O_SREG && r->arg == A_SS)
		return t->sel[A_SS] | (rnd(g) & 0xffff0000);
	if (r->operand == O_SREG)
		return valid_sel(t, g) | (rnd(g) & 0xffff0000);
	if (r->operand == O_ZREG && r->arg == A_ESP) /* POP ESP: stay on the stack */
		return stack16(t) ? 0x00071080 : mode_off(t, A_SS, 0x1080);
	return rnd(g);
}

static void operand(const struct row *r, struct gen *g, struct tcase *t, struct insn *i,
		    unsigned size)
{
	struct memref m = {.sreg = A_SREGS, .off = 0x1060 + rnd_below(g, 0x40)};
	unsigned reg;

	switch (r->operand) {
	case O_ZREG:
		ins_opcode(i, r->opcode + r->arg);
		if (r->arg != A_ESP)
			set_gpr(t, r->arg, rnd(g));
		break;
	case O_REG:
		do
			reg = rnd_below(g, 8);
		while (reg == A_ESP);
		ins_opcode(i, r->opcode);
		ins_modrm_reg(i, r->arg, reg);
		set_gpr(t, reg, rnd(g));
		break;
	case O_MEM:
		ins_opcode(i, r->opcode);
		m.writes = r->kind == K_POP;
		ins_mem(g, t, i, r->arg, &m);
		set_mem32(t, m.lin, rnd(g), size);
		break;
	case O_MEM_ESP: /* [ESP+8]: POP computes the address after the pop */
		ins_addrsize(t, i, 4);
		ins_opcode(i, r->opcode);
		i->modrm[i->nmodrm++] = 0x44 | r->arg << 3;
		i->modrm[i->nmodrm++] = 0x24;
		i->modrm[i->nmodrm++] = 8;
		break;
	case O_IMM:
		ins_opcode(i, r->opcode);
		ins_imm(i, rnd(g), size);
		break;
	case O_SIMM8:
		ins_opcode(i, r->opcode);
		ins_imm(i, rnd(g), 1);
		break;
	case O_SREG:
	case O_NONE:
		ins_opcode(i, r->opcode);
		break;
	}
}

static void no_native(const struct row *r, struct tcase *t, const char *cls)
{
	bool real = t->mode == CM_REAL16;

	if (real && r->operand == O_SREG)
		t->no_native = "selector values differ from real mode's";
	else if (real && r->kind == K_PUSHF)
		t->no_native = "the flag image shows IF, which a process has set";
	else if (real && r->kind == K_POPF && is(cls, "sys"))
		t->no_native = "system flags are out of a process's reach";
	else if (!real && r->kind == K_PUSHF && is(cls, "sys"))
		t->no_native = "system flags are out of a process's reach";
	else if (is(cls, "iopl3"))
		t->no_native = "a process has IOPL 0";
}

/* What the host CPU cannot say: segment registers and flags in ring 0 and real mode. */
static void rules(const struct row *r, struct tcase *t, unsigned size, u32 sp, const char *cls)
{
	u32 value = t->nmem ? get_mem32(t, win(A_SS, sp)) : 0, may;

	if (is(cls, "lockud")) {
		expect_fault(t, UD, 0);
		return;
	}
	if (is(cls, "over"))
		return;
	if (r->kind == K_PUSH && r->operand == O_SREG && size == 2) {
		u32 at = win(A_SS, sp - 2);

		set_mem32(t, at, ~(u32)t->sel[r->arg], 2);
		expect_done(t);
		expect_mem(t, at, 2, 0, t->sel[r->arg]);
	} else if (r->kind == K_POP && r->operand == O_SREG) {
		expect_done(t);
		expect(t, X_SEL, r->arg, 0, value & 0xffff);
	} else if (r->kind == K_PUSHF) {
		u32 at = win(A_SS, sp - size);

		set_mem32(t, at, ~t->eflags, size);
		expect_done(t);
		expect_mem(t, at, size, 0, t->eflags & (size == 4 ? 0xfcffff : 0xffff));
	} else if (r->kind == K_POPF) {
		may = F_ARITH | F_DF | F_NT | (size == 4 ? F_AC | F_ID : 0);
		if (t->cpl <= (t->eflags & F_IOPL) >> 12)
			may |= F_IF;
		if (!t->cpl)
			may |= F_IOPL;
		expect_done(t);
		expect(t, X_EFLAGS, 0,
		       F_ARITH | F_DF | F_NT | F_IF | F_IOPL |
			       (t->mode == CM_REAL16 ? 0 : F_AC | F_ID),
		       (value & may) | (t->eflags & ~may));
	}
}

static void make(struct gen *g, const struct row *r, const struct cell *c, unsigned size,
		 const char *cls)
{
	struct tcase *t = gen_case(g, c, cls);
	struct insn i = {0};
	u32 moved = bytes_moved(r, size), sp = CASE_OFF, k;

	if (is(cls, "lockud"))
		ins_prefix(&i, 0xf0);
	if (is(cls, "edge"))
		sp = pushes(r) ? moved : 0x10000 - moved;
	else if (is(cls, "over"))
		/* POP of a segment register may read two bytes only. */
		sp = pushes(r) ? moved - 1 : r->operand == O_SREG ? 0xffff : 0x10000 - moved + 1;
	ins_opsize(t, &i, size);
	operand(r, g, t, &i, size);
	if (r->kind == K_ENTER) {
		/* Whole dwords at the edge: the next trap frame must not wrap in one. */
		ins_imm(&i,
			is(cls, "over") ? 0 : rnd_below(g, 0x20) & (is(cls, "edge") ? ~3u : ~0u),
			2);
		ins_imm(&i, r->arg, 1);
		if (stack16(t))
			set_gpr(t, A_EBP, (rnd(g) & 0xffff0000) | 0x1100);
		else
			set_gpr(t, A_EBP, mode_off(t, A_SS, 0x1100));
	}
	ins_done(t, &i);
	if (r->kind == K_LEAVE) {
		u32 bp = is(cls, "rand") || is(cls, "lockud") ? 0x1080 : sp;

		if (stack16(t))
			set_gpr(t, A_EBP, (rnd(g) & 0xffff0000) | bp);
		else
			set_gpr(t, A_EBP, mode_off(t, A_SS, bp));
		set_mem32(t, win(A_SS, bp), rnd(g), 4);
	} else {
		set_sp(t, sp, r->operand == O_MEM_ESP);
	}
	if (r->kind == K_POP || r->kind == K_POPF)
		set_mem32(t, win(A_SS, sp), popped_value(r, g, t, cls), 4);
	if (r->kind == K_POPA)
		for (k = 0; k < 8 * size; k += 16)
			set_mem(t, win(A_SS, sp + k), (u32[4]){rnd(g), rnd(g), rnd(g), rnd(g)}, 16);
	if (r->operand == O_MEM_ESP)
		set_mem32(t, win(A_SS, sp + 8), rnd(g), 4);
	if (is(cls, "sys") && r->kind == K_PUSHF)
		t->eflags |= rnd(g) & (F_AC | F_ID | (t->cpl ? 0 : F_NT));
	if (is(cls, "iopl3"))
		t->eflags |= F_IOPL;
	/* Registers loaded before the fault: the manual restores them, AMD processors
	 * do not; the instruction can be restarted either way. */
	if (r->kind == K_POPA && is(cls, "over"))
		t->ign_regs = 0xff & ~(1u << A_ESP);
	if (r->kind == K_PUSH && r->operand == O_SREG && size == 4 &&
	    (is(cls, "rand") || is(cls, "edge"))) {
		u32 at = win(A_SS, sp - 4);

		set_mem32(t, at, ~(u32)t->sel[r->arg], 4);
		expect_mem(t, at, 2, 0, t->sel[r->arg]);
		expect_same(t, at + 2, 2);
		expect_or(t, "push_sreg32", 0);
	}
	t->sees_ring = r->operand == O_SREG || r->kind == K_PUSHF || r->kind == K_POPF;
	no_native(r, t, cls);
	if (oracle_no_silicon(t))
		rules(r, t, size, sp, cls);
}

void gen_stack(struct gen *g)
{
	static const char *const classes[] = {"rand", "edge", "over", "sys", "iopl3", "lockud"};
	unsigned n, size, m, k;

	for (n = 0; n < sizeof rows / sizeof *rows; n++)
		for (size = 2; size <= 4; size += 2)
			for (m = 0; m < MODE_CPL_COUNT; m++) {
				const struct row *r = &rows[n];
				struct cell c = {"stack", r->mnemonic, NULL, r->cite,
						 &mode_cpls[m]};
				char form[32];

				snprintf(form, sizeof form, "%s_o%u", r->form, 8 * size);
				c.form = form;
				for (k = 0; k < sizeof classes / sizeof *classes; k++) {
					const char *why = not_here(r, classes[k], &mode_cpls[m]);

					if (why)
						gen_empty(g, &c, classes[k], why);
					else
						make(g, r, &c, size, classes[k]);
				}
			}
}

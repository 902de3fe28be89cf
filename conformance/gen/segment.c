/* SPDX-License-Identifier: MIT
 * Segment registers: loads of every kind of descriptor (SDM vol. 3A chapter 5),
 * stores, the queries LAR LSL VERR VERW ARPL, and data accesses that probe
 * type and limit: expand-down, 4 KiB, execute-only, code.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/gen/rules.h"
#include "conformance/insn/segment.h"

enum { T_NULL = 0x100, T_NULL3, T_OUTSIDE, T_KERNEL, T_RPL, T_STACK, T_LDTDESC };
static const struct {
	const char *cls;
	unsigned seg;
} targets[] = {
	{"data", SG_FS},        {"ro", SG_RO},         {"down", SG_XDOWN},   {"code", SG_CODE32},
	{"xo", SG_XO},          {"notpresent", SG_NP}, {"null", T_NULL},     {"null3", T_NULL3},
	{"outside", T_OUTSIDE}, {"ring0", SG_RING0},   {"kernel", T_KERNEL}, {"rpl", T_RPL},
	{"stack", T_STACK},     {"system", T_LDTDESC},
};

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static u16 selector(const struct tcase *t, unsigned seg)
{
	switch (seg) {
	case T_NULL:
		return 0;
	case T_NULL3:
		return 3;
	case T_OUTSIDE:
		return t->cpl ? 0x0ff7 : 0x0ff8;
	case T_KERNEL: /* DPL 0 data in the GDT */
		return t->cpl ? 0x0013 : 0x0010;
	case T_RPL: /* RPL that is not CPL */
		return t->cpl ? SEL_CPL3(SG_GS) & ~3 : SEL_CPL0(SG_GS) | 3;
	case T_STACK:
		return t->sel[A_SS];
	case T_LDTDESC: /* the descriptor of the LDT itself */
		return t->cpl ? 0x0033 : 0x0030;
	}
	return CASE_SEL(t->cpl, seg);
}

static struct target where(const struct tcase *t, unsigned seg)
{
	switch (seg) {
	case T_NULL:
	case T_NULL3:
		return (struct target){.kind = TO_NULL};
	case T_OUTSIDE:
		return (struct target){.kind = TO_NOTHING};
	case T_KERNEL:
		return target_flat(0x93);
	case T_LDTDESC:
		return (struct target){TO_DESC, 0x82, 0, 0, 0};
	case T_RPL:
		return target_seg(t, SG_GS);
	case T_STACK: {
		static const u8 stacks[] = {SG_SS16, SG_SS32, SG_FDATA};

		return target_seg(t, stacks[t->mode - 1]);
	}
	}
	return target_seg(t, seg);
}

/* What the manual says of it. */
static void rules(const struct segment_row *r, struct tcase *t, unsigned seg, u16 sel, unsigned reg,
		  const struct memref *m)
{
	bool real = t->mode == CM_REAL16;
	struct target to;

	if (r->kind == K_STORE_R || r->kind == K_STORE_M) {
		expect_done(t);
		if (r->kind == K_STORE_R)
			expect(t, X_GPR, reg, 0xffff, t->sel[r->sreg]);
		else
			expect_mem(t, m->lin, 2, 0, t->sel[r->sreg]);
		return;
	}
	if (real) {
		if (r->kind >= K_QUERY) {
			expect_fault(t, UD, 0);
		} else {
			expect_done(t);
			expect(t, X_SEL, r->sreg, 0, sel);
		}
		return;
	}
	to = where(t, seg);
	if (r->kind == K_QUERY)
		rule_query(t, r->sreg, 0, sel, &to);
	else if (r->kind == K_QUERY_G)
		rule_query(t, r->opcode & 0xff, reg == A_EAX ? A_EBP : 4 + reg, sel, &to);
	else if (r->kind != K_ARPL)
		rule_load(t, r->sreg, sel, &to);
}

static const char *not_here(const struct segment_row *r, const struct mode_cpl *mc, const char *cls,
			    unsigned seg)
{
	bool real = mc->mode == CM_REAL16;

	if (r->kind >= K_QUERY && real)
		return is(cls, "data") ? NULL : "#UD in real mode whatever the operand";
	if (r->kind == K_STORE_R || r->kind == K_STORE_M)
		return is(cls, "data") ? NULL : "a store checks no descriptor";
	if (real && seg != SG_FS && seg != T_NULL)
		return "real mode checks no selectors";
	if (r->kind < K_STORE_R && r->sreg == A_SS && !mc->cpl &&
	    (seg == SG_FS || seg == SG_XDOWN || seg == T_KERNEL || (real && seg == T_NULL)))
		return "the trap frame of a CPL 0 case would land outside its stack";
	return NULL;
}

static void no_native(const struct segment_row *r, struct tcase *t, unsigned seg)
{
	if (t->mode == CM_REAL16)
		t->no_native = r->kind >= K_QUERY ? "#UD only in real mode"
						  : "selector values differ from real mode's";
	else if (seg == T_KERNEL || seg == T_LDTDESC)
		t->no_native = "the host's GDT is another one";
	else if (seg == T_NULL3)
		t->no_native = "the kernel's IRET turns every null selector into 0";
	else if (seg == SG_RING0)
		t->no_native = "the host kernel gives DPL 3 to every segment";
}

static void make(struct gen *g, const struct segment_row *r, const struct cell *c, unsigned size,
		 const char *cls, unsigned seg)
{
	struct tcase *t = gen_case(g, c, cls);
	struct memref m = {.sreg = A_SREGS, .off = 0x1050 + rnd_below(g, 0x40)};
	bool real = t->mode == CM_REAL16;
	u16 sel = selector(t, seg);
	unsigned reg = rnd_below(g, 4), other = 4 + reg;
	struct insn i = {0};
	u8 fp[6];
	u32 off = rnd(g);

	if (other == A_ESP)
		other = A_EBP;
	if (real)
		sel = seg == T_NULL ? 0 : (u16)(r->sreg == A_SS ? 0x5000 : 0x6000);
	ins_opsize(t, &i, size);
	ins_opcode(&i, r->opcode);
	switch (r->kind) {
	case K_REG:
		ins_modrm_reg(&i, r->sreg, reg);
		set_reg(t, 2, reg, sel);
		break;
	case K_MEM:
		ins_mem(g, t, &i, r->sreg, &m);
		set_mem32(t, m.lin, sel, 2);
		break;
	case K_POP:
		set_mem32(t, win(A_SS, CASE_OFF), sel | (rnd(g) & 0xffff0000), 4);
		break;
	case K_FAR:
		m.used = (u8)(1u << reg);
		ins_mem(g, t, &i, reg, &m);
		memcpy(fp, &off, 4);
		memcpy(fp + size, &sel, 2);
		set_mem(t, m.lin, fp, size + 2);
		break;
	case K_STORE_R:
		ins_modrm_reg(&i, r->sreg, reg);
		/* MOV r32, Sreg: upper half undefined before the Pentium Pro. */
		break;
	case K_STORE_M:
		m.writes = true;
		ins_mem(g, t, &i, r->sreg, &m);
		set_mem32(t, m.lin, (rnd(g) & 0xffff0000) | (u16)~t->sel[r->sreg], 4);
		break;
	case K_QUERY:
		ins_modrm_reg(&i, r->sreg, reg);
		set_reg(t, 2, reg, sel);
		break;
	case K_QUERY_G:
		ins_modrm_reg(&i, other, reg);
		set_reg(t, 2, reg, sel);
		break;
	case K_ARPL: /* destination RPL below, at or above the source's */
		ins_modrm_reg(&i, other, reg);
		set_reg(t, 2, reg, sel);
		set_reg(t, 2, other, rnd(g));
		break;
	}
	/* Bits 16-19 of the result are undefined (SDM vol. 2A LAR). */
	if (r->kind == K_QUERY_G && r->opcode == 0x0f02) {
		t->ign_reg = (u8)other;
		t->ign_mask = 0x000f0000;
	}
	t->sees_ring = r->kind != K_ARPL;
	ins_done(t, &i);
	no_native(r, t, seg);
	rules(r, t, seg, sel, reg, &m);
}

static void load_cells(struct gen *g)
{
	unsigned n, m, k, size;

	for (n = 0; n < sizeof segment_rows / sizeof *segment_rows; n++)
		for (m = 0; m < MODE_CPL_COUNT; m++)
			for (size = 2; size <= 4; size += 2) {
				const struct segment_row *r = &segment_rows[n];
				char form[32];
				struct cell c = {"segment", r->mnemonic, form, r->cite,
						 &mode_cpls[m]};

				/* An operand-size prefix does not matter to these. */
				if (size != mode_opsize(mode_cpls[m].mode) &&
				    (r->kind == K_REG || r->kind == K_MEM || r->kind == K_QUERY ||
				     r->kind == K_ARPL || r->kind == K_STORE_M))
					continue;
				snprintf(form, sizeof form, "%s_o%u", r->form, 8 * size);
				for (k = 0; k < sizeof targets / sizeof *targets; k++) {
					const char *why = not_here(r, &mode_cpls[m], targets[k].cls,
								   targets[k].seg);

					if (why)
						gen_empty(g, &c, targets[k].cls, why);
					else
						make(g, r, &c, size, targets[k].cls,
						     targets[k].seg);
				}
			}
}

/* MOV through a segment of its own kind at an offset of interest. */
static const struct probe {
	const char *cls;
	unsigned seg, sreg;
	u32 off;
} probes[] = {
	{"down_low", SG_XDOWN, A_ES, 0x0fff},  {"down_edge", SG_XDOWN, A_ES, 0x1000},
	{"down_top", SG_XDOWN, A_ES, 0xfffc},  {"down_over", SG_XDOWN, A_ES, 0xfffd},
	{"small_in", SG_SMALL, A_FS, 0x0ffc},  {"small_over", SG_SMALL, A_FS, 0x0ffd},
	{"small_out", SG_SMALL, A_FS, 0x1000}, {"ro_read", SG_RO, A_GS, 0x1040},
	{"code", SG_CODE32, A_GS, 0x1040},     {"ss_data", SG_DS, A_SS, 0x1040},
};

/* Linear address of an offset in a segment of the table. */
static u32 seg_lin(unsigned seg, u32 off)
{
	return case_segs[seg].base + off;
}

static void probe_case(struct gen *g, const struct cell *c, const struct probe *p, bool write)
{
	struct tcase *t = gen_case(g, c, p->cls);
	struct insn i = {0};

	/* Through its own register, EBX holds the offset. */
	set_sel(t, p->sreg, CASE_SEL(t->cpl, p->seg));
	set_gpr(t, A_EBX, p->off);
	if (p->sreg == A_SS) /* a 16-bit stack: see case_default_gpr() */
		set_gpr(t, A_ESP, 0x10000 + CASE_OFF);
	ins_segment(&i, p->sreg);
	ins_opsize(t, &i, 4);
	ins_addrsize(t, &i, 4);
	ins_opcode(&i, write ? 0x89 : 0x8b);
	i.modrm[i.nmodrm++] = 0x03; /* EAX, [EBX] */
	ins_done(t, &i);
	set_mem32(t, seg_lin(p->seg, p->off), rnd(g), 4);
}

static void probe_cells(struct gen *g)
{
	unsigned m, k, w;

	for (w = 0; w < 2; w++)
		for (m = 0; m < MODE_CPL_COUNT; m++)
			for (k = 0; k < sizeof probes / sizeof *probes; k++) {
				struct cell c = {"segment", "mov", w ? "m32_eax" : "eax_m32",
						 "SDM 3A 5.3, 5.5", &mode_cpls[m]};

				if (mode_cpls[m].mode == CM_REAL16)
					gen_empty(g, &c, probes[k].cls,
						  "real mode has no segment types");
				else if (probes[k].sreg == A_SS && !mode_cpls[m].cpl)
					gen_empty(g, &c, probes[k].cls,
						  "the trap frame of a CPL 0 case would land "
						  "outside its stack");
				else
					probe_case(g, &c, &probes[k], w);
			}
}

void gen_segment(struct gen *g)
{
	load_cells(g);
	probe_cells(g);
}

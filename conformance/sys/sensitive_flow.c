/* SPDX-License-Identifier: MIT
 * Group sensitive, transfers: far CALL and JMP, INT n, far RET and IRET compare the
 * privilege of where they come from with that of where they lead, and IRET treats IF
 * and IOPL as POPF does.  Rules: SDM vol. 2A CALL, INT n, IRET and JMP, vol. 2B RET,
 * vol. 3A sections 5.8 and 20.2.
 */
#include "conformance/sys/sensitive.h"

#define TARGET (CASE_OFF + 0x90u) /* INT3 in the code segment */
#define STACK  0x0f80u            /* of another ring, in the segment of ES */

/* Slot 1: code of this ring at the case's own base; returns its selector. */
static u16 code_slot(struct tcase *t, unsigned dpl, unsigned rpl, bool conforming)
{
	sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, (u8)((conforming ? 0x9f : 0x9b) | dpl << 5),
		 sens_wide(t) ? 4 : 0);
	return SEL_SLOT(1, rpl);
}

/* Slot 2: a stack for that ring in the segment of ES. */
static u16 stack_slot(struct tcase *t, unsigned ring)
{
	sys_desc(t, OP_GDT, 2, CASE_ES_BASE, 0xffff, (u8)(0x93 | ring << 5), sens_wide(t) ? 4 : 0);
	return SEL_SLOT(2, ring);
}

static void expect_arrived(struct tcase *t, u32 ip, u16 cs)
{
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, ip + 1);
	expect(t, X_SEL, A_CS, 0, cs);
}

/* --- CALL and JMP with a far pointer --- */

enum { F_SAME, F_RING0, F_CONF, F_GATE, F_GATE0, FARS };
static const char *const far_names[FARS] = {"same", "ring0", "conf0", "gate", "gate0"};

static void far_code(struct tcase *t, bool call, u32 ip, u16 cs)
{
	sys_code(t, sens_wide(t) ? (call ? "9a DW" : "ea DW") : (call ? "9a WW" : "ea WW"), ip,
		 (u32)cs);
}

/* The return address that CALL leaves: CS with the caller's CPL as RPL. */
static void pushed_cs(struct tcase *t, u32 top, bool wide)
{
	sens_stored(t, top - (wide ? 4 : 2), 2, t->sel[A_CS]);
}

static void far_selector(struct gen *g, const struct place *p, bool call, unsigned kind)
{
	struct tcase *t = sens_case(g, p, call ? "callf" : "jmpf", "ptr", far_names[kind],
				    call ? "SDM 2A CALL" : "SDM 2A JMP");
	unsigned dpl = kind == F_SAME || kind == F_GATE ? p->cpl : 0;
	bool gate = kind >= F_GATE, inner = gate && dpl < p->cpl;
	u16 cs = code_slot(t, dpl, p->cpl, kind == F_CONF);

	if (gate)
		sys_gate(t, OP_GDT, 0, cs, TARGET, sens_wide(t) ? 0xec : 0xe4, 0);
	if (kind == F_GATE0) {
		sys_op(t, OP_TSS, 1, STACK, 0);
		sys_op(t, OP_TSS, 2, stack_slot(t, 0), 0);
	}
	far_code(t, call, gate ? 0 : TARGET, gate ? SEL_SLOT(0, p->cpl) : cs);
	if (p->cpl && (kind == F_RING0 || (kind == F_GATE0 && !call))) {
		expect_fault(t, GP, cs & 0xfffcu);
		return;
	}
	expect_arrived(t, TARGET, (u16)((cs & ~3u) | (inner ? 0 : p->cpl)));
	if (inner) {
		expect(t, X_SEL, A_SS, 0, SEL_SLOT(2, 0));
		/* SS, (E)SP, CS, (E)IP on the inner stack */
		pushed_cs(t, win(A_ES, STACK) - (sens_wide(t) ? 8 : 4), sens_wide(t));
	} else if (call) {
		pushed_cs(t, win(A_SS, CASE_OFF), sens_wide(t));
	}
}

/* Real and virtual-8086 mode: any paragraph. */
static void far_paragraph(struct gen *g, const struct place *p, bool call)
{
	struct tcase *t = sens_case(g, p, call ? "callf" : "jmpf", "ptr", "",
				    call ? "SDM 2A CALL" : "SDM 2A JMP");
	u16 cs = (CASE_CS_BASE >> 4) + 1;

	far_code(t, call, TARGET - 0x10, cs);
	expect_arrived(t, TARGET - 0x10, cs);
	if (call)
		pushed_cs(t, win(A_SS, CASE_OFF), false);
}

/* --- INT n: the gates of 20-2F have DPL 3, the others 0 --- */

static void interrupt(struct gen *g, const struct place *p, u8 vector, bool on)
{
	struct tcase *t = sens_case(g, p, "int", vector < 0x30 ? "dpl3" : "dpl0", on ? "on" : "off",
				    "SDM 2A INT n");

	t->eflags = (t->eflags & ~(u32)F_IF) | (on ? F_IF : 0);
	sys_code(t, sys_text("cd %02x", vector));
	if (p->mode == CM_V86 && p->iopl < 3) {
		expect_fault(t, GP, 0);
	} else if (p->cpl && vector >= 0x30) {
		expect_fault(t, GP, vector * 8u + 2);
	} else {
		expect(t, X_VECTOR, 0, 0, vector);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + 2);
		expect(t, X_SEL, A_CS, 0, t->sel[A_CS]);
		expect(t, X_EFLAGS, 0, F_IF | F_IOPL, t->eflags);
	}
}

/* --- far RET and IRET --- */

static void put(struct tcase *t, unsigned *n, u32 value)
{
	unsigned size = sens_wide(t) ? 4 : 2;

	set_mem32(t, win(A_SS, CASE_OFF) + *n, value, size);
	*n += size;
}

enum { R_SAME, R_INNER, R_OUTER, RETS };
static const char *const ret_names[RETS] = {"same", "inner", "outer"};

static void far_return(struct gen *g, const struct place *p, bool iret, unsigned kind)
{
	struct tcase *t = sens_case(g, p, iret ? "iret" : "retf", ret_names[kind], "",
				    iret ? "SDM 2A IRET" : "SDM 2B RET");
	unsigned rpl = kind == R_SAME ? p->cpl : kind == R_INNER ? p->cpl - 1u : 3, n = 0;
	u16 cs = code_slot(t, rpl, rpl, false), ss = stack_slot(t, rpl);

	put(t, &n, TARGET);
	put(t, &n, cs);
	if (iret)
		put(t, &n, 2);
	put(t, &n, STACK);
	put(t, &n, ss);
	sys_code(t, iret ? "cf" : "cb");
	if (kind == R_INNER) {
		expect_fault(t, GP, cs & 0xfffcu);
		return;
	}
	expect_arrived(t, TARGET, cs);
	if (kind == R_OUTER)
		expect(t, X_SEL, A_SS, 0, ss);
}

/* IRET to its own segment: which of the flags change. */
static void return_flags(struct gen *g, const struct place *p, u32 image, const char *cls, bool on)
{
	struct tcase *t = sens_case(g, p, "iret", "flags",
				    sys_text("%s_%s", cls, on ? "on" : "off"), "SDM 2A IRET");
	u32 may = F_ARITH | F_DF | F_NT;
	unsigned n = 0;

	t->eflags = (t->eflags & ~(u32)F_IF) | (on ? F_IF : 0);
	put(t, &n, TARGET);
	put(t, &n, t->sel[A_CS]);
	put(t, &n, image);
	sys_code(t, "cf");
	if (p->mode == CM_V86 && p->iopl < 3) {
		expect_fault(t, GP, 0);
		return;
	}
	if (p->cpl <= p->iopl)
		may |= F_IF;
	if (!p->cpl)
		may |= F_IOPL;
	expect_arrived(t, TARGET, t->sel[A_CS]);
	expect(t, X_EFLAGS, 0, F_ARITH | F_DF | F_NT | F_IF | F_IOPL,
	       (image & may) | (t->eflags & ~may));
}

static void return_paragraph(struct gen *g, const struct place *p)
{
	struct tcase *t = sens_case(g, p, "retf", "paragraph", "", "SDM 2B RET");
	unsigned n = 0;

	put(t, &n, TARGET - 0x10);
	put(t, &n, (CASE_CS_BASE >> 4) + 1);
	sys_code(t, "cb");
	expect_arrived(t, TARGET - 0x10, (CASE_CS_BASE >> 4) + 1);
}

void gen_sens_transfers(struct gen *g)
{
	static const struct {
		const char *cls;
		u32 image;
	} images[] = {{"zero", 2}, {"if", 0x202}, {"iopl3", 0x3002}};
	unsigned n, i;

	for (n = 0; n < SENS_PLACES; n++) {
		const struct place *p = &sens_places[n];

		if (p->mode == CM_V86 || p->mode == CM_REAL16) {
			far_paragraph(g, p, true);
			far_paragraph(g, p, false);
			return_paragraph(g, p);
			continue;
		}
		for (i = 0; i < FARS; i++) {
			if (!p->cpl && (i == F_RING0 || i == F_GATE0))
				continue; /* its own */
			far_selector(g, p, true, i);
			far_selector(g, p, false, i);
		}
		for (i = 0; i < RETS; i++) {
			if ((i == R_INNER && !p->cpl) || (i == R_OUTER && p->cpl == 3))
				continue;
			far_return(g, p, false, i);
			far_return(g, p, true, i);
		}
	}
	for (n = 0; n < SENS_ALL_PLACES; n++) {
		const struct place *p = &sens_places[n];

		for (i = 0; i < 2; i++) {
			interrupt(g, p, 0x21, i);
			interrupt(g, p, 0x41, i);
		}
		for (i = 0; i < 2 * sizeof images / sizeof *images; i++)
			return_flags(g, p, images[i / 2].image, images[i / 2].cls, i & 1);
	}
}

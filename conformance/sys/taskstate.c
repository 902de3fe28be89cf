/* SPDX-License-Identifier: MIT
 * Group task, second half: switches that arrive, between TSSs of both sizes, by every
 * way: what is saved where, what is loaded, the busy bits, the way back.  Rules: SDM
 * vol. 3A section 7.3, tables 7-1 and 7-2, section 7.4; figures 7-2 and 7-10.
 */
#include "conformance/sys/tasks.h"

#define OLD_TSS16 (CASE_ES_BASE + CASE_OFF)

enum what { SAVED, LOADED, FLAGS, NO_LDT, BUSY, ROUND, V86_TASK, WHATS };
static const char *const what_names[WHATS] = {"saved", "loaded", "eflags", "no_ldt",
					      "busy",  "round",  "v86"};

/* The old task gets a TSS of 16 bits: only ring 0 can. */
static void narrow_old(struct tcase *t, const struct task_plan *p)
{
	static const u8 zero[44];
	u8 b[40] = {0};

	if (p->way == W_IRET)
		task_put(b, 0, p->sel, 2);
	set_mem(t, OLD_TSS16, b, 40);
	set_mem(t, OLD_TSS16 + 40, zero, 4);
	sys_desc(t, OP_GDT, SLOT_OLD, OLD_TSS16, 43, 0x81, 0);
	set_gpr(t, A_EAX, SEL_SLOT(SLOT_OLD, 0));
	sys_code(t, "0f 00 d8"); /* LTR AX */
}

static void arrives(struct tcase *t, const struct task_plan *p)
{
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, p->eip + 1);
}

static void saved(struct tcase *t, const struct task_plan *p, bool narrow)
{
	u32 at = narrow ? OLD_TSS16 : OBS_TSS, flags = t->eflags;
	unsigned n = narrow ? 2 : 4;

	if (p->way == W_IRET)
		flags &= ~(u32)F_NT;
	if (p->way == W_IRQ)
		flags |= F_IF;
	expect_mem(t, at + (narrow ? T16_IP : T32_EIP), n, 0,
		   task_saved_eip(t, p) + (narrow && (p->way == W_UD || p->way == W_IRQ) ? 3 : 0));
	expect_mem(t, at + (narrow ? T16_FLAGS : T32_FLAGS), n, narrow ? 0xffff : ~(u32)F_RF,
		   flags);
	expect_mem(t, at + (narrow ? T16_GPR : T32_GPR), n, 0, t->gpr[A_EAX] & size_mask(n));
	expect_mem(t, at + (narrow ? T16_GPR + 8 : T32_GPR + 16), n, 0,
		   case_default_gpr(t->mode, A_ESP) & size_mask(n));
	expect_mem(t, at + (narrow ? T16_GPR + 14 : T32_GPR + 28), n, 0,
		   case_default_gpr(t->mode, A_EDI) & size_mask(n));
	expect_mem(t, at + (narrow ? T16_SEG + 2 : T32_SEG + 4), 2, 0, t->sel[A_CS]);
	expect_mem(t, at + (narrow ? T16_SEG + 4 : T32_SEG + 8), 2, 0, t->sel[A_SS]);
	expect_mem(t, at + (narrow ? T16_SEG + 6 : T32_SEG + 12), 2, 0, t->sel[A_DS]);
	expect_same(t, at + (narrow ? T16_LDT : T32_LDT), 2);
	if (!narrow)
		expect_same(t, at + T32_CR3, 4);
	expect_same(t, at + 4, narrow ? 2 : 4); /* the inner stack */
}

static void loaded(struct tcase *t, const struct task_plan *p)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		expect(t, X_GPR, i, p->wide ? 0 : 0xffff,
		       (i == A_ESP ? p->esp : p->gpr[i]) & (p->wide ? ~0u : 0xffff));
	expect(t, X_SEL, A_ES, 0, p->seg[A_ES]);
	expect(t, X_SEL, A_SS, 0, p->seg[A_SS]);
}

static void round_trip(struct tcase *t, const struct task_plan *p)
{
	sys_op(t, OP_TSS, T32_LDT / 4, SEL_MAIN_LDT, 0);
	set_mem(t, CASE_CS_BASE + p->eip, "\xcf", 1);
	expect_done(t);
	expect_mem(t, NEW_TSS + (p->wide ? T32_EIP : T16_IP), 1, 0, (p->eip + 1) & 0xff);
	expect_mem(t, NEW_TSS, 2, 0, SEL_MAIN_TSS);
	expect_same(t, OBS_GDT(SLOT_TSS), 8); /* busy no more */
	expect_same(t, OBS_TR, 4);
	expect_mem(t, OBS_CR0, 4, CR0_TS, CR0_TS);
	expect(t, X_SEL, A_CS, 0, t->sel[A_CS]);
	expect(t, X_SEL, A_SS, 0, t->sel[A_SS]);
	expect(t, X_GPR, A_EDI, 0, case_default_gpr(t->mode, A_EDI));
	expect(t, X_GPR, A_ESP, 0, case_default_gpr(t->mode, A_ESP));
	expect(t, X_EFLAGS, 0, F_NT, 0);
}

static void v86_task(struct tcase *t, struct task_plan *p)
{
	unsigned i;

	for (i = 0; i < A_SREGS; i++)
		p->seg[i] = (u16)(case_seg_base(i) >> 4);
	p->eflags = F_VM | F_IOPL | 2;
	task_setup(t, p);
	arrives(t, p);
	expect(t, X_EFLAGS, 0, F_VM | F_IOPL | F_NT,
	       F_VM | F_IOPL | (task_nests(p->way) ? F_NT : 0));
	for (i = 0; i < A_SREGS; i++)
		expect(t, X_SEL, i, 0, p->seg[i]);
}

static void one(struct gen *g, const struct task_plan *base, bool narrow, enum what what)
{
	struct task_plan p = *base;
	struct tcase *t;

	if ((narrow && (p.cpl || what == ROUND || what == V86_TASK)) || (what == NO_LDT && p.new) ||
	    (what == BUSY && p.new) ||
	    (what == ROUND && (!task_nests(p.way) || p.way == W_UD || p.new)) ||
	    (what == V86_TASK && (!p.wide || !p.new)))
		return;
	t = sys_case(g, "task", way_names[p.way],
		     sys_text("%uto%u.%u", narrow ? 16u : 32u, p.wide ? 32u : 16u, p.new), CM_PM32,
		     p.cpl, what_names[what], "SDM 3A 7.3, 7.4, tables 7-1, 7-2");
	if (narrow)
		narrow_old(t, &p);
	if (!p.wide)
		t->ign_regs = 0xff; /* upper halves */
	if (what == V86_TASK) {
		v86_task(t, &p);
		return;
	}
	if (what == LOADED) /* other values than those of the cases of what is saved */
		for (unsigned i = 0; i < 8; i++)
			p.gpr[i] ^= 0x5aa5a55a;
	if (what == FLAGS)
		p.eflags = 0x240ed7 | (p.new ? F_IOPL : 0);
	if (what == NO_LDT)
		p.ldt = 0;
	if (what == BUSY) {
		p.gpr[A_EDX] = narrow ? SEL_SLOT(SLOT_OLD, 0) : SEL_MAIN_TSS;
		set_mem(t, CASE_CS_BASE + p.eip, "\x0f\x02\xc2", 3); /* LAR EAX, EDX */
	}
	task_setup(t, &p);
	switch (what) {
	case SAVED:
		saved(t, &p, narrow);
		break;
	case LOADED:
		arrives(t, &p);
		loaded(t, &p);
		break;
	case FLAGS:
		arrives(t, &p);
		expect(t, X_EFLAGS, 0, (p.wide ? 0x240ed7u : 0xed7u) | F_IOPL | F_NT,
		       (p.eflags & (p.wide ? ~0u : 0xffff)) | (task_nests(p.way) ? F_NT : 0));
		break;
	case NO_LDT:
		arrives(t, &p);
		expect_mem(t, OBS_LDTR, 4, 0, 0);
		break;
	case BUSY:
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, p.eip + 4);
		expect(t, X_EFLAGS, 0, F_ZF, F_ZF);
		expect(t, X_GPR, A_EAX, 0xff00,
		       (narrow ? 0x8100u : 0x8900u) | (task_nests(p.way) ? 0x200 : 0));
		break;
	default:
		round_trip(t, &p);
	}
}

/* A task is no target for itself. */
static void self(struct gen *g, enum way way)
{
	struct tcase *t = sys_case(g, "task", way_names[way], "self", CM_PM32, 0, "busy",
				   "SDM 3A 7.3; 2A JMP, CALL");

	sys_code(t, way == W_JMP ? "ea DW" : "9a DW", 0u, (u32)SEL_MAIN_TSS);
	expect_fault(t, GP, SEL_MAIN_TSS);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
	expect_same(t, OBS_TSS + T32_EIP, 4);
}

void gen_sys_taskstate(struct gen *g)
{
	unsigned way, i, what;
	struct task_plan p;

	for (way = 0; way < WAYS; way++)
		for (i = 0; i < 16; i++)
			for (what = 0; what < WHATS; what++) {
				task_plan(&p, (enum way)way, i & 1, i & 2 ? 3 : 0, i & 4 ? 3 : 0);
				one(g, &p, i & 8, (enum what)what);
			}
	self(g, W_JMP);
	self(g, W_CALL);
}

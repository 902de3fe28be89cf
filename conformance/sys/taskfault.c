/* SPDX-License-Identifier: MIT
 * Group taskfault: every check of a task switch, by each way that leads to one: what is
 * found before the old task is left is a fault of that task, at its instruction, and
 * changes nothing; what is found behind that is a fault of the new one, before its
 * first instruction, with its TSS busy and all of its selectors loaded.  Rules: SDM
 * vol. 3A section 7.3, tables 7-1 and 6-6, section 6.15 (#TS, #NP, #SS); vol. 2A JMP,
 * CALL, INT n, IRET (TASK-GATE, TASK-RETURN).
 */
#include "conformance/sys/tasks.h"

#define OUTSIDE 0xfff8u /* selectors outside of the GDT, and of the LDT */

struct outcome {
	unsigned vector;
	u32 error;
};

/* What the far pointer, the gate, the vector or the back link names. */
enum early {
	E_NULL,
	E_LOCAL,
	E_OUTSIDE,
	E_BUSY, /* of IRET: not busy */
	E_ABSENT,
	E_SHORT,
	E_ZERO, /* limit 0 */
	E_DPL,
	E_RPL,
	E_CODE,
	E_DATA,
	E_GATE_ABSENT,
	E_GATE_DPL,
	E_TYPE, /* + system type that is no TSS */
	E_COUNT = E_TYPE + 16
};
static const char *const early_names[E_TYPE] = {
	"nullsel", "local", "outside", "busy", "absent",      "short",    "zero",
	"dpl",     "rpl",   "code",    "data", "gate_absent", "gate_dpl",
};

static bool direct(enum way w)
{
	return w == W_JMP || w == W_CALL;
}

static bool by_vector(enum way w)
{
	return w == W_INT || w == W_UD || w == W_IRQ;
}

/* False where the way does not have this check. */
static bool break_early(struct tcase *t, struct task_plan *p, unsigned e, struct outcome *o)
{
	u16 gate = by_vector(p->way) ? (u16)((p->way == W_INT  ? TASK_INT_N
					      : p->way == W_UD ? UD
							       : SYS_IRQ) *
						     8 +
					     2)
				     : p->gate_sel;
	bool back = p->way == W_IRET;

	*o = (struct outcome){back ? TS : GP, p->sel & 0xfffcu};
	switch (e) {
	case E_NULL:
		p->sel = 0;
		o->error = 0;
		return true;
	case E_LOCAL:
		sys_desc(t, OP_LDT, 0, p->lin, p->limit, p->access, 0);
		p->sel = SEL_LSLOT(0, 0);
		o->error = p->sel;
		return true;
	case E_OUTSIDE:
		p->sel = OUTSIDE;
		o->error = OUTSIDE;
		return true;
	case E_BUSY:
		p->access ^= 2;
		return true;
	case E_ABSENT:
		p->access &= 0x7f;
		o->vector = NP;
		return true;
	case E_SHORT:
	case E_ZERO:
		p->limit = e == E_SHORT ? p->limit - 1 : 0;
		o->vector = TS;
		return true;
	case E_DPL:
		p->access &= 0x9f;
		return direct(p->way) && p->cpl;
	case E_RPL:
		p->access &= 0x9f;
		p->sel |= 3;
		return direct(p->way);
	case E_CODE:
	case E_DATA:
		p->access = e == E_CODE ? 0xfb : 0xf3;
		p->limit = 0xffff;
		return !direct(p->way) || e == E_DATA;
	case E_GATE_ABSENT:
		p->gate_access &= 0x7f;
		*o = (struct outcome){NP, gate};
		return !direct(p->way) && !back;
	case E_GATE_DPL:
		p->gate_access &= 0x9f;
		*o = (struct outcome){GP, gate};
		return p->cpl && !direct(p->way) && !back && !task_external(p->way);
	default:
		e -= E_TYPE;
		p->access = (u8)(0xe0 | e);
		/* Gates as direct targets are another matter; TSSs are none of this. */
		return e != 1 && e != 3 && e != 9 && e != 11 &&
		       (!direct(p->way) || !(e == 4 || e == 5 || e == 12));
	}
}

static void early(struct gen *g, enum way way, bool wide, unsigned cpl, unsigned e)
{
	const char *name = e < E_TYPE ? early_names[e] : sys_text("type%u", e - E_TYPE);
	struct tcase *t = sys_case(g, "taskfault", way_names[way],
				   sys_text("old_%s", wide ? "tss32" : "tss16"), CM_PM32, cpl, name,
				   "SDM 3A 7.3, 6.15 #TS; 2A JMP, CALL, INT, IRET");
	struct task_plan p;
	struct outcome o;

	task_plan(&p, way, wide, cpl, 0);
	if (!break_early(t, &p, e, &o)) {
		gen_drop(g);
		return;
	}
	task_setup(t, &p);
	expect_fault(t, o.vector, o.error | task_external(way));
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + (way == W_IRQ ? 2 : 0));
	expect(t, X_SEL, A_CS, 0, t->sel[A_CS]);
	expect_same(t, OBS_GDT(SLOT_TSS), 8);
	expect_same(t, OBS_TR, 4);
	expect_same(t, OBS_CR0, 4);
	expect_same(t, OBS_TSS + T32_EIP, 4);
	expect_same(t, NEW_TSS, 2); /* no back link */
}

/* What the new TSS holds. */
enum late {
	L_LDT_OUTSIDE,
	L_LDT_LOCAL,
	L_LDT_TYPE,
	L_LDT_DATA,
	L_LDT_ABSENT,
	L_CS_NULL,
	L_CS_OUTSIDE,
	L_CS_DATA,
	L_CS_SYSTEM,
	L_CS_DPL,
	L_CS_CONF,
	L_CS_ABSENT,
	L_SS_NULL,
	L_SS_OUTSIDE,
	L_SS_CODE,
	L_SS_RO,
	L_SS_SYSTEM,
	L_SS_DPL,
	L_SS_RPL,
	L_SS_ABSENT,
	L_EIP,
	L_DATA, /* five for each of ES, DS, FS, GS */
	L_COUNT = L_DATA + 20
};
static const char *const late_names[L_DATA] = {
	"ldt_outside", "ldt_local",  "ldt_type",  "ldt_data",  "ldt_absent", "cs_nullsel",
	"cs_outside",  "cs_data",    "cs_system", "cs_dpl",    "cs_conf",    "cs_absent",
	"ss_nullsel",  "ss_outside", "ss_code",   "ss_rdonly", "ss_system",  "ss_dpl",
	"ss_rpl",      "ss_absent",  "eip",
};
static const char *const data_names[5] = {"outside", "xonly", "system", "dpl", "absent"};
static const u8 data_regs[4] = {A_ES, A_DS, A_FS, A_GS};
static const char *const data_reg_names[4] = {"es", "ds", "fs", "gs"};

static void bad_segment(struct tcase *t, u8 access)
{
	sys_desc(t, OP_GDT, SLOT_BAD, CASE_FS_BASE, 0xffff, access, access & 0x10 ? 4 : 0);
}

static bool break_data(struct tcase *t, struct task_plan *p, unsigned sreg, unsigned what,
		       struct outcome *o)
{
	u16 bad = SEL_SLOT(SLOT_BAD, p->new);

	p->seg[sreg] = bad;
	*o = (struct outcome){TS, bad & 0xfffcu};
	switch (what) {
	case 0:
		p->seg[sreg] = OUTSIDE;
		o->error = OUTSIDE;
		break;
	case 1:
		bad_segment(t, 0xf9); /* code that cannot be read */
		break;
	case 2:
		bad_segment(t, 0xe2);
		break;
	case 3:
		bad_segment(t, 0x93);
		p->seg[sreg] |= 3; /* RPL, and in ring 3 CPL */
		break;
	default:
		bad_segment(t, 0x73);
		o->vector = NP;
	}
	return p->wide || sreg < A_FS;
}

/* The DPL of the new task's ring in an access byte. */
static bool break_late(struct tcase *t, struct task_plan *p, unsigned e, struct outcome *o)
{
	u16 bad = SEL_SLOT(SLOT_BAD, p->new), ldt = SEL_SLOT(SLOT_LDT, 0);
	u8 dpl = (u8)(p->new << 5);

	if (e >= L_DATA)
		return break_data(t, p, data_regs[(e - L_DATA) / 5], (e - L_DATA) % 5, o);
	*o = (struct outcome){TS, bad & 0xfffcu};
	if (e <= L_LDT_ABSENT) {
		p->ldt = ldt;
		o->error = ldt;
	} else if (e <= L_CS_ABSENT) {
		p->seg[A_CS] = bad;
	} else if (e <= L_SS_ABSENT) {
		p->seg[A_SS] = bad;
	}
	switch (e) {
	case L_LDT_OUTSIDE:
		o->error = p->ldt = OUTSIDE;
		break;
	case L_LDT_LOCAL:
		o->error = p->ldt = SEL_LSLOT(0, 0);
		sys_desc(t, OP_LDT, 0, CASE_DS_BASE, 0xffff, 0x82, 0);
		break;
	case L_LDT_TYPE:
	case L_LDT_DATA:
	case L_LDT_ABSENT:
		sys_desc(t, OP_GDT, SLOT_LDT, CASE_DS_BASE, 0xffff,
			 e == L_LDT_TYPE   ? 0x89
			 : e == L_LDT_DATA ? 0x93
					   : 0x02,
			 0);
		break;
	case L_CS_NULL:
	case L_SS_NULL:
		p->seg[e == L_CS_NULL ? A_CS : A_SS] = (u16)p->new;
		o->error = 0;
		break;
	case L_CS_OUTSIDE:
	case L_SS_OUTSIDE:
		p->seg[e == L_CS_OUTSIDE ? A_CS : A_SS] = (u16)(OUTSIDE | p->new);
		o->error = OUTSIDE;
		break;
	case L_CS_DATA:
		bad_segment(t, 0x93 | dpl);
		break;
	case L_CS_SYSTEM:
	case L_SS_SYSTEM:
		bad_segment(t, 0x82 | dpl);
		break;
	case L_CS_DPL:
		bad_segment(t, 0x9b | (dpl ^ 0x60));
		break;
	case L_CS_CONF: /* inner rings may not run it */
		bad_segment(t, 0xff);
		return !p->new;
	case L_CS_ABSENT:
		bad_segment(t, 0x1b | dpl);
		o->vector = NP;
		break;
	case L_SS_CODE:
		bad_segment(t, 0x9b | dpl);
		break;
	case L_SS_RO:
		bad_segment(t, 0x91 | dpl);
		break;
	case L_SS_DPL:
		bad_segment(t, 0x93 | (dpl ^ 0x60));
		break;
	case L_SS_RPL:
		bad_segment(t, 0x93 | dpl);
		p->seg[A_SS] ^= 3;
		break;
	case L_SS_ABSENT:
		bad_segment(t, 0x13 | dpl);
		o->vector = SS;
		break;
	case L_EIP:
		p->eip = 0x10000;
		*o = (struct outcome){GP, 0};
		return p->wide;
	}
	return true;
}

/* The fault goes to a handler on the new task's stack, or to a third task, as the
 * manual wants it. */
static void late(struct gen *g, const struct task_plan *base, unsigned e, bool third)
{
	const char *name = e < L_DATA ? late_names[e]
				      : sys_text("%s_%s", data_reg_names[(e - L_DATA) / 5],
						 data_names[(e - L_DATA) % 5]);
	struct task_plan p = *base;
	u16 sel = SEL_SLOT(SLOT_TSS, 0);
	struct outcome o;
	struct tcase *t;

	/* Without an own stack there is nowhere for the frame to go. */
	if (!third && !(p.new &&e >= L_CS_NULL) && e < L_EIP)
		return;
	t = sys_case(
		g, "taskfault", way_names[p.way],
		sys_text("%s.%u_%s", p.wide ? "tss32" : "tss16", p.new, third ? "third" : "gate"),
		CM_PM32, p.cpl, name, "SDM 3A 7.3, tables 7-1, 6-6; 6.15 #TS, #NP, #SS");
	if (!break_late(t, &p, e, &o)) {
		gen_drop(g);
		return;
	}
	task_setup(t, &p);
	if (!p.wide && !third)
		t->ign_regs = 0xff; /* upper halves */
	o.error |= task_external(p.way);
	expect_mem(t, OBS_TSS + T32_EIP, 4, 0, task_saved_eip(t, &p));
	if (p.way != W_IRET) /* busy */
		expect_mem(t, OBS_GDT(SLOT_TSS) + 4, 4, 0x200, 0x200);
	else
		expect_same(t, OBS_GDT(SLOT_TSS), 8);
	expect_mem(t, OBS_CR0, 4, CR0_TS, CR0_TS);
	if (task_nests(p.way))
		expect_mem(t, NEW_TSS, 2, 0xffff, SEL_MAIN_TSS);
	if (!third) {
		expect_fault(t, o.vector, o.error);
		expect(t, X_EIP, 0, 0, p.eip);
		expect(t, X_SEL, A_CS, 0, p.seg[A_CS]);
		expect(t, X_SEL, A_SS, 0, p.seg[A_SS]);
		expect_mem(t, OBS_TR, 4, 0xfffc, sel);
		return;
	}
	task_handler(t, o.vector, 0);
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, HANDLER_EIP + 1);
	expect_mem(t, OBS_TR, 4, 0xfffc, SEL_SLOT(SLOT_HANDLER, 0));
	expect_mem(t, HANDLER_TSS, 2, 0xffff, sel); /* back link */
	expect_mem(t, win(A_SS, HANDLER_ESP) - 4, 4, 0, o.error);
	/* The new task as it was, with all of its selectors. */
	expect_same(t, NEW_TSS + (p.wide ? T32_EIP : T16_IP), p.wide ? 4 : 2);
	expect_same(t, NEW_TSS + (p.wide ? T32_SEG + 4 : T16_SEG + 2), 2);
	expect_same(t, NEW_TSS + (p.wide ? T32_SEG + 8 : T16_SEG + 4), 2);
}

void gen_sys_taskfault(struct gen *g)
{
	unsigned way, i, e;
	struct task_plan p;

	for (way = 0; way < WAYS; way++)
		for (i = 0; i < 4; i++)
			for (e = 0; e < E_COUNT; e++)
				early(g, (enum way)way, i & 1, i & 2 ? 3 : 0, e);
	for (way = 0; way < WAYS; way++)
		for (i = 0; i < 8; i++)
			for (e = 0; e < 2 * L_COUNT; e++) {
				task_plan(&p, (enum way)way, i & 1, i & 2 ? 3 : 0, i & 4 ? 3 : 0);
				late(g, &p, e / 2, e & 1);
			}
}

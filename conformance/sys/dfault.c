/* SPDX-License-Identifier: MIT
 * Group doublefault: every kind of first event, delivered through every kind of
 * broken gate, segment or stack: #DF, or the second exception with its error code and
 * EXT bit.  Rules: SDM vol. 3A tables 6-4 and 6-5, section 6.13; vol. 2A INT n.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4 };
#define ABSENT (PG_LIN + 0x1000u) /* a page */
#define STACK1 (ABSENT + 0x800u)
#define BROKEN 0xfff8u /* a selector outside the GDT */
#define INT_N  0x60u

enum class { BENIGN, CONTRIBUTORY, PAGE };

/* The first event.  Code in 32- and 16-bit form; len: bytes in front of EIP. */
enum flag { F_SOFT = 1, F_NO_RING0 = 2, F_NO_V86 = 4, F_FLAT = 8 };
static const struct first {
	const char *name, *wide, *narrow;
	u8 vector, class, len, flags;
} firsts[] = {
	{"de", "f7 f1", "f7 f1", DE, CONTRIBUTORY, 0, 0},
	{"db", "90 90", "90 90", DB, BENIGN, 1, F_NO_RING0},
	{"int1", "f1", "f1", DB, BENIGN, 0, 0},
	{"bp", "cc", "cc", 3, BENIGN, 0, F_SOFT},
	{"of", "ce", "ce", 4, BENIGN, 0, F_SOFT},
	{"br", "62 05 D", "62 06 W", 5, BENIGN, 0, 0},
	{"ud", "0f 0b", "0f 0b", UD, BENIGN, 0, 0},
	{"nm", "d9 e8", "d9 e8", NM, BENIGN, 0, 0},
	{"ts", "cf", "cf", TS, CONTRIBUTORY, 0, F_NO_V86},
	{"np", "8e e0", "8e e0", NP, CONTRIBUTORY, 0, F_NO_V86},
	{"ss", "8e d0", "36 a1 ff ff", SS, CONTRIBUTORY, 0, 0},
	{"gp", "8e e0", "fa", GP, CONTRIBUTORY, 0, 0},
	{"pf", "8b 05 D", "", PF, PAGE, 0, F_NO_V86 | F_FLAT},
	{"mf", "9b", "9b", MF, BENIGN, 0, 0},
	{"ac", "8b 05 D", "a1 W", AC, BENIGN, 0, F_NO_RING0},
	{"int_n", "cd 60", "cd 60", INT_N, BENIGN, 0, F_SOFT},
	{"irq", "fb 90 90", "fb 90 90", SYS_IRQ, BENIGN, 2, 0},
};

/* What its delivery meets. */
enum second {
	S_GATE_ABSENT,
	S_GATE_TYPE,
	S_GATE_ZERO,
	S_NULL,
	S_OUTSIDE,
	S_LDT,
	S_CODE_ABSENT,
	S_DATA,
	S_OFFSET,
	S_RING1, /* from here on a stack of ring 1 */
	S_SS_NULL = S_RING1,
	S_SS_OUTSIDE,
	S_SS_ABSENT,
	S_SS_DPL,
	S_SS_RPL,
	S_SS_RO,
	S_SS_LIMIT,
	S_SS_PAGE,
	SECONDS
};
static const char *const seconds[SECONDS] = {
	"gate_absent", "gate_type", "gate_zero", "null",     "outside",    "ldt",
	"code_absent", "data",      "offset",    "ss_zero",  "ss_outside", "ss_absent",
	"ss_dpl",      "ss_rpl",    "ss_ro",     "ss_limit", "ss_page",
};

struct outcome {
	unsigned vector;
	u32 error;
};

static struct outcome broken(struct tcase *t, enum second s, unsigned vector, u32 ext, u8 dpl)
{
	u16 code = SEL_SLOT(1, 0), stack = SEL_SLOT(2, 1), idt = (u16)(vector * 8 + 2);
	u8 gate = (u8)(0x8e | dpl), code_access = 0xba, stack_access = 0xb3;
	u32 offset = CASE_CS_BASE + CASE_OFF + 0x90, esp = CASE_ES_BASE + 0x0f80,
	    stack_limit = 0xfffff;
	struct outcome o = {GP, 0};

	if (s < S_RING1)
		code_access = 0x9a;
	switch (s) {
	case S_GATE_ABSENT:
		gate &= 0x7f;
		o = (struct outcome){NP, idt};
		break;
	case S_GATE_TYPE:
		gate = (u8)(0x8c | dpl); /* a call gate */
		o.error = idt;
		break;
	case S_GATE_ZERO:
		gate = (u8)(0x80 | dpl);
		o.error = idt;
		break;
	case S_NULL:
		code = 0;
		break;
	case S_OUTSIDE:
		code = BROKEN;
		o.error = code;
		break;
	case S_LDT:
		code = BROKEN | 4;
		o.error = code;
		break;
	case S_CODE_ABSENT:
		code_access &= 0x7f;
		o = (struct outcome){NP, code};
		break;
	case S_DATA:
		code_access = 0x92;
		o.error = code;
		break;
	case S_OFFSET:
		break;
	case S_SS_NULL:
		stack = 1;
		o = (struct outcome){TS, 0};
		break;
	case S_SS_OUTSIDE:
		stack = BROKEN | 1;
		o = (struct outcome){TS, BROKEN};
		break;
	case S_SS_ABSENT:
		stack_access &= 0x7f;
		o = (struct outcome){SS, stack & 0xfffcu};
		break;
	case S_SS_DPL:
		stack_access = 0xd3;
		o = (struct outcome){TS, stack & 0xfffcu};
		break;
	case S_SS_RPL:
		stack = SEL_SLOT(2, 2);
		o = (struct outcome){TS, stack & 0xfffcu};
		break;
	case S_SS_RO:
		stack_access = 0xb1;
		o = (struct outcome){TS, stack & 0xfffcu};
		break;
	case S_SS_LIMIT:
		stack_limit = 0xff;
		o = (struct outcome){SS, stack & 0xfffcu};
		break;
	default:
		esp = STACK1;
		o = (struct outcome){PF, W};
	}
	sys_desc(t, OP_GDT, 1, 0, s == S_OFFSET ? 0xfff : 0xfffff, code_access,
		 s == S_OFFSET ? 4 : 0xc);
	if (s >= S_RING1) {
		sys_desc(t, OP_GDT, 2, 0, stack_limit, stack_access, s == S_SS_LIMIT ? 4 : 0xc);
		sys_op(t, OP_TSS, 3, esp, 0);
		sys_op(t, OP_TSS, 4, stack, 0);
		if (t->mode == CM_V86) /* only ring 0 may be entered from there */
			o = (struct outcome){GP, code};
	}
	sys_gate(t, OP_IDT, vector, code, offset, gate, 0);
	if (o.vector != PF)
		o.error |= ext;
	return o;
}

static void event(struct tcase *t, const struct first *f)
{
	bool wide = mode_opsize(t->mode) == 4 && t->mode != CM_V86;
	u32 at = mode_off(t, A_DS, CASE_OFF);

	t->eflags &= ~(u32)(F_IOPL | F_OF | F_DF | F_IF);
	set_gpr(t, A_ECX, 0);
	set_gpr(t, A_EAX, 0);
	switch (f->vector) {
	case DB:
		if (f->len == 1 && f->wide[0] == '9')
			t->eflags |= F_TF;
		break;
	case 4:
		t->eflags |= F_OF;
		break;
	case 5:
		set_mem(t, win(A_DS, CASE_OFF), "\1\0\1\0\2\0\2\0", 8);
		break;
	case NM:
		t->need |= N_FPU;
		sys_op(t, OP_CR0, 0, CR0_TS, 0);
		break;
	case MF:
		t->need |= N_FPU;
		sys_op(t, OP_FPU, 2, 0, 0);
		break;
	case TS: /* a link to nothing */
		t->eflags |= F_NT;
		break;
	case NP:
		sys_desc(t, OP_GDT, 0, 0, 0xffff, 0x73, 4);
		set_gpr(t, A_EAX, SEL_SLOT(0, 3));
		break;
	case SS:
		sys_desc(t, OP_GDT, 0, 0, 0xffff, (u8)(0x13 | t->cpl << 5), 4);
		set_gpr(t, A_EAX, SEL_SLOT(0, t->cpl));
		break;
	case GP:
		set_gpr(t, A_EAX, BROKEN);
		break;
	case PF:
		at = ABSENT + 0x10;
		break;
	case AC:
		sys_op(t, OP_CR0, 0, CR0_AM, 0);
		t->eflags |= F_AC;
		at++;
		break;
	case INT_N: /* #GP(0) before anything else without it */
		t->eflags |= t->mode == CM_V86 ? F_IOPL : 0;
		break;
	case SYS_IRQ:
		sys_op(t, OP_IRQ, 0, 0, 0);
		t->eflags |= t->cpl ? F_IOPL : 0;
		break;
	}
	/* Loads of segment registers do not exist in virtual-8086 mode: other ways. */
	if (t->mode != CM_V86 && !wide && (f->vector == SS || f->vector == GP))
		sys_code(t, f->wide);
	else
		sys_code(t, wide ? f->wide : f->narrow, at);
}

static void one(struct gen *g, const struct first *f, enum second s, unsigned mode, unsigned cpl)
{
	struct tcase *t = sys_case(g, "doublefault", f->name, seconds[s], mode, cpl, "delivery",
				   "SDM 3A tables 6-4, 6-5; 6.13");
	struct outcome o;
	u32 ext = f->flags & F_SOFT ? 0 : 1;
	bool twice;

	event(t, f);
	if (f->vector == VEC_STOP) /* who calls it all the same does not do so for ever */
		set_mem(t, CASE_CS_BASE + CASE_OFF + 0x90, "\x0f\x0b", 2);
	o = broken(t, s, f->vector, ext, f->flags & F_SOFT ? 0x60 : 0);
	if (f->vector == PF || s == S_SS_PAGE) {
		sys_op(t, OP_PAGING, PG_32, 0, 0);
		sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	}
	if (s == S_SS_PAGE) { /* accessed or not: the push came first, or not */
		t->ign_lin = OBS_GDT(1);
		t->ign_len = 8;
	}
	twice = (f->class == CONTRIBUTORY && o.vector != PF) || f->class == PAGE;
	if (twice) {
		expect_fault(t, DF, 0); /* EIP is undefined */
		if (f->vector == PF)
			expect_mem(t, OBS_CR2, 4, 0, s == S_SS_PAGE ? STACK1 - 4 : ABSENT + 0x10);
		return;
	}
	expect_fault(t, o.vector, o.error);
	/* An INT that fails is a fault. */
	expect(t, X_EIP, 0, 0, case_default_eip(mode) + f->len);
	if (o.vector == PF)
		expect_mem(t, OBS_CR2, 4, 0, STACK1 - 4);
}

void gen_sys_dfault(struct gen *g)
{
	static const struct {
		u8 mode, cpl;
	} modes[] = {{CM_FLAT32, 3}, {CM_FLAT32, 0}, {CM_PM16, 3},
		     {CM_PM32, 1},   {CM_PM32, 2},   {CM_V86, 3}};
	unsigned f, s, m;

	for (f = 0; f < sizeof firsts / sizeof *firsts; f++)
		for (m = 0; m < sizeof modes / sizeof *modes; m++)
			for (s = 0; s < SECONDS; s++) {
				u8 flags = firsts[f].flags;

				/* Rings 0 and 1 change no stack on the way to ring 1. */
				if (s >= S_RING1 && modes[m].cpl < 2)
					continue;
				if (!modes[m].cpl && flags & F_NO_RING0)
					continue;
				if (firsts[f].vector == AC && modes[m].cpl != 3)
					continue;
				if (modes[m].mode == CM_V86 && (flags & F_NO_V86 || s > S_RING1))
					continue;
				if (flags & F_FLAT && modes[m].mode != CM_FLAT32)
					continue;
				one(g, &firsts[f], (enum second)s, modes[m].mode, modes[m].cpl);
			}
}

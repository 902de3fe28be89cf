/* SPDX-License-Identifier: MIT
 * Group gate: INT n through every type of descriptor in the IDT and CALL through
 * call gates, by CPL, gate DPL and RPL, to code of every ring, conforming or not,
 * absent, data or nothing; stack switches with parameters in both sizes.  Rules:
 * SDM vol. 3A sections 5.8.3 to 5.8.6 and 6.12, vol. 2A INT n and CALL.
 */
#include "conformance/sys/sys.h"

#define VECTOR 0x61u
#define TARGET (CASE_OFF + 0x90u) /* INT3 in the code segment */
#define STACK  0x0f80u            /* of the inner ring, in the segment of ES */

enum target { T_CODE, T_CONF, T_ABSENT, T_DATA, T_ZERO, T_OUTSIDE, T_LIMIT, TARGETS };
static const char *const target_names[TARGETS] = {"code", "conf", "np",   "data",
						  "zero", "gone", "limit"};

/* Slot 1: what the gate leads to.  Returns its selector. */
static u16 make_target(struct tcase *t, enum target kind, unsigned dpl, bool wide)
{
	u8 access = (u8)(dpl << 5);
	u8 flags = wide ? 4 : 0;

	switch (kind) {
	case T_CODE:
		sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, access | 0x9b, flags);
		break;
	case T_CONF:
		sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, access | 0x9f, flags);
		break;
	case T_ABSENT:
		sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, access | 0x1b, flags);
		break;
	case T_DATA:
		sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, access | 0x93, flags);
		break;
	case T_LIMIT:
		sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xfff, access | 0x9b, flags);
		break;
	case T_ZERO:
		return 0;
	default:
		return 0x0ff8;
	}
	return SEL_SLOT(1, 0);
}

/* Slots 2 to 4: stack segments of rings 0 to 2 at the segment of ES. */
static void make_stacks(struct tcase *t, unsigned ring, bool big)
{
	u16 sel = SEL_SLOT(2, ring);

	sys_desc(t, OP_GDT, 2, CASE_ES_BASE, 0xffff, (u8)(0x93 | ring << 5), big ? 4 : 0);
	sys_op(t, OP_TSS, 1 + 2 * ring, STACK, 0);
	sys_op(t, OP_TSS, 2 + 2 * ring, sel, 0);
}

/* Who takes 32 bits of the offset in a gate of 16 meets INT3, too. */
static void stray(struct tcase *t, bool wide)
{
	if (!wide)
		set_mem(t, CASE_CS_BASE + 0x10000u + TARGET, "\xcc", 1);
}

struct outcome {
	int vector; /* negative: arrived */
	u32 error;
	unsigned cpl;
};

/* The checks on the code segment a gate names; ext is added to error codes. */
static struct outcome enter(enum target kind, unsigned dpl, unsigned cpl, u16 sel, u32 ext,
			    bool v86)
{
	bool conforming = kind == T_CONF;
	struct outcome o = {-1, 0, cpl};

	if (kind == T_ZERO)
		return (struct outcome){GP, ext, 0};
	if (kind == T_OUTSIDE || kind == T_DATA || dpl > cpl)
		return (struct outcome){GP, (sel & 0xfffcu) | ext, 0};
	if (kind == T_ABSENT)
		return (struct outcome){NP, (sel & 0xfffcu) | ext, 0};
	if (!conforming)
		o.cpl = dpl;
	if (v86 && o.cpl != 0)
		return (struct outcome){GP, (sel & 0xfffcu) | ext, 0};
	if (kind == T_LIMIT)
		return (struct outcome){GP, ext, 0};
	return o;
}

static void expect_outcome(struct tcase *t, struct outcome o, u16 sel)
{
	if (o.vector >= 0) {
		expect_fault(t, (unsigned)o.vector, o.error);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
		return;
	}
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, TARGET + 1);
	expect(t, X_SEL, A_CS, 0, (sel & ~3u) | o.cpl);
	if (o.cpl != t->cpl)
		expect(t, X_SEL, A_SS, 0, SEL_SLOT(2, o.cpl));
}

/* INT 61h: the type of the descriptor in the IDT, its DPL and P, the target. */
static void interrupt(struct gen *g, unsigned type, bool present, unsigned gate_dpl,
		      enum target kind, unsigned dpl, unsigned mode, unsigned cpl)
{
	bool gate = type == 6 || type == 7 || type == 14 || type == 15, wide = type & 8;
	struct tcase *t = sys_case(
		g, "gate", "int", sys_text("type%02x_%s%u", type, target_names[kind], dpl), mode,
		cpl, sys_text("%s_dpl%u", present ? "p" : "np", gate_dpl), "SDM 3A 6.12; 2A INT n");
	u32 error = VECTOR * 8 + 2;
	struct outcome o;
	u16 sel;

	if (mode == CM_V86)
		t->eflags |= F_IOPL; /* else INT n does not get as far */
	sel = make_target(t, kind, dpl, wide);
	sys_gate(t, OP_IDT, VECTOR, sel, type & 8 ? TARGET : 0x10000u | TARGET,
		 (u8)(type | gate_dpl << 5 | (present ? 0x80 : 0)), 0);
	/* The frame on the stack of ring 0 would be that of the trap, too. */
	if (dpl == 1 || dpl == 2)
		make_stacks(t, dpl, wide);
	else if (dpl == 0 && cpl)
		make_stacks(t, 0, true);
	stray(t, wide);
	sys_code(t, "cd 61");
	if (!gate && type != 5)
		o = (struct outcome){GP, error, 0};
	else if (gate_dpl < cpl)
		o = (struct outcome){GP, error, 0};
	else if (!present)
		o = (struct outcome){NP, error, 0};
	else if (type == 5) /* a task gate to a code segment, or to none */
		o = (struct outcome){GP, sel & 0xfffcu, 0};
	else
		o = enter(kind, dpl, cpl, sel, 0, mode == CM_V86);
	expect_outcome(t, o, sel);
	if (o.vector < 0 && mode != CM_V86) /* an interrupt gate clears IF, a trap gate does not */
		expect(t, X_EFLAGS, 0, F_IF | F_TF | F_NT, type & 1 ? t->eflags & F_IF : 0);
}

/* The first and the last one, copied from the old stack to the new one. */
static void parameters(struct tcase *t, unsigned width, unsigned count)
{
	unsigned i, k, last = count - 1;
	u32 to, from, v;

	for (i = 0; i <= last; i += last ? last : 1) {
		from = win(A_SS, CASE_OFF) + width * i;
		to = win(A_ES, STACK) - width * (2 + count - i);
		for (v = k = 0; k < width; k++)
			v |= (u32)arena_background(from + k) << 8 * k;
		set_mem32(t, to, ~v, width);
		expect_mem(t, to, width, 0, v);
	}
}

/* CALL through a call gate in slot 0. */
static void call(struct gen *g, bool jump, bool wide, unsigned gate_dpl, unsigned rpl,
		 enum target kind, unsigned dpl, unsigned mode, unsigned cpl, unsigned count)
{
	struct tcase *t = sys_case(
		g, "gate", jump ? "jmp" : "call",
		sys_text("%s_%s%u_n%u", wide ? "32" : "16", target_names[kind], dpl, count), mode,
		cpl, sys_text("dpl%u_rpl%u", gate_dpl, rpl), "SDM 3A 5.8.4, 5.8.5; 2A CALL");
	struct outcome o;
	u16 sel;

	sel = make_target(t, kind, dpl, wide);
	sys_gate(t, OP_GDT, 0, sel, wide ? TARGET : 0x10000u | TARGET,
		 (u8)((wide ? 0x8c : 0x84) | gate_dpl << 5), (u8)count);
	if (dpl < cpl)
		make_stacks(t, dpl, dpl == 0 || wide);
	stray(t, wide);
	if (mode_opsize(mode) == 4)
		sys_code(t, jump ? "ea DW" : "9a DW", 0xdeadbeefu, (u32)SEL_SLOT(0, rpl));
	else
		sys_code(t, jump ? "ea WW" : "9a WW", 0xbeefu, (u32)SEL_SLOT(0, rpl));
	if (gate_dpl < cpl || gate_dpl < rpl)
		o = (struct outcome){GP, SEL_SLOT(0, 0), 0};
	else if (jump && kind == T_CODE && dpl != cpl)
		o = (struct outcome){GP, sel, 0};
	else if (jump && kind == T_ABSENT && dpl != cpl)
		o = (struct outcome){GP, sel, 0};
	else
		o = enter(kind, dpl, cpl, sel, 0, false);
	/* With T_LIMIT and another ring JMP is refused for the ring. */
	if (jump && kind == T_LIMIT && dpl != cpl && o.vector >= 0 && !o.error)
		o.error = sel & 0xfffcu;
	expect_outcome(t, o, sel);
	if (!jump && wide && mode == CM_PM16 && o.vector < 0 && o.cpl != cpl) {
		u32 at = win(A_ES, STACK) - 8;

		set_mem32(t, at, ~t->gpr[A_ESP], 4);
		expect_mem(t, at, 4, 0, t->gpr[A_ESP] & 0xffff);
		expect_or(t, "gate32_sp", t->gpr[A_ESP]);
	}
	if (o.vector < 0 && count)
		parameters(t, wide ? 4 : 2, count);
}

/* Stacks that the TSS may not have: #TS(selector), #SS(selector). */
static void bad_stack(struct gen *g, unsigned n, bool interrupt_gate)
{
	static const struct {
		const char *name;
		u8 access, flags;
		u32 limit;
		u8 rpl, vector;
		bool zero;
	} stacks[] = {
		{"zero", 0xb3, 4, 0xffff, 1, TS, true},
		{"readonly", 0xb1, 4, 0xffff, 1, TS, false},
		{"code", 0xbb, 4, 0xffff, 1, TS, false},
		{"dpl0", 0x93, 4, 0xffff, 1, TS, false},
		{"dpl2", 0xd3, 4, 0xffff, 1, TS, false},
		{"rpl0", 0xb3, 4, 0xffff, 0, TS, false},
		{"rpl3", 0xb3, 4, 0xffff, 3, TS, false},
		{"absent", 0x33, 4, 0xffff, 1, SS, false},
		{"short", 0xb3, 4, 0xf70, 1, SS, false},
		{"short16", 0xb3, 0, 0xf70, 1, SS, false},
		{"system", 0xa2, 4, 0xffff, 1, TS, false},
		{"down", 0xb7, 4, 0x0f80, 1, SS, false},
	};
	u16 sel;
	struct tcase *t;

	if (n >= sizeof stacks / sizeof *stacks)
		return;
	t = sys_case(g, "gate", interrupt_gate ? "int" : "call", "stack1", CM_PM32, 3,
		     stacks[n].name, interrupt_gate ? "SDM 2A INT n" : "SDM 2A CALL");
	sel = stacks[n].zero ? 0 : SEL_SLOT(2, stacks[n].rpl);
	sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, 0xbb, 4);
	sys_desc(t, OP_GDT, 2, CASE_ES_BASE, stacks[n].limit, stacks[n].access, stacks[n].flags);
	sys_op(t, OP_TSS, 3, STACK, 0);
	sys_op(t, OP_TSS, 4, sel, 0);
	if (interrupt_gate) {
		sys_gate(t, OP_IDT, VECTOR, SEL_SLOT(1, 0), TARGET, 0xee, 0);
		sys_code(t, "cd 61");
	} else {
		sys_gate(t, OP_GDT, 0, SEL_SLOT(1, 0), TARGET, 0xec, 2);
		sys_code(t, "9a DW", 0u, (u32)SEL_SLOT(0, 3));
	}
	expect(t, X_VECTOR, 0, 0, stacks[n].vector);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
	if (stacks[n].vector == TS || stacks[n].name[0] == 'a')
		expect(t, X_ERROR, 0, 0, sel & 0xfffcu);
}

static const struct place {
	u8 mode, cpl;
} places[] = {{CM_PM32, 0}, {CM_PM32, 1}, {CM_PM32, 2}, {CM_PM32, 3}, {CM_PM16, 3}, {CM_V86, 3}};

void gen_sys_gate(struct gen *g)
{
	static const u8 gates[4] = {6, 7, 14, 15};
	unsigned type, p, k, dpl, d, i;

	for (type = 0; type < 32; type++)
		for (p = 0; p < 6; p++) {
			interrupt(g, type, true, 3, T_CODE, 0, places[p].mode, places[p].cpl);
			interrupt(g, type, true, 0, T_CODE, 0, places[p].mode, places[p].cpl);
			interrupt(g, type, false, 3, T_CODE, 0, places[p].mode, places[p].cpl);
		}
	for (i = 0; i < 4; i++)
		for (p = 0; p < 6; p++)
			for (k = T_CODE; k < TARGETS; k++)
				for (dpl = 0; dpl < 4; dpl++) {
					if ((k >= T_ZERO && dpl) || (k == T_CODE && !dpl))
						continue;
					interrupt(g, gates[i], true, 3, k, dpl, places[p].mode,
						  places[p].cpl);
				}
	for (i = 0; i < 4; i++)
		for (p = 0; p < 5; p++)
			for (k = T_CODE; k < TARGETS; k++)
				for (dpl = 0; dpl < 4; dpl++) {
					if (k >= T_ZERO && dpl)
						continue;
					call(g, i & 1, i & 2, 3, places[p].cpl, k, dpl,
					     places[p].mode, places[p].cpl, 0);
				}
	for (d = 0; d < 4; d++)
		for (i = 0; i < 4; i++)
			for (p = 0; p < 4; p++)
				if (d != 3 || i != places[p].cpl) /* those are above */
					call(g, false, true, d, i, T_CODE, places[p].cpl, CM_PM32,
					     places[p].cpl, 0);
	for (d = 0; d < 3; d++)
		for (i = 1; i < 32; i++)
			for (p = 0; p < 4; p++)
				call(g, false, p & 1, 3, 3, T_CODE, d, p & 2 ? CM_PM16 : CM_PM32, 3,
				     i);
	for (i = 0; i < 16; i++) {
		bad_stack(g, i, true);
		bad_stack(g, i, false);
	}
}

/* SPDX-License-Identifier: MIT
 * Group task: switches by JMP, CALL and INT through TSS descriptors and task gates
 * of both sizes: what is checked first, what the old TSS, the busy bits, NT, the
 * back link and CR0.TS are afterwards.  Rules: SDM vol. 3A chapter 7, table 7-1.
 */
#include <string.h>

#include "conformance/result.h"
#include "conformance/sys/sys.h"

#define NEW_TSS (CASE_FS_BASE + CASE_OFF)
#define TARGET  (CASE_OFF + 0x90u)

enum { BY_JMP, BY_CALL, BY_GATE_JMP, BY_GATE_CALL, BY_INT, WAYS };
static const char *const way_names[WAYS] = {"jmp", "call", "jmp_gate", "call_gate", "int"};

struct shape {
	unsigned way, cpl;
	bool wide; /* TSS of 32 bits */
	u8 access; /* of its descriptor */
	u32 limit;
	u16 cs, ss, ds, ldt;
	u32 eflags;
	const char *cls;
	int vector; /* negative: arrives */
	u32 error;
	bool late; /* the fault is one of the new task */
};

static void put(u8 *b, unsigned at, u32 v, unsigned n)
{
	for (; n; n--, v >>= 8)
		b[at++] = (u8)v;
}

/* Figure 7-2 and 7-10. */
static void new_tss(struct tcase *t, const struct shape *s)
{
	u8 b[104] = {0};

	if (s->wide) {
		put(b, 4, 0x1f000, 4);
		put(b, 8, SEL_MAIN_DATA, 2);
		put(b, 32, TARGET, 4);
		put(b, 36, s->eflags, 4);
		put(b, 40, 0x11111111, 4);
		put(b, 56, CASE_OFF, 4); /* ESP */
		put(b, 68, 0x22222222, 4);
		put(b, 72, SEL_CPL0(SG_ES), 2);
		put(b, 76, s->cs, 2);
		put(b, 80, s->ss, 2);
		put(b, 84, s->ds, 2);
		put(b, 96, s->ldt, 2);
		put(b, 100, 0x680000, 4);
	} else {
		put(b, 2, 0xf000, 2);
		put(b, 4, SEL_MAIN_DATA, 2);
		put(b, 14, TARGET, 2);
		put(b, 16, s->eflags, 2);
		put(b, 18, 0x1111, 2);
		put(b, 26, CASE_OFF, 2); /* SP */
		put(b, 34, SEL_CPL0(SG_ES), 2);
		put(b, 36, s->cs, 2);
		put(b, 38, s->ss, 2);
		put(b, 40, s->ds, 2);
		put(b, 42, s->ldt, 2);
	}
	set_mem(t, NEW_TSS, b, 40);
	set_mem(t, NEW_TSS + 40, b + 40, 40);
	set_mem(t, NEW_TSS + 80, b + 80, 24);
}

static void one(struct gen *g, const struct shape *s)
{
	struct tcase *t = sys_case(g, "task", way_names[s->way], s->wide ? "tss32" : "tss16",
				   CM_PM32, s->cpl, s->cls, "SDM 3A 7.3, table 7-1");
	bool nested = s->way == BY_CALL || s->way == BY_GATE_CALL || s->way == BY_INT;
	u16 sel = SEL_SLOT(0, 0);

	new_tss(t, s);
	sys_desc(t, OP_GDT, 0, NEW_TSS, s->limit, s->access, 0);
	if (s->way == BY_INT) {
		sys_gate(t, OP_IDT, 0x61, sel, 0, 0xe5, 0);
		sys_code(t, "cd 61");
	} else if (s->way == BY_GATE_JMP || s->way == BY_GATE_CALL) {
		sys_gate(t, OP_GDT, 1, sel, 0, 0xe5, 0);
		sys_code(t, s->way == BY_GATE_JMP ? "ea DW" : "9a DW", 0u,
			 (u32)SEL_SLOT(1, s->cpl));
	} else {
		sys_code(t, s->way == BY_JMP ? "ea DW" : "9a DW", 0u, (u32)sel | s->cpl);
	}
	/* Of registers, a TSS of 16 bits leaves the upper halves undefined. */
	if (!s->wide)
		t->ign_regs = 0xff;
	if (s->vector >= 0) {
		expect_fault(t, (unsigned)s->vector, s->error);
		/* Which of the new segments are loaded, and the stack of the fault, is left open.
		 */
		if (s->late && s->cs != SEL_CPL0(SG_CODE32))
			t->ign_fields = DIFF_SEG | DIFF_REG | DIFF_MEM;
		if (!s->late) {
			expect_same(t, OBS_GDT(0), 8);
			expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
			return;
		}
	} else {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, TARGET + 1);
		expect(t, X_SEL, A_CS, 0, s->cs);
		expect(t, X_SEL, A_SS, 0, s->ss);
		expect(t, X_EFLAGS, 0, F_NT, nested ? F_NT : 0);
	}
	expect_mem(t, OBS_TR, 4, 0xfffc, sel);
	expect_mem(t, OBS_CR0, 4, 8, 8); /* TS */
	expect_mem(t, OBS_GDT(0) + 4, 4, 0x200, 0x200);
	if (nested)
		expect_mem(t, NEW_TSS, 2, 0xffff, SEL_MAIN_TSS);
	expect_mem(t, OBS_TSS + 0x20, 4, 0, case_default_eip(t->mode) + t->code_len);
}

void gen_sys_task(struct gen *g)
{
	const u16 cs0 = SEL_CPL0(SG_CODE32), ds0 = SEL_CPL0(SG_DS);
	unsigned way, wide, cpl;

	for (way = 0; way < WAYS; way++)
		for (wide = 0; wide < 2; wide++)
			for (cpl = 0; cpl < 4; cpl += 3) {
				u8 free = wide ? 0x89 : 0x81;
				u32 limit = wide ? 103 : 43;
				/* The upper half of ESP is anything after a TSS of 16 bits. */
				u16 ss0 = SEL_CPL0(wide ? SG_SS32 : SG_SS16);
				u16 sel = SEL_SLOT(0, 0);
				struct shape s = {way,
						  cpl,
						  wide,
						  (u8)(free | 0x60),
						  limit,
						  cs0,
						  ss0,
						  ds0,
						  SEL_MAIN_LDT,
						  2,
						  "plain",
						  -1,
						  0,
						  false};
				struct shape base = s;

				one(g, &s);
				s.cls = "dpl0"; /* the gate's DPL counts, not the TSS's */
				s.access = free;
				if (cpl && way <= BY_CALL) {
					s.vector = GP;
					s.error = sel;
				}
				one(g, &s);
				s = base;
				s.cls = "busy";
				s.access |= 2;
				s.vector = GP;
				s.error = sel;
				one(g, &s);
				s = base;
				s.cls = "absent";
				s.access &= 0x7f;
				s.vector = NP;
				s.error = sel;
				one(g, &s);
				s = base;
				s.cls = "short";
				s.limit--;
				s.vector = TS;
				s.error = sel;
				one(g, &s);
				s = base;
				s.cls = "data"; /* no TSS at all; as a direct target it is data */
				s.access = 0xf3;
				s.vector = GP;
				s.error = sel;
				one(g, &s);
				/* Faults of the new task: its selectors. */
				s = base;
				s.late = true;
				s.vector = TS;
				s.cls = "ldt_gone";
				s.ldt = 0x0ff8;
				s.error = 0x0ff8;
				one(g, &s);
				s.ldt = base.ldt;
				s.cls = "cs_data";
				s.cs = ds0;
				s.error = ds0;
				one(g, &s);
				s.cls = "cs_zero";
				s.cs = 0;
				s.error = 0;
				one(g, &s);
				s.cs = cs0;
				s.cls = "ds_code";
				s.ds = SEL_CPL0(SG_XO);
				s.error = s.ds;
				one(g, &s);
				s.cls = "ds_absent";
				s.ds = SEL_CPL0(SG_NP);
				s.error = s.ds;
				s.vector = NP;
				one(g, &s);
				/* Flags of the new task. */
				s = base;
				s.cls = "flags";
				s.eflags = 0x8d7;
				one(g, &s);
				s.cls = "if_df";
				s.eflags = 0x602;
				one(g, &s);
			}
}

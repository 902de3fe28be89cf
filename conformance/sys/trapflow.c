/* SPDX-License-Identifier: MIT
 * Group trap, second half: single steps over what goes elsewhere - gates, far transfers,
 * interrupts with handlers that return, IRET of every kind, HLT, loads of SS - and RF in
 * the image that each kind of event pushes.  Rules: SDM vol. 3B sections 17.3.1.1 (RF),
 * 17.3.1.4 (TF); vol. 3A sections 5.8.3, 6.8.3, 6.12.1, 20.2.2.
 */
#include <string.h>

#include "conformance/result.h"
#include "conformance/sys/sys.h"

#define BASE   0x40u
#define TARGET (CASE_CS_BASE + CASE_OFF + 0x90u)
#define ABSENT (PG_LIN + 0x1000u)

static bool wide_of(const struct tcase *t)
{
	return mode_opsize(t->mode) == 4 && t->mode != CM_V86;
}

static void set_tf(struct tcase *t)
{
	if (t->cpl)
		t->eflags |= F_TF;
	else
		sys_code(t, wide_of(t) ? "68 D 9d" : "68 W 9d", 0x102u);
}

static struct tcase *stepped(struct gen *g, const char *name, const char *form, unsigned mode,
			     unsigned cpl, const char *cls, const char *cite)
{
	struct tcase *t = sys_case(g, "trap", name, form, mode, cpl, cls, cite);

	t->eflags &= ~(u32)(F_DF | F_IF | F_NT);
	return t;
}

static void trap_at(struct tcase *t, u32 eip, u32 tf)
{
	expect_fault(t, DB, 0);
	expect(t, X_EIP, 0, 0, eip);
	expect_mem(t, OBS_DR6, 4, 0xe00f, 0x4000);
	expect(t, X_EFLAGS, 0, F_TF | F_RF, tf);
}

/* --- transfers: the trap is at the target --- */

enum far_kind { FAR_JMP, FAR_CALL, GATE_JMP, GATE_CALL, GATE16_CALL, FARS };
static const char *const far_names[FARS] = {"jmp_far", "call_far", "jmp_gate", "call_gate",
					    "call_gate16"};

/* CALL to ring `to`; JMP stays. */
static void far_step(struct gen *g, enum far_kind kind, unsigned cpl, unsigned to)
{
	struct tcase *t;
	u16 sel = SEL_SLOT(1, to);
	bool gate = kind >= GATE_JMP;
	u32 target = kind == GATE16_CALL ? CASE_OFF + 0x90u : TARGET;

	if ((cpl != to && kind != GATE_CALL && kind != GATE16_CALL) || to > cpl)
		return;
	t = stepped(g, far_names[kind], sys_text("to%u", to), CM_FLAT32, cpl, "tf",
		    "SDM 3B 17.3.1.4; 3A 5.8.3");
	sys_desc(t, OP_GDT, 1, kind == GATE16_CALL ? CASE_CS_BASE : 0,
		 kind == GATE16_CALL ? 0xffff : 0xfffff, (u8)(0x9b | to << 5),
		 kind == GATE16_CALL ? 0x4 : 0xc);
	if (gate)
		sys_gate(t, OP_GDT, 2, sel, target, kind == GATE16_CALL ? 0xe4 : 0xec, 0);
	if (to && to < cpl) { /* its stack */
		sys_desc(t, OP_GDT, 3, 0, 0xfffff, (u8)(0x93 | to << 5), 0xc);
		sys_op(t, OP_TSS, 1 + 2 * to, CASE_SS_BASE + CASE_OFF + 0x100, 0);
		sys_op(t, OP_TSS, 2 + 2 * to, SEL_SLOT(3, to), 0);
	}
	set_tf(t);
	sys_code(t, kind == FAR_JMP || kind == GATE_JMP ? "ea D W" : "9a D W", target,
		 gate ? (u32)SEL_SLOT(2, cpl) : sel);
	trap_at(t, target, F_TF);
	expect(t, X_SEL, A_CS, 0, sel);
}

/* RETF and IRET, from ring 0, to ring `to`, or to virtual-8086 mode (4); IRET leaves,
 * keeps or sets TF. */
static void back_step(struct gen *g, bool iret, unsigned to, bool before, bool behind)
{
	bool v86 = to == 4, outer = to && !v86;
	u16 cs = v86 ? (u16)(CASE_CS_BASE >> 4) : SEL_SLOT(1, to), ss = SEL_SLOT(2, to);
	u32 eip = v86 ? CASE_OFF + 0x90u : TARGET;
	struct tcase *t;
	unsigned i;

	if (!iret && (v86 || behind != before))
		return;
	t = stepped(g, iret ? "iret" : "retf", v86 ? "to_v86" : sys_text("to%u", to), CM_FLAT32, 0,
		    sys_text("tf%u%u", before, behind), "SDM 3B 17.3.1.4; 2A IRET; 3A 20.2.2");
	sys_desc(t, OP_GDT, 1, 0, 0xfffff, (u8)(0x9b | to << 5), 0xc);
	sys_desc(t, OP_GDT, 2, 0, 0xfffff, (u8)(0x93 | to << 5), 0xc);
	set_mem(t, TARGET, "\x90\x90", 2);
	if (v86)
		for (i = 0; i < 4; i++) { /* GS FS DS ES */
			static const u8 order[4] = {A_GS, A_FS, A_DS, A_ES};

			sys_code(t, "68 D", case_seg_base(order[i]) >> 4);
		}
	if (outer || v86)
		sys_code(t, "68 D 68 D", v86 ? CASE_SS_BASE >> 4 : (u32)ss,
			 v86 ? CASE_OFF : CASE_SS_BASE + CASE_OFF);
	if (iret)
		sys_code(t, "68 D", (behind ? 0x102u : 2u) | (v86 ? F_VM : 0));
	sys_code(t, "68 D 68 D", (u32)cs, eip);
	if (before)
		set_tf(t);
	sys_code(t, iret ? "cf" : "cb");
	t->ign_regs = 1u << A_ESP;
	if (before) /* TF was set when it began */
		trap_at(t, eip, behind ? F_TF : 0);
	else if (behind) /* one instruction later */
		trap_at(t, eip + 1, F_TF);
	else {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, eip + 3);
		expect_same(t, OBS_DR6, 4);
	}
	expect(t, X_SEL, A_CS, 0, cs);
}

/* --- handlers that return: the trap is behind the instruction after IRET --- */

static const struct call {
	const char *name, *code, *handler;
	u8 vector, len, access;
} calls[] = {
	{"int_n", "cd 61", "90 90 cf", 0x61, 2, 0xee},
	{"int_n", "cd 61", "90 90 cf", 0x61, 2, 0xef},
	{"int3", "cc", "90 cf", 3, 1, 0xee},
	{"into", "ce", "90 cf", 4, 1, 0xef},
	/* ADD dword [ESP], 2: behind it */
	{"ud2", "0f 0b", "83 04 24 02 cf", UD, 2, 0x8e},
	{"de", "f7 f1", "83 04 24 02 cf", DE, 2, 0x8f},
	/* POP EAX (the error code); ADD dword [ESP], 2 */
	{"gp", "8e e2", "58 83 04 24 02 cf", GP, 2, 0x8e},
};

static void call_step(struct gen *g, const struct call *x, unsigned mode, unsigned cpl)
{
	struct tcase *t = stepped(g, x->name, x->access & 1 ? "trap_gate" : "int_gate", mode, cpl,
				  "tf_back", "SDM 3B 17.3.1.4; 3A 6.12.1");
	u32 start;

	if (x->vector == GP && mode == CM_V86) {
		gen_drop(g);
		return;
	}
	sys_handler(t, x->vector, 0x40, x->handler);
	sys_gate(t, OP_IDT, x->vector, SEL_MAIN_CODE, SYS_HANDLER + 0x40, x->access, 0);
	t->eflags |= F_OF;
	if (mode == CM_V86)
		t->eflags |= F_IOPL;
	set_gpr(t, A_ECX, 0);
	set_gpr(t, A_EDX, 0xfff8);
	t->ign_regs = 1u << A_EAX;
	if (cpl)
		t->eflags |= F_TF;
	else /* with OF */
		sys_code(t, wide_of(t) ? "68 D 9d" : "68 W 9d", 0x902u);
	start = case_default_eip(mode) + t->code_len;
	sys_code(t, x->code);
	sys_code(t, "90 90");
	trap_at(t, start + x->len + 1, F_TF);
}

/* --- one by one --- */

static void hlt(struct gen *g, unsigned mode)
{
	struct tcase *t = stepped(g, "hlt", "after", mode, 0, "tf", "SDM 3B 17.3.1.4; 2A HLT");

	/* An interrupt ends the wait where nothing else does. */
	sys_op(t, OP_IRQ, 0, 0xffff, 0);
	sys_code(t, wide_of(t) ? "68 D 9d" : "68 W 9d", 0x302u);
	sys_code(t, "f4");
	trap_at(t, case_default_eip(mode) + t->code_len, F_TF);
	sys_code(t, "90");
}

static void popf_clears(struct gen *g, unsigned mode)
{
	struct tcase *t = stepped(g, "popf", "clears", mode, 0, "tf", "SDM 3B 17.3.1.4");

	sys_code(t, wide_of(t) ? "68 D" : "68 W", 2u);
	set_tf(t);
	sys_code(t, "9d");
	trap_at(t, case_default_eip(mode) + t->code_len, 0);
	sys_code(t, "90");
}

static void pop_ss(struct gen *g, unsigned mode)
{
	struct tcase *t = stepped(g, "pop_ss", "pushed", mode, 0, "tf", "SDM 2B POP: inhibited");

	set_mem32(t, win(A_SS, CASE_OFF) - 4, 0, 4); /* upper half is kept, or cleared */
	sys_code(t, "16");
	set_tf(t);
	sys_code(t, "17 90");
	trap_at(t, case_default_eip(mode) + t->code_len, F_TF);
	sys_code(t, "90");
}

/* LSS inhibits nothing. */
static void lss(struct gen *g, unsigned mode, unsigned cpl)
{
	struct tcase *t = stepped(g, "lss", "after", mode, cpl, "tf", "SDM 2A LDS; 2B POP");
	bool wide = wide_of(t);

	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF + BASE));
	set_mem32(t, win(A_DS, CASE_OFF + BASE), case_default_gpr(mode, A_ESP), wide ? 4 : 2);
	set_mem32(t, win(A_DS, CASE_OFF + BASE) + (wide ? 4 : 2), t->sel[A_SS], 2);
	set_tf(t);
	sys_code(t, wide ? "0f b2 23" : "0f b2 27");
	trap_at(t, case_default_eip(mode) + t->code_len, F_TF);
	sys_code(t, "90");
}

/* REP STOSB of three: a trap behind each. */
static void rep(struct gen *g, unsigned cpl, bool watched, unsigned count, unsigned at)
{
	struct tcase *t = stepped(g, "rep_stosb", watched ? "data_bp" : "step", CM_FLAT32, cpl,
				  sys_text("at%u_of%u", at, count), "SDM 3B 17.3.1.1, 17.3.1.4");
	u32 lin = win(A_ES, CASE_OFF + BASE), start;
	bool last = at == count;

	set_gpr(t, A_ECX, count);
	set_gpr(t, A_EDI, lin);
	if (watched) {
		sys_op(t, OP_DR, 0, lin + at - 1, 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 2 | 1u << 16, 0);
	} else {
		set_tf(t);
	}
	start = case_default_eip(CM_FLAT32) + t->code_len;
	sys_code(t, "f3 aa 90");
	expect_fault(t, DB, 0);
	expect(t, X_EIP, 0, 0, start + (last ? 2 : 0));
	expect(t, X_GPR, A_ECX, 0, count - at);
	expect(t, X_GPR, A_EDI, 0, lin + at);
	expect_mem(t, OBS_DR6, 4, 0xe00f, watched ? 1 : 0x4000);
	if (last) /* between two elements the manual wants 1, AMD Zen 4 pushes 0 */
		expect(t, X_EFLAGS, 0, F_RF, 0);
	else
		t->ign_fields = DIFF_RF;
}

/* --- RF in the image --- */

enum { R_V86 = 1, R_RING0 = 2, R_FLAT = 4 }; /* where it can be */
static const struct image {
	const char *name, *wide, *v86;
	u8 vector, where;
	bool rf;
} images[] = {
	{"de", "f7 f1", "f7 f1", DE, R_V86 | R_RING0, true},
	{"bound", "62 03", "62 07", 5, R_V86 | R_RING0, true},
	{"ud", "0f 0b", "0f 0b", UD, R_V86 | R_RING0, true},
	{"nm", "d9 e8", "d9 e8", NM, R_V86 | R_RING0, true},
	{"ts", "cf", NULL, TS, R_RING0, true},
	{"np", "8e e0", NULL, NP, R_RING0, true},
	{"ss", "8e d0", "36 a1 ff ff", SS, R_V86 | R_RING0, true},
	{"gp", "8e e2", "fa", GP, R_V86 | R_RING0, true},
	{"pf", "8b 05 D", NULL, PF, R_RING0 | R_FLAT, true},
	{"mf", "9b", "9b", MF, R_V86 | R_RING0, true},
	{"ac", "8b 43 01", "8b 47 01", AC, R_V86, true},
	{"bp", "cc", "cc", 3, R_V86 | R_RING0, false},
	{"of", "ce", "ce", 4, R_V86 | R_RING0, false},
	{"int1", "f1", "f1", DB, R_V86 | R_RING0, false},
	{"int_n", "cd 21", "cd 21", 0x21, R_V86 | R_RING0, false},
	{"step", "90 90", "90 90", DB, R_V86, false},
	{"irq", "fb 90 90", "fb 90 90", SYS_IRQ, R_V86 | R_RING0, false},
};

static void image(struct gen *g, const struct image *x, unsigned mode, unsigned cpl)
{
	struct tcase *t;

	if ((mode == CM_V86 && !(x->where & R_V86)) || (!cpl && !(x->where & R_RING0)) ||
	    (x->where & R_FLAT && mode != CM_FLAT32) || (x->vector == AC && cpl != 3))
		return;
	t = stepped(g, x->name, "image", mode, cpl, x->rf ? "rf_set" : "rf_clear",
		    "SDM 3B 17.3.1.1");
	set_gpr(t, A_EAX, 1);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF + BASE));
	set_gpr(t, A_ECX, 0);
	set_gpr(t, A_EDX, 0xfff8);
	if (x->vector != GP)
		t->eflags |= mode == CM_V86 ? F_IOPL : 0;
	else
		t->eflags &= ~(u32)F_IOPL;
	switch (x->vector) {
	case 5:
		set_mem(t, win(A_DS, CASE_OFF + BASE), "\0\0\0\0\0\0\0\0", 8);
		break;
	case NM:
		sys_op(t, OP_CR0, 0, CR0_TS, 0);
		t->need = N_FPU;
		break;
	case TS:
		sys_op(t, OP_TSS, 0, 0xfff8, 0);
		t->eflags |= F_NT;
		break;
	case NP:
	case SS:
		sys_desc(t, OP_GDT, 0, CASE_SS_BASE, 0xffff, (u8)(0x13 | cpl << 5), 4);
		set_gpr(t, A_EAX, SEL_SLOT(0, cpl));
		break;
	case PF:
		sys_op(t, OP_PAGING, PG_32, 0, 0);
		sys_op(t, OP_PDE, 0, PG_PT | 0x67, 0);
		break;
	case MF:
		sys_op(t, OP_FPU, 2, 0, 0);
		t->need = N_FPU;
		break;
	case AC:
		sys_op(t, OP_CR0, 0, CR0_AM, 0);
		t->eflags |= F_AC;
		break;
	case 4:
		t->eflags |= F_OF;
		break;
	case SYS_IRQ:
		sys_op(t, OP_IRQ, 0, 0, 0);
		t->eflags |= cpl ? F_IOPL : 0;
		break;
	default:
		if (!strcmp(x->name, "step"))
			t->eflags |= F_TF;
	}
	sys_code(t,
		 mode == CM_V86                      ? x->v86
		 : mode == CM_PM16 && x->vector == 5 ? "62 07"
						     : x->wide,
		 ABSENT);
	expect(t, X_VECTOR, 0, 0, x->vector);
	expect(t, X_EFLAGS, 0, F_RF, x->rf ? F_RF : 0);
}

void gen_sys_trapflow(struct gen *g)
{
	static const struct {
		u8 mode, cpl;
	} m[] = {{CM_FLAT32, 3}, {CM_FLAT32, 0}, {CM_PM32, 3}, {CM_PM32, 0},
		 {CM_PM32, 1},   {CM_PM16, 3},   {CM_PM16, 0}, {CM_V86, 3}};
	static const u8 ring0[] = {CM_FLAT32, CM_PM32, CM_PM16, CM_REAL16};
	unsigned k, i, j;

	for (k = 0; k < FARS; k++)
		for (i = 0; i < 4; i++)
			for (j = 0; j < 4; j++)
				far_step(g, (enum far_kind)k, i, j);
	for (i = 0; i < 5; i++)
		for (k = 0; k < 8; k++)
			back_step(g, k & 1, i, k & 2, k & 4);
	for (k = 0; k < sizeof calls / sizeof *calls; k++)
		for (i = 0; i < sizeof m / sizeof *m; i++)
			if (m[i].cpl || m[i].mode == CM_FLAT32)
				call_step(g, &calls[k], m[i].mode, m[i].cpl);
	for (i = 0; i < sizeof ring0; i++) {
		hlt(g, ring0[i]);
		popf_clears(g, ring0[i]);
		pop_ss(g, ring0[i]);
	}
	for (i = 0; i < sizeof m / sizeof *m; i++)
		lss(g, m[i].mode, m[i].cpl);
	for (k = 1; k <= 4; k++)
		for (i = 1; i <= k; i++) {
			rep(g, 0, true, k, i);
			rep(g, 3, true, k, i);
			if (i == 1) {
				rep(g, 0, false, k, i);
				rep(g, 3, false, k, i);
			}
		}
	for (k = 0; k < sizeof images / sizeof *images; k++)
		for (i = 0; i < sizeof m / sizeof *m; i++)
			image(g, &images[k], m[i].mode, m[i].cpl);
}

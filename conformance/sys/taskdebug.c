/* SPDX-License-Identifier: MIT
 * Group taskdebug: breakpoints, single steps, the debug trap bit of a TSS and DR7 over
 * task switches of every kind.  Rules: SDM vol. 3B sections 17.2.3 (BT, BD), 17.2.4 (L
 * bits, GD), 17.3.1.1 (RF), 17.3.1.4, 17.3.1.5; vol. 3A section 7.2.1 (T).
 */
#include "conformance/sys/tasks.h"

#define AWAY (CASE_GS_BASE + 0x8000u) /* where nothing is executed or touched */

enum what { T_BIT, T_TF, T_GD, TF_NEW, L_BITS, G_BITS, BP_G, BP_L, BP_RF, BP_T, GD, WHATS };
static const char *const what_names[WHATS] = {
	"t", "t_tf", "t_gd", "tf", "l_bits", "g_bits", "bp_g", "bp_l", "bp_rf", "bp_t", "gd",
};

static void trap(struct tcase *t, u32 eip, u32 dr6)
{
	expect_fault(t, DB, 0);
	expect(t, X_EIP, 0, 0, eip);
	expect_mem(t, OBS_DR6, 4, 0xe00f, dr6);
}

static void arrives(struct tcase *t, const struct task_plan *p)
{
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, p->eip + 1);
	expect_same(t, OBS_DR6, 4);
}

static void breakpoint(struct tcase *t, u32 lin, u32 enable)
{
	sys_op(t, OP_DR, 0, lin, 0);
	sys_op(t, OP_DR, 7, SYS_DR7 | enable, 0);
}

static void one(struct gen *g, const struct task_plan *base, enum what what)
{
	struct task_plan p = *base;
	u32 first = CASE_CS_BASE + p.eip;
	struct tcase *t;
	unsigned i;

	/* A TSS of 16 bits has no T, no RF, and no room for a flat EIP; ring 3 may not touch
	 * DR7. */
	if ((!p.wide && (what <= T_GD || (what >= BP_G && what <= BP_T))) ||
	    (what == GD && p.new) ||
	    (what == T_GD && p.way == W_IRQ)) /* a late trap would hit the runtime */
		return;
	t = sys_case(g, "taskdebug", way_names[p.way],
		     sys_text("%s.%u", p.wide ? "tss32" : "tss16", p.new), CM_PM32, p.cpl,
		     what_names[what], "SDM 3B 17.2, 17.3.1; 3A 7.2.1");
	if (!p.wide)
		t->ign_regs = 0xff;         /* upper halves */
	if (what >= BP_G && what <= BP_T) { /* Q39: QEMU dies of breakpoints behind a base */
		p.seg[A_CS] = CASE_SEL(p.new, SG_FCODE);
		p.eip = first;
	}
	p.trap = what == T_BIT || what == T_TF || what == T_GD || what == BP_T;
	if (what == TF_NEW || what == T_TF)
		p.eflags |= F_TF;
	if (what == BP_RF)
		p.eflags |= F_RF;
	task_setup(t, &p);
	switch (what) {
	case T_GD:
		sys_op(t, OP_DR, 7, SYS_DR7 | 0x2000, 0);
		expect_mem(t, OBS_DR7, 4, 0x2000, 0); /* by the #DB */
						      /* fall through */
	case T_BIT:
	case T_TF: /* no instruction of the new task was executed */
		trap(t, p.eip, 0x8000);
		break;
	case TF_NEW:
		set_mem(t, first, "\x90\x90", 2);
		trap(t, p.eip + 1, 0x4000);
		break;
	case L_BITS:
		for (i = 0; i < 4; i++)
			sys_op(t, OP_DR, i, AWAY + 16 * i, 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 0xff, 0);
		arrives(t, &p);
		expect_mem(t, OBS_DR7, 4, 0xff, 0xaa);
		break;
	case G_BITS:
		for (i = 0; i < 4; i++)
			sys_op(t, OP_DR, i, AWAY + 16 * i, 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 0xaa, 0);
		arrives(t, &p);
		expect_same(t, OBS_DR7, 4);
		break;
	case BP_G:
		breakpoint(t, first, 2);
		trap(t, p.eip, 1);
		break;
	case BP_L:
		breakpoint(t, first, 1);
		arrives(t, &p);
		expect_mem(t, OBS_DR7, 4, 0xff, 0);
		break;
	case BP_RF: /* one instruction, the INT3 */
		breakpoint(t, first, 2);
		arrives(t, &p);
		break;
	case BP_T: /* the trap of the switch comes before the fetch */
		breakpoint(t, first, 2);
		expect_fault(t, DB, 0);
		expect(t, X_EIP, 0, 0, p.eip);
		expect_mem(t, OBS_DR6, 4, 0xe000, 0x8000);
		break;
	default: /* a switch is no move to a debug register: GD is still there */
		sys_op(t, OP_DR, 7, SYS_DR7 | 0x2000, 0);
		set_mem(t, first, "\x0f\x21\xf8", 3); /* MOV EAX, DR7 */
		trap(t, p.eip, 0x2000);
		expect_mem(t, OBS_DR7, 4, 0x2000, 0);
	}
	if (what != L_BITS && what != BP_L)
		expect_mem(t, OBS_TSS + T32_EIP, 4, 0, task_saved_eip(t, &p));
}

/* #DB itself through a task gate: the old task's image holds TF, or the address of the
 * breakpoint. */
static void by_gate(struct gen *g, unsigned cpl, bool wide, unsigned new, bool step)
{
	struct tcase *t = sys_case(g, "taskdebug", step ? "step" : "fetch",
				   sys_text("%s.%u", wide ? "tss32" : "tss16", new), CM_FLAT32, cpl,
				   "db_gate", "SDM 3B 17.3.1.1, 17.3.1.4; 3A 6.14.2");
	struct task_plan p;
	u32 start = case_default_eip(t->mode);

	if (step && !cpl) { /* POPF of the case would be the old task's, too */
		gen_drop(g);
		return;
	}
	task_plan(&p, W_INT, wide, cpl, new);
	task_setup(t, &p);
	if (!p.wide)
		t->ign_regs = 0xff; /* upper halves */
	t->code_len = 0;
	sys_code(t, "90 90 90");
	sys_gate(t, OP_IDT, DB, p.sel, 0, 0x85, 0);
	if (step)
		t->eflags |= F_TF;
	else
		breakpoint(t, start + 1, 2);
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, p.eip + 1);
	expect_mem(t, OBS_DR6, 4, 0xe00f, step ? 0x4000 : 1);
	expect_mem(t, OBS_TSS + T32_EIP, 4, 0, start + 1);
	expect_mem(t, OBS_TSS + T32_FLAGS, 4, F_TF, step ? F_TF : 0);
	expect(t, X_EFLAGS, 0, F_TF | F_NT, F_NT);
	expect_mem(t, OBS_TR, 4, 0xfffc, p.sel);
	expect_mem(t, NEW_TSS, 2, 0xffff, SEL_MAIN_TSS);
}

void gen_sys_taskdebug(struct gen *g)
{
	unsigned way, i, what;
	struct task_plan p;

	for (way = 0; way < WAYS; way++)
		for (i = 0; i < 8; i++)
			for (what = 0; what < WHATS; what++) {
				task_plan(&p, (enum way)way, i & 1, i & 2 ? 3 : 0, i & 4 ? 3 : 0);
				one(g, &p, (enum what)what);
			}
	for (i = 0; i < 16; i++)
		by_gate(g, i & 1 ? 3 : 0, i & 2, i & 4 ? 3 : 0, i & 8);
}

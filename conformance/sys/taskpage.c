/* SPDX-License-Identifier: MIT
 * Group taskpage: task switches with paging on: CR3 of the new task and of the one that
 * is returned to, page faults in reading and writing both TSSs, which belong to the old
 * task and leave it as it was, and in reading the new LDT, which belong to the new one.
 * Rules: SDM vol. 3A sections 7.3 and 7.2.1 (CR3), 4.6 (implicit supervisor accesses),
 * 4.7 (error codes), 4.10.4.1.
 */
#include "conformance/result.h"
#include "conformance/sys/tasks.h"

enum { P = 1, W = 2, U = 4, PLAIN = 0x67 }; /* PLAIN: P W U, accessed and dirty */
#define FRAME0   0x60000u                   /* two frames of the window of FS, at PG_LIN */
#define FRAME1   0x61000u
#define SEEN     0x80u /* bytes that two page tables show differently, in both frames */
#define IN_FRAME 0xcafe6161u
#define IN_OTHER 0xcafe7171u

static void paging(struct tcase *t, u32 rights0, u32 rights1)
{
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | PLAIN, 0);
	sys_op(t, OP_PTE, 0, rights0 & P ? FRAME0 | rights0 : 0, 0);
	sys_op(t, OP_PTE, 1, rights1 & P ? FRAME1 | rights1 : 0, 0);
}

/* --- CR3 --- */

enum cr3 { SAME, OTHER, BACK, CR3S };
static const char *const cr3_names[CR3S] = {"same", "other", "back"};

static void cr3(struct gen *g, enum way way, bool wide, unsigned cpl, enum cr3 what)
{
	bool other = wide && what != SAME;
	struct tcase *t;
	struct task_plan p;

	/* A TSS of 16 bits has no CR3 to be another one. */
	if ((what == BACK && (!task_nests(way) || way == W_UD)) || (what == OTHER && !wide))
		return;
	t = sys_case(g, "taskpage", way_names[way], sys_text("cr3_%s", cr3_names[what]), CM_FLAT32,
		     cpl, wide ? "tss32" : "tss16", "SDM 3A 7.3, 7.2.1, 4.10.4.1");
	/* The page at PG_LIN is FRAME1, seen before and behind the switch. */
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | PLAIN, 0);
	sys_op(t, OP_PTE, 0, FRAME1 | PLAIN, 0);
	set_mem32(t, FRAME1 + SEEN, IN_FRAME, 4);
	set_mem32(t, CASE_GS_BASE + CASE_OFF + SEEN, IN_OTHER, 4);
	sys_op(t, OP_TSS, T32_CR3 / 4, PG_DIR, 0);
	sys_op(t, OP_TSS, T32_LDT / 4, SEL_MAIN_LDT, 0);
	sys_code(t, "a1 D", PG_LIN + SEEN); /* MOV EAX, [PG_LIN + SEEN] */
	task_plan(&p, way, wide, cpl, 0);
	p.cr3 = other ? PG_DIR2 : PG_DIR;
	p.seg[A_DS] = SEL_CPL0(SG_FDATA);
	if (!wide)
		t->ign_regs = 0xff & ~(1u << A_EBX | 1u << A_ECX); /* upper halves */
	task_setup(t, &p);
	if (what == BACK) { /* into the new page table and out of it: IRET, MOV EBX */
		u8 back[7] = {0x8b, 0x1d, 0, 0, 0, 0, 0xcf};

		task_put(back, 2, PG_LIN + SEEN, 4);
		set_mem(t, CASE_CS_BASE + p.eip, back, 7);
		sys_code(t, "8b 1d D", PG_LIN + SEEN);
		expect_done(t);
		expect(t, X_GPR, A_EBX, 0, IN_FRAME);
		expect(t, X_GPR, A_EAX, 0, IN_FRAME);
		if (wide) /* what it saw */
			expect_mem(t, NEW_TSS + T32_GPR + 4 * A_EBX, 4, 0,
				   other ? IN_OTHER : IN_FRAME);
		t->ign_regs = 0;
		return;
	}
	/* MOV EBX, [PG_LIN + SEEN]; MOV ECX, CR3 */
	u8 look[9] = {0x8b, 0x1d, 0, 0, 0, 0, 0x0f, 0x20, 0xd9};

	task_put(look, 2, PG_LIN + SEEN, 4);
	set_mem(t, CASE_CS_BASE + p.eip, look, 9);
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, p.eip + 10);
	expect(t, X_GPR, A_EBX, 0, other ? IN_OTHER : IN_FRAME);
	expect(t, X_GPR, A_ECX, 0, other ? PG_DIR2 : PG_DIR);
	expect_same(t, OBS_TSS + T32_CR3, 4); /* is not saved */
}

/* --- the new TSS across two pages --- */

enum half { BOTH, SUPER, FIRST_NP, FIRST_RO, SECOND_NP, LDT_NP, HALVES };
static const char *const half_names[HALVES] = {"rw",       "super",     "first_np",
					       "first_ro", "second_np", "ldt_np"};

/* Where the plan's TSS lies: the first `before` bytes in FRAME0. */
static void split(struct tcase *t, struct task_plan *p)
{
	unsigned before = p->wide ? 64 : 16, n;
	u8 b[104];

	p->pages = true;
	p->lin = PG_LIN + 0x1000 - before;
	n = task_image(p, b);
	if (p->wide) {
		set_mem(t, FRAME1 - before, b, 32);
		set_mem(t, FRAME1 - before + 32, b + 32, 32);
	} else {
		set_mem(t, FRAME1 - before, b, before);
	}
	set_mem(t, FRAME1, b + before, n - before);
}

static void new_tss(struct gen *g, enum way way, bool wide, unsigned cpl, enum half what)
{
	struct tcase *t;
	struct task_plan p;
	u32 first = PLAIN, second = PLAIN;

	/* What is written there but by nesting is not said. */
	if (what == FIRST_RO && !task_nests(way))
		return;
	t = sys_case(g, "taskpage", way_names[way], sys_text("new_%s", half_names[what]), CM_PM32,
		     cpl, wide ? "tss32" : "tss16", "SDM 3A 7.3, 4.6, 4.7");
	task_plan(&p, way, wide, cpl, 0);
	p.cr3 = PG_DIR;
	switch (what) {
	case SUPER:
		first = second = PLAIN & ~(u32)U;
		break;
	case FIRST_NP:
		first = 0;
		break;
	case FIRST_RO:
		first = PLAIN & ~(u32)W;
		sys_op(t, OP_CR0, 0, CR0_WP, 0);
		break;
	case SECOND_NP:
		second = 0;
		break;
	case LDT_NP:
		p.ldt = SEL_SLOT(SLOT_LDT, 0);
		p.seg[A_CS] = 4; /* its first descriptor */
		sys_desc(t, OP_GDT, SLOT_LDT, PG_LIN + 0x2000, 0xff, 0x82, 0);
		break;
	default:
		break;
	}
	split(t, &p);
	task_setup(t, &p);
	paging(t, first, second);
	if (!wide && what <= SUPER)
		t->ign_regs = 0xff; /* upper halves */
	if (what <= SUPER) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, p.eip + 1);
		expect(t, X_GPR, A_EDI, wide ? 0 : 0xffff,
		       wide ? p.gpr[A_EDI] : p.gpr[A_EDI] & 0xffff);
		expect_mem(t, OBS_TR, 4, 0xfffc, p.sel);
		if (task_nests(way))
			expect_mem(t, FRAME1 - (wide ? 64 : 16), 2, 0, SEL_MAIN_TSS);
		return;
	}
	if (what == LDT_NP) { /* the new task's */
		task_handler(t, PF, PG_DIR);
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, HANDLER_EIP + 1);
		expect_mem(t, OBS_CR2, 4, 0xfffffff8, PG_LIN + 0x2000);
		expect_mem(t, HANDLER_TSS, 2, 0xffff, p.sel);
		expect_mem(t, OBS_TSS + T32_EIP, 4, 0, task_saved_eip(t, &p));
		return;
	}
	expect(t, X_VECTOR, 0, 0, PF);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + (way == W_IRQ ? 2 : 0));
	if (what == SECOND_NP) /* only ever read */
		expect(t, X_ERROR, 0, 0, 0);
	else if (what == FIRST_RO)
		expect(t, X_ERROR, 0, 0, P | W);
	else
		t->ign_fields = DIFF_ERROR; /* a back link may be tried first */
	expect_mem(t, OBS_CR2, 4, 0xfffff000, PG_LIN + (what == SECOND_NP ? 0x1000 : 0));
	t->ign_lin = OBS_CR2;
	t->ign_len = 2; /* which of its bytes comes first */
	expect_same(t, OBS_TR, 4);
	expect_same(t, OBS_GDT(SLOT_TSS), 8);
	expect_same(t, OBS_CR0, 4);
}

/* --- the old TSS in a page that cannot be written --- */

static void old_tss(struct gen *g, enum way way, bool wide, bool absent, bool wp)
{
	struct tcase *t = sys_case(g, "taskpage", way_names[way],
				   sys_text("old_%s%s", absent ? "np" : "ro", wp ? "_wp" : ""),
				   CM_PM32, 0, wide ? "tss32" : "tss16", "SDM 3A 7.3, 4.6, 4.7");
	u16 old = SEL_SLOT(SLOT_OLD, 0);
	struct task_plan p;
	u32 start;

	task_plan(&p, way, true, 0, 0);
	p.cr3 = PG_DIR;
	if (wp)
		sys_op(t, OP_CR0, 0, CR0_WP, 0);
	sys_desc(t, OP_GDT, SLOT_OLD, PG_LIN + 0xf00, wide ? 103 : 43, wide ? 0x89 : 0x81, 0);
	if (way == W_IRET && !absent) /* the back link is read from there */
		set_mem32(t, FRAME0 + 0xf00, p.sel, 2);
	set_gpr(t, A_EAX, old);
	sys_code(t, "0f 00 d8"); /* LTR AX */
	start = case_default_eip(t->mode) + t->code_len;
	task_setup(t, &p);
	paging(t, absent ? 0 : PLAIN & ~(u32)W, PLAIN);
	if (!absent && !wp) { /* the supervisor may */
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, p.eip + 1);
		expect_mem(t, OBS_TR, 4, 0xfffc, p.sel);
		expect(t, X_GPR, A_EDI, 0, p.gpr[A_EDI]);
		return;
	}
	expect(t, X_VECTOR, 0, 0, PF);
	expect(t, X_EIP, 0, 0, start + (way == W_IRQ ? 2 : 0));
	if (absent)
		t->ign_fields = DIFF_ERROR; /* looked at before it is written? */
	else
		expect(t, X_ERROR, 0, 0, P | W);
	expect_mem(t, OBS_CR2, 4, 0xfffff000, PG_LIN);
	t->ign_lin = OBS_CR2;
	t->ign_len = 2;
	expect_mem(t, OBS_TR, 4, 0xfffc, old);
	expect_mem(t, OBS_GDT(SLOT_OLD) + 4, 4, 0x200, 0x200); /* busy, by LTR */
	expect_same(t, OBS_GDT(SLOT_TSS), 8);
	expect_same(t, OBS_CR0, 4);
}

/* --- PAE: the pointers come with the CR3 of the new task --- */

#define GIB    0x40000000u /* the second pointer's first address */
#define PAE_PD (PG_BASE + 0x11000u)
#define PDPT   (CASE_DS_BASE + CASE_OFF) /* the new task's own, with two entries */

static void pointers(struct gen *g, enum way way, bool back)
{
	struct tcase *t;
	struct task_plan p;
	u8 look[7] = {0x8b, 0x1d, 0, 0, 0, 0, 0xcc};
	static const u8 two[12] = {
		(PAE_PD & 0xff) | P, (u8)(PAE_PD >> 8), (u8)(PAE_PD >> 16), 0, 0, 0, 0, 0,
		(PAE_PD & 0xff) | P, (u8)(PAE_PD >> 8), (u8)(PAE_PD >> 16), 0};
	static const u8 zero[20];

	if (back && (!task_nests(way) || way == W_UD))
		return;
	t = sys_case(g, "taskpage", way_names[way], back ? "pae_back" : "pae_new", CM_FLAT32, 0,
		     "tss32", "SDM 3A 4.4.1, 7.3");
	t->need = N_PAE;
	sys_op(t, OP_CR4, 0, 0x20, 0);
	sys_op(t, OP_PAGING, PG_PAE, 0, 0);
	set_mem(t, PDPT, two, sizeof two);
	set_mem(t, PDPT + sizeof two, zero, sizeof zero);
	set_mem32(t, FRAME1 + SEEN, IN_FRAME, 4);
	sys_op(t, OP_TSS, T32_CR3 / 4, PG_BASE + 0x10000u, 0);
	sys_op(t, OP_TSS, T32_LDT / 4, SEL_MAIN_LDT, 0);
	task_plan(&p, way, true, 0, 0);
	p.cr3 = PDPT;
	p.seg[A_DS] = SEL_CPL0(SG_FDATA);
	task_setup(t, &p);
	task_put(look, 2, GIB + FRAME1 + SEEN, 4);
	if (back) { /* behind IRET the old pointers: nothing there */
		look[6] = 0xcf;
		set_mem(t, CASE_CS_BASE + p.eip, look, 7);
		sys_code(t, "8b 1d D", GIB + FRAME1 + SEEN);
		expect_fault(t, PF, 0);
		expect_mem(t, OBS_CR2, 4, 0, GIB + FRAME1 + SEEN);
		expect_mem(t, NEW_TSS + T32_GPR + 4 * A_EBX, 4, 0, IN_FRAME);
		return;
	}
	set_mem(t, CASE_CS_BASE + p.eip, look, 7);
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, p.eip + 7);
	expect(t, X_GPR, A_EBX, 0, IN_FRAME);
}

void gen_sys_taskpage(struct gen *g)
{
	unsigned way, i, what;

	for (way = 0; way < WAYS; way++) {
		pointers(g, (enum way)way, false);
		pointers(g, (enum way)way, true);
	}
	for (way = 0; way < WAYS; way++)
		for (i = 0; i < 4; i++) {
			for (what = 0; what < CR3S; what++)
				cr3(g, (enum way)way, i & 1, i & 2 ? 3 : 0, (enum cr3)what);
			for (what = 0; what < HALVES; what++)
				new_tss(g, (enum way)way, i & 1, i & 2 ? 3 : 0, (enum half)what);
			old_tss(g, (enum way)way, i & 1, false, i & 2);
			if (i & 2)
				old_tss(g, (enum way)way, i & 1, true, true);
		}
}

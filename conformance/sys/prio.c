/* SPDX-License-Identifier: MIT
 * Group priority: what comes first where several events wait at one boundary: traps
 * of the previous instruction (single step, data breakpoint), an interrupt, an
 * instruction breakpoint, and the faults of the instruction itself, of which some are
 * made to compete too.  The previous instruction is always a JMP through memory.
 * Rules: SDM vol. 3A table 6-2; vol. 3B section 17.3.
 */
#include <string.h>

#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define POINTER (CASE_DS_BASE + CASE_OFF + 0x20u)
#define EDGE    (PG_LIN + 0x1000u) /* end of a good page; frame 60000 */
#define FRAME   0x60000u

/* Waiting at the boundary in front of the target. */
enum { STEP = 1, DATA = 2, IRQ = 4, CODE = 8, EVENTS = 16 };

/* back: bytes before the end of the good page. */
static const struct target {
	const char *name, *code;
	u8 back, vector;
	u8 error, cr2_edge; /* error code without U; CR2: 1 page end, 2 page end + 100h */
	u8 rings;           /* 1: ring 0, 2: ring 3 */
	u32 need, cr0;
	const char *cite;
} targets[] = {
	{"none", "90 cc", 16, VEC_STOP, 0, 0, 3, 0, 0, "table 6-2"},
	{"absent", "", 0, PF, 0, 1, 3, 0, 0, "table 6-2, class 7"},
	{"fetch_14", "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e", 14, PF, 0, 1, 3, 0, 0,
	 "table 6-2: fetch before length"},
	{"fetch_15", "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e", 15, GP, 0, 0, 3, 0, 0,
	 "table 6-2: length, no 16th byte is fetched"},
	{"length_16", "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 90", 16, GP, 0, 0, 3, 0, 0,
	 "table 6-2, class 8"},
	{"fetch_ud", "0f", 1, PF, 0, 1, 3, 0, 0, "table 6-2: fetch before #UD"},
	{"ud", "0f 0b", 16, UD, 0, 0, 3, 0, 0, "table 6-2, class 8"},
	{"ud_lock_page", "f0 8b 05 D", 16, UD, 0, 0, 3, 0, 0, "table 6-2: decoding before #PF"},
	{"ud_lock_priv", "f0 0f 22 c0", 16, UD, 0, 0, 2, 0, 0, "table 6-2: decoding before #GP"},
	{"nm", "d9 e8", 16, NM, 0, 0, 3, N_FPU, CR0_TS, "table 6-2, class 8"},
	{"nm_page", "d9 05 D", 16, NM, 0, 0, 3, N_FPU, CR0_TS, "table 6-2: #NM before #PF"},
	{"nm_lock", "f0 d9 05 D", 16, UD, 0, 0, 3, N_FPU, CR0_TS, "2A LOCK; table 6-2"},
	{"page", "8b 05 D", 16, PF, 0, 2, 3, 0, 0, "table 6-2, class 9"},
	{"page_write", "89 05 D", 16, PF, 2, 2, 3, 0, 0, "table 6-2, class 9"},
	{"page_divide", "f7 35 D", 16, PF, 0, 2, 3, 0, 0, "table 6-2: operand before result"},
	{"page_bound", "62 05 D", 16, PF, 0, 2, 3, 0, 0, "table 6-2: operand before result"},
	{"divide", "f7 f1", 16, DE, 0, 0, 3, 0, 0, "table 6-2, class 9"},
	{"priv", "0f 22 c0", 16, GP, 0, 0, 2, 0, 0, "table 6-2, class 9"},
	{"priv_page", "0f 01 15 D", 16, GP, 0, 0, 2, 0, 0, "2A LGDT: CPL before the operand"},
	{"priv_lmsw", "0f 01 35 D", 16, GP, 0, 0, 2, 0, 0, "2A LMSW: CPL before the operand"},
	{"segment_page", "64 8b 05 D", 16, GP, 0, 0, 3, 0, 0, "3A 4.1, 5.3: limit before page"},
	{"int3", "cc", 16, VEC_STOP, 0, 0, 3, 0, 0, "table 6-2"},
	{"int_dpl", "cd 61", 16, GP, 0, 0, 2, 0, 0, "2A INT n"},
	{"hlt", "f4", 16, GP, 0, 0, 2, 0, 0, "2A HLT"},
};

static void one(struct gen *g, const struct target *x, unsigned events, unsigned cpl)
{
	struct tcase *t = sys_case(g, "priority", x->name,
				   sys_text("%s%s%s%s%s", events & STEP ? "s" : "",
					    events & DATA ? "d" : "", events & IRQ ? "i" : "",
					    events & CODE ? "c" : "", events ? "" : "alone"),
				   CM_FLAT32, cpl, "edge", x->cite);
	u32 at = EDGE - x->back, dr7 = SYS_DR7;
	struct tcase scratch = *t;

	t->need = x->need;
	if (x->cr0)
		sys_op(t, OP_CR0, 0, x->cr0, 0);
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, FRAME | P | W | U | AD, 0);
	t->eflags = (t->eflags & ~(u32)(F_IF | F_DF)) | (cpl ? F_IOPL : 0);
	set_gpr(t, A_ECX, 0);
	set_gpr(t, A_EDX, 0);
	set_mem32(t, POINTER, at, 4);
	if (*x->code) {
		scratch.code_len = 0;
		sys_code(&scratch, x->code, EDGE + 0x100u);
		set_mem(t, FRAME + 0x1000 - x->back, scratch.code, scratch.code_len);
	}
	if (events & IRQ)
		sys_op(t, OP_IRQ, 0, 0, 0);
	if (events & DATA) {
		sys_op(t, OP_DR, 0, POINTER, 0);
		dr7 |= 1 | 0xfu << 16;
	}
	if (events & CODE) {
		sys_op(t, OP_DR, 3, at, 0);
		dr7 |= 1u << 6;
	}
	if (dr7 != SYS_DR7)
		sys_op(t, OP_DR, 7, dr7, 0);
	/* The boundary: everything waits behind the JMP.  STI's shadow is over then. */
	if (events & STEP) {
		if (cpl && !(events & IRQ)) {
			t->eflags |= F_TF;
		} else { /* POPF would open the interrupt's boundary too early */
			sys_code(t, "9c 81 0c 24 D 9d", 0x100u);
			if (events & IRQ) {
				gen_drop(g);
				return;
			}
		}
	}
	if (events & IRQ)
		sys_code(t, "fb");
	sys_code(t, "ff 25 D", POINTER);
	if (events & (STEP | DATA)) {
		if (events & CODE) { /* B3 may tell of it already: 3B 17.2.3 */
			t->ign_lin = OBS_DR6;
			t->ign_len = 4;
		}
		expect_fault(t, DB, 0);
		expect(t, X_EIP, 0, 0, at);
		expect_mem(t, OBS_DR6, 4, 0xe007,
			   (events & STEP ? 0x4000 : 0) | (events & DATA ? 1 : 0));
		expect_same(t, OBS_CR2, 4);
		return;
	}
	if (events & (IRQ | CODE)) {
		expect_fault(t, events & IRQ ? SYS_IRQ : DB, 0);
		expect(t, X_EIP, 0, 0, at);
		if (!(events & IRQ))
			expect_mem(t, OBS_DR6, 4, 0xe00f, 8);
		else
			expect_same(t, OBS_DR6, 4);
		expect_same(t, OBS_CR2, 4);
		return;
	}
	if (x->vector == VEC_STOP) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, at + (x->code[0] == '9' ? 2 : 1));
		return;
	}
	expect_fault(t, x->vector,
		     x->vector == PF     ? x->error | (cpl ? 4u : 0)
		     : x->code[0] == 'c' ? 0x61 * 8 + 2
					 : 0);
	expect(t, X_EIP, 0, 0, at);
	if (x->vector == PF)
		expect_mem(t, OBS_CR2, 4, 0, EDGE + (x->cr2_edge == 2 ? 0x100 : 0));
	else
		expect_same(t, OBS_CR2, 4);
}

void gen_sys_prio(struct gen *g)
{
	unsigned i, e;

	for (i = 0; i < sizeof targets / sizeof *targets; i++)
		for (e = 0; e < EVENTS; e++) {
			if (targets[i].rings & 1)
				one(g, &targets[i], e, 0);
			if (targets[i].rings & 2)
				one(g, &targets[i], e, 3);
		}
}

/* SPDX-License-Identifier: MIT
 * Group rep: repeated string instructions interrupted before each element and behind
 * the last, the registers standing at that element, EIP at the first prefix; and the
 * instruction resumed and ended as if nothing had been.  POPF opens the first
 * boundary, the #DB handler of single steps or of a data breakpoint on the element the
 * others.  Rules: SDM vol. 2B REP (interrupts and exceptions suspend it), vol. 3B
 * sections 17.3.1.2 and 17.3.1.4 (traps behind each iteration).
 */
#include <string.h>

#include "conformance/sys/sys.h"

#define ELEMENTS 4u
#define BASE     0x40u /* of the elements behind CASE_OFF; room downwards */

static const struct op {
	const char *name;
	u8 prefix, op;
	bool src, dst, compares;
} ops[] = {
	{"rep_movs", 0xf3, 0xa4, true, true, false},
	{"rep_stos", 0xf3, 0xaa, false, true, false},
	{"rep_lods", 0xf3, 0xac, true, false, false},
	{"repe_cmps", 0xf3, 0xa6, true, true, true},
	{"repne_cmps", 0xf2, 0xa6, true, true, true},
	{"repe_scas", 0xf3, 0xae, false, true, true},
	{"repne_scas", 0xf2, 0xae, false, true, true},
	{"repne_movs", 0xf2, 0xa4, true, true, false},
};

enum how { H_POPF, H_TF, H_DR };
static const char *const hows[] = {"popf", "tf", "dr"};

struct shape {
	const struct op *op;
	u8 size, how, mode, cpl, k;
	bool down, other_addr, override, resume;
};

/* Operands: equal elements for REPE, other ones for REPNE, until the third. */
static void operands(struct tcase *t, const struct shape *s, unsigned src)
{
	u8 a[ELEMENTS * 4], b[ELEMENTS * 4];
	unsigned i, bytes = ELEMENTS * s->size;
	u32 low = CASE_OFF + BASE - (s->down ? (ELEMENTS - 1) * s->size : 0);
	bool repne = s->op->prefix == 0xf2;

	memset(a, 0x55, sizeof a);
	memset(b, s->op->compares && repne ? 0x66 : 0x55, sizeof b);
	i = (s->down ? 1 : 2) * s->size; /* the third element from the start */
	if (s->op->compares)
		memset(b + i, repne ? 0x55 : 0x66, s->size);
	if (s->op->src)
		set_mem(t, win(src, low), a, bytes);
	if (s->op->compares)
		set_mem(t, win(A_ES, low), b, bytes);
}

static void one(struct gen *g, const struct shape *s)
{
	static const char *const names[3] = {"b", "w", "d"};
	struct tcase *t = sys_case(
		g, "rep", s->op->name,
		sys_text("%s_%s%s%s%s", hows[s->how], names[s->size / 2], s->down ? "_down" : "",
			 s->other_addr ? "_a" : "", s->override ? "_fs" : ""),
		s->mode, s->cpl, sys_text("%s%u", s->resume ? "back" : "at", s->k),
		s->how == H_DR ? "SDM 2B REP; 3B 17.3.1.2" : "SDM 2B REP; 3A 6.8.1");
	bool wide = mode_opsize(s->mode) == 4 && s->mode != CM_V86,
	     wide_addr = wide != s->other_addr;
	u32 mask = wide_addr ? 0xffffffffu : 0xffff, junk = wide_addr ? 0 : 0xabcd0000, start;
	u32 step = s->down ? 0u - s->size : s->size;
	unsigned last = s->op->compares ? 3 : ELEMENTS, k = s->resume ? last : s->k;
	unsigned src = s->override ? A_FS : A_DS;

	t->eflags =
		(t->eflags & ~(u32)(F_IF | F_DF)) | (s->cpl ? F_IOPL : 0) | (s->down ? F_DF : 0);
	operands(t, s, src);
	sys_op(t, OP_IRQ, 0, 0, 0);
	/* FS has a base of its own in flat mode, too. */
	set_gpr(t, A_ESI,
		(s->override ? CASE_OFF + BASE : mode_off(t, A_DS, CASE_OFF + BASE)) | junk);
	set_gpr(t, A_EDI, mode_off(t, A_ES, CASE_OFF + BASE) | junk);
	set_gpr(t, A_ECX, ELEMENTS | junk);
	set_gpr(t, A_EAX, 0x55555555);
	if (s->how == H_POPF) {
		sys_code(t, wide ? "68 D 9d" : "68 W 9d",
			 0x202u | (s->cpl ? F_IOPL : 0) | (s->down ? F_DF : 0));
	} else if (s->how == H_TF) {
		if (!s->cpl)
			sys_code(t, "9c 81 0c 24 D 9d", 0x100u);
		else
			t->eflags |= F_TF;
		sys_handler_step(t, s->k);
	} else {
		u32 at = s->op->dst ? win(A_ES, CASE_OFF + BASE) : win(src, CASE_OFF + BASE);

		sys_handler_open(t);
		sys_op(t, OP_DR, 2, at + (s->k - 1) * step, 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 0x10 | (3u | (s->size - 1u) << 2) << 24, 0);
		t->ign_lin = OBS_DR6;
		t->ign_len = 4;
	}
	start = case_default_eip(s->mode) + t->code_len;
	if (s->override)
		sys_code(t, "64");
	if (s->other_addr)
		sys_code(t, "67");
	t->code[t->code_len++] = s->op->prefix;
	if (s->size > 1 && (s->size == 4) != wide)
		t->code[t->code_len++] = 0x66;
	t->code[t->code_len++] = (u8)(s->op->op | (s->size > 1));
	if (s->resume) {
		sys_handler_count(t, SYS_IRQ);
		expect_done(t);
		expect_mem(t, SYS_COUNTER + 4, 1, 0, 1);
	} else {
		expect_fault(t, SYS_IRQ, 0);
		expect(t, X_EIP, 0, 0, k < last ? start : case_default_eip(s->mode) + t->code_len);
	}
	start = t->gpr[A_ESI] + (s->op->src ? k * step : 0);
	expect(t, X_GPR, A_ESI, 0, (start & mask) | (t->gpr[A_ESI] & ~mask));
	start = t->gpr[A_EDI] + (s->op->dst ? k * step : 0);
	expect(t, X_GPR, A_EDI, 0, (start & mask) | (t->gpr[A_EDI] & ~mask));
	start = t->gpr[A_ECX] - k;
	expect(t, X_GPR, A_ECX, 0, (start & mask) | (t->gpr[A_ECX] & ~mask));
	expect(t, X_EFLAGS, 0, F_DF, s->down ? F_DF : 0);
	if (s->op->compares && k)
		expect(t, X_EFLAGS, 0, F_ZF, (k == last) == (s->op->prefix == 0xf2) ? F_ZF : 0);
}

/* Every boundary that this way can name, in this mode. */
static void boundaries(struct gen *g, struct shape s)
{
	unsigned last = s.op->compares ? 3 : ELEMENTS;

	if (s.how == H_POPF) {
		s.k = 0;
		one(g, &s);
		return;
	}
	for (s.k = 1; s.k <= last; s.k++)
		one(g, &s);
}

void gen_sys_rep(struct gen *g)
{
	static const struct {
		u8 mode, cpl, how, resume;
	} modes[] = {
		{CM_REAL16, 0, H_POPF, 1}, {CM_PM16, 0, H_POPF, 0},   {CM_PM32, 0, H_POPF, 0},
		{CM_V86, 3, H_POPF, 0},    {CM_FLAT32, 3, H_POPF, 0}, {CM_PM16, 3, H_TF, 0},
		{CM_PM32, 3, H_TF, 1},     {CM_FLAT32, 0, H_TF, 1},   {CM_FLAT32, 3, H_TF, 0},
		{CM_V86, 3, H_TF, 1},      {CM_FLAT32, 0, H_DR, 0},   {CM_FLAT32, 3, H_DR, 0},
	};
	unsigned o, m, size, b;

	for (o = 0; o < sizeof ops / sizeof *ops; o++)
		for (m = 0; m < sizeof modes / sizeof *modes; m++)
			for (size = 1; size <= 4; size *= 2)
				for (b = 0; b < 8; b++) {
					struct shape s = {&ops[o],       (u8)size,     modes[m].how,
							  modes[m].mode, modes[m].cpl, 0,
							  b & 1,         b & 2,        b & 4,
							  false};
					/* An address of 16 bits reaches no flat operand. */
					if (s.other_addr && s.mode == CM_FLAT32)
						continue;
					if (s.override && (!s.op->src || s.down))
						continue;
					boundaries(g, s);
					if (modes[m].resume && !s.override) {
						s.resume = true;
						boundaries(g, s);
					}
				}
}

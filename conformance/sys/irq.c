/* SPDX-License-Identifier: MIT
 * Group irq: an interrupt at every instruction boundary of a block.  IRQ 0 waits at
 * the 8259A; what opens the boundary is STI (one instruction later), POPF, IRET, or
 * the IRET of a #DB handler, which a breakpoint or single steps took there, so that
 * the block itself is the same for each boundary and every VMM can say which one it
 * is.  The state found there is that of the instructions before it; or the handler
 * returns and the block ends as if nothing had been.  Rules: SDM vol. 3A sections
 * 6.6, 6.8.1 and 6.8.3; vol. 2A IRET, vol. 2B POPF, STI.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/sys/sys.h"

#define STEPS 8u

/* One instruction: % is the low digit of a ModRM byte for [BX] or [EBX], R a branch
 * offset of 0; then what it adds to registers, s to be multiplied by the operand
 * size. */
struct step {
	const char *code;
	struct {
		u8 reg;
		s8 add;
		bool sized;
	} e[2];
};

#define REG(r, n)                                                                                  \
	{                                                                                          \
		A_##r, n, false                                                                    \
	}
#define SIZED(r, n)                                                                                \
	{                                                                                          \
		A_##r, n, true                                                                     \
	}
static const struct block {
	const char *name;
	u8 flags; /* 1: needs the FPU; 2: EAX and ECX, 4: EDX is not foretold; 8: pops what it
		   * pushed before; 16: segment registers go to the stack */
	struct step step[STEPS];
} blocks[] = {
	{"alu",
	 0,
	 {{"40", {REG(EAX, 1)}},
	  {"83 c3 05", {REG(EBX, 5)}},
	  {"49", {REG(ECX, -1)}},
	  {"83 ea 03", {REG(EDX, -3)}},
	  {"46", {REG(ESI, 1)}},
	  {"89 f6", {{0}}},
	  {"4f", {REG(EDI, -1)}},
	  {"85 c0", {{0}}}}},
	{"mem",
	 0,
	 {{"88 0%", {{0}}},
	  {"00 0%", {{0}}},
	  {"fe 0%", {{0}}},
	  {"f0 00 0%", {{0}}},
	  {"f6 1%", {{0}}},
	  {"80 0% 01", {{0}}},
	  {"d0 0%", {{0}}},
	  {"c6 0% 5a", {{0}}}}},
	{"stack",
	 12,
	 {{"50", {SIZED(ESP, -1)}},
	  {"53", {SIZED(ESP, -1)}},
	  {"5b", {SIZED(ESP, 1)}},
	  {"6a 05", {SIZED(ESP, -1)}},
	  {"9c", {SIZED(ESP, -1)}},
	  {"5a", {SIZED(ESP, 1)}},
	  {"55", {SIZED(ESP, -1)}},
	  {"5d", {SIZED(ESP, 1)}}}},
	{"string",
	 2,
	 {{"a4", {REG(ESI, 1), REG(EDI, 1)}},
	  {"aa", {REG(EDI, 1)}},
	  {"a5", {SIZED(ESI, 1), SIZED(EDI, 1)}},
	  {"ac", {REG(ESI, 1)}},
	  {"ab", {SIZED(EDI, 1)}},
	  {"a6", {REG(ESI, 1), REG(EDI, 1)}},
	  {"ae", {REG(EDI, 1)}},
	  {"ad", {SIZED(ESI, 1)}}}},
	{"flow",
	 0,
	 {{"eb 00", {{0}}},
	  {"74 00", {{0}}},
	  {"75 00", {{0}}},
	  {"e2 00", {REG(ECX, -1)}},
	  {"e8 R", {SIZED(ESP, -1)}},
	  {"e9 R", {{0}}},
	  {"0f 82 R", {{0}}},
	  {"e3 00", {{0}}}}},
	{"segment",
	 10 | 16,
	 {{"1e", {SIZED(ESP, -1)}},
	  {"07", {SIZED(ESP, 1)}},
	  {"8c d9", {{0}}},
	  {"8e e1", {{0}}},
	  {"0e", {SIZED(ESP, -1)}},
	  {"06", {SIZED(ESP, -1)}},
	  {"0f a9", {SIZED(ESP, 1)}},
	  {"8e e9", {{0}}}}},
	{"fpu",
	 1,
	 {{"d9 e8", {{0}}},
	  {"d9 ee", {{0}}},
	  {"40", {REG(EAX, 1)}},
	  {"de c1", {{0}}},
	  {"d9 c0", {{0}}},
	  {"43", {REG(EBX, 1)}},
	  {"dd d8", {{0}}},
	  {"9b", {{0}}}}},
	{"mixed",
	 0,
	 {{"40", {REG(EAX, 1)}},
	  {"50", {SIZED(ESP, -1)}},
	  {"a4", {REG(ESI, 1), REG(EDI, 1)}},
	  {"73 00", {{0}}},
	  {"fe 0%", {{0}}},
	  {"4a", {REG(EDX, -1)}},
	  {"9c", {SIZED(ESP, -1)}},
	  {"aa", {REG(EDI, 1)}}}},
};

/* What lets the interrupt in; the boundaries each can name. */
enum how { H_STI, H_POPF, H_IRET, H_DB, H_TF, HOWS };
static const struct {
	const char *name, *cite;
	u8 first, last;
} hows[HOWS] = {
	{"sti", "SDM 3A 6.8.1; 2B STI", 1, STEPS},   {"popf", "SDM 3A 6.8.1; 2B POPF", 0, STEPS},
	{"iret", "SDM 3A 6.8.1; 2A IRET", 0, STEPS}, {"db", "SDM 3A 6.8.1; 3B 17.3.1.1", 0, 7},
	{"tf", "SDM 3A 6.8.1; 3B 17.3.1.4", 1, 8},
};

static void add_step(struct tcase *t, const struct step *s)
{
	bool wide = mode_opsize(t->mode) == 4 && t->mode != CM_V86;
	char text[32], *p;

	snprintf(text, sizeof text, "%s", s->code);
	p = strchr(text, '%');
	if (p)
		*p = wide ? '3' : '7';
	p = strchr(text, 'R');
	if (p)
		*p = wide ? 'D' : 'W';
	sys_code(t, text, 0u);
}

static void registers(struct tcase *t)
{
	static const u8 zero[24];

	/* PUSH of a segment register leaves the upper half of its slot, or clears it. */
	set_mem(t, win(A_SS, CASE_OFF) - sizeof zero, zero, sizeof zero);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF));
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF + 0x20));
	set_gpr(t, A_EDI, mode_off(t, A_ES, CASE_OFF + 0x20));
	set_gpr(t, A_ECX, 0x77);
	set_gpr(t, A_EDX, 0x1234);
	set_gpr(t, A_EAX, 0x2345);
	t->eflags &= ~(u32)(F_DF | F_IF);
	if (t->cpl)
		t->eflags |= F_IOPL;
}

/* General registers behind steps first to last of the block. */
static void expect_registers(struct tcase *t, const struct block *b, unsigned first, unsigned last)
{
	bool wide = mode_opsize(t->mode) == 4 && t->mode != CM_V86;
	u32 gpr[8];
	unsigned i, k;

	memcpy(gpr, t->gpr, sizeof gpr);
	for (i = first; i < last; i++)
		for (k = 0; k < 2; k++) {
			int add = b->step[i].e[k].add;

			if (add)
				gpr[b->step[i].e[k].reg] +=
					(u32)(b->step[i].e[k].sized ? add * (wide ? 4 : 2) : add);
		}
	for (i = 0; i < 8; i++)
		if (!(b->flags & 2 && (i == A_EAX || i == A_ECX)) && !(b->flags & 4 && i == A_EDX))
			expect(t, X_GPR, i, wide ? 0 : 0xffff, gpr[i]);
}

/* The boundary k: in front of step k, behind all of them at STEPS. */
/* Other bytes there than any outcome leaves: what stays the same is not reported. */
static void mark_slot(struct tcase *t, u32 lin)
{
	unsigned i;

	for (i = 0; i < t->nmem; i++)
		if (lin >= t->mem[i].lin && lin + 2 <= t->mem[i].lin + t->mem[i].len) {
			t->mem[i].b[lin - t->mem[i].lin] = 0xa5;
			t->mem[i].b[lin + 1 - t->mem[i].lin] = 0x5a;
			return;
		}
	set_mem32(t, lin, 0x5aa5, 2);
}

static void one(struct gen *g, const struct block *b, enum how how, unsigned k, unsigned mode,
		unsigned cpl, bool resume)
{
	struct tcase *t = sys_case(g, "irq", hows[how].name, b->name, mode, cpl,
				   sys_text("%s%u", resume ? "back" : "at", k), hows[how].cite);
	bool wide = mode_opsize(mode) == 4 && mode != CM_V86;
	u32 at[STEPS + 1], base = case_default_eip(mode);
	unsigned i, entry = 0;

	registers(t);
	sys_op(t, OP_IRQ, 0, 0, 0);
	if (b->flags & 1)
		t->need = N_FPU, sys_op(t, OP_FPU, 1, 0, 0);
	if (how == H_IRET) {
		sys_code(t, wide ? "68 D 0e 68 D cf" : "68 W 0e 68 W cf",
			 0x202u | (cpl ? F_IOPL : 0), 0u);
		entry = t->code_len;
	}
	if (how == H_TF) {
		if (!cpl)
			sys_code(t, "9c 81 0c 24 D 9d", 0x100u);
		else
			t->eflags |= F_TF;
		sys_handler_step(t, k);
	}
	if (how == H_DB)
		sys_handler_open(t);
	for (i = 0; i <= STEPS; i++) {
		if (how == H_STI && i + 1 == k)
			sys_code(t, "fb");
		if (how == H_POPF && i == k)
			sys_code(t, wide ? "68 D 9d" : "68 W 9d", 0x202u | (cpl ? F_IOPL : 0));
		at[i] = base + t->code_len;
		if (i < STEPS)
			add_step(t, &b->step[i]);
	}
	if (how == H_IRET)
		for (i = 0; i < (wide ? 4u : 2u); i++)
			t->code[entry - 1 - (wide ? 4 : 2) + i] = (u8)(at[k] >> 8 * i);
	if (how == H_DB) {
		sys_op(t, OP_DR, 0, CASE_CS_BASE + CASE_OFF + at[k] - base, 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 1, 0);
		t->ign_lin = OBS_DR6; /* enabled breakpoints have groups of their own */
		t->ign_len = 4;
	}
	if (resume) {
		sys_handler_count(t, SYS_IRQ);
		expect_done(t);
		expect_registers(t, b, how == H_IRET ? k : 0, STEPS);
		expect(t, X_EFLAGS, 0, F_RF | F_TF, 0); /* 3B 17.3.1.1: for one instruction */
		expect_mem(t, SYS_COUNTER + 4, 1, 0, 1);
		/* The first slot of the stack, where the image of #DB has left RF: the last
		 * PUSH there writes all of it, or its lower half. */
		if (how == H_DB && b->flags & 16 && !cpl && (k == 0 || (k >= 2 && k <= 4))) {
			mark_slot(t, win(A_SS, CASE_OFF) - 2);
			expect_mem(t, win(A_SS, CASE_OFF) - 2, 2, 0, 1);
			expect_or(t, "push_sreg32", 0);
		}
		return;
	}
	expect_fault(t, SYS_IRQ, 0);
	expect(t, X_EIP, 0, 0, at[k]);
	expect(t, X_EFLAGS, 0, F_IF | F_TF, F_IF);
	expect_registers(t, b, how == H_IRET ? k : 0, k);
}

void gen_sys_irq(struct gen *g)
{
	static const struct {
		u8 mode, cpl, all, resume;
	} modes[] = {
		{CM_REAL16, 0, 0, 1}, {CM_PM16, 0, 0, 0}, {CM_PM16, 3, 1, 0},
		{CM_PM32, 0, 0, 0},   {CM_PM32, 3, 1, 0}, {CM_FLAT32, 0, 1, 1},
		{CM_FLAT32, 3, 1, 1}, {CM_V86, 3, 1, 1},
	};
	unsigned b, how, k, m, r;

	for (b = 0; b < sizeof blocks / sizeof *blocks; b++)
		for (how = 0; how < HOWS; how++)
			for (m = 0; m < sizeof modes / sizeof *modes; m++)
				for (k = hows[how].first; k <= hows[how].last; k++)
					for (r = 0; r <= modes[m].resume; r++) {
						if (how >= H_DB && !modes[m].all)
							continue;
						if (r && how == H_IRET && blocks[b].flags & 8)
							continue;
						/* QEMU dies of each breakpoint in a based segment:
						 * one block shows it. */
						if (how == H_DB && b && modes[m].mode != CM_FLAT32)
							continue;
						one(g, &blocks[b], (enum how)how, k, modes[m].mode,
						    modes[m].cpl, r);
					}
}

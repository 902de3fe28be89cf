/* SPDX-License-Identifier: MIT
 * Group counters: RDPMC by CR4.PCE, CPL, counter and mode; the time stamp counter written
 * with WRMSR and read both ways. A processor without RDPMC has #UD for it, and those before
 * the Pentium 4 clear the upper half of a counter that is written: both are choices. Rules:
 * SDM vol. 2B RDPMC, RDTSC; vol. 3B section 17.17.3 (writing the counter).
 */
#include "conformance/result.h"
#include "conformance/sys/sys.h"

#define CR4_PCE 0x100u
#define NO_GP   0x6d6du /* EBX: what came */
#define WAS_GP  0xd0d0u
#define WAS_UD  0x0606u

static void rdpmc(struct gen *g, bool pce, u32 counter, unsigned mode, unsigned cpl)
{
	bool bad = counter > 0x40000001u;
	struct tcase *t = sys_case(g, "counters", "rdpmc", pce ? "pce" : "no_pce", mode, cpl,
				   sys_text("ecx%x", counter), "SDM 2B RDPMC");
	bool gp = bad || (cpl && !pce);

	if (pce)
		sys_op(t, OP_CR4, 0, CR4_PCE, 0);
	set_gpr(t, A_ECX, counter);
	set_gpr(t, A_EBX, NO_GP);
	if (cpl)
		t->eflags |= F_IOPL;
	sys_handler(t, GP, 0, "bb D 83 c4 04 83 04 24 02 cf", WAS_GP);
	sys_handler(t, UD, 0x20, "bb D 83 04 24 02 cf", WAS_UD);
	sys_code(t, "0f 33");
	t->ign_regs = 1u << A_EAX | 1u << A_EDX;
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, gp ? WAS_GP : NO_GP);
	expect_or(t, "rdpmc", WAS_UD);
}

static void tsc(struct gen *g, bool msr, u32 low, u32 high)
{
	struct tcase *t = sys_case(g, "counters", "wrmsr_tsc", msr ? "rdmsr" : "rdtsc", CM_FLAT32,
				   0, sys_text("%x_%x", high, low), "SDM 3B 17.17.3; 2B RDTSC");
	unsigned top;

	t->need = N_MSR | 0x10;
	/* The old one on the stack; the new one; what is read minus it; again when a host that
	 * was away let it run on for 2^30. EBX: the upper half, ESI: did the lower one go on
	 * from there. Then the old one again. */
	set_gpr(t, A_ECX, 0x10);
	set_gpr(t, A_EBX, 0);
	set_gpr(t, A_EDI, 16);
	sys_code(t, "0f 31 52 50");
	top = t->code_len;
	sys_code(t, "b8 D ba D 0f 30", low, high);
	sys_code(t, msr ? "0f 32" : "0f 31");
	sys_code(t, "2d D 81 da D", low, high);          /* SUB EAX, low; SBB EDX, high */
	sys_code(t, "89 d3 c1 e8 1e 89 c6 74 03 4f 75"); /* SHR EAX, 30; MOV ESI, EAX; JZ */
	t->code[t->code_len] = (u8)(top - t->code_len - 1u);
	t->code_len++;
	sys_code(t, "58 5a 0f 30");
	t->ign_regs = 1u << A_EAX | 1u << A_EDX | 1u << A_EDI;
	t->undef = F_ARITH;
	t->ign_fields = DIFF_MEM; /* the time */
	expect_done(t);
	expect(t, X_GPR, A_ESI, 0, 0);
	expect(t, X_GPR, A_EBX, 0, 0);
	expect_or(t, "tsc_upper", 0u - high);
}

void gen_sys_counters(struct gen *g)
{
	static const u32 counters[] = {0, 1, 0x7fffffff, 0xffffffff};
	static const struct {
		u8 mode, cpl;
	} modes[] = {{CM_FLAT32, 0}, {CM_FLAT32, 3}, {CM_PM32, 0}, {CM_PM32, 3},
		     {CM_PM16, 3},   {CM_PM32, 1},   {CM_V86, 3}};
	static const u32 lows[] = {0, 1, 0x12345678, 0x80000000};
	unsigned i, m;

	for (m = 0; m < sizeof modes / sizeof *modes; m++)
		for (i = 0; i < 8; i++)
			rdpmc(g, i & 1, counters[i / 2], modes[m].mode, modes[m].cpl);
	for (i = 0; i < 16; i++)
		tsc(g, i & 1, lows[i / 4], i & 2 ? 0x5 : 0);
}

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
	struct tcase sub = *t;

	/* Writes EBP:ESI and reads: EDX the difference of the upper halves, EBX not zero when the
	 * lower one did not go on from there; up to 16 times, as a host may be away. */
	sys_code(&sub, "6a 10 89 f0 89 ea 0f 30");
	sys_code(&sub, msr ? "0f 32" : "0f 31");
	sys_code(&sub, "29 f0 19 ea c1 e8 1e 74 05 ff 0c 24 75 ea 09 c3 58 c3");
	set_mem(t, SYS_HANDLER, sub.code, sub.code_len);
	t->need = N_MSR | 0x10;
	set_gpr(t, A_ECX, 0x10);
	set_gpr(t, A_EBX, 0);
	set_gpr(t, A_ESI, low);
	set_gpr(t, A_EBP, high);
	/* Twice, 2^31 apart, which no counter passes by itself; then the old value again. */
	sys_code(t, "0f 31 52 50 e8 D", SYS_HANDLER - (CASE_CS_BASE + CASE_OFF + 9));
	sys_code(t, "89 d7 81 f6 D e8 D", 0x80000000u,
		 SYS_HANDLER - (CASE_CS_BASE + CASE_OFF + 22));
	sys_code(t, "31 fa 09 d3 58 5a 0f 30");
	t->ign_regs = 1u << A_EAX | 1u << A_EDX;
	t->undef = F_ARITH;
	t->ign_fields = DIFF_MEM; /* the time */
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, 0);
	expect(t, X_GPR, A_EDI, 0, 0);
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

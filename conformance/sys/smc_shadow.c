/* SPDX-License-Identifier: MIT
 * Group smc: an interrupt waits, STI holds it off for one more instruction, and that
 * one writes into the instruction behind it.  However a machine comes to run the new
 * bytes, the interrupt is taken behind the store: SDM vol. 2B STI; vol. 3A sections
 * 6.8.1 and 8.1.3.  (Of a load of SS behind STI the manual does not promise that it
 * holds the interrupt off, too: vol. 2B MOV.)
 */
#include "conformance/sys/smc.h"

static void one(struct gen *g, bool resume, const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "shadow", "sti", m->mode, m->cpl, resume ? "back" : "at");
	u32 behind;

	t->cite = "SDM 2B STI; 3A 6.8.1, 8.1.3";
	t->eflags &= ~(u32)F_IF;
	if (m->cpl)
		t->eflags |= F_IOPL;
	sys_op(t, OP_IRQ, 0, 0, 0);
	sys_code(t, "fb");
	behind = CASE_CS_BASE + CASE_OFF + t->code_len + smc_store_len(t, 1) + 1;
	smc_store(t, "c6", 0, smc_off(t, behind + 1));
	sys_code(t, "5a b3 00"); /* MOV BL, 0 becomes 5Ah */
	if (resume) {
		sys_handler_count(t, SYS_IRQ);
		expect_done(t);
		expect(t, X_GPR, A_EBX, 0xff, 0x5a);
		expect_mem(t, SYS_COUNTER + 4, 1, 0, 1);
		return;
	}
	expect_fault(t, SYS_IRQ, 0);
	expect(t, X_EIP, 0, 0, smc_off(t, behind));
	expect(t, X_EFLAGS, 0, F_IF, F_IF);
	expect(t, X_GPR, A_EBX, 0xff, 0);
	expect_mem(t, behind + 1, 1, 0, 0x5a);
}

void gen_smc_shadow(struct gen *g)
{
	unsigned m;

	for (m = 0; m < SMC_MODES; m++) {
		one(g, false, &smc_modes[m]);
		/* Handlers that return: as in group irq. */
		if (smc_modes[m].mode != CM_PM16 && smc_modes[m].mode != CM_PM32)
			one(g, true, &smc_modes[m]);
	}
}

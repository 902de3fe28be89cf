/* SPDX-License-Identifier: MIT
 * Group smc: code that is written by the state a task switch saves: the general registers
 * of the old task are instructions, its TSS lies where they are executed, before and behind
 * the switch. Rules: SDM vol. 3A sections 7.3 (what is saved), 8.1.3, 11.6.
 */
#include "conformance/sys/smc.h"
#include "conformance/sys/tasks.h"

#define OLD_TSS (CASE_OFF + 0x100u) /* in the code window, behind the new task's code */

static void saved(struct gen *g, enum way way, bool wide, unsigned runs)
{
	struct tcase *t = sys_case(g, "smc", "task", way_names[way], CM_PM32, 0,
				   sys_text("%s_runs%u", wide ? "tss32" : "tss16", runs),
				   "SDM 3A 7.3, 8.1.3, 11.6");
	unsigned n = wide ? 16 : 8, i, at = OLD_TSS + (wide ? T32_GPR : T16_GPR);
	struct task_plan p;
	u8 before[16], there[6] = {0xe8};

	/* INC EBP before, then INC EDI; RET */
	for (i = 0; i < n; i++)
		before[i] = i + 1 == n ? 0xc3 : 0x45;
	set_mem(t, CASE_CS_BASE + at, before, n);
	for (i = A_EAX; i <= A_EBX; i++)
		set_gpr(t, i, 0x47474747);
	set_gpr(t, A_EBX, wide ? 0xc3474747 : 0x4747c347);
	set_gpr(t, A_EBP, 0);
	set_gpr(t, A_ESI, SEL_SLOT(SLOT_OLD, 0));
	sys_desc(t, OP_GDT, SLOT_OLD, CASE_CS_BASE + OLD_TSS, wide ? 103 : 43, wide ? 0x89 : 0x81,
		 0);
	for (i = 0; i < runs; i++)
		sys_code(t, "e8 D", at - (CASE_OFF + t->code_len + 5));
	sys_code(t, "0f 00 de"); /* LTR SI */
	task_plan(&p, way, true, 0, 0);
	task_setup(t, &p);
	if (way == W_IRET)
		set_mem32(t, CASE_CS_BASE + OLD_TSS, p.sel, 2);
	task_put(there, 1, at - (TASK_EIP + 5), 4);
	there[5] = 0xcc;
	set_mem(t, CASE_CS_BASE + TASK_EIP, there, sizeof there);
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, TASK_EIP + 6);
	expect(t, X_GPR, A_EDI, 0, p.gpr[A_EDI] + n - 1);
	expect(t, X_GPR, A_EBP, 0, p.gpr[A_EBP]);
	/* The rest of the old TSS is for groups task and taskpage. */
	expect_mem(t, CASE_CS_BASE + at, 4, 0, 0x47474747);
}

void gen_smc_task(struct gen *g)
{
	unsigned way, i;

	for (way = 0; way < WAYS; way++)
		for (i = 0; i < 6; i++)
			saved(g, (enum way)way, i & 1, i / 2 == 2 ? 8 : i / 2);
}

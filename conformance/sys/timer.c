/* SPDX-License-Identifier: MIT
 * Group timer: an interrupt that comes when it will, from channel 0 of the 8254, into
 * loops in which each boundary says what a register must hold there.  The handler
 * takes EIP out of its frame, undoes as many steps as that says, and what is left is
 * the same whichever boundary it was: on any VMM, however it keeps time.  Rules: SDM
 * vol. 3A section 6.6: interrupts come between instructions.
 */
#include <stdio.h>

#include "conformance/sys/sys.h"

#define RUN 32u /* bytes of a loop's body */

static const struct loop {
	const char *name, *body; /* one instruction */
	u8 len;
	const char *undo;  /* what the whole body did */
	const char *check; /* ECX bytes of the body: undo those, EAX 0 */
} loops[] = {
	{"inc", "40", 1, "83 e8 20", "29 c8"},
	{"dec", "48", 1, "83 c0 20", "01 c8"},
	{"inc_esi", "46", 1, "83 ee 20", "29 ce 89 f0 29 f8"},
	{"lodsb", "ac", 1, "83 ee 20", "29 ce 89 f0 29 f8"},
	{"stosb", "aa", 1, "83 ef 20", "29 cf 89 f8 29 f0"},
	{"scasb", "ae", 1, "83 ef 20", "29 cf 89 f8 29 f0"},
	{"inc_m", "fe 03", 2, "80 2b 10", "d1 e9 28 0b 0f b6 03"},
	{"dec_m", "fe 0b", 2, "80 03 10", "d1 e9 00 0b 0f b6 03"},
};
#define LOOPS (sizeof loops / sizeof *loops)

static void one(struct gen *g, const struct loop *l, unsigned count, unsigned cpl)
{
	static const u8 zero[RUN];
	struct tcase *t = sys_case(g, "timer", l->name, "loop", CM_FLAT32, cpl,
				   sys_text("count%u", count), "SDM 3A 6.6");
	u32 base = win(A_DS, CASE_OFF + 0x40);
	unsigned top, i;
	char text[160];

	sys_op(t, OP_IRQ, 0, count, 0);
	set_gpr(t, A_EAX, 0);
	set_gpr(t, A_EBX, base);
	set_gpr(t, A_ESI, base);
	set_gpr(t, A_EDI, base);
	set_mem(t, base, zero, sizeof zero);
	t->eflags &= ~(u32)(F_DF | F_IF);
	if (cpl)
		t->eflags |= F_IF; /* by IRET; ring 0 is entered by POPF, elsewhere */
	else
		sys_code(t, "fb");
	top = t->code_len;
	for (i = 0; i + l->len <= RUN; i += l->len)
		sys_code(t, l->body);
	sys_code(t, l->undo);
	sys_code(t, "eb");
	t->code[t->code_len] = (u8)(top - t->code_len - 1u);
	t->code_len++;
	/* MOV ECX, [ESP]; SUB ECX, top; CMP ECX, end of the body; JBE; XOR ECX, ECX;
	 * check; AND [ESP], EAX; AND [ESP+8], EAX; XOR ECX, ECX; INT3 */
	snprintf(text, sizeof text, "8b 0c 24 81 e9 D 83 f9 20 76 02 31 c9 %s %s", l->check,
		 "21 04 24 21 44 24 08 31 c9 cc");
	sys_handler(t, SYS_IRQ, 0, text, CASE_CS_BASE + CASE_OFF + top);
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, SYS_HANDLER + t->mem[t->nmem - 1].len);
	expect(t, X_GPR, A_EAX, 0, 0);
	expect(t, X_GPR, A_ECX, 0, 0);
	expect(t, X_GPR, A_ESI, 0, base);
	expect(t, X_GPR, A_EDI, 0, base);
	expect(t, X_EFLAGS, 0, F_IF, 0);
}

void gen_sys_timer(struct gen *g)
{
	unsigned n, i;

	for (n = 0; n < LOOPS; n++)
		for (i = 0; i < 30; i++) {
			one(g, &loops[n], 3 + 7 * i, 0);
			one(g, &loops[n], 6 + 7 * i, 3);
		}
}

/* SPDX-License-Identifier: MIT
 * Group ferr: x87 exceptions with CR0.NE clear, as PCs have them: FERR# is IRQ 13. It is
 * taken in front of the next waiting instruction, which does not run before; instructions
 * that do not wait run. A write to port F0h (IGNNE#) lets the waiting ones go on; FNCLEX
 * ends it. With NE set there is #MF and no interrupt. Rules: SDM vol. 1 section 8.7 and
 * appendix D.2; vol. 3A section 2.5.
 */
#include <string.h>

#include "conformance/sys/sys.h"

static const struct wait {
	const char *name, *code;
	u32 need;
} waits[] = {
	{"fwait", "9b", 0},   {"fld1", "d9 e8", 0},     {"fnop", "d9 d0", 0},
	{"fadd", "d8 c1", 0}, {"fld_m32", "d9 03", 0},  {"fst_m64", "dd 13", 0},
	{"fxch", "d9 c9", 0}, {"fldcw", "d9 2b", 0},    {"fcom", "d8 d1", 0},
	{"fchs", "d9 e0", 0}, {"emms", "0f 77", N_MMX}, {"movd_mm", "0f 6e c0", N_MMX},
};
static const struct nowait {
	const char *name, *code;
} nowaits[] = {
	{"fnstsw", "df e0"}, {"fnstcw", "d9 3b"}, {"fnstenv", "d9 33"},
	{"fnclex", "db e2"}, {"fninit", "db e3"}, {"fnsave", "dd 33"},
};

/* How the exception came about: before the case; by an instruction of it (0 / 0 in the case of
 * #Z, 1 / 0); by one that unmasks it. */
enum how { H_SETUP, H_DIVIDE, H_UNMASK, HOWS };
static const char *const hows[HOWS] = {"setup", "divide", "unmask"};

static struct tcase *new_case(struct gen *g, const char *mnemonic, enum how how, const char *what,
			      unsigned cpl, const char *cls)
{
	struct tcase *t = sys_case(g, "ferr", mnemonic, sys_text("%s_%s", hows[how], what),
				   CM_FLAT32, cpl, cls, "SDM vol. 1 8.7, D.2");

	t->need = N_FPU;
	sys_op(t, OP_FPU, how == H_SETUP ? 2 : 1, 0, 0);
	sys_op(t, OP_IRQ, 1, 0, 0);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF));
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF + 0x20));
	set_mem32(t, win(A_DS, CASE_OFF), 0x0000037f, 4);
	set_mem32(t, win(A_DS, CASE_OFF + 0x20), 0x037b, 4); /* ZM clear */
	t->eflags = (t->eflags & ~(u32)F_IF) | (cpl ? F_IOPL : 0);
	if (how == H_DIVIDE) /* FLDCW, FLD1, FLDZ, FDIVP */
		sys_code(t, "d9 2e d9 e8 d9 ee de f9");
	else if (how == H_UNMASK)
		sys_code(t, "d9 e8 d9 ee de f9 d9 2e");
	return t;
}

static void taken(struct gen *g, const struct wait *w, enum how how, unsigned cpl, bool ne)
{
	struct tcase *t = new_case(g, w->name, how, ne ? "ne" : "irq13", cpl, "waits");
	u32 at;

	t->need |= w->need;
	if (!ne)
		sys_op(t, OP_CR0, 0, CR0_NE, 0);
	sys_code(t, "fb 90"); /* behind STI's shadow */
	at = case_default_eip(t->mode) + t->code_len;
	sys_code(t, w->code);
	expect_fault(t, ne ? MF : SYS_FERR, 0);
	expect(t, X_EIP, 0, 0, at);
}

/* The handler writes to port F0h, the instruction runs. */
static void ignored(struct gen *g, const struct wait *w, enum how how, unsigned cpl)
{
	struct tcase *t = new_case(g, w->name, how, "f0", cpl, "goes_on");

	t->need |= w->need;
	sys_op(t, OP_CR0, 0, CR0_NE, 0);
	set_mem32(t, SYS_COUNTER + 4, 0, 4);
	sys_handler(t, SYS_FERR, 0, "36 fe 05 D e6 f0 cf", sys_handler_ss(t, SYS_COUNTER + 4));
	sys_code(t, "fb 90");
	sys_code(t, w->code);
	sys_code(t, "90 db e2 9b 90"); /* FNCLEX; FWAIT: nothing is left */
	expect_done(t);
	expect_mem(t, SYS_COUNTER + 4, 1, 0, 1);
}

/* Interrupts off: what does not wait runs. */
static void free_to_run(struct gen *g, const struct nowait *n, enum how how, unsigned cpl)
{
	struct tcase *t = new_case(g, n->name, how, "off", cpl, "runs");

	sys_op(t, OP_CR0, 0, CR0_NE, 0);
	set_gpr(t, A_EDI, 0);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF + 0x60));
	sys_code(t, n->code);
	sys_code(t, "47");
	t->ign_lin = win(A_DS, CASE_OFF + 0x60); /* x87env's affair */
	t->ign_len = 108;
	expect_done(t);
	expect(t, X_GPR, A_EDI, 0, 1);
	if (!strcmp(n->name, "fnstsw"))
		expect(t, X_GPR, A_EAX, 0x84, 0x84); /* ES and ZE */
}

void gen_sys_ferr(struct gen *g)
{
	unsigned i, how, cpl;

	for (cpl = 0; cpl < 4; cpl += 3)
		for (how = 0; how < HOWS; how++) {
			for (i = 0; i < sizeof waits / sizeof *waits; i++) {
				taken(g, &waits[i], (enum how)how, cpl, false);
				taken(g, &waits[i], (enum how)how, cpl, true);
				ignored(g, &waits[i], (enum how)how, cpl);
			}
			for (i = 0; i < sizeof nowaits / sizeof *nowaits; i++)
				free_to_run(g, &nowaits[i], (enum how)how, cpl);
		}
}

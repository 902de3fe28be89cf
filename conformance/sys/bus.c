/* SPDX-License-Identifier: MIT
 * Group bus: code and data whose address the platform turns into another: the A20 gate
 * under code that has run and under data, and code in the BIOS. (Code in the window of
 * the VGA is no case: it ends Bochs 2.7.) Witnesses: PC/AT Technical Reference (keyboard controller
 * output port bit 1, BIOS entry FFF53), data sheet PIIX3 290550 (port 92h).
 */
#include "conformance/sys/sys.h"

#define ODD  0xd01000u /* nobody's memory; bit 20 set */
#define EVEN 0xc01000u
#define IRET 0xfff53u /* the BIOS's dummy interrupt handler */

static struct tcase *new_case(struct gen *g, const char *mnemonic, const char *form,
			      const char *cls, const char *cite)
{
	struct tcase *t = sys_case(g, "bus", mnemonic, form, CM_FLAT32, 0, cls, cite);
	unsigned r;

	for (r = A_EAX; r <= A_EBX; r++)
		set_gpr(t, r, 0);
	return t;
}

static void call(struct tcase *t, u32 lin)
{
	sys_code(t, "e8 D", lin - (CASE_CS_BASE + CASE_OFF + t->code_len + 5));
}

/* Both gates: either one lets bit 20 through. AL is lost. */
static void a20(struct tcase *t, bool on)
{
	sys_code(t, "b0 d1 e6 64 e4 64 a8 02 75 fa");
	sys_code(t, on ? "b0 df e6 60" : "b0 dd e6 60");
	sys_code(t, "e4 64 a8 02 75 fa e4 92 24 fc");
	sys_code(t, on ? "0c 02 e6 92" : "e6 92");
}

enum what { CODE, READ, WRITE, WHATS };
static const char *const whats[WHATS] = {"code", "read", "write"};

static void gate(struct gen *g, enum what w, unsigned before)
{
	struct tcase *t = new_case(g, "a20", whats[w], before ? "hot" : "cold",
				   "PC/AT Technical Reference; PIIX3 290550 port 92h");

	/* INC ECX, INC EBX three times, RET */
	sys_code(t, "c7 05 D D c7 05 D D", ODD, 0xc3414141, EVEN, 0xc3434343);
	if (w == CODE) {
		if (before)
			call(t, ODD);
		a20(t, false);
		call(t, ODD);
		a20(t, true);
		call(t, ODD);
		expect(t, X_GPR, A_ECX, 0, 3 + 3 * before);
		expect(t, X_GPR, A_EBX, 0, 3);
	} else {
		if (before)
			sys_code(t, "8b 1d D", ODD);
		a20(t, false);
		sys_code(t, w == READ ? "8b 1d D" : "89 25 D", ODD);
		a20(t, true);
		sys_code(t, "8b 0d D", w == READ ? ODD : EVEN);
		expect(t, X_GPR, A_ECX, 0, w == READ ? 0xc3414141 : t->gpr[A_ESP]);
		if (w == READ)
			expect(t, X_GPR, A_EBX, 0, 0xc3434343);
	}
	t->ign_regs = 1u << A_EAX;
	expect_done(t);
}

/* An IRET in ROM, where the BIOS has one. */
static void rom(struct gen *g)
{
	static const u8 zero[16];
	struct tcase *t = new_case(g, "rom", "iret", "code", "PC/AT Technical Reference, BIOS");

	set_mem(t, win(A_SS, CASE_OFF) - sizeof zero, zero, sizeof zero);
	sys_code(t, "80 3d D cf 75 07 9c 0e", IRET);
	call(t, IRET);
	sys_code(t, "43");
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, 1);
	t->ign_lin = win(A_SS, CASE_OFF) - sizeof zero; /* its frame, if there was one */
	t->ign_len = sizeof zero;
}

void gen_sys_bus(struct gen *g)
{
	unsigned w;

	for (w = 0; w < WHATS; w++) {
		gate(g, (enum what)w, 0);
		gate(g, (enum what)w, 1);
	}
	rom(g);
	gen_bus_tables(g);
}

/* SPDX-License-Identifier: MIT
 * Group sensitive: the 17 instructions that read or change what only a system may,
 * yet do not trap outside ring 0 (J. Robin, C. Irvine, Analysis of the Intel Pentium's
 * Ability to Support a Secure Virtual Machine Monitor, USENIX Security 2000), in every
 * ring, in virtual-8086 mode and in real mode.
 *
 * This file: the system registers and the flags - SGDT SIDT SLDT STR SMSW PUSHF POPF.
 * Rules: each instruction's page in SDM vol. 2B, vol. 3A section 20.2 for
 * virtual-8086 mode, vol. 1 section 3.4.3 for the flags.
 */
#include "conformance/sys/sensitive.h"

const struct place sens_places[SENS_ALL_PLACES] = {
	{CM_PM32, 0, 0}, {CM_PM32, 1, 0}, {CM_PM32, 2, 0}, {CM_PM32, 3, 0}, {CM_PM16, 0, 0},
	{CM_PM16, 1, 0}, {CM_PM16, 2, 0}, {CM_PM16, 3, 0}, {CM_V86, 3, 3},  {CM_REAL16, 0, 0},
	{CM_V86, 3, 0},  {CM_PM32, 1, 3}, {CM_PM32, 3, 3}, {CM_PM16, 2, 2},
};

struct tcase *sens_case(struct gen *g, const struct place *p, const char *mnemonic,
			const char *form, const char *extra, const char *cite)
{
	struct tcase *t = sys_case(g, "sensitive", mnemonic, form, p->mode, p->cpl,
				   sys_text("iopl%u%s%s", p->iopl, *extra ? "_" : "", extra), cite);

	t->eflags |= (u32)p->iopl << 12;
	return t;
}

void sens_stored(struct tcase *t, u32 lin, unsigned n, u32 value)
{
	set_mem32(t, lin, ~value, n);
	expect_mem(t, lin, n, 0, value);
}

u32 sens_memory(struct tcase *t, const char *opcode, unsigned reg)
{
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF));
	sys_code(t, opcode);
	sys_code(t, sys_text("%02x", reg << 3 | (sens_wide(t) ? 3u : 7u)));
	return win(A_DS, CASE_OFF);
}

/* --- SGDT, SIDT: 6 bytes; the runtime's tables lie below 16 MiB, so that the two
 * readings of a 16-bit operand (24 or 32 bits of base) are the same. --- */

static void table_register(struct gen *g, const struct place *p, bool idt, unsigned size)
{
	static const char *const forms[2] = {"m_o16", "m_o32"};
	static const char *const code[2] = {"o 0f 01", "O 0f 01"};
	struct tcase *t = sens_case(g, p, idt ? "sidt" : "sgdt", forms[size], "",
				    idt ? "SDM 2B SIDT" : "SDM 2B SGDT");
	bool ivt = idt && p->mode == CM_REAL16;
	u32 at = sens_memory(t, code[size], idt);

	expect_done(t);
	sens_stored(t, at, 2, !idt ? GDT_TOTAL * 8 - 1 : ivt ? 0x3ff : 256 * 8 - 1);
	sens_stored(t, at + 2, 4, !idt ? TABLES_GDT : ivt ? 0 : TABLES_IDT);
	set_mem32(t, at + 6, 0x5aa5, 2);
	expect_same(t, at + 6, 2);
}

/* --- SLDT, STR: the selector; they do not exist without protected mode. --- */

static void selector_register(struct gen *g, const struct place *p, bool tr, unsigned form)
{
	static const char *const forms[4] = {"r16", "r32", "m16", "m16_o32"};
	struct tcase *t = sens_case(g, p, tr ? "str" : "sldt", forms[form], "",
				    tr ? "SDM 2B STR" : "SDM 2B SLDT");
	u32 sel = tr ? SEL_MAIN_TSS : SEL_MAIN_LDT, at = 0, was = t->gpr[A_ECX] & 0xffff0000;

	if (form < 2)
		sys_code(t, sys_text("%s 0f 00 %02x", form ? "O" : "o", 0xc1u | (u32)tr << 3));
	else
		at = sens_memory(t, form == 3 ? "O 0f 00" : "o 0f 00", tr);
	if (!sens_selectors(t)) {
		expect_fault(t, UD, 0);
		return;
	}
	expect_done(t);
	if (form == 0) {
		expect(t, X_GPR, A_ECX, 0, was | sel);
	} else if (form == 1) {
		expect(t, X_GPR, A_ECX, 0, sel);
		if (!tr)
			expect_or(t, "sldt_r32", was | sel);
	} else {
		sens_stored(t, at, 2, sel);
		set_mem32(t, at + 2, 0x5aa5, 2);
		expect_same(t, at + 2, 2);
	}
}

/* --- SMSW: CR0 as the guest set it. --- */

static void machine_status(struct gen *g, const struct place *p, u32 flip, const char *cls,
			   unsigned form)
{
	static const char *const forms[3] = {"r16", "r32", "m16"};
	static const char *const code[2] = {"o 0f 01 e1", "O 0f 01 e1"};
	struct tcase *t = sens_case(g, p, "smsw", forms[form], cls, "SDM 2B SMSW");
	u32 cr0 = (SYS_CR0 ^ flip) & ~(p->mode == CM_REAL16 ? 1u : 0);
	u32 was = t->gpr[A_ECX] & 0xffff0000, at = 0;

	if (flip)
		sys_op(t, OP_CR0, 0, flip, 0);
	if (form < 2)
		sys_code(t, code[form]);
	else
		at = sens_memory(t, "0f 01", 4);
	expect_done(t);
	if (form == 0) {
		expect(t, X_GPR, A_ECX, 0, was | (cr0 & 0xffff));
	} else if (form == 1) {
		expect(t, X_GPR, A_ECX, 0, cr0);
		expect_or(t, "smsw_r32", was | (cr0 & 0xffff));
	} else {
		sens_stored(t, at, 2, cr0 & 0xffff);
		set_mem32(t, at + 2, 0x5aa5, 2);
		expect_same(t, at + 2, 2);
	}
}

/* --- PUSHF: IF, IOPL and NT are the guest's, RF and VM are not shown. --- */

static void push_flags(struct gen *g, const struct place *p, u32 extra, const char *cls, bool d)
{
	struct tcase *t = sens_case(g, p, "pushf", d ? "d" : "w", cls, "SDM 2B PUSHF");

	t->eflags = (t->eflags & ~(u32)F_IF) | extra;
	sys_code(t, d ? "O 9c" : "o 9c");
	if (p->mode == CM_V86 && p->iopl < 3) {
		expect_fault(t, GP, 0);
		return;
	}
	expect_done(t);
	sens_stored(t, win(A_SS, CASE_OFF) - (d ? 4 : 2), d ? 4 : 2,
		    t->eflags & (d ? 0xfcffff : 0xffff));
}

/* --- POPF: what may not change stays as it is, and nothing traps. --- */

static void pop_flags(struct gen *g, const struct place *p, u32 image, const char *cls, bool d,
		      bool on)
{
	struct tcase *t = sens_case(g, p, "popf", d ? "d" : "w",
				    sys_text("%s_%s", cls, on ? "on" : "off"), "SDM 2B POPF");
	u32 may = F_ARITH | F_DF | F_NT | (d ? F_AC | F_ID : 0);

	t->eflags = (t->eflags & ~(u32)F_IF) | (on ? F_IF : 0);
	set_mem32(t, win(A_SS, CASE_OFF), image, 4);
	sys_code(t, d ? "O 9d" : "o 9d");
	if (p->mode == CM_V86 && p->iopl < 3) {
		expect_fault(t, GP, 0);
		return;
	}
	if (p->cpl <= p->iopl)
		may |= F_IF;
	if (!p->cpl)
		may |= F_IOPL;
	expect_done(t);
	expect(t, X_EFLAGS, 0,
	       F_ARITH | F_DF | F_NT | F_IF | F_IOPL | (p->mode == CM_REAL16 ? 0 : F_AC | F_ID),
	       (image & may) | (t->eflags & ~may));
}

static void flags(struct gen *g, const struct place *p)
{
	static const struct {
		const char *cls;
		u32 bits;
	} set[] = {{"off", 0}, {"on", F_IF}, {"nt", F_NT | F_DF}, {"ac_id", F_AC | F_ID}};
	static const struct {
		const char *cls;
		u32 image;
	} images[] = {{"zero", 2},
		      {"all", 0x7ed7},
		      {"if", 0x202},
		      {"iopl3", 0x3002},
		      {"ac_id", 0x240202}};
	unsigned i, d;

	for (d = 0; d < 2; d++) {
		for (i = 0; i < sizeof set / sizeof *set; i++)
			if (d || !(set[i].bits >> 16))
				push_flags(g, p, set[i].bits, set[i].cls, d);
		for (i = 0; i < sizeof images / sizeof *images; i++) {
			if (!d && images[i].image >> 16)
				continue;
			pop_flags(g, p, images[i].image, images[i].cls, d, false);
			pop_flags(g, p, images[i].image, images[i].cls, d, true);
		}
	}
}

void gen_sens_registers(struct gen *g)
{
	static const struct {
		const char *cls;
		u32 flip;
	} cr0[] = {{"", 0},
		   {"ts_mp", CR0_TS | CR0_MP},
		   {"em", CR0_EM},
		   {"ne", CR0_NE},
		   {"wp_am", CR0_WP | CR0_AM}};
	unsigned n, i, k;

	for (n = 0; n < SENS_PLACES; n++) {
		const struct place *p = &sens_places[n];

		for (i = 0; i < 2; i++) {
			table_register(g, p, false, i);
			table_register(g, p, true, i);
		}
		for (i = 0; i < 4; i++) {
			selector_register(g, p, false, i);
			selector_register(g, p, true, i);
		}
		for (k = 0; k < sizeof cr0 / sizeof *cr0; k++)
			for (i = 0; i < 3; i++)
				machine_status(g, p, cr0[k].flip, cr0[k].cls, i);
	}
	for (n = 0; n < SENS_ALL_PLACES; n++)
		flags(g, &sens_places[n]);
}

void gen_sys_sensitive(struct gen *g)
{
	gen_sens_registers(g);
	gen_sens_segments(g);
	gen_sens_transfers(g);
}

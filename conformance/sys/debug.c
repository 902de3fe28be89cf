/* SPDX-License-Identifier: MIT
 * Group debug: breakpoints by type, length, alignment and enabling bits against
 * accesses of 1 to 8 bytes around them; single steps; RF; DR access with GD and with
 * CR4.DE.  Rules: SDM vol. 3A (vol. 3B in newer editions) sections 17.2 and 17.3.
 */
#include "conformance/sys/sys.h"

enum { RW_EXEC, RW_WRITE, RW_IO, RW_DATA };
#define BASE 0x40u /* where operands lie in the segment of DS, behind CASE_OFF */

static const struct {
	const char *name, *code;
	u8 size;
	bool write;
} insns[] = {
	{"mov_r8", "8a 03", 1, false},    {"mov_r16", "66 8b 03", 2, false},
	{"mov_r32", "8b 03", 4, false},   {"mov_m8", "88 03", 1, true},
	{"mov_m16", "66 89 03", 2, true}, {"mov_m32", "89 03", 4, true},
	{"add_m32", "01 03", 4, true},    {"push_m32", "ff 33", 4, false},
	{"cmp_m32", "39 03", 4, false},   {"xchg_m32", "87 03", 4, true},
};

static const u8 len_code[5] = {0, 0, 1, 0, 3}; /* of 1, 2 and 4 bytes */

/* Breakpoint n of `len` bytes at off, the access at at. */
static void data(struct gen *g, unsigned n, unsigned dr, unsigned rw, unsigned len, u32 off, u32 at,
		 unsigned cpl, const char *enable, u32 enabled)
{
	struct tcase *t =
		sys_case(g, "debug", insns[n].name,
			 sys_text("dr%u_%s%u_%x", dr, rw == RW_WRITE ? "w" : "rw", len, off),
			 CM_FLAT32, cpl, sys_text("at%x_%s", at, enable), "SDM 3B 17.2, 17.3.1.2");
	u32 lin = win(A_DS, CASE_OFF + BASE), bp = (lin + off) & ~(len - 1);
	bool hit = at < (bp - lin) + len && at + insns[n].size > bp - lin;

	hit = hit && (insns[n].write || rw == RW_DATA);
	sys_op(t, OP_DR, dr, lin + off, 0);
	sys_op(t, OP_DR, 7,
	       SYS_DR7 | enabled << 2 * dr | (rw | (u32)len_code[len] << 2) << (16 + 4 * dr), 0);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF + BASE + at));
	set_gpr(t, A_EAX, 0x5a5a5a5a);
	sys_code(t, insns[n].code);
	sys_code(t, "90");
	if (hit && enabled) { /* a trap behind the instruction */
		expect_fault(t, DB, 0);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + t->code_len - 1u);
		expect_mem(t, OBS_DR6, 4, 0xe00f, 1u << dr);
		expect(t, X_EFLAGS, 0, 0x10000, 0);
	} else {
		expect_done(t);
		if (!enabled)
			return; /* DR6 may show a breakpoint that is not enabled */
		expect_same(t, OBS_DR6, 4);
	}
}

/* Instruction breakpoints: a fault before it, unless RF; only 1 byte long. */
static void fetch(struct gen *g, unsigned dr, unsigned cpl, unsigned at, u32 rf)
{
	struct tcase *t = sys_case(g, "debug", "nop", sys_text("dr%u_x%u", dr, at), CM_FLAT32, cpl,
				   rf ? "rf" : "plain", "SDM 3B 17.3.1.1");
	u32 lin = CASE_CS_BASE + CASE_OFF;

	sys_op(t, OP_DR, dr, lin + at, 0);
	sys_op(t, OP_DR, 7, SYS_DR7 | 1u << 2 * dr, 0);
	t->eflags |= rf;
	sys_code(t, "90 90 89 c0 90");
	if (at == 3 || (rf && !at)) { /* inside MOV; RF covers one instruction */
		expect_done(t);
		expect_same(t, OBS_DR6, 4);
		return;
	}
	expect_fault(t, DB, 0);
	expect(t, X_EIP, 0, 0, lin + at);
	expect_mem(t, OBS_DR6, 4, 0xe00f, 1u << dr);
	expect(t, X_EFLAGS, 0, 0x10000, 0); /* RF is for the handler to set */
}

/* Breakpoints on ports, CR4.DE. */
static void port(struct gen *g, unsigned len, unsigned at, bool de)
{
	struct tcase *t = sys_case(g, "debug", "out_al", sys_text("io%u_at%x", len, at), CM_FLAT32,
				   0, de ? "de" : "node", "SDM 3B 17.2.4");
	u32 bp = 0x80;
	bool hit = de && at >= bp && at < bp + len;

	t->need = N_DE;
	if (de)
		sys_op(t, OP_CR4, 0, CR4_DE, 0);
	sys_op(t, OP_DR, 1, bp, 0);
	sys_op(t, OP_DR, 7, SYS_DR7 | 4 | (RW_IO | (u32)len_code[len] << 2) << 20, 0);
	set_gpr(t, A_EDX, at);
	sys_code(t, "ee 90");
	if (!de)
		return; /* R/W of 10B is undefined then */
	if (hit) {
		expect_fault(t, DB, 0);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + 1);
		expect_mem(t, OBS_DR6, 4, 0xe00f, 2);
	} else {
		expect_done(t);
		expect_same(t, OBS_DR6, 4);
	}
}

/* TF in ring 3: a trap behind the first instruction, DR6.BS. */
static const struct {
	const char *name, *code;
	u8 len;    /* of the first instruction; 0: the trap comes elsewhere */
	u8 vector; /* DB, or the exception of the instruction itself */
} steps[] = {
	{"nop", "90 90", 1, DB},          {"mov", "89 c0 90", 2, DB},
	{"add_m", "01 03 90", 2, DB},     {"push", "50 90", 1, DB},
	{"pushf", "9c 90", 1, DB},        {"cpuid", "0f a2 90", 2, DB},
	{"rdtsc", "0f 31 90", 2, DB},     {"mov_es", "8e c0 90", 2, DB},
	{"mov_ss", "8e d0 90 90", 3, DB}, {"pop_ss", "16 17 90 90", 1, DB},
	{"jmp", "eb 01 90 90", 3, DB},    {"cli", "fa 90", 0, GP},
	{"ud2", "0f 0b", 0, UD},          {"int61", "cd 61 90", 0, GP},
	{"sidt", "0f 01 0b 90", 3, DB},   {"movsb", "a4 90", 1, DB},
	{"rep_movsb", "f3 a4 90", 0, DB}, {"popf_notf", "6a 02 9d 90", 2, DB},
	{"lar", "0f 02 c8 90", 3, DB},    {"div0", "f7 f3", 0, DE},
	{"fld1", "d9 e8 90", 2, DB},      {"smsw", "0f 01 e1 90", 3, DB},
};

static void step(struct gen *g, unsigned n, unsigned cpl)
{
	struct tcase *t = sys_case(g, "debug", steps[n].name, "tf", CM_FLAT32, cpl, "step",
				   "SDM 3B 17.3.1.4");
	u32 lin = CASE_CS_BASE + CASE_OFF;
	unsigned before = cpl ? 0 : 9;

	if (steps[n].name[0] == 'f')
		sys_op(t, OP_FPU, 1, 0, 0);
	t->ign_regs = steps[n].name[0] == 'c' || steps[n].name[0] == 'r' ? 0xf & ~2 : 0;
	if (steps[n].code[0] == '0' && steps[n].code[3] == 'a')
		t->ign_regs = 0xf;     /* CPUID */
	if (steps[n].name[0] == 'l') { /* LAR: bits 16-19 are undefined */
		t->ign_reg = A_ECX;
		t->ign_mask = 0xf0000;
	}
	t->eflags &= ~(u32)F_DF;
	set_gpr(t, A_EAX, t->sel[A_SS]);
	set_gpr(t, A_EBX, steps[n].vector == DE ? 0 : mode_off(t, A_DS, CASE_OFF + BASE));
	set_gpr(t, A_ECX, 3);
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF + BASE));
	set_gpr(t, A_EDI, mode_off(t, A_ES, CASE_OFF + BASE));
	if (cpl)
		t->eflags |= F_TF;
	else
		sys_code(t, "9c 81 0c 24 D 9d", 0x100u);
	sys_code(t, steps[n].code);
	if (!cpl && steps[n].vector == GP)
		return; /* ring 0 may; what happens then the witnesses say */
	expect_fault(t, steps[n].vector, steps[n].code[0] == 'c' ? 0x61 * 8 + 2 : 0);
	if (cpl && steps[n].code[0] == '1') { /* PUSH SS first */
		set_mem32(t, win(A_SS, CASE_OFF) - 2, 0x5aa5, 2);
		expect_same(t, win(A_SS, CASE_OFF) - 2, 2);
		expect_or(t, "push_sreg32", 0);
	}
	if (steps[n].len) {
		expect(t, X_EIP, 0, 0, lin + before + steps[n].len);
		expect_mem(t, OBS_DR6, 4, 0xe00f, 0x4000);
	}
}

/* Access to the registers themselves. */
static void registers(struct gen *g)
{
	static const struct {
		const char *name, *code;
		u32 eax;
	} moves[] = {
		{"mov_r_dr0", "0f 21 c0", 0},     {"mov_r_dr4", "0f 21 e0", 0},
		{"mov_r_dr5", "0f 21 e8", 0},     {"mov_r_dr6", "0f 21 f0", 0},
		{"mov_r_dr7", "0f 21 f8", 0},     {"mov_dr3_r", "0f 23 d8", 0},
		{"mov_dr4_r", "0f 23 e0", 0},     {"mov_dr6_r", "0f 23 f0", 0xffffffff},
		{"mov_dr7_r", "0f 23 f8", 0x400}, {"mov_dr7_r", "0f 23 f8", 0xffff0000},
	};
	unsigned i, k;

	for (i = 0; i < sizeof moves / sizeof *moves; i++)
		for (k = 0; k < 4; k++) {
			bool gd = k & 1, de = k & 2, alias = moves[i].code[6] == 'e';
			struct tcase *t =
				sys_case(g, "debug", moves[i].name,
					 sys_text("gd%u_%x", gd, moves[i].eax >> 16), CM_FLAT32, 0,
					 de ? "de" : "node", "SDM 3B 17.2.2, 17.2.4");

			t->need = de ? N_DE : 0;
			if (de)
				sys_op(t, OP_CR4, 0, CR4_DE, 0);
			if (gd)
				sys_op(t, OP_DR, 7, SYS_DR7 | 0x2000, 0);
			set_gpr(t, A_EAX, moves[i].eax);
			sys_code(t, moves[i].code);
			if (gd && de && alias) { /* the manual does not order them; GD must end */
				gen_drop(g);
				continue;
			}
			if (de && alias) {
				expect_fault(t, UD, 0);
			} else if (gd) {
				expect_fault(t, DB, 0);
				expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
				expect_mem(t, OBS_DR6, 4, 0xe00f, 0x2000);
				expect_mem(t, OBS_DR7, 4, 0x2000, 0); /* GD is cleared */
			} else {
				expect_done(t);
			}
		}
}

void gen_sys_debug(struct gen *g)
{
	static const u8 lens[3] = {1, 2, 4};
	static const u8 ports[] = {0x80, 0x81, 0x83, 0x84};
	unsigned n, l, at, i, dr;

	for (n = 0; n < sizeof insns / sizeof *insns; n++)
		for (l = 0; l < 3; l++)
			for (at = 0; at < 9; at++) {
				data(g, n, at & 3, RW_DATA, lens[l], 4, at, 3, "l", 1);
				data(g, n, (at + 1) & 3, RW_WRITE, lens[l], 4, at, 0, "g", 2);
			}
	for (n = 0; n < sizeof insns / sizeof *insns; n++) {
		data(g, n, 0, RW_DATA, 4, 6, 4, 3, "l_unaligned", 1);
		data(g, n, 1, RW_DATA, 2, 5, 4, 0, "l_unaligned", 1);
		data(g, n, 2, RW_DATA, 4, 4, 4, 3, "off", 0);
	}
	for (dr = 0; dr < 4; dr++)
		for (at = 0; at < 5; at++) {
			fetch(g, dr, 3, at, 0);
			fetch(g, dr, 3, at, F_RF);
			if (at)
				fetch(g, dr, 0, at, 0);
		}
	for (l = 0; l < 3; l++)
		for (i = 0; i < sizeof ports; i++) {
			port(g, lens[l], ports[i], true);
			if (!i)
				port(g, lens[l], ports[i], false);
		}
	for (i = 0; i < sizeof steps / sizeof *steps; i++) {
		step(g, i, 3);
		step(g, i, 0);
	}
	registers(g);
}

/* SPDX-License-Identifier: MIT
 * Group trap: TF against every kind of instruction, in all modes: one #DB behind the
 * first instruction, with DR6.BS and the address of the next one; what stops, delays
 * or moves the trap.  Rules: SDM vol. 3B section 17.3.1.4; vol. 3A sections 6.8.3 and
 * 6.9; vol. 2B POP, MOV (inhibition behind loads of SS).
 */
#include <string.h>

#include "conformance/sys/sys.h"

#define BASE 0x40u

/* The instruction, the same bytes in all modes: % is the low digit of ModRM for [BX]
 * or [EBX], R a branch offset of 0 and S one of 2.  flags: 1 not in V86 and real mode,
 * 2 needs the FPU, 4 registers EAX to EBX are not compared, 8 undefined flags, 16 not
 * in outer rings, 128 MMX. */
static const struct victim {
	const char *name, *code;
	u8 flags;
	s8 moved; /* bytes that a branch adds */
	u32 need;
} insns[] = {
	{"inc", "40", 0, 0, 0},
	{"mov_rr", "89 c0", 0, 0, 0},
	{"add_mr", "01 0%", 0, 0, 0},
	{"lock_add", "f0 01 0%", 0, 0, 0},
	{"xchg_m", "87 0%", 0, 0, 0},
	{"cmpxchg", "0f b1 0%", 0, 0, 0},
	{"xadd", "0f c1 0%", 0, 0, 0},
	{"cmpxchg8b", "0f c7 0%+8", 0, 0, N_CX8},
	{"shl", "d3 e0", 8, 0, 0},
	{"mul", "f7 e1", 12, 0, 0},
	{"imul", "0f af c1", 8, 0, 0},
	{"div", "f7 f1", 12, 0, 0},
	{"aam", "d4 0a", 12, 0, 0},
	{"daa", "27", 12, 0, 0},
	{"bsf", "0f bc c1", 12, 0, 0},
	{"bt", "0f a3 c8", 8, 0, 0},
	{"bswap", "O 0f c8", 0, 0, 0},
	{"movzx", "0f b6 c1", 0, 0, 0},
	{"cmov_no", "0f 4a c1", 4, 0, 0},
	{"setcc", "0f 94 c0", 4, 0, 0},
	{"push", "50", 0, 0, 0},
	{"pop", "58", 4, 0, 0},
	{"pusha", "60", 0, 0, 0},
	{"wait", "9b", 2, 0, N_FPU},
	{"push_imm", "6a 05", 0, 0, 0},
	{"pushf", "9c", 0, 0, 0},
	{"enter", "c8 04 00 00", 0, 0, 0},
	{"xchg_rr", "87 db", 0, 0, 0},
	{"lahf", "9f", 4, 0, 0},
	{"sahf", "9e", 0, 0, 0},
	{"cld", "fc", 0, 0, 0},
	{"std", "fd", 0, 0, 0},
	{"stc", "f9", 0, 0, 0},
	{"cmc", "f5", 0, 0, 0},
	{"jmp_short", "eb 02", 0, 2, 0},
	{"jmp_near", "e9 R", 0, 0, 0},
	{"jo", "70 02", 0, 0, 0},
	{"jno", "71 02", 0, 2, 0},
	{"loop", "e2 02", 0, 2, 0},
	{"loopne", "e0 02", 0, 2, 0},
	{"jcxz", "e3 02", 0, 0, 0},
	{"call", "e8 R", 0, 0, 0},
	{"call_over", "e8 S", 0, 2, 0},
	{"into_not", "ce", 0, 0, 0},
	{"bound", "62 0%", 0, 0, 0},
	{"lea", "8d 0%", 0, 0, 0},
	{"xlat", "d7", 4, 0, 0},
	{"mov_r_es", "8c c0", 4, 0, 0},
	{"mov_es", "8e c2", 0, 0, 0},
	{"mov_fs", "8e e2", 0, 0, 0},
	{"push_es", "06", 0, 0, 0},
	{"lodsb", "ac", 4, 0, 0},
	{"movsb", "a4", 0, 0, 0},
	{"stosd", "ab", 0, 0, 0},
	{"cmpsb", "a6", 0, 0, 0},
	{"scasb", "ae", 0, 0, 0},
	{"cpuid", "0f a2", 4, 0, 0},
	{"rdtsc", "0f 31", 4, 0, 0},
	{"smsw", "0f 01 e0", 4, 0, 0},
	{"sgdt", "0f 01 0%", 0, 0, 0},
	{"sidt", "0f 01 0%+8", 0, 0, 0},
	{"sldt", "0f 00 c0", 5, 0, 0},
	{"str", "0f 00 c8", 5, 0, 0},
	{"lar", "0f 02 c2", 5, 0, 0},
	{"lsl", "0f 03 c2", 5, 0, 0},
	{"verr", "0f 00 e2", 1, 0, 0},
	{"verw", "0f 00 ea", 1, 0, 0},
	{"arpl", "63 d2", 1, 0, 0},
	{"salc", "d6", 4, 0, 0},
	{"fld1", "d9 e8", 2, 0, N_FPU},
	{"fnstsw", "df e0", 6, 0, N_FPU},
	{"fldcw", "d9 2%+1", 2, 0, N_FPU},
	{"emms", "0f 77", 130, 0, N_MMX},
	{"movd_mm", "0f 6e c0", 130, 0, N_MMX},
	{"prefetch", "0f 18 0%", 0, 0, N_SSE},
	{"sfence", "0f ae f8", 0, 0, N_SSE},
	{"in", "e4 80", 20, 0, 0},
	{"out", "e6 80", 16, 0, 0},
	{"clts", "0f 06", 16, 0, 0},
	{"mov_cr3", "0f 20 d8", 20, 0, 0},
	{"mov_r_dr7", "0f 21 f8", 20, 0, 0},
	{"wbinvd", "0f 09", 16, 0, 0},
	{"cli", "fa", 16, 0, 0},
	{"sti", "fb", 16, 0, 0},
	{"invlpg", "0f 01 3%+8", 16, 0, 0},
};

static const struct tmode {
	u8 mode, cpl;
} modes[] = {{CM_FLAT32, 3}, {CM_FLAT32, 0}, {CM_PM32, 3}, {CM_PM32, 0}, {CM_PM16, 3},
	     {CM_V86, 3},    {CM_REAL16, 0}, {CM_PM32, 1}, {CM_PM32, 2}};

/* Text of the table for a mode. */
static void add(struct tcase *t, const char *s)
{
	bool wide = mode_opsize(t->mode) == 4 && t->mode != CM_V86;
	char text[48];
	unsigned n = 0;
	u32 rel = 0;

	for (; *s && n < sizeof text - 1; s++) {
		if (*s == '%') {
			unsigned low = wide ? 3 : 7;

			if (s[1] == '+') {
				low += s[2] == '8' ? 8 : 0; /* reg 1, or 5 from 4 */
				if (s[2] == '1')
					low += 8;
				s += 2;
			}
			text[n++] = "0123456789abcdef"[low];
		} else if (*s == 'R' || *s == 'S') {
			text[n++] = wide ? 'D' : 'W';
			rel = *s == 'S' ? 2 : 0;
		} else {
			text[n++] = *s;
		}
	}
	text[n] = 0;
	sys_code(t, text, rel);
}

static void set_tf(struct tcase *t)
{
	bool wide = mode_opsize(t->mode) == 4 && t->mode != CM_V86;

	if (t->cpl)
		t->eflags |= F_TF;
	else
		sys_code(t, wide ? "68 D 9d" : "68 W 9d", 0x102u);
}

static void registers(struct tcase *t)
{
	t->eflags &= ~(u32)(F_DF | F_OF | F_IF | F_ZF);
	if (t->cpl)
		t->eflags |= F_IOPL;
	set_gpr(t, A_EAX, 0x00000010);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF + BASE));
	set_gpr(t, A_ECX, 0x00000013);
	set_gpr(t, A_EDX, t->sel[A_DS]);
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF + BASE));
	set_gpr(t, A_EDI, mode_off(t, A_ES, CASE_OFF + BASE));
}

static void one(struct gen *g, const struct victim *x, const struct tmode *m)
{
	bool real = m->mode == CM_REAL16 || m->mode == CM_V86;
	struct tcase *t;
	u32 next;

	if ((x->flags & 1 && real) || (x->flags & 16 && m->cpl))
		return;
	t = sys_case(g, "trap", x->name, "after", m->mode, m->cpl, "tf", "SDM 3B 17.3.1.4");
	t->need = x->need;
	registers(t);
	if (x->flags & (2 | 128))
		sys_op(t, OP_FPU, 1, 0, 0);
	if (!strcmp(x->name, "bound")) { /* 0 is from 0 to 0, in words and dwords */
		set_mem(t, win(A_DS, CASE_OFF + BASE), "\0\0\0\0\0\0\0\0", 8);
		set_gpr(t, A_EAX, 0);
	}
	if (!strcmp(x->name, "push_es")) /* the upper half is kept, or cleared */
		set_mem(t, win(A_SS, CASE_OFF) - 4, "\0\0\0\0", 4);
	if (!strcmp(x->name, "fldcw")) /* as FNINIT has it */
		set_mem(t, win(A_DS, CASE_OFF + BASE), "\x7f\x03", 2);
	if (!strcmp(x->name, "div"))
		set_gpr(t, A_EDX, 0);
	if (x->flags & 4)
		t->ign_regs = 0xf;
	if (x->flags & 8)
		t->undef = F_ARITH;
	set_tf(t);
	add(t, x->code);
	next = case_default_eip(m->mode) + t->code_len + (u32)x->moved;
	sys_code(t, "90 90 90 90");
	if (x->name[0] == 's' && (x->name[1] == 'g' || x->name[1] == 'i'))
		t->ign_lin = win(A_DS, CASE_OFF + BASE), t->ign_len = 6;
	expect_fault(t, DB, 0);
	expect(t, X_EIP, 0, 0, next);
	expect_mem(t, OBS_DR6, 4, 0xe00f, 0x4000);
	expect(t, X_EFLAGS, 0, F_TF | F_RF, F_TF);
}

/* Where the trap comes late, or not: code, its own outcome, and where. */
static const struct special {
	const char *name, *code, *cite;
	u8 vector, at, clear_tf, modes; /* modes: 1 flat.3, 2 flat.0, 4 V86, 8 pm32.1 */
	u8 error;
} specials[] = {
	{"mov_ss", "8e d0 90 90", "SDM 2A MOV: inhibited", DB, 3, 0, 1 | 2 | 4 | 8, 0},
	{"mov_ss_jmp", "8e d0 eb 01 90 90", "SDM 2A MOV: inhibited", DB, 5, 0, 1 | 2 | 4, 0},
	{"mov_ss_int3", "8e d0 cc 90", "SDM 2A MOV: INT3 clears TF", 3, 3, 0, 1 | 2 | 4, 0},
	{"mov_ss_ud2", "8e d0 0f 0b", "SDM 2A MOV: the fault comes alone", UD, 2, 0, 1 | 2 | 4, 0},
	{"pop_ss", "50 17 90 90", "SDM 2B POP: the trap of PUSH first", DB, 1, 0, 1 | 2 | 4, 0},
	{"int3", "cc 90", "SDM 3B 17.3.1.4", 3, 1, 0, 1 | 2 | 4 | 8, 0},
	{"int_21", "cd 21 90", "SDM 3B 17.3.1.4", 0x21, 2, 0, 1 | 2 | 4 | 8, 0},
	{"int1", "f1 90", "SDM 2A INT1: a #DB of its own, without BS", DB, 1, 0, 1 | 2 | 4 | 8, 0},
	{"ud2", "0f 0b", "SDM 3A 6.9: no trap of what did not complete", UD, 0, 0, 1 | 2 | 4 | 8,
	 0},
	{"div0", "f7 f6", "SDM 3A 6.9: no trap of what did not complete", DE, 0, 0, 1 | 2 | 4 | 8,
	 0},
	{"popf_clears", "6a 02 9d 90 90", "SDM 3B 17.3.1.4: the PUSH", DB, 2, 0, 1 | 2 | 4, 0},
	{"hlt3", "f4", "SDM 3A 6.9: no trap of what did not complete", GP, 0, 0, 1 | 4 | 8, 0},
};

static void odd(struct gen *g, const struct special *x, unsigned m)
{
	static const struct tmode where[4] = {
		{CM_FLAT32, 3}, {CM_FLAT32, 0}, {CM_V86, 3}, {CM_PM32, 1}};
	struct tcase *t;
	u32 start;

	if (!(x->modes & 1u << m))
		return;
	t = sys_case(g, "trap", x->name, "special", where[m].mode, where[m].cpl, "tf", x->cite);
	registers(t);
	set_gpr(t, A_EAX, t->sel[A_SS]);
	set_gpr(t, A_ESI, 0);
	set_tf(t);
	start = case_default_eip(t->mode) + t->code_len;
	sys_code(t, x->code);
	expect(t, X_VECTOR, 0, 0, x->vector);
	expect(t, X_EIP, 0, 0, start + x->at);
	if (x->vector == DB && x->code[0] != 'f')
		expect_mem(t, OBS_DR6, 4, 0xe00f, 0x4000);
	else
		expect_same(t, OBS_DR6, 4);
}

void gen_sys_trap(struct gen *g)
{
	unsigned i, m;

	for (i = 0; i < sizeof insns / sizeof *insns; i++)
		for (m = 0; m < sizeof modes / sizeof *modes; m++)
			one(g, &insns[i], &modes[m]);
	for (i = 0; i < sizeof specials / sizeof *specials; i++)
		for (m = 0; m < 4; m++)
			odd(g, &specials[i], m);
}

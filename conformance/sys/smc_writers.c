/* SPDX-License-Identifier: MIT
 * Group smc: code that is written by everything that can write: read-modify-write
 * instructions, x87, MMX and SSE stores, string instructions in both directions, and
 * pushes onto a stack in the code.
 */
#include "conformance/sys/smc.h"

#define SLED 20u

/* A store to ES:[target] that makes n bytes INC EBX (43) of INC EAX (40).  op: bytes
 * in front of ModRM with its reg; imm: bytes behind; load: the same from DS:[data],
 * where 16 bytes are 43. */
static const struct writer {
	const char *name, *op, *imm, *load;
	u8 reg, n, load_reg;
	u32 eax, edx, need; /* registers before */
} writers[] = {
	{"xchg", "86", "", NULL, A_EDX, 1, 0, 0, 0x43, 0},
	{"add", "80", "03", NULL, 0, 1, 0, 0, 0, 0},
	{"or", "80", "03", NULL, 1, 1, 0, 0, 0, 0},
	{"sub", "80", "fd", NULL, 5, 1, 0, 0, 0, 0},
	{"xor", "80", "03", NULL, 6, 1, 0, 0, 0, 0},
	{"lock_add", "f0 80", "03", NULL, 0, 1, 0, 0, 0, 0},
	{"lock_or", "f0 80", "03", NULL, 1, 1, 0, 0, 0, 0},
	{"add_m32", "O 81", "03 03 03 03", NULL, 0, 4, 0, 0, 0, 0},
	{"xor_m16", "o 81", "03 03", NULL, 6, 2, 0, 0, 0, 0},
	{"xadd", "0f c0", "", NULL, A_EDX, 1, 0, 0, 3, 0},
	{"cmpxchg", "0f b0", "", NULL, A_EDX, 1, 0, 0x40, 0x43, 0},
	{"cmpxchg32", "O 0f b1", "", NULL, A_EDX, 4, 0, 0x40404040, 0x43434343, 0},
	{"mov_al", "88", "", NULL, A_EAX, 1, 0, 0x43, 0, 0},
	{"movnti", "0f c3", "", NULL, A_EDX, 4, 0, 0, 0x43434343, N_SSE2},
	{"fstp_m32", "d9", "", "d9", 3, 4, 0, 0, 0, N_FPU},
	{"fstp_m64", "dd", "", "dd", 3, 8, 0, 0, 0, N_FPU},
	{"fistp_m16", "df", "", "df", 3, 2, 0, 0, 0, N_FPU},
	{"fistp_m32", "db", "", "db", 3, 4, 0, 0, 0, N_FPU},
	{"fistp_m64", "df", "", "df", 7, 8, 5, 0, 0, N_FPU},
	{"movq_mm", "0f 7f", "", "0f 6f", 0, 8, 0, 0, 0, N_MMX},
	{"movd_mm", "0f 7e", "", "0f 6f", 0, 4, 0, 0, 0, N_MMX},
	{"movntq", "0f e7", "", "0f 6f", 0, 8, 0, 0, 0, N_SSE},
	{"movups", "0f 11", "", "0f 10", 0, 16, 0, 0, 0, N_SSE},
	{"movlps", "0f 13", "", "0f 12", 0, 8, 0, 0, 0, N_SSE},
	{"movss", "f3 0f 11", "", "f3 0f 10", 0, 4, 0, 0, 0, N_SSE},
	{"movdqu", "f3 0f 7f", "", "f3 0f 6f", 0, 16, 0, 0, 0, N_SSE2},
};

static void nops(struct tcase *t, unsigned n)
{
	while (n--)
		sys_code(t, "90");
}

static void data(struct tcase *t)
{
	static const u8 b[16] = {0x43, 0x43, 0x43, 0x43, 0x43, 0x43, 0x43, 0x43,
				 0x43, 0x43, 0x43, 0x43, 0x43, 0x43, 0x43, 0x43};

	set_mem(t, win(A_DS, CASE_OFF), b, sizeof b);
}

static void finish(struct tcase *t, unsigned n)
{
	bool wide = sys_wide(t);

	expect_done(t);
	expect(t, X_GPR, A_EAX, wide ? 0 : 0xffff, t->gpr[A_EAX] + SLED - n);
	expect(t, X_GPR, A_EBX, wide ? 0 : 0xffff, t->gpr[A_EBX] + n);
}

static void store(struct gen *g, const struct writer *w, unsigned gap, const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, w->name, "store", m->mode, m->cpl, sys_text("gap%u", gap));
	unsigned at, len;

	t->need = w->need;
	if (w->need & (N_FPU | N_MMX | N_SSE | N_SSE2))
		sys_op(t, OP_FPU, 1, 0, 0);
	if (w->need & (N_SSE | N_SSE2)) {
		t->need |= N_FXSR;
		sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	}
	set_gpr(t, A_EAX, w->eax);
	set_gpr(t, A_EDX, w->edx);
	data(t);
	if (w->load) {
		sys_code(t, w->load);
		t->code[t->code_len++] = (u8)(w->load_reg << 3 | (sys_wide(t) ? 5 : 6));
		sys_code(t, sys_wide(t) ? "D" : "W", mode_off(t, A_DS, CASE_OFF));
	}
	/* Its length, then the real one. */
	at = t->code_len;
	smc_store(t, w->op, w->reg, 0);
	sys_code(t, w->imm);
	len = t->code_len - at;
	t->code_len = (u8)at;
	smc_store(t, w->op, w->reg, smc_off(t, CASE_CS_BASE + CASE_OFF + at + len + gap));
	sys_code(t, w->imm);
	nops(t, gap);
	smc_sled(t, SLED);
	finish(t, w->n);
}

/* STOS and MOVS, with REP or alone. */
static void string(struct gen *g, bool movs, unsigned size, unsigned count, bool down, unsigned gap,
		   const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, movs ? "movs" : "stos",
				   sys_text("size%u_n%u%s", size, count, down ? "_down" : ""),
				   m->mode, m->cpl, sys_text("gap%u", gap));
	bool wide = sys_wide(t), prefix = size > 1 && wide != (size == 4);
	u32 last = down ? (count ? count - 1 : 0) * size : 0;
	u32 at = CASE_CS_BASE + CASE_OFF + 1u + prefix + (count > 0) + gap;

	data(t);
	set_gpr(t, A_EAX, 0x43434343);
	set_gpr(t, A_ECX, count);
	set_gpr(t, A_EDI, smc_off(t, at) + last);
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF) + last);
	t->eflags |= down ? F_DF : 0;
	sys_code(t, count ? "f3" : "");
	sys_code(t, prefix ? "66" : "");
	t->code[t->code_len++] = (u8)((movs ? 0xa4 : 0xaa) | (size > 1));
	nops(t, gap);
	smc_sled(t, SLED);
	finish(t, (count ? count : 1) * size);
}

/* The stack lies in the code. */
enum push { P_PUSH, P_PUSH_IMM, P_PUSH_M, P_ENTER, P_CALL, P_CALL_R, P_PUSHES };
static const struct {
	const char *name, *wide, *narrow;
} pushes[P_PUSHES] = {
	{"push", "50", "50"},
	{"push_imm", "68 43 43 43 43", "68 43 43"},
	{"push_m", "ff 35 D", "ff 36 W"},
	{"enter", "c8 00 00 00", "c8 00 00 00"},
	{"call", "e8 00 00 00 00", "e8 00 00"},
	{"call_r", "ff d2", "ff d2"},
};

static void push(struct gen *g, enum push p, unsigned gap, const struct smc_mode *m)
{
	struct tcase *t =
		smc_case(g, pushes[p].name, "stack", m->mode, m->cpl, sys_text("gap%u", gap));
	bool wide = sys_wide(t), call = p >= P_CALL;
	u32 target, back;

	data(t);
	set_gpr(t, A_EAX, 0x43434343);
	set_gpr(t, A_EBP, 0x43434343);
	sys_code(t, wide ? pushes[p].wide : pushes[p].narrow, mode_off(t, A_DS, CASE_OFF));
	back = smc_off(t, CASE_CS_BASE + CASE_OFF + t->code_len);
	set_gpr(t, A_EDX, back);
	nops(t, gap);
	target = CASE_CS_BASE + CASE_OFF + t->code_len + call;
	set_gpr(t, A_ESP, smc_off(t, target) + (wide ? 4 : 2));
	if (m->mode != CM_FLAT32)
		set_sel(t, A_SS, t->sel[A_ES]);
	if (!call) {
		smc_sled(t, SLED);
		finish(t, wide ? 4 : 2);
		return;
	}
	sys_code(t, wide ? "bb 00 00 00 00" : "bb 00 00"); /* MOV EBX, the return address */
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, back);
}

void gen_smc_writers(struct gen *g)
{
	static const u8 gaps[] = {0, 1, 7, 14};
	unsigned m, i, k, size, count;

	for (m = 0; m < SMC_MODES; m++)
		for (k = 0; k < sizeof gaps; k++) {
			for (i = 0; i < sizeof writers / sizeof *writers; i++)
				store(g, &writers[i], gaps[k], &smc_modes[m]);
			for (i = 0; i < 4; i++)
				for (size = 1; size <= 4; size *= 2)
					for (count = 0; count <= 16 / size; count += count ? 3 : 1)
						if (count || !(i & 2))
							string(g, i & 1, size, count, i & 2,
							       gaps[k], &smc_modes[m]);
			for (i = 0; i < P_PUSHES; i++)
				push(g, (enum push)i, gaps[k], &smc_modes[m]);
		}
}

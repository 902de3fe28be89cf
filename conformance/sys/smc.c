/* SPDX-License-Identifier: MIT
 * Group smc: self-modifying code.  This file: a MOV into the code that follows it (0
 * to 15 bytes behind its end), into the loop that runs it, and into immediates only,
 * in code that is new or has run before.  On processors from the Pentium on the new
 * bytes are what is executed next: SDM vol. 3A sections 8.1.3 and 11.6.
 */
#include "conformance/sys/smc.h"

#define SLED 20u

const struct smc_mode smc_modes[SMC_MODES] = {
	{CM_FLAT32, 0}, {CM_FLAT32, 3}, {CM_PM32, 0},   {CM_PM32, 3},
	{CM_PM16, 0},   {CM_PM16, 3},   {CM_REAL16, 0}, {CM_V86, 3},
};

struct tcase *smc_case(struct gen *g, const char *mnemonic, const char *form, unsigned mode,
		       unsigned cpl, const char *cls)
{
	struct tcase *t = sys_case(g, "smc", mnemonic, form, mode, cpl, cls, SMC_CITE);
	unsigned i;

	if (mode == CM_REAL16 || mode == CM_V86) {
		set_sel(t, A_ES, CASE_CS_BASE >> 4);
	} else if (mode != CM_FLAT32) {
		sys_desc(t, OP_GDT, 0, CASE_CS_BASE, 0xffff, (u8)(0x93 | cpl << 5), 4);
		set_sel(t, A_ES, SEL_SLOT(0, cpl));
	}
	for (i = A_EAX; i <= A_EBX; i++)
		set_gpr(t, i, 0);
	t->eflags &= ~(u32)F_DF;
	return t;
}

u32 smc_off(const struct tcase *t, u32 lin)
{
	return lin - case_default_base(t->mode, A_CS);
}

void smc_store(struct tcase *t, const char *op, unsigned reg, u32 off)
{
	sys_code(t, "26");
	sys_mem(t, op, reg, off);
}

unsigned smc_store_len(const struct tcase *t, unsigned op_bytes)
{
	return 2 + op_bytes + (sys_wide(t) ? 4 : 2);
}

void smc_sled(struct tcase *t, unsigned n)
{
	while (n--)
		sys_code(t, "40");
}

/* What is written over INC EAX at byte k of the sled. */
enum pattern { INC1, INC2, INC4, MOVBL, JMP, TRAP, PATTERNS };
static const struct {
	const char *name;
	u8 size;
	u32 bytes;
} patterns[PATTERNS] = {
	{"b", 1, 0x43},      {"w", 2, 0x4343},      {"d", 4, 0x43434343},
	{"longer", 1, 0xb3}, {"branch", 2, 0x03eb}, /* over three */
	{"trap", 1, 0xcc},
};

/* ECX rounds; the store happens in the last. */
static void ahead(struct gen *g, enum pattern p, unsigned k, unsigned rounds,
		  const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "ahead", patterns[p].name, m->mode, m->cpl,
				   sys_text("k%u_%s", k, rounds > 1 ? "hot" : "cold"));
	bool wide = sys_wide(t);
	unsigned size = patterns[p].size, imm, top, len, i;
	u32 sled, start;

	set_gpr(t, A_ECX, rounds);
	top = t->code_len;
	imm = size;
	len = smc_store_len(t, size == 1 || wide == (size == 4) ? 1 : 2) + imm;
	if (rounds > 1) {
		sys_code(t, "83 f9 01 75");
		t->code[t->code_len++] = (u8)len;
	}
	start = CASE_CS_BASE + CASE_OFF + t->code_len;
	sled = start + len;
	smc_store(t, size == 1 ? "c6" : size == 2 ? "o c7" : "O c7", 0, smc_off(t, sled + k));
	for (i = 0; i < size; i++)
		t->code[t->code_len++] = (u8)(patterns[p].bytes >> 8 * i);
	smc_sled(t, SLED);
	if (rounds > 1) {
		sys_code(t, "49 75");
		t->code[t->code_len] = (u8)(top - t->code_len - 1u);
		t->code_len++;
	}
	if (p == TRAP) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, smc_off(t, sled + k) + 1);
		expect(t, X_GPR, A_EAX, 0, SLED * (rounds - 1) + k);
		return;
	}
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, SLED * rounds - (p == MOVBL ? 2 : p == JMP ? 5 : size));
	expect(t, X_GPR, A_EBX, 0, p == MOVBL ? 0x40 : p == JMP ? 0 : size);
}

/* The loop body behind and before the store is changed in every round. */
static void behind(struct gen *g, unsigned size, unsigned k, const struct smc_mode *m)
{
	struct tcase *t =
		smc_case(g, "body", sys_text("size%u", size), m->mode, m->cpl, sys_text("k%u", k));
	unsigned i;

	set_gpr(t, A_ECX, 3);
	smc_sled(t, 16);
	smc_store(t,
		  size == 1   ? "c6"
		  : size == 2 ? "o c7"
			      : "O c7",
		  0, smc_off(t, CASE_CS_BASE + CASE_OFF + k));
	for (i = 0; i < size; i++)
		sys_code(t, "43");
	sys_code(t, "49 75");
	t->code[t->code_len] = (u8)(0u - t->code_len - 1u);
	t->code_len++;
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, 16 + 2 * (16 - size));
	expect(t, X_GPR, A_EBX, 0, 2 * size);
}

/* Only an immediate changes, in every round; `gap` NOPs lie between. */
static void immediate(struct gen *g, unsigned size, unsigned rounds, unsigned gap,
		      const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "immediate", sys_text("size%u_gap%u", size, gap), m->mode,
				   m->cpl, sys_text("rounds%u", rounds));
	bool wide = sys_wide(t);
	unsigned len = smc_store_len(t, size == 1 || wide == (size == 4) ? 1 : 2), i;
	u32 sum = 0, at = CASE_CS_BASE + CASE_OFF + len + gap;

	set_gpr(t, A_ECX, rounds);
	/* ADD BL, imm8: 80 c3; ADD (E)BX, imm: 81 c3 */
	at += size == 1 || wide == (size == 4) ? 2 : 3;
	smc_store(t, size == 1 ? "88" : size == 2 ? "o 89" : "O 89", A_ECX, smc_off(t, at));
	for (i = 0; i < gap; i++)
		sys_code(t, "90");
	sys_code(t, size == 1 ? "80 c3 11" : size == 2 ? "o 81 c3 W" : "O 81 c3 D", 0x1111u);
	sys_code(t, "49 75");
	t->code[t->code_len] = (u8)(0u - t->code_len - 1u);
	t->code_len++;
	for (i = rounds; i; i--)
		sum += i;
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, sum & size_mask(size));
}

void gen_smc_ahead(struct gen *g)
{
	static const u8 rounds[] = {1, 2, 5, 40};
	unsigned m, p, k, size, r;

	for (m = 0; m < SMC_MODES; m++) {
		for (p = 0; p < PATTERNS; p++)
			for (k = 0; k < 16; k++) {
				ahead(g, (enum pattern)p, k, 1, &smc_modes[m]);
				ahead(g, (enum pattern)p, k, 4, &smc_modes[m]);
			}
		for (size = 1; size <= 4; size *= 2) {
			for (k = 0; k + size <= 16; k++)
				behind(g, size, k, &smc_modes[m]);
			for (r = 0; r < sizeof rounds; r++)
				for (k = 0; k < 12; k += 1 + (k > 1) * 4)
					immediate(g, size, rounds[r], k, &smc_modes[m]);
		}
	}
}

void gen_sys_smc(struct gen *g)
{
	gen_smc_ahead(g);
	gen_smc_writers(g);
	gen_smc_alias(g);
	gen_smc_stores(g);
	gen_smc_task(g);
	gen_smc_shadow(g);
}

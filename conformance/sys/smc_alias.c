/* SPDX-License-Identifier: MIT
 * Group smc: code in another page than the store, across a page's edge, and written
 * through another linear address of the same frame; there a serialising IRET stands
 * between store and code, as SDM vol. 3A section 8.1.3 asks for.
 */
#include "conformance/sys/smc.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define FUNC 12u /* bytes of INC EAX in a function before its RET */

static void call(struct tcase *t, u32 lin)
{
	bool wide = sys_wide(t);
	u32 next = CASE_CS_BASE + CASE_OFF + t->code_len + (wide ? 5 : 3);

	sys_code(t, wide ? "e8 D" : "e8 W", lin - next);
}

static void store_incs(struct tcase *t, unsigned size, u32 off)
{
	unsigned i;

	smc_store(t, size == 1 ? "c6" : size == 2 ? "o c7" : "O c7", 0, off);
	for (i = 0; i < size; i++)
		sys_code(t, "43");
}

/* A function elsewhere, changed between calls. */
static void function(struct gen *g, const char *where, u32 lin, unsigned size, unsigned k,
		     unsigned before, const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "function", sys_text("%s_size%u", where, size), m->mode,
				   m->cpl, sys_text("k%u_%s", k, before ? "hot" : "cold"));
	u8 b[FUNC + 1];
	unsigned i;

	for (i = 0; i < FUNC; i++)
		b[i] = 0x40;
	b[FUNC] = 0xc3;
	set_mem(t, lin, b, sizeof b);
	for (i = 0; i < before; i++)
		call(t, lin);
	store_incs(t, size, smc_off(t, lin + k));
	call(t, lin);
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, FUNC * (before + 1) - size);
	expect(t, X_GPR, A_EBX, 0, size);
}

/* The case's page at other addresses: where it runs and where it is written. */
enum alias { RUN_HOME, RUN_ALIAS, TWO_ALIASES, ALIASES };

static void alias(struct gen *g, enum alias a, unsigned size, unsigned k, unsigned rounds,
		  unsigned cpl)
{
	static const char *const names[ALIASES] = {"write_alias", "run_alias", "two_aliases"};
	struct tcase *t = smc_case(g, names[a], sys_text("size%u", size), CM_FLAT32, cpl,
				   sys_text("k%u_%s", k, rounds > 1 ? "hot" : "cold"));
	u32 home = CASE_CS_BASE + CASE_OFF, run = a == RUN_HOME ? home : PG_LIN;
	static const u8 zero[16]; /* PUSH CS leaves the upper half of its slot, or clears it */
	u32 write = a == RUN_HOME ? PG_LIN : a == RUN_ALIAS ? home : PG_LIN + 0x1000;
	unsigned top, skip, i;

	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, home | P | W | U | AD, 0);
	sys_op(t, OP_PTE, 1, home | P | W | U | AD, 0);
	set_mem(t, win(A_SS, CASE_OFF) - sizeof zero, zero, sizeof zero);
	set_gpr(t, A_ECX, rounds);
	if (a != RUN_HOME)
		sys_code(t, "e9 D", run - home);
	top = t->code_len;
	sys_code(t, "83 f9 01 75 00"); /* the last round writes */
	skip = t->code_len;
	store_incs(t, size, 0);
	i = t->code_len - size - 4u; /* where its address is */
	sys_code(t, "9c 0e 68 D cf", run + t->code_len + 8);
	t->code[skip - 1] = (u8)(t->code_len - skip);
	write += t->code_len + k;
	t->code[i] = (u8)write;
	t->code[i + 1] = (u8)(write >> 8);
	t->code[i + 2] = (u8)(write >> 16);
	smc_sled(t, 20);
	sys_code(t, "49 75");
	t->code[t->code_len] = (u8)(top - t->code_len - 1u);
	t->code_len++;
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, run + t->code_len + 1);
	expect(t, X_GPR, A_EAX, 0, 20 * rounds - size);
	expect(t, X_GPR, A_EBX, 0, size);
}

void gen_smc_alias(struct gen *g)
{
	unsigned m, size, k, hot, a;

	for (size = 1; size <= 4; size *= 2)
		for (hot = 0; hot < 2; hot++) {
			for (m = 0; m < SMC_MODES; m++)
				for (k = 0; k + size <= FUNC; k++)
					function(g, "before", CASE_CS_BASE + CASE_OFF - 0x80, size,
						 k, 3 * hot, &smc_modes[m]);
			/* Only a flat segment has a page's edge that is not the case's own. */
			for (m = 0; m < 2; m++)
				for (k = 0; k + size <= FUNC; k++)
					function(g, "edge", CASE_DS_BASE + CASE_OFF - 6, size, k,
						 3 * hot, &smc_modes[m]);
			for (a = 0; a < ALIASES; a++)
				for (m = 0; m < 2; m++)
					for (k = 0; k < 16; k += 1 + (k > 3))
						alias(g, (enum alias)a, size, k, 1 + 3 * hot,
						      smc_modes[m].cpl);
		}
}

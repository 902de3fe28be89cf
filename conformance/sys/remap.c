/* SPDX-License-Identifier: MIT
 * Group remap: code that has run, whose page then is another frame, is gone, or is of
 * another size, by every way of invalidation that a global or an ordinary page knows;
 * data whose page changes so; and a page that only now is there, which needs none.  Rules: SDM vol.
 * 3A sections 4.10.4.1 and 4.10.4.3.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60, PS = 0x80, G = 0x100 };
#define PAGE    (PG_LIN + 0x1000u)
#define PDE_LIN (PG_BASE + 4 * (PG_LIN >> 22))
#define FRAME_1 (CASE_DS_BASE + CASE_OFF)
#define FRAME_2 (CASE_ES_BASE + CASE_OFF)
#define STEPS   3u /* INCs of a function */

enum kind { K_4K, K_PAE, K_4M, KINDS };
static const char *const kinds[KINDS] = {"4k", "pae", "4m"};
enum change { C_FRAME, C_BACK, C_GONE, C_NEW, CHANGES };
static const char *const changes[CHANGES] = {"frame", "back", "gone", "new"};
enum flush { F_INVLPG, F_CR3, F_PGE, F_PG, FLUSHES };
static const char *const flushes[FLUSHES] = {"invlpg", "cr3", "pge", "pg"};

/* The entry that maps PAGE becomes this, and nobody keeps the old one. */
static void become(struct tcase *t, enum kind k, u32 entry)
{
	u32 at = k == K_4M ? PDE_LIN : k == K_PAE ? PG_PAEPT + 8 : PG_PT + 4;

	sys_code(t, "c7 05 D D", at, entry);
}

static void invalidate(struct tcase *t, enum flush f, u32 lin)
{
	switch (f) {
	case F_INVLPG:
		sys_code(t, "0f 01 3d D", lin);
		break;
	case F_CR3:
		sys_code(t, "0f 20 d9 0f 22 d9");
		break;
	case F_PGE:
		sys_code(t, "0f 20 e1 81 f1 D 0f 22 e1", CR4_PGE);
		break;
	default:
		sys_code(t, "0f 20 c1 81 f1 D 0f 22 c1 81 f1 D 0f 22 c1", 0x80000000u, 0x80000000u);
	}
}

static void call(struct tcase *t, u32 lin)
{
	sys_code(t, "e8 D", lin - (CASE_CS_BASE + CASE_OFF + t->code_len + 5));
}

static void one(struct gen *g, enum kind k, enum change c, enum flush f, bool global, unsigned runs,
		unsigned off)
{
	struct tcase *t = sys_case(g, "remap", flushes[f],
				   sys_text("%s_%s%s", kinds[k], changes[c], global ? "_g" : ""),
				   CM_FLAT32, 0, sys_text("at%x_runs%u", off, runs),
				   c == C_NEW ? "SDM 3A 4.10.4.3" : "SDM 3A 4.10.4.1");
	u32 attr = P | W | AD | (global ? G : 0), lin = PAGE + off;
	/* A page of 4 MiB begins at 0. */
	u32 frame_1 = k == K_4M ? 0x1000 : FRAME_1, first = k == K_4M ? attr | PS : frame_1 | attr;
	u32 second = k == K_4M ? PG_PT | P | W | 0x20 : FRAME_2 | attr;
	u32 cr4 = (k == K_PAE ? CR4_PAE : k == K_4M ? CR4_PSE : 0) | (global ? CR4_PGE : 0);
	unsigned i, ones = runs, twos = 0;

	t->need = (k == K_PAE ? N_PAE : k == K_4M ? N_PSE : 0) | (global || f == F_PGE ? N_PGE : 0);
	if (cr4)
		sys_op(t, OP_CR4, 0, cr4, 0);
	sys_op(t, OP_PAGING, k == K_PAE ? PG_PAE : PG_32, 0, 0);
	if (k == K_4M) {
		sys_op(t, OP_PDE, 0, c == C_NEW ? 0 : first, 0);
		sys_op(t, OP_PTE, 1, FRAME_2 | attr, 0);
	} else {
		sys_op(t, OP_PDE, 0, (k == K_PAE ? PG_PAEPT : PG_PT) | P | W | 0x20, 0);
		sys_op(t, OP_PTE, 1, c == C_NEW ? 0 : first, 0);
	}
	set_mem(t, frame_1 + off, "\x40\x40\x40\xc3", 4);
	set_mem(t, FRAME_2 + off, "\x43\x43\x43\xc3", 4);
	set_gpr(t, A_EAX, 0);
	set_gpr(t, A_EBX, 0);
	if (c == C_NEW) {
		become(t, k, first);
		call(t, lin);
		ones = 1;
	} else {
		for (i = 0; i < runs; i++)
			call(t, lin);
		become(t, k, c == C_GONE ? first & ~(u32)P : second);
		invalidate(t, f, lin);
		call(t, lin);
		twos = c != C_GONE;
		if (c == C_BACK) {
			become(t, k, first);
			invalidate(t, f, lin);
			call(t, lin);
			ones++;
		}
	}
	if (c == C_GONE) {
		expect_fault(t, PF, 0);
		expect(t, X_EIP, 0, 0, lin);
		expect_mem(t, OBS_CR2, 4, 0, lin);
	} else {
		expect_done(t);
	}
	expect(t, X_GPR, A_EAX, 0, STEPS * ones);
	expect(t, X_GPR, A_EBX, 0, STEPS * twos);
}

/* Data whose page has been read and written; then its entry changes. */
enum data { D_FRAME, D_GONE, D_RO, D_A, D_D, DATAS };
static const struct {
	const char *name;
	u32 clear;  /* of the entry */
	bool write; /* what follows */
} datas[DATAS] = {{"read_frame", 0, false},
		  {"read_gone", P, false},
		  {"write_ro", W, true},
		  {"sets_a", 0x20, false},
		  {"sets_d", 0x40, true}};

static void data(struct gen *g, enum kind k, enum data d, enum flush f, bool global)
{
	struct tcase *t = sys_case(g, "remap", flushes[f],
				   sys_text("%s_%s%s", kinds[k], datas[d].name, global ? "_g" : ""),
				   CM_FLAT32, 0, "data", "SDM 3A 4.8, 4.10.4.1");
	u32 attr = P | W | AD | (global ? G : 0), frame = CASE_DS_BASE + CASE_OFF;
	u32 first = k == K_4M ? attr | PS : frame | attr;
	u32 lin = (k == K_4M ? PG_LIN + frame : PAGE) + 0x10;
	u32 cr4 = (k == K_PAE ? CR4_PAE : k == K_4M ? CR4_PSE : 0) | (global ? CR4_PGE : 0);
	u32 entry = k == K_4M ? OBS_PDE(0) : OBS_PTE(1);

	t->need = (k == K_PAE ? N_PAE : k == K_4M ? N_PSE : 0) | (global || f == F_PGE ? N_PGE : 0);
	if (cr4)
		sys_op(t, OP_CR4, 0, cr4, 0);
	sys_op(t, OP_PAGING, k == K_PAE ? PG_PAE : PG_32, 0, 0);
	sys_op(t, OP_CR0, 0, CR0_WP, 0);
	if (k == K_4M) {
		sys_op(t, OP_PDE, 0, first, 0);
	} else {
		sys_op(t, OP_PDE, 0, (k == K_PAE ? PG_PAEPT : PG_PT) | P | W | 0x20, 0);
		sys_op(t, OP_PTE, 1, first, 0);
	}
	set_mem32(t, frame + 0x10, 0x11111111, 4);
	set_mem32(t, FRAME_2 + 0x10, 0x22222222, 4);
	set_gpr(t, A_EAX, 0);
	sys_code(t, "8b 1d D 89 1d D", lin, lin);
	become(t, k, (d == D_FRAME ? FRAME_2 | attr : first) & ~datas[d].clear);
	invalidate(t, f, lin);
	if (d == D_GONE || d == D_RO) {
		expect_fault(t, PF, d == D_RO ? 3 : 0);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + t->code_len);
		expect_mem(t, OBS_CR2, 4, 0, lin);
	}
	sys_code(t, datas[d].write ? "89 1d D" : "8b 05 D", lin);
	if (d != D_GONE && d != D_RO)
		expect_done(t);
	if (d == D_FRAME)
		expect(t, X_GPR, A_EAX, 0, 0x22222222);
	if (d == D_A || d == D_D)
		expect_same(t, entry, 4); /* set again */
}

void gen_sys_remap(struct gen *g)
{
	static const u8 offs[] = {0, 0x7f, 0xfd};
	unsigned k, c, f, global, runs, o;

	for (k = 0; k < KINDS; k++)
		for (c = 0; c < DATAS; c++)
			for (f = 0; f < FLUSHES; f++)
				for (global = 0; global < 2; global++)
					if ((k != K_4M || c != D_FRAME) && !(f == F_CR3 && global))
						data(g, (enum kind)k, (enum data)c, (enum flush)f,
						     global);

	for (k = 0; k < KINDS; k++)
		for (c = 0; c < CHANGES; c++)
			for (f = 0; f < FLUSHES; f++)
				for (global = 0; global < 2; global++)
					for (runs = 1; runs <= 4; runs += 3)
						for (o = 0; o < sizeof offs; o++) {
							/* Global entries outlive a load of CR3. */
							if (f == F_CR3 && global)
								continue;
							if (c == C_NEW && (f || runs > 1))
								continue;
							one(g, (enum kind)k, (enum change)c,
							    (enum flush)f, global, runs, offs[o]);
						}
}

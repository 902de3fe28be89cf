/* SPDX-License-Identifier: MIT
 * Group pagectl: the four directory pointer entries of PAE, which are loaded with CR3
 * and by changes of CR0 and CR4, and what may not be in them; page size bits without
 * and with PSE, addresses above 4 GiB with PSE-36; paging switched on under code that
 * then is another. Rules: SDM vol. 3A sections 4.3, 4.4.1, 9.9.1.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80 };
#define PDPT    (PG_BASE + 0x10000u)
#define PAE_PD  (PG_BASE + 0x11000u) /* maps everything below PG_LIN to itself */
#define GIB     0x40000000u          /* the second entry's first address */
#define PT_CODE (PG_BASE + 0x1084u)  /* entry of the case's code page, 32-bit paging */
#define SEEN    (CASE_DS_BASE + CASE_OFF)
#define FAULTED 0xfa117edu

enum load { L_CR3, L_PGE, L_PSE, L_CD, L_PG, L_INVLPG, L_NONE, LOADS };
static const char *const loads[LOADS] = {"cr3", "pge", "pse", "cd", "pg", "invlpg", "none"};

/* ECX is lost. Returns where the instruction is that loads the entries. */
static u32 load(struct tcase *t, enum load l)
{
	switch (l) {
	case L_CR3:
		sys_code(t, "0f 20 d9 0f 22 d9");
		break;
	case L_PGE:
		sys_code(t, "0f 20 e1 81 f1 D 0f 22 e1", CR4_PGE);
		break;
	case L_PSE:
		sys_code(t, "0f 20 e1 81 f1 D 0f 22 e1", CR4_PSE);
		break;
	case L_CD:
		sys_code(t, "0f 20 c1 81 f1 D 0f 22 c1", 0x40000000u);
		break;
	case L_PG:
		sys_code(t, "0f 20 c1 81 f1 D 0f 22 c1 81 f1 D 0f 22 c1", 0x80000000u, 0x80000000u);
		break;
	case L_INVLPG:
		sys_code(t, "0f 01 3d D", GIB + SEEN);
		break;
	default:
		break;
	}
	return case_default_eip(t->mode) + t->code_len - 3;
}

static struct tcase *pae_case(struct gen *g, enum load l, const char *form, const char *cls)
{
	struct tcase *t = sys_case(g, "pagectl", loads[l], form, CM_FLAT32, 0, cls, "SDM 3A 4.4.1");

	t->need = N_PAE | (l == L_PGE ? N_PGE : 0) | (l == L_PSE ? N_PSE : 0);
	sys_op(t, OP_CR4, 0, CR4_PAE, 0);
	sys_op(t, OP_PAGING, PG_PAE, 0, 0);
	set_mem32(t, SEEN, 0x12345678, 4);
	set_gpr(t, A_EAX, 0);
	return t;
}

static void entry(struct tcase *t, u32 lo, u32 hi)
{
	sys_code(t, "c7 05 D D", PDPT + 8, lo);
	if (hi)
		sys_code(t, "c7 05 D D", PDPT + 12, hi);
}

/* A page fault makes EAX FAULTED and goes on behind a MOV of 5 bytes. */
static void expect_seen(struct tcase *t, bool loaded, bool sure, u32 before, u32 after)
{
	sys_handler(t, PF, 0, "83 c4 04 b8 D 83 04 24 05 cf", FAULTED);
	sys_code(t, "a1 D", GIB + SEEN);
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, loaded ? after : before);
	if (!sure)
		expect_or(t, "pdpte_registers", after);
	t->ign_lin = OBS_CR2; /* of a fault that the choice brings or not */
	t->ign_len = 4;
}

static void pointers(struct gen *g)
{
	unsigned l;

	for (l = 0; l < LOADS; l++) {
		bool loads_them = l < L_INVLPG;
		struct tcase *t = pae_case(g, (enum load)l, "new", "pdpte");

		entry(t, PAE_PD | P, 0);
		load(t, (enum load)l);
		expect_seen(t, loads_them, loads_them, FAULTED, 0x12345678);

		t = pae_case(g, (enum load)l, "gone", "pdpte");
		entry(t, PAE_PD | P, 0);
		load(t, L_CR3);
		sys_code(t, "83 25 D fe", PDPT + 8); /* AND dword, ~P */
		load(t, (enum load)l);
		expect_seen(t, loads_them, loads_them, 0x12345678, FAULTED);
	}
}

static void reserved(struct gen *g)
{
	static const struct {
		const char *name;
		u32 lo, hi;
	} bits[] = {{"bit1", 2, 0},         {"bit2", 4, 0},         {"bit5", 0x20, 0},
		    {"bit6", 0x40, 0},      {"bit7", 0x80, 0},      {"bit8", 0x100, 0},
		    {"bit52", 0, 1u << 20}, {"bit63", 0, 1u << 31}, {"avail", 0xe18, 0}};
	unsigned l, i, present;

	for (l = 0; l < L_INVLPG; l++)
		for (i = 0; i < sizeof bits / sizeof *bits; i++)
			for (present = 0; present < 2; present++) {
				struct tcase *t = pae_case(g, (enum load)l, bits[i].name,
							   present ? "rsvd_p" : "rsvd_np");
				u32 at;

				entry(t, PAE_PD | bits[i].lo | present, bits[i].hi);
				at = load(t, (enum load)l);
				if (present && bits[i].lo != 0xe18) {
					expect_fault(t, GP, 0);
					expect(t, X_EIP, 0, 0, at);
				} else {
					expect_done(t);
				}
			}
}

/* Without CR4.PSE bit 7 of a directory entry says nothing. */
static void page_size(struct gen *g)
{
	unsigned write, cpl;

	for (write = 0; write < 2; write++)
		for (cpl = 0; cpl <= 3; cpl += 3) {
			struct tcase *t = sys_case(g, "pagectl", "pse", write ? "write" : "read",
						   CM_FLAT32, cpl, "off_ps", "SDM 3A 4.3");

			sys_op(t, OP_PAGING, PG_32, 0, 0);
			sys_op(t, OP_PDE, 0, PG_PT | P | W | U | PS, 0);
			sys_op(t, OP_PTE, 1, SEEN | P | W | U, 0);
			set_mem32(t, SEEN, 0x12345678, 4);
			set_gpr(t, A_EBX, 0x87654321);
			sys_code(t, write ? "89 1d D" : "8b 1d D", PG_LIN + 0x1000);
			expect_done(t);
			expect(t, X_GPR, A_EBX, 0, write ? 0x87654321 : 0x12345678);
			expect_mem(t, OBS_PTE(1), 4, 0, SEEN | P | W | U | A | (write ? D : 0));
			expect_mem(t, OBS_PDE(0), 4, A, A);
		}
}

/* Bits 13 to 16 of a 4 MiB page's entry are address bits 32 to 35: no fault, whatever
 * may be there. */
static void pse36(struct gen *g)
{
	unsigned bit, cpl;

	for (bit = 13; bit <= 16; bit++)
		for (cpl = 0; cpl <= 3; cpl += 3) {
			struct tcase *t = sys_case(g, "pagectl", "pse36", sys_text("bit%u", bit),
						   CM_FLAT32, cpl, "read", "SDM 3A 4.3, table 4-4");

			t->need = N_PSE | N_PSE36;
			sys_op(t, OP_CR4, 0, CR4_PSE, 0);
			sys_op(t, OP_PAGING, PG_32, 0, 0);
			sys_op(t, OP_PDE, 0, P | W | U | PS | 1u << bit, 0);
			sys_code(t, "a1 D", PG_LIN + 0x1000);
			t->ign_regs = 1u << A_EAX;
			expect_done(t);
			expect_mem(t, OBS_PDE(0), 4, 0, P | W | U | PS | A | 1u << bit);
		}
}

/* MOV to CR0 serializes: the next instruction is fetched through the tables, which
 * have another frame for the page. Code there puts the entry back. */
static void switched_on(struct gen *g)
{
	struct tcase *t = sys_case(g, "pagectl", "pg", "other_code", CM_FLAT32, 0, "on",
				   "SDM 3A 4.10.4.3, 8.3, 9.9.1");
	u32 frame = CASE_FS_BASE + CASE_OFF, at, k;
	u8 there[18] = {
		0x43, 0xc7, 0x05, 0,    0,    0,    0,    0,   0, 0,
		0,    0x0f, 0x20, 0xd9, 0x0f, 0x22, 0xd9, 0xcc}; /* INC EBX; the entry; MOV CR3 */
	const u32 words[2] = {PT_CODE, CASE_CS_BASE + CASE_OFF + 0x67};

	set_gpr(t, A_EAX, 0);
	set_gpr(t, A_EBX, 0);
	sys_code(t, "c7 05 D D b9 D 0f 22 d9", PT_CODE, frame + 0x67, PG_BASE);
	sys_code(t, "0f 20 c1 0f ba e9 1f 0f 22 c1");
	at = t->code_len;
	for (k = 0; k < 8; k++)
		there[3 + k] = (u8)(words[k / 4] >> 8 * (k % 4));
	set_mem(t, frame + at, there, sizeof there);
	/* Where it comes back to the page's own bytes. */
	while (t->code_len < at + sizeof there - 1)
		sys_code(t, "90");
	expect_done(t);
	/* The code there gets to its end, or its new entry is seen as soon as it is written. */
	t->ign_regs |= 1u << A_ECX;
	expect(t, X_GPR, A_EBX, 0, 1);
}

void gen_sys_pagectl(struct gen *g)
{
	pointers(g);
	reserved(g);
	page_size(g);
	pse36(g);
	switched_on(g);
}

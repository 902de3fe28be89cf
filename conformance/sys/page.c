/* SPDX-License-Identifier: MIT
 * Group paging: what a user or supervisor access may do by every combination of
 * rights in directory and table entry, with 4 KiB and 4 MiB pages and with PAE's
 * 4 KiB and 2 MiB pages: error code, CR2, accessed and dirty bits behind it.
 * Rules: SDM vol. 3A sections 4.3 to 4.8.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80 };
#define OFFSET 0x1040u /* of the access in the first page pair */
#define FRAME  0x60000u

enum kind { K4K, K4M, KPAE, K2M, KINDS };
static const struct {
	const char *name;
	u8 paging, big;
	u32 cr4, need;
} kinds[KINDS] = {
	{"4k", PG_32, 0, 0, 0},
	{"4m", PG_32, 1, CR4_PSE, N_PSE},
	{"pae4k", PG_PAE, 0, CR4_PAE, N_PAE},
	{"pae2m", PG_PAE, 1, CR4_PAE, N_PAE},
};

enum { READ, WRITE, RMW, EXEC, CMP0, ACCESSES };
static const struct {
	const char *name, *code;
	bool write;
} accesses[ACCESSES] = {
	{"read", "8b 03", false}, {"write", "89 03", true},      {"rmw", "01 03", true},
	{"exec", "ff e3", false}, {"cmpxchg", "0f b1 0b", true}, /* EAX differs: still a write */
};

/* The access is to page 1 (linear PG_LIN + 1000h) where pages are small, so that
 * its frame is 61000h in every kind. */
static void map(struct tcase *t, enum kind k, u32 pde, u32 pte)
{
	bool pae = kinds[k].paging == PG_PAE;

	t->need |= kinds[k].need;
	if (kinds[k].cr4)
		sys_op(t, OP_CR4, 0, kinds[k].cr4, 0);
	sys_op(t, OP_PAGING, kinds[k].paging, 0, 0);
	if (kinds[k].big) {
		sys_op(t, OP_PDE, 0, pde | PS, 0);
		return;
	}
	sys_op(t, OP_PDE, 0, pde | (pae ? PG_PAEPT : PG_PT), 0);
	sys_op(t, OP_PTE, 1, pte | (FRAME + 0x1000), 0);
}

static bool allowed(u32 rights, bool write, bool user, bool wp)
{
	if (user && !(rights & U))
		return false;
	return !write || rights & W || (!user && !wp);
}

static void one(struct gen *g, enum kind k, unsigned acc, u32 pde, u32 pte, unsigned cpl, bool wp)
{
	struct tcase *t =
		sys_case(g, "paging", accesses[acc].name,
			 sys_text(kinds[k].big ? "%s_%s%s%s" : "%s_%s%s%s.%s%s%s", kinds[k].name,
				  pde & P ? "p" : "-", pde & W ? "w" : "-", pde & U ? "u" : "-",
				  pte & P ? "p" : "-", pte & W ? "w" : "-", pte & U ? "u" : "-"),
			 CM_FLAT32, cpl, wp ? "wp" : "nowp", "SDM 3A 4.6, 4.7, 4.8");
	u32 lin = kinds[k].big ? PG_LIN + FRAME + OFFSET : PG_LIN + OFFSET;
	u32 rights = kinds[k].big ? pde : pde & pte;
	bool write = accesses[acc].write, present = rights & P;
	u32 pde_now = pde | A, leaf = kinds[k].big ? 0 : pte;

	map(t, k, pde, pte);
	if (wp)
		sys_op(t, OP_CR0, 0, CR0_WP, 0);
	set_gpr(t, A_EBX, lin);
	if (acc == EXEC)
		set_mem(t, FRAME + OFFSET, "\xcc", 1);
	sys_code(t, accesses[acc].code);
	if (present && allowed(rights, write, cpl == 3, wp)) {
		if (acc == EXEC) {
			expect(t, X_VECTOR, 0, 0, VEC_STOP);
			expect(t, X_EIP, 0, 0, lin + 1);
		} else {
			expect_done(t);
		}
		expect_same(t, OBS_CR2, 4);
		if (kinds[k].big)
			expect_mem(t, OBS_PDE(0), 4, A | D, A | (write ? D : 0));
		else
			expect_mem(t, OBS_PDE(0), 4, 0,
				   pde_now | (kinds[k].paging == PG_PAE ? PG_PAEPT : PG_PT));
		if (!kinds[k].big)
			expect_mem(t, OBS_PTE(1), 4, 0,
				   leaf | (FRAME + 0x1000) | A | (write ? D : 0));
	} else {
		expect_fault(t, PF, (u32)present | (write ? 2 : 0) | (cpl == 3 ? 4 : 0));
		expect_mem(t, OBS_CR2, 4, 0, lin);
		expect(t, X_EIP, 0, 0, acc == EXEC ? lin : case_default_eip(t->mode));
		/* The directory entry's A bit is the processor's affair then. */
		expect_same(t, OBS_PTE(1), 4);
		t->ign_lin = OBS_PDE(0);
		t->ign_len = 8;
	}
}

static void rights(struct gen *g, enum kind k)
{
	unsigned acc, i, j, cpl, wp;

	for (acc = 0; acc < ACCESSES; acc++)
		for (i = 0; i < 8; i++)
			for (j = 0; j < (kinds[k].big ? 1 : 8); j++)
				for (cpl = 0; cpl <= 3; cpl += 3)
					for (wp = 0; wp < 2; wp++) {
						/* Not present: other bits mean nothing; three will
						 * do. */
						bool np = !(i & P) || (!kinds[k].big && !(j & P));

						if (np && ((i & 6) != 6 ||
							   (!kinds[k].big && (j & 6) == 2)))
							continue;
						one(g, k, acc, i, j, cpl, wp);
					}
}

/* Reserved bits: error code bit 3 (SDM vol. 3A figure 4-4 and section 4.7). */
static void reserved(struct gen *g)
{
	static const struct {
		const char *name;
		enum kind kind;
		u32 pde, pte, pte_hi, pde_hi;
	} bits[] = {
		{"pae_pte_52", KPAE, P | W | U, P | W | U, 1u << 20, 0},
		{"pae_pte_62", KPAE, P | W | U, P | W | U, 1u << 30, 0},
		{"pae_pte_nx", KPAE, P | W | U, P | W | U, 1u << 31, 0},
		{"pae_pde_nx", KPAE, P | W | U, P | W | U, 0, 1u << 31},
		{"pae_pde_50", KPAE, P | W | U, P | W | U, 0, 1u << 18},
		{"pae_2m_13", K2M, P | W | U | 0x2000, 0, 0, 0},
		{"pae_2m_20", K2M, P | W | U | 0x100000, 0, 0, 0},
		{"pse_21", K4M, P | W | U | 0x200000, 0, 0, 0},
	};
	unsigned i, acc, cpl;

	for (i = 0; i < sizeof bits / sizeof *bits; i++)
		for (acc = READ; acc <= WRITE; acc++)
			for (cpl = 0; cpl <= 3; cpl += 3) {
				enum kind k = bits[i].kind;
				struct tcase *t =
					sys_case(g, "paging", accesses[acc].name, bits[i].name,
						 CM_FLAT32, cpl, "rsvd", "SDM 3A 4.7");
				u32 lin = kinds[k].big ? PG_LIN + FRAME + OFFSET : PG_LIN + OFFSET;

				map(t, k, bits[i].pde, bits[i].pte);
				if (kinds[k].big) {
					t->op[t->nop - 1].hi = bits[i].pde_hi;
				} else {
					t->op[t->nop - 1].hi = bits[i].pte_hi;
					t->op[t->nop - 2].hi = bits[i].pde_hi;
				}
				set_gpr(t, A_EBX, lin);
				sys_code(t, accesses[acc].code);
				expect_fault(t, PF, 9u | (acc == WRITE ? 2 : 0) | (cpl ? 4 : 0));
				expect_mem(t, OBS_CR2, 4, 0, lin);
				t->ign_lin = OBS_PDE(0);
				t->ign_len = 8;
			}
}

/* Entries whose A and D bits are set already stay as they are. */
static void settled(struct gen *g)
{
	unsigned k, acc, ad;

	for (k = 0; k < KINDS; k++)
		for (acc = READ; acc <= CMP0; acc++)
			for (ad = 0; ad < 3; ad++) {
				u32 bits = ad == 0 ? A : A | D, lin;
				bool write = accesses[acc].write;
				struct tcase *t;

				if (acc == EXEC || (ad == 2 && kinds[k].big))
					continue;
				t = sys_case(g, "paging", accesses[acc].name,
					     sys_text("%s_%s", kinds[k].name,
						      ad == 0   ? "a"
						      : ad == 1 ? "ad"
								: "ad_pde0"),
					     CM_FLAT32, 3, "bits", "SDM 3A 4.8");
				lin = kinds[k].big ? PG_LIN + FRAME + OFFSET : PG_LIN + OFFSET;
				map(t, k,
				    P | W | U |
					    (kinds[k].big ? bits
					     : ad == 2    ? 0
							  : A),
				    P | W | U | bits);
				set_gpr(t, A_EBX, lin);
				sys_code(t, accesses[acc].code);
				expect_done(t);
				if (write && ad == 0)
					expect_mem(t, kinds[k].big ? OBS_PDE(0) : OBS_PTE(1), 4,
						   A | D, A | D);
				else
					expect_same(t, kinds[k].big ? OBS_PDE(0) : OBS_PTE(1), 4);
			}
}

void gen_sys_page(struct gen *g)
{
	unsigned k;

	for (k = 0; k < KINDS; k++)
		rights(g, (enum kind)k);
	reserved(g);
	settled(g);
}
